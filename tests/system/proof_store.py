"""A store that cannot be written or read for a while: the bridge refuses, and is well again by itself."""
import contextlib
import errno
import sqlite3
import time

from proof import LOCAL_HOOKS, RULES, all_told, check, closed_books, load_for, wait_accepted
from receiver import Receiver
from shim import Shim
from world import World, until

# What the disk does meanwhile.
TROUBLE = {
    "disk full": {"write_errno": errno.ENOSPC},
    "disk full in mid-write": {"write_errno": errno.ENOSPC, "write_bytes_left": 20_000},
    "quota reached": {"write_errno": errno.EDQUOT},
    "read-only": {"write_errno": errno.EROFS, "sync_errno": errno.EROFS},
    "writes fail": {"write_errno": errno.EIO},
    "syncs fail": {"sync_errno": errno.EIO},
    "all fails": {"write_errno": errno.EIO, "sync_errno": errno.EIO, "read_errno": errno.EIO, "open_errno": errno.EIO},
}
LOCKED = "locked by another program"


@contextlib.contextmanager
def trouble(world, shim, name):
    if name != LOCKED:
        shim.set(**TROUBLE[name])
        yield
        shim.clear()
        check(shim.get("failures") > 0, f"{name}: no call has failed")
        return
    with contextlib.closing(sqlite3.connect(world.folder / "smsquitto.db", timeout=20, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def one_round(world, shim, load, name, dice):
    """Breaks the store until texts were refused, and for a while longer; returns the ms until texts are accepted again."""
    wait_accepted(load, 5)
    shim.set(failures=0)
    with trouble(world, shim, name):
        refused = load.refused
        until(lambda: load.refused > refused + 2, f"{name}: texts are refused", 30)
        ready = world.admin.get("/readyz")
        check(ready.status == 503, f"{name}: /readyz says {ready}")
        check(world.admin.get("/healthz").status == 200, f"{name}: the bridge does not answer")
        # How long it lasts is part of the fault.
        time.sleep(dice.uniform(0.0, 1.0))
    return wait_accepted(load, 1) * 1000


def store_trouble(dice, rounds):
    """rounds: of each kind of trouble. Nothing that was refused may be in the store afterwards."""
    plan = [*TROUBLE, LOCKED] * rounds
    dice.shuffle(plan)
    recovery = []
    with Receiver() as receiver, \
            World(devices=2, rules=RULES, bridge={**LOCAL_HOOKS, ("store", "busy-timeout"): "300ms"}) as world:
        world.admin.ok("POST", "/v1/webhooks", {"url": receiver.url})
        shim = Shim(world.folder / "control", world.folder / "smsquitto.db")
        world.bridge.stop()
        world.bridge.environment = shim.environment()
        world.start_bridge()
        load = load_for(world, dice)
        for name in plan:
            recovery.append(one_round(world, shim, load, name, dice))
        figures, messages = closed_books(world, load)
        all_told(receiver, messages)
        known, told = {message.id for message in messages}, {promise.id for promise in load.accepted}
        check(load.unanswered > 0 or known == told, f"{len(known - told)} texts are there that were refused")
    return {"kinds of trouble": len(TROUBLE) + 1, "times": len(plan), **figures,
            "ms to accept again, longest": round(max(recovery)), "ms to accept again, median": round(sorted(recovery)[len(plan) // 2])}
