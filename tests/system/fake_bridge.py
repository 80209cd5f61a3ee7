"""Plays the bridge towards one or more devices, for tests of the device: sends, asks, gives receipts, keeps books.

    bridge = FakeBridge(broker, "phone-1")
    id = bridge.send("+15551234567", "hello", qos=2)
    bridge.wait(lambda: bridge.state(id) == "delivered")

Like the real one it takes uplinks in the order of their seqs, drops what it has, and answers with receipts.
"""
import json
import os
import socket
import threading
import time

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes

from broker import key_of

DEADLINE = 60.0
UPLINKS = ("report", "inbound", "status", "presence")


def message_id():
    """An id of a message: UUIDv7 behind SM."""
    ms = int(time.time() * 1000)
    return "SM%012x7%03x8%015x" % (ms, int.from_bytes(os.urandom(2), "big") >> 4,
                                   int.from_bytes(os.urandom(8), "big") >> 4)


class UnixClient(mqtt.Client):
    """A client of a unix socket, which this version of the library does not know."""

    def __init__(self, path, name):
        self.path = path
        super().__init__(name, protocol=mqtt.MQTTv5)

    def _create_socket_connection(self):
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(self.path)
        return sock


class FakeBridge:
    """receipts False: takes uplinks without saying so. Attributes: reports (by seq, of the present journal),
    answers (seq 0), inbound (by uid), statuses, payloads (number of report payloads)."""

    def __init__(self, broker, device, name="bridge-1", receipts=True):
        self.device = device
        self.receipts = receipts
        self.changed = threading.Condition()
        self.reports, self.answers, self.inbound, self.statuses = {}, [], {}, []
        self.inbound_seqs, self.repeats, self.payloads, self.journal, self.up_to = set(), 0, 0, None, 0
        self.log = []  # (direction, topic leaf, payload)
        self.online = None
        self.asked_again = False  # inbound texts may come under other seqs
        self.client = UnixClient(broker.socket, name)
        self.client.username_pw_set(name, key_of(name))
        self.client.reconnect_delay_set(1, 1)
        self.client.on_connect = lambda client, *_: client.subscribe([(f"sms/v1/+/{leaf}", 1) for leaf in UPLINKS])
        self.client.on_subscribe = self._subscribed
        self.client.on_message = self._message
        self.client.on_disconnect = self._disconnected
        self.ready = False
        # A session that outlives the connection, as the bridge has: a hello that comes before it waits.
        self.client.connect("localhost", keepalive=20, clean_start=False, properties=self._session(3600))
        self.client.loop_start()
        self.wait(lambda: self.ready, "the bridge is not connected")

    def close(self):
        self.client.disconnect(properties=self._session(0, PacketTypes.DISCONNECT))
        self.client.loop_stop()

    @staticmethod
    def _session(seconds, packet=PacketTypes.CONNECT):
        properties = mqtt.Properties(packet)
        properties.SessionExpiryInterval = seconds
        return properties

    # --- what tests ask

    def wait(self, condition, what="it did not happen", timeout=DEADLINE):
        """Waits until condition() holds; every uplink wakes it."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while not condition():
                left = deadline - time.monotonic()
                assert left > 0, what
                self.changed.wait(min(left, 0.5))

    def wait_hello(self, count=1):
        self.wait(lambda: len(self.hellos()) >= count, "no hello")

    def hellos(self):
        return [status for status in self.statuses if status["hello"]]

    def of(self, id):
        """The reports of a message in order."""
        return [report for _, report in sorted(self.reports.items()) if report["id"] == id]

    def states(self, id):
        """The states of the whole message in order (not those of single parts)."""
        return [report["state"] for report in self.of(id) if not report.get("part")]

    def state(self, id):
        return (self.states(id) or [None])[-1]

    # --- downlinks

    def publish(self, leaf, payload, qos=1):
        self.log.append(("bridge", leaf, payload))
        self.asked_again = self.asked_again or leaf == "inbox"
        while True:
            self.wait(lambda: self.ready, "the bridge is not connected")
            try:
                topic = f"sms/v1/{self.device}/{leaf}"
                return self.client.publish(topic, json.dumps(payload), qos).wait_for_publish(DEADLINE)
            except RuntimeError:  # the connection broke just then
                with self.changed:
                    self.changed.wait_for(lambda: not self.ready, 0.1)

    def send(self, to="+15551234567", text="hello", id=None, lease=1, qos=1, sim=0, ttl=60.0, lease_for=60.0,
             report=True):
        id = id or message_id()
        now = int(time.time() * 1000)
        self.publish("send", {"id": id, "lease": lease, "to": to, "text": text, "sim": sim, "qos": qos,
                              "expires_at": now + int(ttl * 1000), "lease_until": now + int(lease_for * 1000),
                              "report": report}, qos=min(qos, 1))
        return id

    def cancel(self, id, lease=1):
        self.publish("cancel", {"id": id, "lease": lease})

    def query(self, *ids):
        """Asks, and returns the answers in the order of ids."""
        before = len(self.answers)
        self.publish("query", {"ids": list(ids)})
        self.wait(lambda: len(self.answers) >= before + len(ids), "no answer")
        return self.answers[before:]

    def receipt(self, up_to=None, journal=None):
        self.publish("receipt", {"journal": journal or self.journal, "up_to": self.up_to if up_to is None else up_to})

    def configure(self, paused=False, min_gap_ms=0, telemetry_interval_ms=60000):
        self.publish("config", {"paused": paused, "min_gap_ms": min_gap_ms,
                                "telemetry_interval_ms": telemetry_interval_ms})

    # --- uplinks

    def _subscribed(self, *_):
        with self.changed:
            self.ready = True
            self.changed.notify_all()

    def _disconnected(self, *_):
        with self.changed:
            self.ready = False
            self.changed.notify_all()

    def _message(self, _client, _data, message):
        _, _, device, leaf = message.topic.split("/", 3)
        if device != self.device or leaf not in UPLINKS:
            return
        payload = json.loads(message.payload)
        with self.changed:
            self.log.append(("device", leaf, payload))
            getattr(self, f"_on_{leaf}")(payload)
            self.changed.notify_all()

    def _on_presence(self, payload):
        self.online = payload["state"] == "online"

    def _on_status(self, payload):
        if payload["hello"]:
            self._journal(payload["journal"])
        self.statuses.append(payload)

    def _journal(self, journal):
        if journal != self.journal:
            self.journal, self.up_to = journal, 0

    def _on_report(self, payload):
        self.payloads += 1
        self._journal(payload["journal"])
        assert len(payload["reports"]) <= 50
        for report in payload["reports"]:
            if report["seq"] == 0:
                self.answers.append(report)
            elif self._take(report["seq"]):
                self.reports[report["seq"]] = report
        self._give_receipt()

    def _on_inbound(self, payload):
        self._journal(payload["journal"])
        assert len(payload["texts"]) <= 20
        for text in payload["texts"]:
            if self._take(text["seq"]):
                assert text["uid"] not in self.inbound or self.asked_again, "an inbound text came under two seqs"
                self.inbound[text["uid"]] = text
        self._give_receipt()

    def _take(self, seq):
        if seq == self.up_to + 1:
            self.up_to = seq
            return True
        self.repeats += seq <= self.up_to
        return False

    def _give_receipt(self):
        if self.receipts:
            payload = {"journal": self.journal, "up_to": self.up_to}
            self.log.append(("bridge", "receipt", payload))
            self.client.publish(f"sms/v1/{self.device}/receipt", json.dumps(payload), 1)
