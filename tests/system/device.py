"""The real device with the simulated radio, in a folder of its own, for system tests.

    with Device(broker, "phone-1", rules={...}) as device:
        device.kill(); device.start()          # the same journal
        device.radio(inbound={"from": "+1555", "text": "hi"})
        device.air()                           # what went on the air, one dict a message
"""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from broker import BUILD, DEADLINE, key_of
from process import json_lines

# SMSQUITTO_DEVICE: another build of the device, by its name in the build folder.
PROGRAM = BUILD / "device" / os.environ.get("SMSQUITTO_DEVICE", "smsquitto-device")
FAST = {"otherwise": {"sent_ms": 0, "delivered_ms": 0}}


class Device:
    """rules: of the simulated radio. settings: further keys as {"broker": {"keepalive": "5s"}}. radio: another
    command than the simulation's."""

    def __init__(self, broker, id, rules=None, settings=None, radio=None, key=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="smsq-dev-"))
        self.id = id
        (self.folder / "key").write_text((key or key_of(id)) + "\n")
        (self.folder / "rules.json").write_text(json.dumps(FAST if rules is None else rules))
        self.control = str(self.folder / "radio.sock")
        self.air_file = self.folder / "air.jsonl"
        command = radio or (f"{BUILD}/device/smsquitto-radio-sim --rules {self.folder}/rules.json "
                            f"--control {self.control} --air {self.air_file} --inbox {self.folder}/inbox.jsonl")
        sections = {
            "device": {"id": id, "key-file": self.folder / "key", "journal": self.folder / "journal.db"},
            "broker": {"host": "127.0.0.1", "port": broker.port, "reconnect-max": "1s"},
            "radio": {"command": command},
            "log": {"level": "debug"},
        }
        for section, keys in (settings or {}).items():
            sections[section].update(keys)
        self.configuration = self.folder / "device.conf"
        self.configuration.write_text("".join(
            f"[{section}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())
            for section, keys in sections.items()))
        self.process = None
        self.log = []
        self.changed = threading.Condition()

    def __enter__(self):
        return self.start()

    def __exit__(self, failure, *_):
        self.stop()
        if failure:
            print("\n".join([f"log of {self.id}:"] + self.log))
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        self.process = subprocess.Popen([PROGRAM, "--config", self.configuration],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        text=True, errors="replace")
        self.reader = threading.Thread(target=self._read, args=(self.process.stderr,), daemon=True)
        self.reader.start()
        return self

    def _read(self, stream):
        for line in stream:
            with self.changed:
                self.log.append(line.rstrip())
                self.changed.notify_all()

    def kill(self):
        return self._end(signal.SIGKILL)

    def stop(self):
        return self._end(signal.SIGTERM)

    def _end(self, number):
        process, self.process = self.process, None
        if process is None:
            return None
        process.send_signal(number)
        code = process.wait(DEADLINE)
        self.reader.join(DEADLINE)
        return code

    def restart(self):
        self.kill()
        return self.start()

    def wait_log(self, text, start=0):
        """Waits for a line from place start on that has text in it; returns it."""
        deadline = time.monotonic() + DEADLINE
        with self.changed:
            while True:
                for line in self.log[start:]:
                    if text in line:
                        return line
                left = deadline - time.monotonic()
                assert left > 0, "\n".join([f"no line in time has {text!r}:"] + self.log[start:])
                self.changed.wait(left)

    def radio(self, **command):
        """One command for the simulated radio, when its socket is there; returns the answer."""
        deadline = time.monotonic() + DEADLINE
        while True:
            try:
                with socket.socket(socket.AF_UNIX) as sock:
                    sock.connect(self.control)
                    sock.sendall(json.dumps(command).encode() + b"\n")
                    answer = sock.makefile().readline()
                    return json.loads(answer) if answer else None
            except (FileNotFoundError, ConnectionRefusedError):
                assert time.monotonic() < deadline, "the radio's socket does not answer"
                time.sleep(0.02)

    def air(self, id=None):
        """The messages that went on the air, in order; only those of id if given."""
        return [line for line in json_lines(self.air_file) if id in (None, line["ref"])]
