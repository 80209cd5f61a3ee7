"""scripts/run as a stranger would use it: the printed lines work, Ctrl-C stops all of it, the next start goes on."""
import os
import pathlib
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile

import pytest

from broker import BUILD, ROOT, free_port
from process import Process
from world import until


class Run(Process):
    """One scripts/run on a data folder."""

    def __init__(self, data, *options):
        super().__init__("scripts/run", [ROOT / "scripts/run", "--no-build", "--data", data, *options],
                         {"SMSQUITTO_BUILD": str(BUILD)})
        self.first = 0

    def begin(self):
        self.first = len(self.log)
        self.start("What happens to your messages", timeout=60)
        return self

    def printed(self, pattern):
        return re.search(pattern, "\n".join(self.log[self.first:]))

    def parts(self):
        return [int(number) for number in re.findall(r"\(process (\d+)\)", "\n".join(self.log[self.first:]))]

    def ctrl_c(self):
        """Ends it as a terminal would; returns its exit code once all that it started is gone."""
        process, parts = self.process, self.parts()
        self.process = None
        process.send_signal(signal.SIGINT)
        code = process.wait(60)
        assert len(parts) == 3 and not any(pathlib.Path(f"/proc/{number}").exists() for number in parts)
        return code


@pytest.fixture
def data():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="smsq-"))
    yield folder / "data"
    shutil.rmtree(folder)


def first_text(run):
    """Runs the printed curl line; returns the id of the message once the live log says delivered."""
    line = run.printed(r"(?m)^  (curl .*)$")[1]
    answer = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=60, check=True).stdout
    id = re.search(r'"id": *"(SM\w+)"', answer)[1]
    run.wait_log(rf"{id}.* delivered", run.first)
    return id


def test_first_and_second_start(data):
    with socket.socket() as taken:
        wanted = free_port()
        taken.bind(("127.0.0.1", wanted))
        taken.listen()
        run = Run(data, "--http-port", str(wanted), "--mqtt-port", str(free_port())).begin()
        try:
            assert run.printed(f"port {wanted} is in use")
            id = first_text(run)
            key = (data / "app.key").read_text().strip()
            assert run.printed(key) and stat.S_IMODE((data / "app.key").stat().st_mode) == 0o600
            assert stat.S_IMODE(data.stat().st_mode) == 0o700
        finally:
            assert run.ctrl_c() == 0
    again = Run(data).begin()
    try:
        assert (data / "app.key").read_text().strip() == key
        assert first_text(again) != id
        command = again.printed(r"(?m)^  (\S+/smsquitto --config \S+) device add")[1].split()
        shown = subprocess.run([*command, "messages", "show", id], capture_output=True, text=True, timeout=60, check=True)
        assert "delivered" in shown.stdout
    finally:
        assert again.ctrl_c() == 0


def test_a_part_that_dies_ends_the_run_with_its_name_and_leaves_nothing(data):
    run = Run(data, "--http-port", str(free_port()), "--mqtt-port", str(free_port())).begin()
    parts = run.parts()
    os.kill(parts[0], signal.SIGKILL)
    code = run.process.wait(60)
    run.process = None
    assert code not in (0, None)
    run.wait_log("bridge has ended", run.first)
    until(lambda: not any(pathlib.Path(f"/proc/{number}").exists() for number in parts), "everything has ended")


def test_two_runs_on_one_folder_are_refused(data):
    run = Run(data, "--http-port", str(free_port()), "--mqtt-port", str(free_port())).begin()
    try:
        other = subprocess.run(Run(data).command, env={**os.environ, "SMSQUITTO_BUILD": str(BUILD)}, capture_output=True,
                               text=True, timeout=60)
        assert other.returncode != 0 and "is in use by another scripts/run" in other.stderr
    finally:
        assert run.ctrl_c() == 0


@pytest.mark.parametrize("words,told", [(["--radio", "smoke"], "neither sim nor gammu"), (["--fly"], "what is --fly"),
                                        (["--http-port", "99999"], "no port"), (["--data"], "needs a value")])
def test_wrong_options_say_what_is_wrong(words, told):
    answer = subprocess.run([ROOT / "scripts/run", *words], capture_output=True, text=True, timeout=60)
    assert answer.returncode != 0 and told in answer.stderr
