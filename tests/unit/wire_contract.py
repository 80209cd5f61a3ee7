"""Holds the C codecs and topics, schemas/mqtt and schemas/asyncapi.yaml against each other.

What C encodes must pass the schema. What the schema gives as examples must pass the decoder. And for every
example, each of many small changes must be judged alike by both. The AsyncAPI file must have each topic of C
with the right publisher, and each schema once.

usage: wire_contract.py WIRE_PEER SCHEMAS_DIR
"""

import copy
import json
import pathlib
import subprocess
import sys

import jsonschema
import yaml

KINDS = ["send", "cancel", "query", "receipt", "config", "inbox", "report", "inbound", "status"]
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
        self.topics = {}
        for line in iter(self.process.stdout.readline, "end\n"):
            kind, text = line.rstrip("\n").split(" ", 1)
            if kind == "topic":
                leaf, address, action = text.split(" ")
                self.topics[leaf] = (address, action)
            else:
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
    schema = json.loads((folder / f"{kind}.schema.json").read_text(encoding="utf-8"))
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


def references(value):
    """Yields every $ref inside value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref":
                yield inner
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def resolve(document, reference):
    """What a local reference names."""
    for key in reference.removeprefix("#/").split("/"):
        document = document[key]
    return document


def check_asyncapi(peer, folder):
    """Fails unless schemas/asyncapi.yaml has what C and the folder of schemas have."""
    document = yaml.safe_load((folder / "asyncapi.yaml").read_text(encoding="utf-8"))
    files = []
    for reference in references(document):
        if reference.startswith("#/"):
            resolve(document, reference)
        else:
            files.append(reference)
    assert sorted(files) == sorted(f"mqtt/{path.name}" for path in (folder / "mqtt").glob("*.json")), files

    topics = {}
    for name, operation in document["operations"].items():
        channel = resolve(document, operation["channel"]["$ref"])
        topics[name] = (channel["address"], operation["action"])
        (message,) = channel["messages"].values()
        schema = resolve(document, message["$ref"])["payload"]["schema"]
        if "$ref" in schema:
            schema = json.loads((folder / schema["$ref"]).read_text(encoding="utf-8"))
        assert schema["title"] == channel["address"], f"{name}: {schema['title']}"
    response = (peer.topics["control"][0] + "/response", "send")
    assert topics == {**peer.topics, "controlResponse": response}, topics


def main(program, schemas):
    folder = pathlib.Path(schemas)
    peer = Peer(program)
    check_asyncapi(peer, folder)
    total = 0
    for kind in KINDS:
        validator = load(folder / "mqtt", kind)
        examples = validator.schema["examples"]
        assert examples, f"{kind} has no examples"
        for example in examples + [peer.samples[kind]]:
            judge_whole(peer, kind, validator, example)
            total += judge_mutants(peer, kind, validator, example)
    for example in PRESENCE:
        judge_whole(peer, "presence", load(folder / "mqtt", "presence"), example)
    peer.close()
    print(f"{len(peer.topics)} topics described, {total} changed payloads judged alike")


if __name__ == "__main__":
    main(*sys.argv[1:])
