"""What a gateway costs when it has grown: the same questions to stores of different sizes, one after the other.

    scripts/bench growth [--sizes 10000,1000000] [--calls 300]

Prints medians in milliseconds, and how often the smallest store's. Each call goes over a connection that stays open, with
nothing else running; accepts and journeys are under load.
"""
import argparse
import os
import random
import statistics
import subprocess
import time

from gateway import BENCH, Gateway

DEVICES = 10
AIM = 2.0


class Grown(Gateway):
    """A gateway whose store was filled while it was down."""

    def __init__(self, size):
        super().__init__(DEVICES)
        self.folder = self.broker.folder
        self.restart(lambda: self._fill(size))

    def _fill(self, size):
        subprocess.check_call([BENCH / "store_fill", self.folder / "db", str(size)])
        os.sync()  # else the disk would be writing it yet

    def restart(self, between):
        self.fleet.end()
        self.end_bridge()
        between()
        self.start_bridge()
        self.start_fleet()


def timed(call):
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000


def questions(gateway, size, chance):
    """Name and question; each call asks for something else."""
    local = gateway.local
    get = lambda path: lambda: local.call("GET", path)
    middle = local.call("GET", "/v1/messages?limit=1")["messages"][0]["id"]
    some = [message["id"] for message in local.call("GET", "/v1/messages?limit=200")["messages"]]
    old = f"SM{int(time.time() * 1000) - 45 * 86400000:012x}" + middle[14:]
    number = lambda: f"%2B4915{chance.randrange(100000):08d}"
    return {
        "first page of messages": get("/v1/messages"),
        "a page in the middle": get(f"/v1/messages?cursor={old}"),
        "page of failed ones": get("/v1/messages?state=failed"),
        "page of one recipient": lambda: local.call("GET", f"/v1/messages?to={number()}"),
        "one message with its timeline": lambda: local.call("GET", f"/v1/messages/{chance.choice(some)}"),
        "page of dead letters": get("/v1/queues/dead"),
        "the three queues": get("/v1/queues"),
        "devices": get("/v1/devices"),
        "status": get("/v1/status"),
        "metrics": get("/metrics"),
        "accept one, answered": lambda: local.call("POST", "/v1/messages", {"to": f"+4915{chance.randrange(100000):08d}", "text": "x"}),
    }


def measure(size, calls, seconds):
    chance = random.Random(size)
    with Grown(size) as gateway:
        row = {}
        for name, ask in questions(gateway, size, chance).items():
            ask()
            row[name] = statistics.median(timed(ask) for _ in range(calls))
        loaded = gateway.load(64, seconds)["per_s"]
        row["accept, us each under load"] = 1e6 / loaded
        row["journey, us each under load"] = 1e6 / gateway.journeys(64, seconds)
        gateway.restart(lambda: None)
        row["start of the bridge, ms"] = gateway.start_ms
    return row


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="10000,1000000")
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=3)
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    rows = [measure(size, options.calls, options.seconds) for size in sizes]
    print(f"{'':32}" + "".join(f"{size:>14,}" for size in sizes) + "".join(f"{f'x at {size:,}':>16}" for size in sizes[1:]))
    for name in rows[0]:
        grown = "".join(f"{row[name] / rows[0][name]:16.2f}" for row in rows[1:])
        print(f"{name:32}" + "".join(f"{row[name]:14.3f}" for row in rows) + grown)
    worst = max((row[name] / rows[0][name], name) for row in rows[1:] for name in row)
    print(f"\nworst: {worst[1]} x {worst[0]:.2f} (aim: at most {AIM})")


if __name__ == "__main__":
    main()
