"""The books of a run under load: what was accepted, what went on the air, what became of each message."""
import http.client
import random
import threading

from reconcile import Accepted, Air, Message, has_ended, reconcile
from world import until

SENDERS = 3
SETTLE = 120.0


class Load:
    """Threads that send all the time and note what was accepted. A request without an answer is nobody's promise."""

    def __init__(self, world, seed, pause=0.05):
        """pause: the longest of a sender between two requests, in seconds."""
        self.world, self.pause = world, pause
        self.accepted = []
        self.ended = set()  # those that were seen to have reached an end; they are not asked for again
        self.unanswered = self.refused = 0
        self.wrong = []  # answers that no fault explains
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(random.Random(seed + n), n), daemon=True)
                         for n in range(SENDERS)]

    def start(self):
        for thread in self._threads:
            thread.start()

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    def _run(self, dice, sender):
        count = 0
        while not self._stop.is_set():
            count += 1
            self._send(dice, f"{sender}-{count}")
            self._stop.wait(dice.uniform(0.0, self.pause))

    def _send(self, dice, mark):
        qos = dice.choice([0, 1, 1, 2, 2])
        recipients = [f"+49151{dice.randrange(10_000_000, 99_999_999)}" for _ in range(dice.choice([1, 1, 1, 5]))]
        body = {"to": recipients if len(recipients) > 1 else recipients[0], "qos": qos,
                "text": f"chaos {mark} " + "x" * dice.choice([0, 0, 0, 300])}
        try:
            answer = self.world.api.post("/v1/messages", body)
        except (OSError, http.client.HTTPException):
            with self._lock:
                self.unanswered += 1
            self._stop.wait(0.1)
            return
        with self._lock:
            if answer.status == 202:
                made = answer.json["messages"] if len(recipients) > 1 else [answer.json]
                self.accepted += [Accepted(message["id"], qos) for message in made]
            else:
                self.refused += 1
                if answer.status != 503 or "retry-after" not in answer.headers:
                    self.wrong.append(f"answer: {answer}")


def air_of(world):
    """One line for each part, by message."""
    lines = {}
    for line in world.air():
        for part in range(1, line["parts"] + 1):
            lines.setdefault(line["ref"], []).append(Air(line["ref"], line["device"], part, line["at"] / 1000))
    return lines


def settled(world, crashes):
    """Whether every message has ended, as far as it ever will."""
    lines = air_of(world)
    return all(has_ended(Message(shown["id"], shown["qos"], shown["state"], []), lines.get(shown["id"], []), crashes)
               for shown in world.all_messages())


def timeline_of(message):
    """The moves of the whole message: parts and notes have no state."""
    return [(event["lease"], event["state"]) for event in message["timeline"] if "state" in event]


def record(world, id):
    """State and timeline out of one answer: a text that was sent may be delivered while others are looked at."""
    shown = world.message(id)
    return Message(id, shown["qos"], shown["state"], timeline_of(shown))


def records(world):
    air = [line for lines in air_of(world).values() for line in lines]
    return air, [record(world, shown["id"]) for shown in world.all_messages()]


def balance(world, load, crashes=(), allowed_ends=frozenset({"unknown"}), timeout=SETTLE):
    """Waits until all has ended and reconciles; returns the messages, what went on the air, and the findings."""
    try:
        until(lambda: settled(world, crashes), "every message has ended", timeout)
    except AssertionError:
        pass  # the reconciler names those that have not
    air, messages = records(world)
    return messages, air, load.wrong + reconcile(load.accepted, air, messages, crashes, allowed_ends=allowed_ends)
