"""Holds the C codecs and schemas/mqtt against each other.

What C encodes must pass the schema. What the schema gives as examples must pass the decoder. And for every
example, each of many small changes must be judged alike by both.

usage: wire_contract.py WIRE_PEER SCHEMAS_DIR
"""

import copy
import json
import pathlib
import subprocess
import sys

import jsonschema

KINDS = ["send", "cancel", "query", "receipt", "config", "report", "inbound", "status"]
VALUES = [None, True, False, -1, 0, 1, 2, 3, 8, 9, 33, 101, 0.5, 2**53, 2**53 + 1, "", "x", "é" * 40, "x" * 65,
          "x" * 257, "x" * 6401, "+4930123456", "4930123456", "online", "none", "queued", [], [{}], {}]
# Rules that a JSON Schema cannot say: between two members, and lengths in bytes of what is not ASCII.
C_ONLY = ["must not be greater than", "has the slot of another SIM", "is too long: 80 bytes"]
# The plugin's schema is exact about what it sends; C takes more, so only whole payloads are tried.
PRESENCE = [{"device": "phone-1", "state": state, "at": 1795222923456, "boot": "0" * 32} for state in ("online", "offline")]


def places(value, path=()):
    """Yields the path of every member and element inside value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield path + (key,)
        yield from places(inner, path + (key,))


def changed(value, path, change):
    """A copy of value with change(container, key) applied at path."""
    value = copy.deepcopy(value)
    container = value
    for key in path[:-1]:
        container = container[key]
    change(container, path[-1])
    return value


def mutants(value):
    """Yields value with one member less, more, or other than it was."""
    for path in places(value):
        yield changed(value, path, lambda container, key: container.__delitem__(key))
        for other in VALUES:
            yield changed(value, path, lambda container, key: container.__setitem__(key, other))
    yield {**value, "from_a_newer_peer": {"a": [1]}}


class Peer:
    """The C program at the other end."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
        self.samples = {}
        for line in iter(self.process.stdout.readline, "end\n"):
            kind, text = line.split(" ", 1)
            self.samples[kind] = json.loads(text)

    def ask(self, kind, value):
        """Returns whether C takes value, and what it says."""
        self.process.stdin.write(f"{kind} {json.dumps(value, ensure_ascii=False)}\n")
        self.process.stdin.flush()
        verdict, _, rest = self.process.stdout.readline().rstrip("\n").partition(" ")
        assert verdict in ("ok", "error"), f"no answer to {kind} {value}"
        return verdict == "ok", rest

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(10) == 0, "the C program failed"


def load(folder, kind):
    """The validator of one kind's schema, which must itself be valid."""
    schema = json.loads((pathlib.Path(folder) / f"{kind}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def judge_whole(peer, kind, validator, example):
    """Fails unless C and the schema take example and what C makes of it."""
    validator.validate(example)
    taken, said = peer.ask(kind, example)
    assert taken, f"{kind}: {said}: {example}"
    if said:
        validator.validate(json.loads(said))


def judge_mutants(peer, kind, validator, example):
    """Counts the mutants of example; fails when C and the schema differ on one."""
    count = 0
    for mutant in mutants(example):
        taken, said = peer.ask(kind, mutant)
        valid = validator.is_valid(mutant)
        c_only = valid and any(text in said for text in C_ONLY)
        assert taken == valid or c_only, f"{kind}: C says {taken} {said}, the schema {valid}: {mutant}"
        count += 1
    return count


def main(program, folder):
    peer = Peer(program)
    total = 0
    for kind in KINDS:
        validator = load(folder, kind)
        examples = validator.schema["examples"]
        assert examples, f"{kind} has no examples"
        for example in examples + [peer.samples[kind]]:
            judge_whole(peer, kind, validator, example)
            total += judge_mutants(peer, kind, validator, example)
    for example in PRESENCE:
        judge_whole(peer, "presence", load(folder, "presence"), example)
    peer.close()
    print(f"{total} changed payloads judged alike")


if __name__ == "__main__":
    main(*sys.argv[1:])
