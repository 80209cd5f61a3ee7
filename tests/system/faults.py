"""The table of faults: what each breaks, and how large it is in CI and in scripts/prove."""
import dataclasses
import typing

import proof_clock
import proof_crash
import proof_device
import proof_files
import proof_fleet
import proof_network
import proof_power
import proof_store
from store import SERVER

PROMISES = {
    "P1": "Nothing accepted is lost: it reaches the radio, or ends in a state that the API and a webhook tell.",
    "P2": "Never twice on the air at QoS 2, at QoS 1 only across a crash. What nobody can know ends as `unknown`.",
    "P3": "States only move forward, to one end; a late or repeated report changes nothing.",
    "P4": "A report counts only from the device that holds the message.",
    "P5": "Webhooks at least once, and one event always has one id.",
    "P6": "Refuse rather than pretend: 503 with Retry-After when the store cannot be written, and well again by itself.",
    "P7": "The same idempotency key is the same message.",
    "P8": "A database is opened whole, or refused untouched.",
}


@dataclasses.dataclass(frozen=True)
class Fault:
    """short, long: arguments of run besides the dice; why_not: says why it cannot be tried here, or ""."""
    name: str
    what: str
    promises: str
    run: typing.Callable
    short: dict
    long: dict
    why_not: typing.Callable = lambda: ""


def sqlite_only(why):
    return lambda: f"SQLite only: {why}" if SERVER else ""


FAULTS = [
    Fault("crash-points", "`kill -9` of the bridge and of devices at named points, under load", "P1 P2 P3 P5",
          proof_crash.crash_points, {"rounds": 1, "points": 16}, {"rounds": 20, "points": 16}, proof_crash.why_not),
    Fault("store-trouble", "the bridge's store: disk full (at once, in mid-write), quota, read-only, failing writes and "
          "syncs, nothing works at all, and locked from outside", "P1 P6", proof_store.store_trouble, {"rounds": 1},
          {"rounds": 20}, sqlite_only("the disk is the server's")),
    Fault("power-cut", "the machine of the bridge loses its power: what the file system has not put on the disk is gone",
          "P1 P2 P5 P8", proof_power.power_cut, {"rounds": 2}, {"rounds": 100}, proof_power.why_not),
    Fault("clock-steps", "the wall clock of the bridge, of a device and of the whole machine is stepped by 90 seconds, hours and "
          "a day, forth and back", "P1 P2 P3 P5", proof_clock.clock_steps, {"rounds": 1, "steps": 1}, {"rounds": 4}),
    Fault("lost-sessions", "the broker is killed and comes back without sessions and queues", "P1 P2 P5",
          proof_network.lost_sessions, {"rounds": 2}, {"rounds": 40}),
    Fault("half-open", "the network of the bridge or of a device stops without a word, one way or both, and goes on or resets",
          "P1 P2 P5", proof_network.half_open, {"rounds": 1, "seconds": 1.0, "ways": 3}, {"rounds": 3, "seconds": 10.0}),
    Fault("odd-devices", "devices that never report, report twice, backwards, in part or after the end, speak for others or "
          "talk nonsense", "P3 P4", proof_device.odd_devices, {"rounds": 1}, {"rounds": 40}),
    Fault("backlog", "a device was away while texts waited for it", "P1 P2", proof_fleet.backlog, {"texts": 500},
          {"texts": 10_000}),
    Fault("storm", "the broker is killed, comes back empty, and a whole fleet connects at once, a text waiting for each",
          "P1 P2", proof_fleet.storm, {"devices": 100}, {"devices": 10_000}),
    Fault("restore", "a backup is put back after what waited in it was sent, and the device has lost its journal", "P1 P2",
          proof_files.restore, {"texts": 3}, {"texts": 200}, sqlite_only("backups are the server's")),
    Fault("two-bridges", "a second bridge is started on the same store", "P1 P2", proof_files.two_bridges, {"rounds": 1},
          {"rounds": 20}),
    Fault("cut-log", "the write-ahead log of a killed bridge is cut at every 512 bytes, and each remainder opened", "P1 P8",
          proof_files.cut_log, {"batches": 20, "cuts": 60}, {"batches": 60},
          sqlite_only("the log is the server's")),
]
