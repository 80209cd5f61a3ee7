"""Runs yardsticks and the gateway in turn, and prints medians of pairwise ratios. docs/performance.md explains the rows.

    scripts/bench [--rounds 5] [--seconds 4] [accepts accepts-new journeys latency slow memory]
"""
import argparse
import contextlib
import http.client
import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/system"))
os.environ.setdefault("SMSQUITTO_BUILD", str(ROOT / "build/release"))
from broker import BUILD, Broker  # noqa: E402

BENCH = BUILD / "tests/bench"
DEVICES = 1000


def run(program, *arguments, env=None):
    words = [str(word) for word in (BENCH / program, *arguments)]
    return json.loads(subprocess.check_output(words, env={**os.environ, **(env or {})}))


def slow_sync(ms):
    return {"LD_PRELOAD": str(BENCH / "libbench_slow_sync.so"), "SLOW_SYNC_US": str(ms * 1000)} if ms else {}


def resident_mb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise ValueError(pid)


class Local(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)

    def call(self, method, path, body=None):
        self.request(method, path, json.dumps(body) if body is not None else None)
        text = self.getresponse().read()
        return json.loads(text) if text[:1] in (b"{", b"[") else text.decode()


class Gateway:
    """Broker with the plugin, bridge, and a fleet of so many devices, in a fresh folder."""

    def __init__(self, devices, slow_ms=0):
        self.ends = contextlib.ExitStack()
        self.broker = Broker(roster=False, options={"uplink_rate": 0})
        folder = self.broker.folder
        (folder / "bridge.conf").write_text(
            f"[http]\nport = 0\nsocket = b.sock\n[store]\npath = db\n[mqtt]\nsocket = {self.broker.socket}\n"
            "key-file = bridge.key\nroster = roster.db\n")
        self.slow_ms = slow_ms
        self.ends.callback(self.end_bridge)
        self.start_bridge()
        self.broker.start()
        self.ends.callback(self.broker.stop)
        self.key = self.local.call("POST", "/v1/keys", {"name": "bench", "rate_per_minute": 0})["key"]
        self.devices = devices
        if devices:
            self._add_devices()
            self.start_fleet()
            self.ends.callback(lambda: self._end(self.fleet))

    @staticmethod
    def _end(process):
        process.terminate()
        process.wait(20)

    def start_bridge(self):
        folder, begun = self.broker.folder, time.monotonic()
        with open(folder / "bridge.log", "w") as log:
            self.bridge = subprocess.Popen([BUILD / "bridge/smsquitto-bridge", "-c", folder / "bridge.conf"],
                                           stderr=log, env={**os.environ, **slow_sync(self.slow_ms)})
        while "bridge ready" not in (folder / "bridge.log").read_text():
            time.sleep(0.002)
        self.start_ms = (time.monotonic() - begun) * 1000
        self.port = (folder / "bridge.log").read_text().split("port=")[1].split()[0]
        self.local = Local(str(folder / "b.sock"))

    def end_bridge(self):
        self._end(self.bridge)

    def _add_devices(self):
        with open(self.broker.folder / "keys", "w") as keys:
            for n in range(self.devices):
                device = self.local.call("POST", "/v1/devices", {"id": f"d{n:05d}", "name": f"d{n:05d}"})
                keys.write(f"{device['id']} {device['key']}\n")
        time.sleep(1)  # the plugin reads the last of them

    def start_fleet(self):
        self.fleet = subprocess.Popen([BUILD / "device/smsquitto-fleet", "--port", str(self.broker.port), "--keys",
                                       self.broker.folder / "keys", "--connect-rate", "2000"], stdout=subprocess.PIPE, text=True)
        self.fleet.stdout.readline()
        while self.local.call("GET", "/v1/status")["devices"]["online"] < self.devices:
            time.sleep(0.1)

    def delivered(self):
        lines = self.local.call("GET", "/metrics").splitlines()
        return int(next(line for line in lines if 'state="delivered"' in line).split()[-1])

    def journeys(self, connections, seconds):
        """Whole journeys a second: from the first request to the last delivery that is stored."""
        start, before = time.monotonic(), self.delivered()
        accepted = run("bench_load", self.port, self.key, connections, seconds)["accepted"]
        while self.delivered() - before < accepted:
            time.sleep(0.02)
        return accepted / (time.monotonic() - start)

    def radio_latency(self, seconds):
        run("bench_load", self.port, self.key, 16, seconds, 200)
        self.fleet.terminate()
        last = [json.loads(line) for line in self.fleet.stdout][-1]
        return last["latency_us"]["p50"] / 1000, last["latency_us"]["p99"] / 1000

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ends.close()


def group_commit(seconds, producers=64, one=False, slow_ms=0):
    with tempfile.TemporaryDirectory() as folder:
        return run("bench_group_commit", folder + "/db", producers, seconds, *(["one"] if one else []),
                   env=slow_sync(slow_ms))["per_s"]


def roundtrip(seconds, *rate):
    with Broker(plugin=False) as broker:
        broker.start()
        return run("bench_roundtrip", broker.port, DEVICES, 100, seconds, *rate)


def accepts(seconds, recipients=10000):
    yardstick = group_commit(seconds)
    with Gateway(0) as gateway:
        ours = run("bench_load", gateway.port, gateway.key, 64, seconds, 0, recipients)
    return ours["per_s"], yardstick


def accepts_new(seconds):
    """Nobody is written to twice: every number is new to libphonenumber."""
    return accepts(seconds, 80000000)


def journeys(seconds):
    yardstick = roundtrip(seconds)["per_s"]
    with Gateway(DEVICES) as gateway:
        return gateway.journeys(64, seconds), yardstick


def latency(seconds):
    yardstick = roundtrip(seconds, 200)
    with Gateway(DEVICES) as gateway:
        p50, p99 = gateway.radio_latency(seconds)
    print(f"    p99: ours {p99:.2f} ms, broker alone {yardstick['p99_ms']:.2f} ms", flush=True)
    return p50, yardstick["p50_ms"]


def slow(seconds):
    yardstick = group_commit(seconds, 256, one=True, slow_ms=5)
    with Gateway(DEVICES, slow_ms=5) as gateway:
        return gateway.journeys(256, seconds), yardstick


def memory(_):
    with Gateway(10000) as gateway:
        time.sleep(2)
        print(f"    broker with plugin: {resident_mb(gateway.broker.process.pid):.1f} MB", flush=True)
        return resident_mb(gateway.bridge.pid), 40


ROWS = {
    "accepts": (accepts, "durable accepts/s, 64 connections | bare SQLite group commit", ">= 0.6"),
    "accepts-new": (accepts_new, "the same, every recipient a new one", ">= 0.6"),
    "journeys": (journeys, "whole journeys/s, 1,000 devices | bare broker round trips", ">= 0.4"),
    "latency": (latency, "accept to radio at 200/s, p50 ms | bare broker's", "<= 5"),
    "slow": (slow, "journeys/s, +5 ms a sync, 256 conn. | one commit a row", ">= 25"),
    "memory": (memory, "bridge with 10,000 devices, MB | the aim", "<= 1"),
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("rows", nargs="*", choices=[[], *ROWS], default=[])
    options = parser.parse_args()
    table = []
    for name in options.rows or ROWS:
        measure, words, aim = ROWS[name]
        pairs = [measure(options.seconds) for _ in range(1 if name == "memory" else options.rounds)]
        ratios = [ours / yardstick for ours, yardstick in pairs]
        table.append(f"{words:62} {statistics.median(p[0] for p in pairs):10.2f} "
                     f"{statistics.median(p[1] for p in pairs):10.2f} {statistics.median(ratios):7.2f} "
                     f"({min(ratios):.2f}-{max(ratios):.2f})  {aim}")
        print(table[-1], flush=True)
    print(f"\n{'ours | yardstick':62} {'ours':>10} {'yardstick':>10} {'ratio':>7}  (range)  aim")
    print("\n".join(table))


if __name__ == "__main__":
    main()
