"""docs/examples: the protocol's page is enough to write a device that keeps its promises, in 60 lines too."""
import ast
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile

import jsonschema
import pytest
from broker import ROOT, Broker, key_of
from fake_bridge import FakeBridge, message_id
from world import World, until

PHONE, SMALLEST = ROOT / "docs/examples/phone.py", ROOT / "docs/examples/smallest.py"
both = pytest.mark.parametrize("program", [PHONE, SMALLEST], ids=["phone", "smallest"])
RADIO = """#!/bin/sh
# Notes what it sends, one line a text; hangs or fails where the text says so.
text=$(cat)
echo "$1 $text" >>"$0.air"
case $text in hang*) [ -e "$0.go" ] || exec sleep 600 ;; fail*) exit 1 ;; esac
"""


class Phone:
    """One of the examples with a folder of its own."""

    def __init__(self, folder, port, name="phone-1", key=None, program=PHONE):
        self.folder, self.process = folder, None
        (folder / "key").write_text((key or key_of(name)) + "\n")
        self.radio = folder / "radio"
        self.radio.write_text(RADIO)
        self.radio.chmod(0o755)
        self.command = ["/usr/bin/python3", program, "127.0.0.1", str(port), name, folder / "key", folder / "journal.json",
                        self.radio]

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()

    def start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, text=True, start_new_session=True)
        return self

    def kill(self):
        """Ends it as a crash would, with its radio."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(60)
        self.process.stdin.close()

    def receive(self, number, text):
        self.process.stdin.write(f"{number} {text}\n")
        self.process.stdin.flush()

    def air(self):
        path = pathlib.Path(f"{self.radio}.air")
        return path.read_text().splitlines() if path.exists() else []

    def journal(self):
        return json.loads((self.folder / "journal.json").read_text())


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="smsq-") as name:
        yield pathlib.Path(name)


@pytest.fixture
def bridge(bridge):
    yield bridge
    for direction, leaf, payload in bridge.log:
        if direction == "device":
            schema = json.loads((ROOT / f"schemas/mqtt/{leaf}.schema.json").read_text())
            jsonschema.Draft202012Validator(schema).validate(payload)


@both
def test_sends_and_tells_what_became_of_it(bridge, folder, program):
    with Phone(folder, bridge.broker.port, program=program) as phone:
        bridge.wait_hello()
        good, bad = bridge.send(text="Grüße \"$(id)\""), bridge.send(text="fail this")
        bridge.wait(lambda: bridge.state(good) == "sent" and bridge.state(bad) == "failed")
        assert bridge.states(good) == ["accepted", "sent"]
        bridge.send(id=good, text="Grüße")  # arrives twice: not sent again
        bridge.send(id=good, text="Grüße", lease=2)
        bridge.wait(lambda: bridge.of(good)[-1]["lease"] == 2)
        bridge.send(id=bad, text="again", lease=2, qos=2)  # a new attempt: nothing of it is in doubt
        bridge.wait(lambda: bridge.state(bad) == "sent")
        late = bridge.send(text="late", ttl=-1)
        bridge.wait(lambda: bridge.state(late) == "expired")
        assert phone.air() == ["+15551234567 Grüße \"$(id)\"", "+15551234567 fail this", "+15551234567 again"]
        unknown = message_id()
        assert [answer["state"] for answer in bridge.query(good, unknown)] == ["sent", "none"]


def test_pause_and_cancel(bridge, folder):
    with Phone(folder, bridge.broker.port) as phone:
        bridge.wait_hello()
        bridge.configure(paused=True)
        waits = bridge.send(text="waits")
        bridge.wait(lambda: bridge.state(waits) == "accepted")
        bridge.cancel(waits)
        bridge.wait(lambda: bridge.state(waits) == "cancelled")
        early = message_id()
        bridge.cancel(early)
        bridge.wait(lambda: bridge.state(early) == "cancelled")
        bridge.send(id=early)
        bridge.configure()
        last = bridge.send(text="last")
        bridge.wait(lambda: bridge.state(last) == "sent")
        assert phone.air() == ["+15551234567 last"]


@both
@pytest.mark.parametrize("qos, state, texts", [(1, "sent", 2), (2, "unknown", 1)])
def test_crash_in_mid_send(bridge, folder, qos, state, texts, program):
    with Phone(folder, bridge.broker.port, program=program) as phone:
        bridge.wait_hello()
        id = bridge.send(text="hang", qos=qos)
        until(phone.air, "it is on the air")
        phone.kill()
        pathlib.Path(f"{phone.radio}.go").touch()
        phone.start()
        bridge.wait(lambda: bridge.state(id) == state)
        assert len(phone.air()) == texts
        error = bridge.of(id)[-1]["error"]
        assert error["code"] == ("resent-after-crash" if qos == 1 else "in-doubt")


def test_nothing_is_forgotten_without_a_receipt(bridge, folder):
    bridge.receipts = False
    with Phone(folder, bridge.broker.port) as phone:
        bridge.wait_hello()
        phone.receive("+15557654321", "Hi there ✓")
        bridge.wait(lambda: bridge.inbound)
        phone.kill()
        bridge.inbound.clear()
        bridge.up_to = 0  # and the bridge had not stored it
        bridge.receipts = True
        phone.start()
        bridge.wait(lambda: bridge.inbound)
        text, = bridge.inbound.values()
        assert (text["seq"], text["from"], text["text"]) == (1, "+15557654321", "Hi there ✓")
        until(lambda: not phone.journal()["uplinks"], "the receipt lets it be forgotten")


@both
def test_reports_are_said_again_without_a_receipt(bridge, folder, program):
    bridge.receipts = False
    with Phone(folder, bridge.broker.port, program=program) as phone:
        bridge.wait_hello()
        id = bridge.send()
        bridge.wait(lambda: bridge.state(id) == "sent")
        phone.kill()
        bridge.reports.clear()
        bridge.up_to = 0  # and the bridge had not stored them
        bridge.receipts = True
        phone.start()
        bridge.wait(lambda: bridge.states(id) == ["accepted", "sent"])
        assert len(phone.air()) == 1


@both
def test_malformed_payloads_are_ignored(bridge, folder, program):
    with Phone(folder, bridge.broker.port, program=program):
        bridge.wait_hello()
        for payload in ({}, [], "x", {"id": 1}):
            bridge.publish("send", payload)
            bridge.publish("receipt", payload)
        id = bridge.send(to="+1555;id")
        bridge.wait(lambda: bridge.state(id) == "failed")
        assert bridge.of(id)[-1]["error"]["code"] == "bad-number"


@both
def test_a_hello_that_nobody_heard_is_said_again(folder, program):
    broker = Broker(extra="log_type debug")
    broker.add_login("bridge-1", "bridge")
    broker.add_login("phone-1")
    with broker, Phone(folder, broker.port, program=program):
        broker.wait_log("New client connected .* as phone-1 ")
        broker.wait_log("Received PUBLISH from phone-1 .*status")
        bridge = FakeBridge(broker, "phone-1")  # comes later
        bridge.wait_hello()
        bridge.close()


def test_whole_gateway_with_the_smallest(folder):
    with World(devices=0) as world:
        key = world.admin.ok("POST", "/v1/devices", {"id": "phone-1", "name": "Example"})["key"]
        with Phone(folder, world.broker.port, key=key, program=SMALLEST) as phone:
            world.wait_online("phone-1")
            for id in [world.send(text=f"text {number}")["id"] for number in range(10)]:
                world.wait_state(id, "sent")
            assert len(phone.air()) == 10


def test_the_smallest_is_small():
    """60 lines, of no more than 120 columns and one statement each; blank ones and the docstring do not count."""
    source = SMALLEST.read_text()
    lines = [line for line in source.split('"""')[2].splitlines() if line.strip()]
    assert len(lines) <= 60
    assert max(map(len, lines)) <= 120
    starts = [node.lineno for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt)]
    assert len(starts) == len(set(starts))


def test_whole_gateway(folder):
    with World(devices=0) as world:
        key = world.admin.ok("POST", "/v1/devices", {"id": "phone-1", "name": "Example"})["key"]
        with Phone(folder, world.broker.port, key=key) as phone:
            world.wait_online("phone-1")
            sent = [world.send(text=f"text {number}")["id"] for number in range(10)]
            for id in sent:
                world.wait_state(id, "sent")
            assert len(phone.air()) == 10
            phone.receive("+4915112345678", "thanks")
            answer, = until(lambda: world.all_messages("&direction=inbound"), "the answer arrives")
            assert (answer["from"], answer["text"]) == ("+4915112345678", "thanks")


def test_the_session_of_the_page_is_by_the_schemas():
    page = (ROOT / "docs/protocol.md").read_text()
    told = re.findall(r"^    \w+ ▶ \w+  sms/v1/phone-1/(\w+)\n        (\{.*\})$", page, re.M)
    assert {leaf for leaf, _ in told} == {"presence", "status", "config", "send", "report", "receipt", "inbound", "query", "cancel"}
    assert len(told) == page.count("▶")
    for leaf, payload in told:
        schema = json.loads((ROOT / f"schemas/mqtt/{leaf}.schema.json").read_text())
        jsonschema.Draft202012Validator(schema).validate(json.loads(payload))
