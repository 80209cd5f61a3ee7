"""The fleet: many devices in one process that keep the protocol like a single one."""
import json
import signal
import subprocess
import threading
import time

import pytest
from broker import BUILD, DEADLINE, Broker, key_of
from fake_bridge import FakeBridge, message_id
from process import json_lines

NAMES = [f"fleet-{number:05}" for number in range(1, 201)]


class Fleet:
    """smsquitto-fleet. events: the JSON lines that it has printed."""

    def __init__(self, broker, *flags, names=NAMES):
        self.air_file = broker.folder / "air.jsonl"
        keys = broker.folder / "keys"
        keys.write_text("".join(f"{name} {key_of(name)}\n" for name in names))
        self.process = subprocess.Popen(
            [BUILD / "device/smsquitto-fleet", "--port", str(broker.port), "--keys", keys, "--air", self.air_file,
             "--connect-rate", "2000", *flags], stdout=subprocess.PIPE, text=True)
        self.events = []
        self.changed = threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def __enter__(self):
        self.wait("ready")
        return self

    def __exit__(self, *_):
        self.stop()

    def _read(self):
        for line in self.process.stdout:
            with self.changed:
                self.events.append(json.loads(line))
                self.changed.notify_all()

    def wait(self, event, count=1):
        with self.changed:
            assert self.changed.wait_for(lambda: [e["event"] for e in self.events].count(event) >= count, DEADLINE), event
            return [e for e in self.events if e["event"] == event][-1]

    def stats(self):
        seen = sum(event["event"] == "stats" for event in self.events)
        self.process.send_signal(signal.SIGUSR1)
        return self.wait("stats", seen + 1)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(DEADLINE) == 0
        return self.wait("end")

    def air(self, id=None):
        return [line for line in json_lines(self.air_file) if id in (None, line["ref"])]


@pytest.fixture
def broker():
    broker = Broker()
    broker.add_login("bridge-1", "bridge")
    broker.roster.add_many(NAMES)
    with broker:
        yield broker


@pytest.fixture
def bridge(broker):
    bridge = FakeBridge(broker, NAMES[0])
    yield bridge
    bridge.close()


def test_life_of_a_message(broker, bridge):
    with Fleet(broker) as fleet:
        bridge.wait_hello()
        id = bridge.send(text="x" * 200)
        bridge.wait(lambda: bridge.state(id) == "delivered")
        assert bridge.states(id) == ["accepted", "sent", "delivered"] and bridge.of(id)[-1]["parts"] == 2
        bridge.send(id=id)
        bridge.wait(lambda: bridge.answers)
        assert bridge.answers[0]["state"] == "delivered" and len(fleet.air(id)) == 1
        unknown = message_id()
        assert [answer["state"] for answer in bridge.query(unknown, id)] == ["none", "delivered"]


def test_pause_cancel_and_expiry(broker, bridge):
    with Fleet(broker) as fleet:
        bridge.wait_hello()
        bridge.configure(paused=True)
        first, second, late = bridge.send(), bridge.send(), bridge.send(ttl=0.5)
        bridge.cancel(first)
        bridge.wait(lambda: bridge.state(first) == "cancelled" and bridge.state(late) == "expired")
        assert bridge.state(second) == "accepted"
        bridge.configure(paused=False)
        bridge.wait(lambda: bridge.state(second) == "delivered")
        assert [line["ref"] for line in fleet.air()] == [second]


def test_failures_and_a_new_lease(broker, bridge):
    with Fleet(broker, "--fail-rate", "1"):
        bridge.wait_hello()
        id = bridge.send()
        bridge.wait(lambda: bridge.state(id) == "failed")
        assert bridge.of(id)[-1]["error"] == {"kind": "temporary", "code": "SIMULATED"}
        bridge.send(id=id, lease=2)
        bridge.wait(lambda: len(bridge.states(id)) == 4)
        assert [(report["lease"], report["state"]) for report in bridge.of(id)] == [
            (1, "accepted"), (1, "failed"), (2, "accepted"), (2, "failed")]


def test_an_inbox_is_read_again(broker, bridge):
    with Fleet(broker) as fleet:
        bridge.wait_hello()
        asked_at = int(time.time() * 1000)
        bridge.publish("inbox", {"asked_at": asked_at, "from": 1, "to": asked_at})
        bridge.wait(lambda: bridge.statuses[-1].get("inbox") == asked_at)
        assert not bridge.inbound and fleet.stats()["bad"] == 0


def test_delays(broker, bridge):
    with Fleet(broker, "--sent-delay", "100", "--delivered-delay", "200"):
        bridge.wait_hello()
        ids = [bridge.send() for _ in range(5)]
        bridge.wait(lambda: all(bridge.state(id) == "delivered" for id in ids))
        accepted, sent, delivered = (report["at"] for report in bridge.of(ids[0]))
        assert sent - accepted >= 99 and delivered - sent >= 199


def test_reports_are_kept_until_the_receipt(broker, bridge):
    bridge.receipts = False
    with Fleet(broker):
        bridge.wait_hello()
        id = bridge.send()
        bridge.wait(lambda: bridge.state(id) == "delivered")
        broker.restart()
        bridge.wait(lambda: bridge.repeats >= 3, "the reports did not come again")
        bridge.receipts = True
        bridge.receipt()
        other = bridge.send()
        bridge.wait(lambda: bridge.state(other) == "delivered")


def test_load_on_all_devices(broker, bridge):
    count = 2000
    finished, lock = set(), threading.Condition()

    def on_report(_client, _data, message):
        device = message.topic.split("/")[2]
        payload = json.loads(message.payload)
        last = max(report["seq"] for report in payload["reports"])
        bridge.client.publish(f"sms/v1/{device}/receipt", json.dumps({"journal": payload["journal"], "up_to": last}), 1)
        with lock:
            finished.update(report["id"] for report in payload["reports"] if report["state"] == "delivered")
            lock.notify_all()

    bridge.client.message_callback_add("sms/v1/+/report", on_report)
    with Fleet(broker) as fleet:
        assert fleet.wait("ready")["online"] == len(NAMES)
        ids = []
        for number in range(count):
            now = int(time.time() * 1000)
            ids.append(message_id())
            send = {"id": ids[-1], "lease": 1, "to": "+15551234567", "text": f"t={time.monotonic_ns()} x", "qos": 2,
                    "sim": 0, "expires_at": now + 60000, "lease_until": now + 60000, "report": True}
            bridge.client.publish(f"sms/v1/{NAMES[number % len(NAMES)]}/send", json.dumps(send), 1)
        with lock:
            assert lock.wait_for(lambda: len(finished) == count, DEADLINE), len(finished)
        end = fleet.stop()
        assert end["radio"] == end["delivered"] == count and end["latency_us"]["p50"] > 0
        assert sorted(line["ref"] for line in fleet.air()) == sorted(ids)
