"""A phone with SMSGate's app, imitated from its source: registers, listens, pulls, sends, tells, posts what comes in.

It never sends an id twice: of one that it knows it tells its present state again. rules(message) says what its network
makes of a text: the states it goes through, each a word or (word, error).
"""
import contextlib
import datetime
import hashlib
import hmac
import http.client
import json
import socket
import threading
import time
import uuid

from rest import Api
from smsgate import basic

BASE = "/mobile/v1"
GOOD = ("Processed", "Sent", "Delivered")


def now():
    return datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=1))).isoformat(timespec="milliseconds")


class Phone:
    """Attributes: id, token, sent (messages that went on the air, in order), pulls (how often it came)."""

    def __init__(self, port, base=BASE, rules=lambda message: GOOD, ca=None):
        self.port = port
        self.base = base
        self.rules = rules
        self.api = Api(port, timeout=60, ca=ca)
        self.id = self.token = None
        self.settings = self.hooks = None  # as it last got them
        self.known = {}  # id -> (phone number, [state, …], error)
        self.sent = []
        self.pulls = 0
        self.inbox = []  # what came in, by the fields of its payload
        self.asked = []  # times of which the inbox was to be posted again
        self.online = False
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._connection = None
        self._thread = None

    # --- its requests

    def call(self, method, path, body=None, headers=None):
        headers = headers if headers is not None else {"Authorization": f"Bearer {self.token}"}
        self.api.close()
        return self.api.call(method, self.base + path, body, headers=headers)

    def register(self, headers, name="Pixel 7", sims=(1, 2)):
        cards = [{"slotIndex": n - 1, "simNumber": n, "carrierName": "***fone", "phoneNumber": "***1234"} for n in sims]
        answer = self.call("POST", "/device", {"name": name, "pushToken": None, "simCards": cards}, headers)
        if answer.status == 201:
            self.id, self.token = answer.json["id"], answer.json["token"]
        return answer

    def start(self):
        """As the app does when it starts: tells of itself, listens, and pulls at each word."""
        assert self.call("PATCH", "/device", {"id": self.id, "pushToken": None, "simCards": []}).status in (204, 401)
        self._stop.clear()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def stop(self):
        self._stop.set()
        end = time.monotonic() + 60
        while self._thread.is_alive():  # more than once: it may be about to listen again
            assert time.monotonic() < end, "the phone goes on listening"
            with contextlib.suppress(OSError, AttributeError):  # it does not listen this moment
                self._connection.sock.shutdown(socket.SHUT_RDWR)
            self._thread.join(0.1)

    def _listen(self):
        while not self._stop.is_set():
            try:
                self._read_stream()
            except (OSError, http.client.HTTPException, AttributeError, ValueError):
                pass
            self.online = False
            self._stop.wait(0.1)  # 5 s in the app

    def _read_stream(self):
        self._connection = self.api._new_connection()
        self._connection.request("GET", self.base + "/events", headers={"Authorization": f"Bearer {self.token}"})
        response = self._connection.getresponse()
        if response.status != 200:
            return
        self.online = True
        self.pull()
        event = data = None
        for raw in response:
            line = raw.decode().strip()
            if line.startswith("event:"):
                event = line.removeprefix("event:").strip()
                assert event in ("MessageEnqueued", "MessageCancelled", "WebhooksUpdated", "SettingsUpdated",
                                 "MessagesExportRequested"), event
            elif line.startswith("data:"):
                data = line.removeprefix("data:").strip()
            elif not line and event:
                if event == "SettingsUpdated":
                    self.settings = self.call("GET", "/settings").json
                elif event == "WebhooksUpdated":
                    self.hooks = self.call("GET", "/webhooks").json
                elif event == "MessagesExportRequested":
                    self._export(json.loads(data))
                else:
                    self.pull()
                event = data = None

    def _export(self, wish):
        """Posts what its inbox has of that time again, each under a new id."""
        since, until = (datetime.datetime.strptime(wish[name], "%Y-%m-%dT%H:%M:%S%z") for name in ("since", "until"))
        self.asked.append((since, until))
        for payload in self.inbox:
            if since <= datetime.datetime.fromisoformat(payload["receivedAt"]) <= until:
                assert self._post(payload, str(uuid.uuid4())).status == 200

    # --- its work

    def pull(self):
        with self._lock:
            answer = self.call("GET", "/message?order=fifo")
            self.pulls += 1
            if answer.status == 200:
                for message in answer.json:
                    self._take(message)

    def _take(self, message):
        id = message["id"]
        if message["state"] == "Cancelling":
            if id not in self.known:
                self.known[id] = (message["phoneNumbers"][0], ["Cancelled"], None)
            self._tell(id)
        elif id in self.known:
            self._tell(id)
        else:
            self.known[id] = (message["phoneNumbers"][0], ["Pending"], None)
            self._tell(id)
            self._send(message)

    def _send(self, message):
        steps = self.rules(message)
        if steps:
            self.sent.append(message)
        for step in steps:
            state, error = step if isinstance(step, tuple) else (step, None)
            number, states, _ = self.known[message["id"]]
            self.known[message["id"]] = (number, states + [state], error)
            self._tell(message["id"])

    def _tell(self, id):
        number, states, error = self.known[id]
        recipient = {"phoneNumber": number, "state": states[-1]}
        if error:
            recipient["error"] = error
        self.tell([{"id": id, "state": states[-1], "recipients": [recipient],
                    "states": {state: now() for state in states}}])

    def tell(self, items):
        answer = self.call("PATCH", "/message", items)
        assert answer.status == 204, answer
        return answer

    def receives(self, text, sender="+4915112345678", sim=1, id=None, key=None, **fields):
        """A text comes in: it is posted to the webhook that was asked for, signed with the key of the settings."""
        payload = {"messageId": "6ecd2f5d", "message": text, "sender": sender, "recipient": None, "simNumber": sim,
                   "phoneNumber": sender, "receivedAt": now(), **fields}
        self.inbox.append(payload)
        return self._post(payload, id or str(uuid.uuid4()), key)

    def _post(self, payload, id, key=None):
        hooks, settings = self.hooks or self.call("GET", "/webhooks").json, self.settings or self.call("GET", "/settings").json
        hook, = [hook for hook in hooks if hook["event"] == "sms:received"]
        key = key or settings["webhooks"]["signing_key"]
        body = json.dumps({"id": id, "webhookId": hook["id"], "deviceId": self.id,
                           "event": "sms:received", "payload": payload})
        timestamp = str(int(time.time()))
        signature = hmac.new(key.encode(), (body + timestamp).encode(), hashlib.sha256).hexdigest()
        path = "/" + hook["url"].split("/", 3)[3]
        self.api.close()
        return self.api.call("POST", path, body, headers={"Content-Type": "application/json", "X-Timestamp": timestamp,
                                                          "X-Signature": signature})


__all__ = ["Phone", "GOOD", "basic"]
