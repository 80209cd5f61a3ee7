"""Where the bridge's time goes, by perf: of accepts, and of whole journeys whose app is told.

    scripts/bench profile [--seconds 4] [--lines 12]

Prints the share of each thread, library and function in the processor time of the bridge, and that time for each text.
"""
import argparse
import os
import pathlib
import subprocess
import tempfile

from gateway import Gateway, Receiver, wait_until

TICKS = os.sysconf("SC_CLK_TCK")
DEVICES = 1000


def processor_s(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def shares(data, key, lines):
    words = ["perf", "report", "-i", data, "--no-children", "--sort", key, "--stdio", "-g", "none", "-q", "--percent-limit", "0.5"]
    text = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return [line.strip(" -") for line in text.splitlines() if line.strip() and not line.startswith("#")][:lines]


def profile(what, gateway, lines, measure):
    pid = gateway.bridge.pid
    gateway.load(64, 0.5)
    with tempfile.TemporaryDirectory() as folder:
        words = ["perf", "record", "-q", "-F", "999", "-p", str(pid), "-o", f"{folder}/data"]
        recorder = subprocess.Popen(words, stderr=subprocess.DEVNULL)
        wait_until(pathlib.Path(folder, "data").exists, "perf")
        before = processor_s(pid)
        count = measure()
        print(f"\n{what}: {(processor_s(pid) - before) * 1e6 / count:.0f} us of the bridge for each text")
        recorder.terminate()
        recorder.wait(20)
        for key in ("comm", "dso", "symbol"):
            print(f"by {key}", *shares(f"{folder}/data", key, lines), sep="\n    ", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--lines", type=int, default=12)
    options = parser.parse_args()
    with Gateway(0) as gateway:
        profile("accepts", gateway, options.lines, lambda: gateway.load(64, options.seconds)["accepted"])
    with Receiver() as receiver, Gateway(DEVICES, receiver=receiver) as gateway:
        def journeys():
            accepted = gateway.load(64, options.seconds)["accepted"]
            receiver.wait(accepted)
            return accepted
        profile("journeys", gateway, options.lines, journeys)


if __name__ == "__main__":
    main()
