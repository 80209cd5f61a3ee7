"""A program under test: started, watched through its log, ended by its own process id."""
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

DEADLINE = 60.0


def json_lines(path):
    """The whole lines of a file of JSON lines that another program appends to: the last may be half written."""
    path = pathlib.Path(path)
    return [json.loads(line) for line in path.read_text().split("\n")[:-1]] if path.exists() else []


class Process:
    """One run after another of one command line. log keeps the lines of all runs."""

    def __init__(self, name, command, environment=None):
        self.name = name
        self.command = [str(word) for word in command]
        self.environment = environment or {}
        self.process = None
        self.log = []
        self._more_log = threading.Condition()
        self._reader = None

    def start(self, ready=None, timeout=DEADLINE):
        """Starts it, and waits for a line that matches ready. Does nothing when it runs."""
        if self.process is not None:
            return self
        seen = len(self.log)
        self.process = subprocess.Popen(self.command, env=dict(os.environ, **self.environment),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True, errors="replace")
        self._reader = threading.Thread(target=self._read, args=(self.process.stdout,), daemon=True)
        self._reader.start()
        if ready:
            self.wait_log(ready, seen, timeout)
        return self

    def stop(self):
        """Ends it as an admin would (SIGTERM). Returns the exit code, None when it did not run."""
        return self._end(signal.SIGTERM)

    def kill(self):
        """Ends it as a crash would (SIGKILL)."""
        return self._end(signal.SIGKILL)

    def processor_seconds(self):
        """What it has used of the processors, which, unlike the time, does not depend on what else the machine does."""
        words = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def _end(self, number):
        process, self.process = self.process, None
        if process is None:
            return None
        process.send_signal(number)
        try:
            code = process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(DEADLINE)
            raise AssertionError(f"{self.name} does not end:\n" + "\n".join(self.log[-50:])) from None
        self._reader.join(DEADLINE)
        return code

    def _read(self, stream):
        for line in stream:
            with self._more_log:
                self.log.append(line.rstrip("\n"))
                self._more_log.notify_all()
        with self._more_log:
            self.log.append("(end of log)")
            self._more_log.notify_all()

    def wait_log(self, pattern, start=0, timeout=DEADLINE):
        """Waits for a line from place start on that matches; returns it. Fails at once when the program has ended."""
        until = time.monotonic() + timeout
        at = start
        with self._more_log:
            while True:
                while at < len(self.log):
                    if re.search(pattern, self.log[at]):
                        return self.log[at]
                    assert self.log[at] != "(end of log)", "\n".join([f"{self.name} has ended:"] + self.log[start:])
                    at += 1
                left = until - time.monotonic()
                assert left > 0, "\n".join([f"no line of {self.name} in time matches {pattern}:"] + self.log[start:])
                self._more_log.wait(left)
