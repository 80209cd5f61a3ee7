"""Holds three records against each other: what REST accepted, what went on the air, and how it ended.

    findings = reconcile(accepted, air, messages, crashes)
    assert not findings, "\\n".join(findings)

It knows nothing of how the records were made; test_reconcile.py plants every kind of fault in them.
"""
import collections
import dataclasses

RANKS = {"scheduled": 0, "queued": 1, "held": 1, "dispatched": 2, "accepted": 3, "sent": 4}
FINAL = {"delivered", "undelivered", "failed", "expired", "cancelled", "unknown"}
# Final states that say honestly that a message did not, or perhaps did not, go out.
HONEST_ENDS = {"failed", "expired", "cancelled", "unknown"}
REACHED_THE_NETWORK = {"sent", "delivered", "undelivered"}


@dataclasses.dataclass(frozen=True)
class Accepted:
    """A 2xx with an id."""
    id: str
    qos: int


@dataclasses.dataclass(frozen=True)
class Air:
    """The radio took one part of a message. at: seconds since 1970."""
    id: str
    device: str
    part: int
    at: float


@dataclasses.dataclass(frozen=True)
class Crash:
    """A device was killed between these times (seconds since 1970): what it had begun is in doubt."""
    device: str
    begin: float
    end: float


@dataclasses.dataclass
class Message:
    """What REST says in the end. timeline: (lease, state) of each move of the whole message, oldest first."""
    id: str
    qos: int
    state: str
    timeline: list


def reconcile(accepted, air, messages, crashes=(), allowed_ends=frozenset(HONEST_ENDS)):
    """Returns sentences, one for each broken promise; none when the books balance.

    messages: every message that REST lists, also those whose 2xx never arrived. allowed_ends: the honest ends that
    this run may have; a run whose network never fails allows fewer."""
    known = {message.id: message for message in messages}
    lines = collections.defaultdict(list)
    for line in air:
        lines[line.id].append(line)
    findings = []
    for promise in accepted:
        findings += _promise(promise, known.get(promise.id), lines.get(promise.id, []), allowed_ends)
    for id in sorted(set(lines) - set(known)):
        findings.append(f"stray: {id} was on the air, and REST knows no such message")
    for message in messages:
        findings += _ending(message, lines.get(message.id, []), crashes)
        findings += _doubles(message, lines.get(message.id, []), crashes)
        findings += _order(message)
    return findings


def _promise(promise, message, lines, allowed_ends):
    """P1: what was accepted is there, and was on the air or ended in a way that says why not."""
    if message is None:
        return [f"lost: {promise.id} was accepted, and REST knows it no more"]
    if message.qos != promise.qos:
        return [f"changed: {promise.id} was accepted with QoS {promise.qos} and has {message.qos}"]
    if not lines and message.state not in allowed_ends and not _left_at_dispatched(message):
        return [f"lost: {promise.id} was never on the air and is {message.state}"]
    if lines and message.state in HONEST_ENDS - allowed_ends:
        return [f"ended: {promise.id} is {message.state}, which nothing in this run explains"]
    return []


def has_ended(message, lines, crashes):
    """Whether nothing more can be expected of it. Sent is an end only when its device crashed afterwards: the
    simulated phone then loses the network's delivery report, and nobody else has it."""
    if message.state == "sent":
        return any(crash.device == line.device and line.at <= crash.end for line in lines for crash in crashes)
    return message.state in FINAL or _left_at_dispatched(message)


def _ending(message, lines, crashes):
    """Every message ends, and none claims a radio that it did not see."""
    findings = []
    if not has_ended(message, lines, crashes):
        findings.append(f"unfinished: {message.id} is still {message.state}")
    if message.state in REACHED_THE_NETWORK and not lines:
        findings.append(f"pretended: {message.id} is {message.state} and was never on the air")
    return findings


def _left_at_dispatched(message):
    """QoS 0 promises no more than that it was handed to the broker once."""
    return message.qos == 0 and message.state == "dispatched"


def _doubles(message, lines, crashes):
    """P2: once on the air at QoS 0 and 2; at QoS 1 again only across a crash of the device that had begun it."""
    findings = []
    parts = collections.defaultdict(list)
    for line in lines:
        parts[line.part].append(line)
    for part, again in sorted(parts.items()):
        again.sort(key=lambda line: line.at)
        for first, second in zip(again, again[1:]):
            where = f"{message.id} part {part} was on the air twice, {second.at - first.at:.3f} s apart"
            if message.qos != 1:
                findings.append(f"double: {where}, at QoS {message.qos}")
            elif first.device != second.device:
                findings.append(f"double: {where}, on {first.device} and on {second.device}")
            elif not any(crash.device == first.device and first.at <= crash.end and crash.begin <= second.at
                         for crash in crashes):
                findings.append(f"double: {where}, and no crash of {first.device} lies between")
    return findings


def _order(message):
    """P3: within a lease states only rise, leases only rise, and a final state is the last and the one shown. A lease may
    be given up before the network has the message: then it waits, and goes on under a higher one only."""
    findings = []
    lease, rank, given_up = 0, -1, False
    ended = None
    for number, state in message.timeline:
        if ended is not None:
            findings.append(f"reversal: {message.id} went from {ended} to {state}")
        if number < lease:
            findings.append(f"reversal: {message.id} went from lease {lease} back to {number}")
        if number > lease:
            lease, rank, given_up = number, -1, False
        new = len(RANKS) if state in FINAL else RANKS[state]
        if new < rank and state in ("queued", "held") and rank < RANKS["sent"]:
            given_up = True
        elif new < rank or (given_up and RANKS["held"] < new < len(RANKS)):
            findings.append(f"reversal: {message.id} fell to {state} in lease {lease}")
        rank = new
        if state in FINAL:
            ended = state
    if ended is not None and ended != message.state:
        findings.append(f"reversal: {message.id} is {message.state} after it was {ended}")
    return findings
