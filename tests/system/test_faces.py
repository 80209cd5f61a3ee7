"""The same things go wrong on all faces of the API: each says so in its own dialect, and nothing is stored."""
import concurrent.futures
import contextlib
import json
import re

import pytest

from rest import Api
from smsgate import basic
from world import World, until

PERSON = "+4915112345678"
STOPPED = "+4915187654321"
NONE = "SM" + "0" * 32
TABLES = ("message", "event", "idempotency", "send_name", "hook_job", "suppression", "device", "app_key", "token")


class Own:
    """Our API: problem documents."""

    def __init__(self, world, key):
        self.api = Api(world.bridge.port)
        self.headers = {"Authorization": f"Bearer {key['key']}", "Content-Type": "application/json"}

    def send(self, to, text, headers=None):
        body = json.dumps({**({"to": to} if to else {}), **({"text": text} if text else {})})
        return self.api.post("/v1/messages", body, headers={**self.headers, **(headers or {})})

    def show(self, id):
        return self.api.get(f"/v1/messages/{id}", headers=self.headers)

    def cancel(self, id):
        return self.api.call("DELETE", f"/v1/messages/{id}", headers=self.headers)

    def check(self, answer, status):
        assert answer.status == status, answer
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json["status"] == status and answer.json["type"] and answer.json["detail"]

    wrong_login = {"Authorization": "Bearer sqk_wrong"}
    statuses = {"suppressed": 422}


class Twilio:
    """Twilio's: forms in, {code, message, more_info, status} out."""

    def __init__(self, world, key):
        self.api = Api(world.bridge.port)
        account = world.admin.ok("GET", "/v1/account")["id"]
        self.root = f"/2010-04-01/Accounts/{account}/Messages"
        self.headers = {**basic(key["id"], key["key"]), "Content-Type": "application/x-www-form-urlencoded"}

    def send(self, to, text, headers=None):
        quoted = "&".join(([f"To={to.replace('+', '%2B')}"] if to else []) + ([f"Body={text}"] if text else []))
        return self.api.post(self.root + ".json", quoted, headers={**self.headers, **(headers or {})})

    def show(self, id):
        return self.api.get(f"{self.root}/{id}.json", headers=self.headers)

    def cancel(self, id):
        return self.api.post(f"{self.root}/{id}.json", "Status=canceled", headers=self.headers)

    def check(self, answer, status):
        assert answer.status == status, answer
        assert answer.headers["content-type"] == "application/json"
        assert answer.json["status"] == status and answer.json["code"] > 0 and answer.json["message"]

    wrong_login = basic("SK" + "0" * 32, "sqk_wrong")
    statuses = {}


class Smsgate:
    """SMSGate's: JSON in, {message, data} out."""

    def __init__(self, world, key):
        self.api = Api(world.bridge.port)
        self.headers = {**basic(key["id"], key["key"]), "Content-Type": "application/json"}

    def send(self, to, text, headers=None):
        body = {**({"phoneNumbers": [to]} if to else {}), **({"textMessage": {"text": text}} if text else {})}
        return self.api.post("/3rdparty/v1/messages", json.dumps(body), headers={**self.headers, **(headers or {})})

    def show(self, id):
        return self.api.get(f"/3rdparty/v1/messages/{id}", headers=self.headers)

    def cancel(self, id):
        return self.api.call("DELETE", f"/3rdparty/v1/messages/{id}", headers=self.headers)

    def check(self, answer, status):
        assert answer.status == status, answer
        assert answer.headers["content-type"] == "application/json"
        assert answer.json["message"] and "type" not in answer.json and "code" not in answer.json

    wrong_login = basic("SK" + "0" * 32, "sqk_wrong")
    statuses = {}


FACES = [Own, Twilio, Smsgate]


@pytest.fixture(scope="module")
def world():
    with World(devices=0, bridge={("store", "busy-timeout"): "200ms", ("engine", "queue-max"): "16"}) as world:
        world.admin.ok("POST", "/v1/suppressions", {"number": STOPPED})
        yield world


@pytest.fixture(params=FACES, ids=lambda face: face.__name__.lower())
def face(world, request):
    return request.param(world, world.new_key())


@contextlib.contextmanager
def nothing_changes(world):
    before = world.store.counts(TABLES)
    yield
    assert world.store.counts(TABLES) == before


CASES = [
    ("no recipient", None, "hello", 400),
    ("no text", PERSON, None, 400),
    ("a recipient that is no number", "12", "hello", 400),
    ("a recipient with a code of the network", "*100#", "hello", 400),
    ("a text that is too long", PERSON, "x" * 1601, 400),
    ("a suppressed recipient", STOPPED, "hello", "suppressed"),
    ("a body that is too large", PERSON, "x" * 100000, 413),
]


@pytest.mark.parametrize("what, to, text, status", CASES, ids=[case[0].replace(" ", "-") for case in CASES])
def test_a_message_that_is_refused(world, face, what, to, text, status):
    with nothing_changes(world):
        wanted = face.statuses.get(status, 400) if isinstance(status, str) else status
        face.check(face.send(to, text), wanted)


def test_a_wrong_login(world, face):
    with nothing_changes(world):
        answer = face.send(PERSON, "hello", headers=face.wrong_login)
        face.check(answer, 401)
        assert answer.headers["www-authenticate"]


def test_a_key_that_may_not(world, face):
    few = type(face)(world, world.new_key(scopes=["messages:read"]))
    with nothing_changes(world):
        few.check(few.send(PERSON, "hello"), 403)


def test_messages_that_are_not_there(world, face):
    with nothing_changes(world):
        for id in (NONE, "nothing"):
            face.check(face.show(id), 404)
            face.check(face.cancel(id), 404)


def test_anothers_message(world, face):
    account = world.admin.ok("POST", "/v1/accounts", {"name": "another"})["id"]
    foreign = Api(world.bridge.port, world.admin.ok("POST", "/v1/keys", {"name": "x"},
                                                    headers={"X-Account": account})["key"])
    id = foreign.ok("POST", "/v1/messages", {"to": PERSON, "text": "x", "send_at": "2030-01-01T00:00:00Z"})["id"]
    with nothing_changes(world):
        face.check(face.show(id), 404)
        face.check(face.cancel(id), 404)


def test_too_many(world, face):
    slow = type(face)(world, world.new_key(rate=1))
    assert 200 <= slow.send(PERSON, "hello").status < 300
    with nothing_changes(world):
        answer = slow.send(PERSON, "hello")
        slow.check(answer, 429)
        assert int(answer.headers["retry-after"]) > 0


def test_a_store_that_takes_nothing(world, face):
    """Another program keeps the database for itself."""
    with nothing_changes(world):
        with world.store.locked():
            answer = face.send(PERSON, "hello")
        face.check(answer, 503)
        assert int(answer.headers["retry-after"]) > 0
    assert 200 <= face.send(PERSON, "hello").status < 300


def test_a_full_queue(world, face):
    """The engine waits for its database, and more comes than may wait for the engine."""
    def refused():
        return int(re.search(r"^smsquitto_queue_refused_total (\d+)", world.admin.get("/metrics").body, re.M)[1])

    before = refused()
    with nothing_changes(world), world.store.locked(), concurrent.futures.ThreadPoolExecutor(40) as senders:
        def flood():
            for answer in senders.map(lambda _: face.send(PERSON, "hello"), range(80)):
                face.check(answer, 503)
                assert int(answer.headers["retry-after"]) > 0
            return refused() > before
        until(flood, "the queue was full")
    assert 200 <= face.send(PERSON, "hello").status < 300
