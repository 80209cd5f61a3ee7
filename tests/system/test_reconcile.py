"""The reconciler finds every fault that is planted in its records, and nothing in clean ones."""
import pytest

from reconcile import Accepted, Air, Crash, Message, reconcile

GOOD_LIFE = [(1, "queued"), (1, "dispatched"), (1, "accepted"), (1, "sent"), (1, "delivered")]


def message(id="SM1", qos=2, state="delivered", timeline=None):
    return Message(id, qos, state, GOOD_LIFE if timeline is None else timeline)


def air(id="SM1", at=10.0, part=1, device="phone-1"):
    return Air(id, device, part, at)


def kinds(findings):
    return [finding.split(":")[0] for finding in findings]


CLEAN = [
    ("one text", [Accepted("SM1", 2)], [air()], [message()], []),
    ("two parts", [Accepted("SM1", 2)], [air(), air(part=2, at=11)], [message()], []),
    ("accepted, but the answer was lost", [], [air()], [message()], []),
    ("unknown after a crash", [Accepted("SM1", 2)], [], [message(state="unknown", timeline=[(1, "unknown")])], []),
    ("unknown, and it was out", [Accepted("SM1", 2)], [air()], [message(state="unknown", timeline=[])], []),
    ("QoS 1 again across a crash", [Accepted("SM1", 1)], [air(at=10), air(at=14)], [message(qos=1)],
     [Crash("phone-1", 11, 12)]),
    ("QoS 0 ends when the broker has it", [Accepted("SM1", 0)], [air()],
     [message(qos=0, state="dispatched", timeline=[(1, "queued"), (1, "dispatched")])], []),
    ("QoS 0 lost behind the broker", [Accepted("SM1", 0)], [], [message(qos=0, state="dispatched", timeline=[])], []),
    ("the delivery report died with the phone", [Accepted("SM1", 1)], [air()],
     [message(qos=1, state="sent", timeline=GOOD_LIFE[:4])], [Crash("phone-1", 11, 12)]),
    ("a second lease starts again", [Accepted("SM1", 1)], [air()],
     [message(qos=1, timeline=[(1, "queued"), (1, "dispatched"), (2, "queued"), *[(2, s) for _, s in GOOD_LIFE]])], []),
    ("a failed try, and a second one", [Accepted("SM1", 2)], [air()],
     [message(timeline=[*GOOD_LIFE[:3], (1, "held"), (1, "queued"), *[(2, s) for _, s in GOOD_LIFE]])], []),
    ("given up while it waits", [Accepted("SM1", 2)], [],
     [message(state="cancelled", timeline=[*GOOD_LIFE[:3], (1, "held"), (1, "cancelled")])], []),
]

FAULTY = [
    ("row gone", [Accepted("SM1", 2)], [air()], [], [], ["lost", "stray"]),
    ("never on the air, unfinished", [Accepted("SM1", 2)], [], [message(state="queued", timeline=[])], [],
     ["lost", "unfinished"]),
    ("delivered and never on the air", [Accepted("SM1", 2)], [], [message()], [], ["lost", "pretended"]),
    ("pretended without an answer", [], [], [message(state="sent", timeline=[])], [], ["unfinished", "pretended"]),
    ("on the air, never finished", [Accepted("SM1", 2)], [air()], [message(state="sent", timeline=GOOD_LIFE[:4])], [],
     ["unfinished"]),
    ("sent, and the phone had crashed before", [Accepted("SM1", 2)], [air(at=10)],
     [message(state="sent", timeline=GOOD_LIFE[:4])], [Crash("phone-1", 8, 9)], ["unfinished"]),
    ("QoS 1 stuck at dispatched", [Accepted("SM1", 1)], [air()],
     [message(qos=1, state="dispatched", timeline=GOOD_LIFE[:2])], [], ["unfinished"]),
    ("double at QoS 2", [Accepted("SM1", 2)], [air(at=10), air(at=14)], [message()], [Crash("phone-1", 11, 12)],
     ["double"]),
    ("double at QoS 0", [Accepted("SM1", 0)], [air(at=10), air(at=14)], [message(qos=0)], [], ["double"]),
    ("double part", [Accepted("SM1", 2)], [air(), air(part=2), air(part=2, at=12)], [message()], [], ["double"]),
    ("double at QoS 1 without a crash", [Accepted("SM1", 1)], [air(at=10), air(at=14)], [message(qos=1)], [], ["double"]),
    ("double at QoS 1, crash before", [Accepted("SM1", 1)], [air(at=10), air(at=14)], [message(qos=1)],
     [Crash("phone-1", 8, 9)], ["double"]),
    ("double at QoS 1, crash after", [Accepted("SM1", 1)], [air(at=10), air(at=14)], [message(qos=1)],
     [Crash("phone-1", 15, 16)], ["double"]),
    ("double at QoS 1, another's crash", [Accepted("SM1", 1)], [air(at=10), air(at=14)], [message(qos=1)],
     [Crash("phone-2", 11, 12)], ["double"]),
    ("double on two devices", [Accepted("SM1", 1)], [air(at=10), air(at=14, device="phone-2")], [message(qos=1)],
     [Crash("phone-1", 11, 12)], ["double"]),
    ("state falls", [], [air()], [message(timeline=[(1, "sent"), (1, "accepted"), (1, "delivered")])], [], ["reversal"]),
    ("goes on in a lease that was given up", [], [air()],
     [message(timeline=[(1, "accepted"), (1, "held"), (1, "sent"), (1, "delivered")])], [], ["reversal"]),
    ("waits again after it was sent", [], [air()], [message(timeline=[(1, "sent"), (1, "held"), (1, "delivered")])], [],
     ["reversal"]),
    ("two final states", [], [air()], [message(timeline=[(1, "failed"), (1, "delivered")])], [], ["reversal"]),
    ("life after the end", [], [air()], [message(timeline=[(1, "delivered"), (2, "queued")])], [], ["reversal"]),
    ("lease falls", [], [air()], [message(timeline=[(2, "queued"), (1, "sent"), (2, "delivered")])], [], ["reversal"]),
    ("shown state is not the last", [], [air()], [message(state="failed")], [], ["reversal"]),
    ("stray", [], [air("SM9")], [], [], ["stray"]),
    ("QoS changed", [Accepted("SM1", 2)], [air()], [message(qos=1)], [], ["changed"]),
]


@pytest.mark.parametrize("case", CLEAN, ids=lambda case: case[0])
def test_clean_records_give_no_findings(case):
    assert reconcile(*case[1:]) == []


@pytest.mark.parametrize("case", FAULTY, ids=lambda case: case[0])
def test_planted_fault_is_found(case):
    assert kinds(reconcile(*case[1:5])) == case[5]


def test_an_end_that_the_run_does_not_allow_is_found():
    ended = [message(state="expired", timeline=[(1, "queued"), (1, "expired")])]
    assert kinds(reconcile([Accepted("SM1", 2)], [], ended, allowed_ends={"unknown"})) == ["lost"]
    failed = [message(state="failed", timeline=[(1, "queued"), (1, "failed")])]
    assert kinds(reconcile([Accepted("SM1", 2)], [air()], failed, allowed_ends={"unknown"})) == ["ended"]
