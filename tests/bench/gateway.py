"""The gateway as the benchmarks use it, and the programs beside it: load, receiver, fleet."""
import contextlib
import http.client
import json
import os
import pathlib
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/system"))
os.environ.setdefault("SMSQUITTO_BUILD", str(ROOT / "build/release"))
from broker import BUILD, Broker, free_port  # noqa: E402, F401
from store import Store  # noqa: E402

BENCH = BUILD / "tests/bench"
DEADLINE = 20.0
WARM_UP_S = 0.5


def run(program, *arguments, env=None):
    words = [str(word) for word in (BENCH / program, *arguments)]
    return json.loads(subprocess.check_output(words, env={**os.environ, **(env or {})}))


def slow_sync(ms):
    return {"LD_PRELOAD": str(BENCH / "libbench_slow_sync.so"), "SLOW_SYNC_US": str(ms * 1000)} if ms else {}


def memory_mb(pid, field="VmRSS"):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    raise ValueError(pid)


def end(process):
    process.terminate()
    process.wait(DEADLINE)


def wait_until(check, what, timeout=DEADLINE):
    until = time.monotonic() + timeout
    while not check():
        assert time.monotonic() < until, f"not in time: {what}"
        time.sleep(0.005)


class Receiver:
    """Takes the reports that a gateway tells its app. Times are from the moment when the load let go of the text."""

    def __init__(self, port=0):
        self._process = subprocess.Popen([BENCH / "bench_receiver", str(port)], stdout=subprocess.PIPE, text=True)
        self.port = int(self._process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}/"

    def _get(self, path):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port)) as connection:
            connection.request("GET", path)
            return connection.getresponse().read()

    def clear(self):
        self._get("/clear")

    def result(self):
        return json.loads(self._get("/result"))

    def wait(self, count):
        """Waits until so many have come; what is missing after a time without any is lost, and said."""
        seen, until = -1, 0
        while (result := self.result())["received"] < count and (result["received"] > seen or time.monotonic() < until):
            if result["received"] > seen:
                seen, until = result["received"], time.monotonic() + DEADLINE
            time.sleep(0.02)
        if result["received"] < count:
            print(f"    reports missing: {count - result['received']} of {count}", flush=True)
        return result

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self._process)
        self._process.stdout.close()


class Fleet:
    """So many devices in one process; keys is a file of their ids and keys."""

    def __init__(self, port, keys, devices):
        self.process = subprocess.Popen([BUILD / "device/smsquitto-fleet", "--port", str(port), "--keys", keys, "--devices",
                                         str(devices), "--connect-rate", "2000"], stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def radio_latency(self):
        """Ends it; p50 and p99 in ms from the load to the radio."""
        self.process.terminate()
        last = [json.loads(line) for line in self.process.stdout][-1]
        return last["latency_us"]["p50"] / 1000, last["latency_us"]["p99"] / 1000

    def end(self):
        end(self.process)


class Service:
    """What load goes into and reports come out of. Has port and key; ends stops what it began."""

    api = "message"

    def __init__(self):
        self.ends = contextlib.ExitStack()
        self.report_port = 0

    def load(self, connections, seconds, rate=0, recipients=10000, api=None):
        return run("bench_load", "-p", self.port, "-k", self.key, "-c", connections, "-s", seconds, "-r", rate, "-n",
                   recipients, "-a", api or self.api, "-b", self.report_port)

    def warm_up(self, receiver):
        """A moment of load, as programs that compile themselves need it."""
        receiver.wait(self.load(16, WARM_UP_S)["accepted"])
        time.sleep(WARM_UP_S)  # a few that were not counted may be under way
        receiver.clear()

    def told_journeys(self, receiver, seconds):
        """Whole journeys a second: from the first request to the last report that the app has got."""
        start = time.monotonic_ns()
        accepted = self.load(64, seconds)["accepted"]
        result = receiver.wait(accepted)
        return result["received"] * 1e9 / (result["last_ns"] - start)

    def told_latency(self, receiver, seconds):
        """p50 in ms from the request to the report at the app, at 200 texts a second."""
        return receiver.wait(self.load(16, seconds, 200)["accepted"])["p50_ms"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ends.close()


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


class Gateway(Service):
    """Broker with the plugin, bridge, and a fleet of so many devices, in a fresh folder."""

    def __init__(self, devices, slow_ms=0, receiver=None, postgres=False):
        """postgres: the store is on the server of scripts/with-postgres."""
        super().__init__()
        self.broker = Broker(roster=False, options={"uplink_rate": 0})
        folder = self.broker.folder
        url = ""
        if postgres:
            store = Store(folder)
            self.ends.callback(store.close)
            url = f"url = {store.url}\n"
        (folder / "bridge.conf").write_text(
            f"[http]\nport = 0\nsocket = b.sock\n[store]\npath = db\n{url}[mqtt]\nsocket = {self.broker.socket}\n"
            "key-file = bridge.key\nroster = roster.db\n[otp]\nper-number = 0\nper-range = 0\n"
            "[webhooks]\nallow = 127.0.0.1\nprobe = 100ms\nwaiting-max = 1000000\n")
        self.slow_ms = slow_ms
        self.ends.callback(self.end_bridge)
        self.start_bridge()
        self.broker.start()
        self.ends.callback(self.broker.close)
        self.key = self.local.call("POST", "/v1/keys", {"name": "bench", "rate_per_minute": 0})["key"]
        self.devices = devices
        if receiver:
            self.tell(receiver.port, "message.delivered")
        if devices:
            self._add_devices()
            self.start_fleet()
            self.ends.callback(lambda: self.fleet.end())

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
        end(self.bridge)

    def tell(self, port, event):
        """Has such events posted to a receiver of that port. Returns the webhook's id."""
        return self.local.call("POST", "/v1/webhooks", {"url": f"http://127.0.0.1:{port}/", "events": [event]})["id"]

    def _add_devices(self):
        with open(self.broker.folder / "keys", "w") as keys:
            for n in range(self.devices):
                device = self.local.call("POST", "/v1/devices", {"id": f"d{n:05d}", "name": f"d{n:05d}"})
                keys.write(f"{device['id']} {device['key']}\n")
        time.sleep(1)  # the plugin reads the last of them

    def start_fleet(self):
        self.fleet = Fleet(self.broker.port, self.broker.folder / "keys", self.devices)
        while self.local.call("GET", "/v1/status")["devices"]["online"] < self.devices:
            time.sleep(0.1)

    def delivered(self):
        lines = self.local.call("GET", "/metrics").splitlines()
        return int(next(line for line in lines if 'state="delivered"' in line).split()[-1])

    def journeys(self, connections, seconds):
        """Whole journeys a second: from the first request to the last delivery that is stored."""
        start, before = time.monotonic(), self.delivered()
        accepted = self.load(connections, seconds)["accepted"]
        while self.delivered() - before < accepted:
            time.sleep(0.02)
        return accepted / (time.monotonic() - start)
