"""What the faults that prove our promises share (test_proof.py runs them short, scripts/prove long).

A fault is a function fault(dice, **size) that breaks something, holds the books against each other and returns what it
counted, {words: figure}. It fails when a promise does not hold.
"""
import collections
import json
import re
import time

from books import Load, balance
from world import until

# A network that takes its time, so that faults find messages in every state.
RULES = {"otherwise": {"taken_ms": [0, 20], "sent_ms": [10, 200], "delivered_ms": [10, 300]}}
LOCAL_HOOKS = {("webhooks", "allow"): "127.0.0.1", ("webhooks", "timeout"): "2s",
               ("webhooks", "retries"): "100ms 200ms 400ms 800ms 1s 1s 1s 1s 1s 1s 1s 1s", ("webhooks", "probe"): "100ms"}
SHORT_LEASE = {("engine", "lease"): "5s"}
STORIES = 3
WINDOW = 20  # messages that a device may hold ([engine] window-out)


class Broken(AssertionError):
    """A promise that did not hold."""


def check(holds, what):
    if not holds:
        raise Broken(what)


def load_for(world, dice, **more):
    """A load that is running; stop() it."""
    load = Load(world, dice.randrange(1 << 32), **more)
    load.start()
    return load


def wait_accepted(load, more, timeout=60.0):
    """Waits until so many more texts were accepted; returns the seconds that it took."""
    begin, wanted = time.monotonic(), len(load.accepted) + more
    while len(load.accepted) < wanted:
        check(time.monotonic() - begin < timeout, f"texts are not accepted again: {load.refused} refused, "
              f"{load.unanswered} unanswered, {load.wrong[:3]}")
        time.sleep(0.01)
    return time.monotonic() - begin


def through(world, load, seconds):
    """Waits until everything that was accepted so far has reached an end; returns how long that took."""
    begin, promised = time.monotonic(), list(load.accepted)
    open_ids = {promise.id for promise in promised if promise.qos > 0} - load.ended

    def none_open():
        for shown in [world.message(id) for id in list(open_ids)[:20]]:
            if shown["state"] not in ("queued", "held", "dispatched", "accepted"):
                open_ids.discard(shown["id"])
                load.ended.add(shown["id"])
        return not open_ids

    try:
        until(none_open, "", seconds)
    except AssertionError:
        check(not open_ids, f"{len(open_ids)} texts do not get through, such as {world.message(min(open_ids)) if open_ids else None}")
    return time.monotonic() - begin


def stories(world, findings):
    """The timelines of the first messages that the findings name."""
    for id in dict.fromkeys(re.findall(r"SM[0-9a-f]{32}", "\n".join(findings[:STORIES]))):
        for line in world.message(id).get("timeline", []):
            yield f"  {id}: " + ", ".join(f"{name} {value}" for name, value in line.items() if value is not None)


def closed_books(world, load, crashes=(), allowed_ends=frozenset({"unknown"})):
    """Ends the load and balances; returns the figures that every fault has, and the messages."""
    load.stop()
    messages, air, findings = balance(world, load, crashes, allowed_ends)
    check(not findings, "\n".join([*findings, *stories(world, findings)]))
    check(load.accepted, "nothing was accepted, so nothing is proved")
    unknown = [message for message in messages if message.state == "unknown"]
    check(all(message.qos != 1 for message in unknown), "unknown at QoS 1, where it may be sent again")
    doubtful = sum(message.qos == 2 for message in unknown)
    check(doubtful <= WINDOW * len(crashes), f"{doubtful} unknown at QoS 2 after {len(crashes)} crashes of devices")
    return {"accepted": len(load.accepted), "on the air": len({line.id for line in air}), "lost": 0,
            "twice at QoS 0 and 2": 0, "unknown": len(unknown), "refused with 503": load.refused,
            "without an answer": load.unanswered}, messages


def all_told(receiver, messages):
    """Waits until the end of every message was told to the webhook; returns how often one was told again."""
    told = Told(receiver)
    until(lambda: not told.untold(messages), "every end is told to the webhook", 60)
    return told.repeats


class Told:
    """What a webhook receiver was told, read as it grows."""

    def __init__(self, receiver):
        self.receiver = receiver
        self._seen = 0
        self._types, self._meaning = collections.defaultdict(set), {}
        self.repeats = 0

    def untold(self, messages):
        """The messages whose end has not been told yet. One webhook id always means one event."""
        for _, _, body in self.receiver.got[self._seen:]:
            self._seen += 1
            event = json.loads(body)
            message = event["data"].get("message")
            if message is None:
                continue
            self._types[message["id"]].add(event["type"])
            meaning = self._meaning.setdefault(event["id"], (message["id"], event["type"]))
            check(meaning == (message["id"], event["type"]), "one webhook id for two events")
            self.repeats = self._seen - len(self._meaning)
        return [message.id for message in messages
                if message.state not in ("sent", "dispatched") and f"message.{message.state}" not in self._types[message.id]]
