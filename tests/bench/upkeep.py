"""Rows about what goes on beside the traffic: another store, retention, a backup, a broker that comes back.

For PostgreSQL: SMSQUITTO_POSTGRES_SYNC=1 scripts/with-postgres scripts/bench pg-accepts pg-journeys
"""
import time

from gateway import Gateway, memory_mb, wait_until
from growth import Grown

MANY_DEVICES = 10000
JOURNEY_DEVICES = 1000
OLD = 300000   # messages, over 90 days
KEPT_DAYS = 7
RATE = 2000    # accepts/s beside which the p99 is looked at
LIST = 1000


def pg_accepts(seconds):
    with Gateway(0) as gateway:
        yardstick = gateway.load(64, seconds)["per_s"]
    with Gateway(0, postgres=True) as gateway:
        yield "durable accepts/s in PostgreSQL | in SQLite", gateway.load(64, seconds)["per_s"], yardstick, ""


def pg_journeys(seconds):
    with Gateway(JOURNEY_DEVICES) as gateway:
        yardstick = gateway.journeys(64, seconds)
    with Gateway(JOURNEY_DEVICES, postgres=True) as gateway:
        yield "whole journeys/s in PostgreSQL | in SQLite", gateway.journeys(64, seconds), yardstick, ""


def beside(what, gateway, seconds, begin, going_on):
    """Accepts as many as go in, and p99 at a rate, without it and beside it. begin() sets it going each time anew."""
    alone, calm = gateway.load(64, seconds), gateway.load(16, seconds, RATE)
    begin()
    loaded = gateway.load(64, seconds)
    through = going_on()
    begin()
    watched = gateway.load(16, seconds, RATE)
    through = through and going_on()
    print(f"    {what} went on all the time: {'yes' if through else 'no, it ended before'}", flush=True)
    yield f"accepts/s beside {what} | without", loaded["per_s"], alone["per_s"], ""
    yield f"accept at {RATE}/s beside {what}, p99 ms | without", watched["p99_ms"], calm["p99_ms"], ""


def retention(seconds):
    """Deletes what is older than some days; the load of a moment does not see the end of it."""
    with Grown(OLD) as gateway:
        old = f"SM{int((time.time() - KEPT_DAYS * 86400) * 1000):012x}" + "70008" + "0" * 15
        some_old = lambda: gateway.local.call("GET", f"/v1/messages?limit=1&cursor={old}")["messages"]
        keep = lambda: gateway.local.call("PUT", "/v1/account/retention",
                                          {"text_days": None, "number_days": None, "delete_days": KEPT_DAYS})
        yield from beside("retention", gateway, seconds, keep, lambda: bool(some_old()))


def backup(seconds):
    with Grown(OLD) as gateway:
        made = iter(range(100))
        begin = lambda: gateway.local.call("POST", "/v1/backup", {"path": f"{gateway.folder}/backup-{next(made)}.db"})

        def going_on():
            running = gateway.local.call("GET", "/v1/backup")["state"] == "running"
            wait_until(lambda: gateway.local.call("GET", "/v1/backup")["state"] == "done", "the backup is written")
            return running
        yield from beside("a backup", gateway, seconds, begin, going_on)


def storm(_):
    """A text waits for each device while the broker is away; then it comes back, empty, and all connect at once."""
    with Gateway(MANY_DEVICES) as gateway:
        connected = lambda: gateway.local.call("GET", "/v1/status")["broker_connected"]
        gateway.fleet.end()
        begun = time.monotonic()
        gateway.start_fleet()
        first = time.monotonic() - begun
        gateway.broker.kill()
        wait_until(lambda: not connected(), "the bridge has seen it")
        before = gateway.delivered()
        for n in range(MANY_DEVICES):
            gateway.local.call("POST", "/v1/messages", {"to": f"+49151{10000000 + n:08d}", "text": "x", "device": f"d{n:05d}"})
        begun = time.monotonic()
        gateway.broker.start()
        wait_until(lambda: gateway.delivered() - before >= MANY_DEVICES, "each has had its text", 120)
        served = time.monotonic() - begun
        print(f"    at most: bridge {memory_mb(gateway.bridge.pid, 'VmHWM'):.1f} MB", flush=True)
        yield "10,000 devices served after the broker's crash, s | first", served, first, ""
        yield "bridge then, MB | broker then, MB", memory_mb(gateway.bridge.pid), memory_mb(gateway.broker.process.pid), ""


UPKEEP_ROWS = {"retention": retention, "backup": backup, "storm": storm}
POSTGRES_ROWS = {"pg-accepts": pg_accepts, "pg-journeys": pg_journeys}
