"""Runs yardsticks, peers and the gateway in turn, and prints medians of pairwise ratios. docs/performance.md explains the rows.

    scripts/bench [--peers] [--rounds 5] [--seconds 4] [accepts accepts-new journeys ...]
"""
import argparse
import os
import statistics
import tempfile
import time

from gateway import Broker, Gateway, Receiver, free_port, memory_mb, run, slow_sync
from peers import Kannel, Node
from upkeep import POSTGRES_ROWS, UPKEEP_ROWS

DEVICES = 1000
MANY_DEVICES = 10000
WAITING = 1000000
LIST = 1000
POSTS = 20000
BODY_BYTES = 600
POSTS_AT_ONCE = 32  # as many as the bridge posts to one webhook


def group_commit(seconds, producers=64, one=False, slow_ms=0):
    with tempfile.TemporaryDirectory() as folder:
        return run("bench_group_commit", folder + "/db", producers, seconds, *(["one"] if one else []),
                   env=slow_sync(slow_ms))["per_s"]


def roundtrip(seconds, rate=0):
    with Broker(plugin=False) as broker:
        return run("bench_roundtrip", broker.port, DEVICES, 100, seconds, rate)


# --- rows: each function is one round, and yields (what, ours, yardstick, aim)

def accepts(seconds, recipients=10000, what="durable accepts/s, 64 connections | bare SQLite group commit"):
    yardstick = group_commit(seconds)
    with Gateway(0) as gateway:
        yield what, gateway.load(64, seconds, recipients=recipients)["per_s"], yardstick, ">= 0.6"


def accepts_new(seconds):
    """Nobody is written to twice: every number is new to libphonenumber."""
    yield from accepts(seconds, 80000000, "the same, every recipient a new one")


def journeys(seconds):
    yardstick = roundtrip(seconds)["per_s"]
    with Gateway(DEVICES) as gateway:
        yield "whole journeys/s, 1,000 devices | bare broker round trips", gateway.journeys(64, seconds), yardstick, ">= 0.4"


def latency(seconds):
    yardstick = roundtrip(seconds, 200)
    with Gateway(DEVICES) as gateway:
        gateway.load(16, seconds, 200)
        p50, p99 = gateway.fleet.radio_latency()
    print(f"    p99: ours {p99:.2f} ms, broker alone {yardstick['p99_ms']:.2f} ms", flush=True)
    yield "accept to radio at 200/s, p50 ms | bare broker's", p50, yardstick["p50_ms"], "<= 5"


def slow(seconds):
    yardstick = group_commit(seconds, 256, one=True, slow_ms=5)
    with Gateway(DEVICES, slow_ms=5) as gateway:
        yield "journeys/s, +5 ms a sync, 256 conn. | one commit a row", gateway.journeys(256, seconds), yardstick, ">= 25"


def webhooks(seconds):
    """Events of texts that wait behind a receiver that is away, and what libcurl posts to the same receiver."""
    port = free_port()
    with Gateway(0) as gateway:
        hook = gateway.tell(port, "message.held")
        count = gateway.load(64, seconds / 4)["accepted"]
        while gateway.local.call("GET", f"/v1/webhooks/{hook}")["state"] != "paused":
            time.sleep(0.02)
        with Receiver(port) as receiver:
            result = receiver.wait(count)
    ours = result["received"] * 1e9 / (result["last_ns"] - result["first_ns"])
    with Receiver() as receiver:
        yardstick = run("bench_post", receiver.url, POSTS, POSTS_AT_ONCE, BODY_BYTES)["per_s"]
    yield "webhook deliveries/s, stored and signed | bare libcurl", ours, yardstick, ""


def otp(seconds):
    with Gateway(0) as gateway:
        yardstick = gateway.load(64, seconds)["per_s"]
    with Gateway(0) as gateway:
        yield ("codes/s, each started and checked | plain accepts", gateway.load(64, seconds, api="otp")["per_s"], yardstick, "")


def with_logins(plugin):
    broker = Broker(plugin=plugin, options={"uplink_rate": 0} if plugin else {})
    broker.roster.add_many([f"d{n:05d}" for n in range(MANY_DEVICES)])
    broker.roster.add("bridge", "bridge")
    return broker


def logins(seconds):
    def measure(plugin):
        with with_logins(plugin) as broker:
            result = run("bench_logins", broker.port, MANY_DEVICES, 64, seconds)
            assert result["refused"] == 0, result
            return result["per_s"]

    yardstick = measure(False)
    yield "logins/s with our plugin, of 10,000 | anonymous ones", measure(True), yardstick, ">= 0.85"


def plugin(seconds):
    def measure(plugin):
        with with_logins(plugin) as broker:
            return run("bench_roundtrip", broker.port, DEVICES, 100, seconds, 0, broker.socket)["per_s"]

    yardstick = measure(False)
    yield "round trips/s through broker and plugin | bare broker", measure(True), yardstick, ">= 0.95"


def memory(_):
    with Gateway(0) as gateway:
        empty = memory_mb(gateway.bridge.pid)
    with Gateway(MANY_DEVICES) as gateway:
        time.sleep(2)
        ours, broker = memory_mb(gateway.bridge.pid), memory_mb(gateway.broker.process.pid)
    print(f"    a device: {(ours - empty) * 1024 / MANY_DEVICES:.2f} KB of {empty:.1f} MB without any", flush=True)
    yield "bridge with 10,000 devices, MB | the aim", ours, 40, "<= 1"
    yield "broker and plugin with 10,000 devices, MB | the aim", broker, 40, "<= 1"


def waiting(_):
    """Texts for a device that is not there."""
    with Gateway(0) as gateway:
        gateway.local.call("POST", "/v1/devices", {"id": "away", "name": "away"})
        for n in range(0, WAITING, LIST):
            numbers = [f"+49151{10000000 + i:08d}" for i in range(n, n + LIST)]
            batch = gateway.local.call("POST", "/v1/messages", {"to": numbers, "text": "Your appointment is at 10:30 tomorrow."})
            assert batch["count"] == LIST, batch
        print(f"    at most: {memory_mb(gateway.bridge.pid, 'VmHWM'):.1f} MB", flush=True)
        yield "bridge with 1,000,000 texts waiting, MB | the aim", memory_mb(gateway.bridge.pid), 64, "<= 1"


def kannel_accepts(seconds):
    """All are asked for a report later on, as all texts of ours are."""
    with Gateway(0) as gateway:
        ours = gateway.load(64, seconds)["per_s"]
    for log, what, aim in ((True, "", ">= 3"), (False, ", no log", "")):
        with Receiver() as receiver, Kannel(receiver, smsc=False, log=log) as kannel:
            yield f"durable accepts/s | Kannel, SMSC down, no sync{what}", ours, kannel.load(64, seconds)["per_s"], aim


def gateways():
    """Each gateway with a receiver of its reports; ours is the first."""
    with Receiver() as receiver, Gateway(DEVICES, receiver=receiver) as service:
        yield "ours", service, receiver
    for name, log in (("Kannel", True), ("Kannel, no log", False)):
        with Receiver() as receiver, Kannel(receiver, log=log) as service:
            yield name, service, receiver
    for name, batch in (("Node service", False), ("Node service that batches", True)):
        with Receiver() as receiver, Node(receiver, batch) as service:
            yield name, service, receiver


JOURNEYS_AIMS = {"Kannel": ">= 2.5", "Kannel, no log": "", "Node service": ">= 9", "Node service that batches": ">= 2"}
REPORT_AIMS = {"Kannel": "<= 0.06"}


def peers(seconds):
    """Reports at a steady pace and journeys as fast as they go, of all gateways."""
    reports, rates = {}, {}
    for name, service, receiver in gateways():
        service.warm_up(receiver)
        reports[name] = service.told_latency(receiver, seconds)
        receiver.clear()
        rates[name] = service.told_journeys(receiver, seconds)
    for name, aim in JOURNEYS_AIMS.items():
        yield f"journeys/s, app told | {name}", rates["ours"], rates[name], aim
    for name in JOURNEYS_AIMS:
        yield f"report at 200/s, p50 ms | {name}", reports["ours"], reports[name], REPORT_AIMS.get(name, "")


ROWS = {
    "accepts": accepts, "accepts-new": accepts_new, "journeys": journeys, "latency": latency, "slow": slow, "webhooks": webhooks,
    "otp": otp, "logins": logins, "plugin": plugin, "memory": memory, "waiting": waiting, **UPKEEP_ROWS,
}
PEER_ROWS = {"kannel-accepts": kannel_accepts, "peers": peers}
ONCE = ("memory", "waiting", *UPKEEP_ROWS)


def table_of(name, rows):
    """The lines of one measurement: rows of its rounds, each (what, ours, yardstick, aim)."""
    for what in dict.fromkeys(row[0] for row in rows):
        pairs = [(ours, yardstick) for label, ours, yardstick, _ in rows if label == what]
        aim = next(aim for label, _, _, aim in rows if label == what)
        ratios = [ours / yardstick for ours, yardstick in pairs]
        yield (f"{name:14} {what:58} {statistics.median(p[0] for p in pairs):10.2f} "
               f"{statistics.median(p[1] for p in pairs):10.2f} {statistics.median(ratios):7.2f} "
               f"({min(ratios):.2f}-{max(ratios):.2f})  {aim}".rstrip())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", action="store_true", help="other gateways too")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("rows", nargs="*", choices=[[], *ROWS, *POSTGRES_ROWS, *PEER_ROWS], default=[])
    options = parser.parse_args()
    known = {**ROWS, **(POSTGRES_ROWS if "SMSQUITTO_TEST_POSTGRES" in os.environ else {}), **(PEER_ROWS if options.peers else {})}
    if not known.keys() >= set(options.rows):
        parser.error("these rows need --peers, or a server (scripts/with-postgres)")
    table = []
    for name in options.rows or known:
        rounds = 1 if name in ONCE else options.rounds
        lines = list(table_of(name, [row for _ in range(rounds) for row in known[name](options.seconds)]))
        print("\n".join(lines), flush=True)
        table += lines
    print(f"\n{'row':14} {'ours | yardstick':58} {'ours':>10} {'yardstick':>10} {'ratio':>7}  (range)  aim")
    print("\n".join(table))


if __name__ == "__main__":
    main()
