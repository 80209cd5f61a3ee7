"""Honest users beside an attack: texts that are sent and delivered all the time, and memory that stays flat.

    with Honest(world) as honest:      # fails in the end when a text was lost, or nobody was served in time
        attack()
"""
import os
import statistics
import threading
import time

from rest import Api

# Sanitizers keep freed memory back, so that growth says nothing.
SANITIZED = bool(os.environ.get("SMSQUITTO_SANITIZE"))
SLOWEST = 30.0 if SANITIZED else 15.0  # seconds from accept to delivered, in the worst moment of an attack


class Honest:
    """One app that sends a text a moment to the device phone-1, and waits until it is delivered."""

    def __init__(self, world, to="+4915112345999"):
        self.world = world
        self.to = to
        self.api = Api(world.bridge.port, world.api.key)
        self.took = []
        self.error = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _one(self):
        begin = time.monotonic()
        sent = self.api.ok("POST", "/v1/messages", {"to": self.to, "text": "honest", "device": "phone-1"})
        while (state := self.api.ok("GET", f"/v1/messages/{sent['id']}")["state"]) != "delivered":
            assert state in ("queued", "held", "dispatched", "accepted", "sent"), state
            assert time.monotonic() - begin < SLOWEST, f"{sent['id']} is {state} for {SLOWEST} s"
            time.sleep(0.02)
        self.took.append(time.monotonic() - begin)

    def _run(self):
        try:
            while not self._over.is_set():
                self._one()
        except BaseException as error:  # told by __exit__, in the thread of the test
            self.error = error

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, kind, *_):
        self._over.set()
        self._thread.join(2 * SLOWEST)
        self.api.close()
        if kind is None:
            if self.error is not None:
                raise AssertionError("an honest user was not served") from self.error
            assert self.took, "no honest text went through"
            print(f"honest: {len(self.took)} texts, median {statistics.median(self.took) * 1000:.0f} ms, "
                  f"slowest {max(self.took) * 1000:.0f} ms")


def resident_kb(pid):
    """Memory of a process that is in RAM."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


class Flat:
    """Asserts at its end that processes have not grown by more than that. pids: {name: pid}."""

    def __init__(self, pids, grow_kb):
        self.pids = pids
        self.grow_kb = grow_kb

    def __enter__(self):
        self.before = {name: resident_kb(pid) for name, pid in self.pids.items()}
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            return
        after = {name: resident_kb(pid) for name, pid in self.pids.items()}
        print("memory, KB:", {name: (self.before[name], after[name]) for name in after})
        if not SANITIZED:
            grown = {name: after[name] - self.before[name] for name in after}
            assert all(grew <= self.grow_kb for grew in grown.values()), grown


def pids_of(world):
    return {"broker": world.broker.process.pid, "bridge": world.bridge.process.pid}
