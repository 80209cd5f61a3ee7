"""Webhooks as an app has them: told everything once it is stored, in order, signed, again until it arrives."""
import base64
import contextlib
import hashlib
import hmac
import json
import itertools
import pathlib
import time

import jsonschema
import pytest

from receiver import Liar, Receiver
from shim import Shim
from world import World, until

SCHEMA = json.loads((pathlib.Path(__file__).parents[2] / "schemas/webhook.schema.json").read_text())
LOCAL = {("webhooks", "allow"): "127.0.0.1", ("webhooks", "timeout"): "5s",
         ("webhooks", "retries"): "100ms 200ms 400ms 800ms 1s 1s 1s 1s 1s", ("webhooks", "probe"): "100ms"}
LIFE = ["message.queued", "message.dispatched", "message.accepted", "message.sent", "message.delivered"]


@pytest.fixture(scope="module")
def world():
    with World(devices=1, bridge=LOCAL) as world:
        yield world


def add(world, receiver, **more):
    return world.admin.ok("POST", "/v1/webhooks", {"url": receiver.url, **more})


def of_message(receiver, id):
    return [event["type"] for event in receiver.events() if event["data"].get("message", {}).get("id") == id]


def deliveries(world, hook, query=""):
    return world.admin.ok("GET", f"/v1/webhooks/{hook['id']}/deliveries{query}")["deliveries"]


def test_life_of_a_message_is_told_in_order_and_signed(world):
    with Receiver() as receiver:
        hook = add(world, receiver, name="app")
        id = world.send(to="+4915112345678", text="Hello ☎", metadata={"order": 7})["id"]
        receiver.wait(lambda r: of_message(r, id)[-1:] == ["message.delivered"], "delivered is told")
        assert of_message(receiver, id) == LIFE
        key = base64.b64decode(hook["secret"].removeprefix("whsec_"))
        for _, headers, body in receiver.got:
            jsonschema.validate(json.loads(body), SCHEMA)
            signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
            mac = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
            assert headers["webhook-signature"] == f"v1,{mac}"
            assert headers["webhook-id"] == json.loads(body)["id"]
        last = receiver.events()[-1]["data"]["message"]
        assert (last["to"], last["text"], last["metadata"], last["state"]) == \
            ("+4915112345678", "Hello ☎", {"order": 7}, "delivered")
        until(lambda: all(item["state"] == "delivered" for item in deliveries(world, hook)), "the log says so")
        figures = world.admin.get("/metrics").body
        assert int(figures.split("\nsmsquitto_webhook_deliveries_total ")[1].split()[0]) >= len(LIFE)
        assert len({event["id"] for event in receiver.events()}) == len(receiver.got)
        world.admin.ok("DELETE", f"/v1/webhooks/{hook['id']}")


def test_only_the_wanted_events_and_inbound_texts(world):
    with Receiver() as receiver:
        hook = add(world, receiver, events=["message.received", "message.delivered"])
        id = world.send(to="+4915112345679", text="x")["id"]
        world.devices["phone-1"].control({"inbound": {"from": "+4915112345679", "text": "and back"}})
        receiver.wait(lambda r: len(r.got) == 2, "both are told")
        told = {event["type"]: event["data"]["message"] for event in receiver.events()}
        assert told["message.delivered"]["id"] == id
        assert (told["message.received"]["from"], told["message.received"]["text"]) == ("+4915112345679", "and back")
        world.admin.ok("DELETE", f"/v1/webhooks/{hook['id']}")


def test_failing_receiver_gets_every_event_once_and_in_order_afterwards(world):
    """Down for a day (of shortened hours): nothing is lost, nothing twice, each message in order."""
    down = [True]
    with Receiver(lambda path, body: 500 if down[0] else 204) as receiver, Receiver() as other:
        hook = add(world, receiver, events=LIFE)
        watcher = add(world, other, events=["webhook.paused", "webhook.resumed"])
        ids = [world.send(to=f"+49151123456{n}", text="x")["id"] for n in range(10, 40)]
        for id in ids:
            world.wait_state(id, "delivered")
        receiver.wait(lambda r: len(r.tried) > 20, "it was tried")
        until(lambda: world.admin.ok("GET", f"/v1/webhooks/{hook['id']}")["state"] == "paused", "it is paused")
        assert other.wait(lambda r: r.events(), "the pause is told")[0]["data"]["subject"] == hook["id"]
        down[0] = False
        receiver.wait(lambda r: len(r.got) >= len(ids) * len(LIFE), "all arrive")
        for id in ids:
            assert of_message(receiver, id) == LIFE
        assert len(receiver.got) == len(ids) * len(LIFE)
        other.wait(lambda r: [event["type"] for event in r.events()] == ["webhook.paused", "webhook.resumed"],
                   "the end of the pause is told")
        for one in (hook, watcher):
            world.admin.ok("DELETE", f"/v1/webhooks/{one['id']}")


def test_dead_letters_are_kept_and_made_again(world):
    down = [True]
    with Receiver(lambda path, body: 500 if down[0] else 204) as receiver:
        hook = add(world, receiver, events=["message.delivered"])
        world.send(to="+4915112345601", text="x")
        dead = until(lambda: deliveries(world, hook, "?state=dead"), "it is dead", 60)[0]
        assert (dead["attempts"], dead["status"], dead["error"]) == (10, 500, "answered 500")
        first = json.loads(receiver.tried[0][2])["id"]
        down[0] = False
        assert world.admin.ok("POST", f"/v1/webhooks/{hook['id']}/replay", {"state": "dead"}) == {"replayed": 1}
        receiver.wait(lambda r: r.got, "it arrives")
        assert receiver.events()[0]["id"] == first
        until(lambda: deliveries(world, hook, "?state=delivered"), "it is noted as delivered")
        assert not deliveries(world, hook, "?state=dead")
        assert world.admin.ok("POST", f"/v1/webhooks/{hook['id']}/replay",
                              {"delivery": dead["id"]}) == {"replayed": 1}
        receiver.wait(lambda r: len(r.got) == 2, "it arrives again")
        assert {event["id"] for event in receiver.events()} == {first}
        world.admin.ok("DELETE", f"/v1/webhooks/{hook['id']}")


def test_slow_receiver_delays_nobody(world):
    with Receiver(lambda path, body: None) as slow, Receiver() as quick:
        hooks = [add(world, slow, events=["message.delivered"]), add(world, quick, events=["message.delivered"])]
        ids = [world.send(to=f"+49151123457{n}", text="x")["id"] for n in range(10, 60)]
        quick.wait(lambda r: len(r.got) == len(ids), "the quick one has all")
        slow.wait(lambda r: r.tried, "the slow one was tried")
        assert not slow.got
        for hook in hooks:
            world.admin.ok("DELETE", f"/v1/webhooks/{hook['id']}")


def test_a_name_that_takes_long_to_resolve_delays_nobody():
    """Nothing ends a lookup: the attempt ends without it, others are told meanwhile, and the bridge stops at once."""
    with World(devices=1, bridge={**LOCAL, ("webhooks", "timeout"): "1s"}) as world, Receiver() as receiver:
        shim = Shim(world.folder / "control")
        shim.set(resolve_ms=600_000)
        world.bridge.stop()
        world.bridge.environment = shim.environment()
        world.start_bridge()
        slow = world.admin.ok("POST", "/v1/webhooks", {"url": "http://slow.example/hook", "events": ["message.delivered"]})
        add(world, receiver, events=["message.delivered"])
        for _ in range(3):
            id = world.send(to="+4915112345602", text="x")["id"]
            receiver.wait(lambda r: of_message(r, id), "the other one is told")
            tried = until(lambda: [item for item in deliveries(world, slow) if item["attempts"]], "it was tried")
            assert "Timeout" in tried[0]["error"], tried
        begin = time.monotonic()
        assert world.bridge.stop() == 0
        assert time.monotonic() - begin < 10


def test_retry_after_is_honoured(world):
    times = []
    with Receiver(lambda path, body: (times.append(1), 204 if len(times) > 1 else (429, {"Retry-After": "5"}))[1]) as receiver:
        hook = add(world, receiver, events=["message.sent"])
        world.send(to="+4915112345602", text="x")
        receiver.wait(lambda r: r.tried, "first attempt")
        item = until(lambda: [item for item in deliveries(world, hook) if item["attempts"] == 1], "it is noted")[0]
        from datetime import datetime
        wait = datetime.fromisoformat(item["next_attempt_at"]) - datetime.fromisoformat(item["tried_at"])
        assert wait.total_seconds() == 5
        receiver.wait(lambda r: r.got, "second attempt")
        world.admin.ok("DELETE", f"/v1/webhooks/{hook['id']}")


def test_callback_url_of_one_message(world):
    with Receiver() as receiver:
        id = world.send(to="+4915112345603", text="x", callback_url=receiver.url)["id"]
        world.send(to="+4915112345604", text="x")
        receiver.wait(lambda r: of_message(r, id)[-1:] == ["message.delivered"], "delivered is told")
        assert of_message(receiver, id) == LIFE and len(receiver.got) == len(LIFE)
        hook, = [hook for hook in world.admin.ok("GET", "/v1/webhooks")["webhooks"] if hook["callbacks"]]
        secret = world.admin.ok("POST", f"/v1/webhooks/{hook['id']}/rotate", {"overlap_s": 60})["secret"]
        world.send(to="+4915112345605", text="x", callback_url=receiver.url)
        headers, body = receiver.wait(lambda r: len(r.got) > len(LIFE) and r.got[-1], "the next one is told")[1:]
        mac = hmac.new(base64.b64decode(secret.removeprefix("whsec_")),
                       f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode(), hashlib.sha256)
        first, second = headers["webhook-signature"].split(" ")
        assert first == "v1," + base64.b64encode(mac.digest()).decode() and second.startswith("v1,") and second != first


@pytest.mark.parametrize("form", ["smsgate", "twilio"])
def test_other_signatures(world, form):
    with Receiver() as receiver:
        hook = add(world, receiver, signature=form, secret="a-secret-of-my-own")
        world.admin.ok("POST", f"/v1/webhooks/{hook['id']}/test")
        # Texts of the tests before may be under way still, and be told as well.
        path, headers, body = receiver.wait(lambda r: next((post for post in r.got if '"webhook.test"' in post[2]), None),
                                            "the sample arrives")
        jsonschema.validate(json.loads(body), SCHEMA)
        assert json.loads(body)["type"] == "webhook.test"
        if form == "smsgate":
            mac = hmac.new(b"a-secret-of-my-own", (body + headers["x-timestamp"]).encode(), hashlib.sha256)
            assert headers["x-signature"] == mac.hexdigest()
        else:
            url = f"http://127.0.0.1:{receiver.port}{path}"
            assert url.endswith("?bodySHA256=" + hashlib.sha256(body.encode()).hexdigest())
            mac = hmac.new(b"a-secret-of-my-own", url.encode(), hashlib.sha1)
            assert headers["x-twilio-signature"] == base64.b64encode(mac.digest()).decode()
        world.admin.ok("DELETE", f"/v1/webhooks/{hook['id']}")


def test_kill_of_the_bridge_loses_no_event():
    """kill -9 in the middle of deliveries: all arrive, each message in order."""
    with World(devices=1, bridge=LOCAL) as world, Receiver() as receiver:
        hook = add(world, receiver, events=LIFE)
        ids = []
        for n in range(10, 70):
            ids.append(world.send(to=f"+49151123458{n}", text="x")["id"])
            if n % 20 == 0:
                world.bridge.kill()
                world.start_bridge()
        for id in ids:
            world.wait_state(id, "delivered")
        receiver.wait(lambda r: all(of_message(r, id)[-1:] == ["message.delivered"] for id in ids), "all are told")
        assert hook["id"]
        for id in ids:
            told = of_message(receiver, id)
            assert list(dict.fromkeys(told)) == sorted(set(told), key=LIFE.index), told  # repeated perhaps, in order
            assert told[-1] == "message.delivered"


def test_private_addresses_are_refused():
    with World(devices=0) as world, Receiver() as receiver:
        for url in (receiver.url, f"http://localhost:{receiver.port}/", f"http://[::ffff:127.0.0.1]:{receiver.port}/",
                    f"http://0x7f.1:{receiver.port}/", f"http://2130706433:{receiver.port}/"):
            hook = world.admin.ok("POST", "/v1/webhooks", {"url": url})
            world.admin.ok("POST", f"/v1/webhooks/{hook['id']}/test")
            error = until(lambda: deliveries(world, hook)[0]["error"], f"{url} was tried")
            assert "address is private" in error, (url, error)
        assert not receiver.tried


def always(*pieces, pause=0.0):
    """An answer that never ends: the first piece once, then the last for ever."""
    def answer(connection):
        for piece in itertools.chain(pieces[:-1], itertools.repeat(pieces[-1])):
            connection.sendall(piece)
            time.sleep(pause)
    return answer


OK = b"HTTP/1.1 200 OK\r\n"
# How a receiver answers, and what is noted of that; None: it counts as delivered, as 200 was said.
LIES = {
    "closes in mid-body": (lambda c: c.sendall(OK + b"Content-Length: 100\r\n\r\nhalf"), "partial file"),
    "closes at once": (lambda c: None, "no data"),
    "closes in the headers": (lambda c: c.sendall(OK + b"X-Half: "), None),
    "says more than its length": (lambda c: c.sendall(OK + b"Content-Length: 2\r\n\r\nmuch more"), None),
    "negative length": (lambda c: c.sendall(OK + b"Content-Length: -1\r\n\r\n"), ""),
    "two lengths": (lambda c: c.sendall(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx"), ""),
    "broken chunks": (lambda c: c.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nx"), ""),
    "endless body": (always(OK + b"\r\n", b"x" * 65536), None),
    "endless headers": (always(OK, b"X-More: " + b"x" * 4096 + b"\r\n"), ""),
    "endless interim answers": (always(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 102 Processing\r\n\r\n", pause=0.05), ""),
    "one byte a second": (always(*(bytes([byte]) for byte in OK), b"X", pause=1.0), "Timeout"),
    "no HTTP": (lambda c: c.sendall(b"hello\r\n"), ""),
    "redirects inside": (lambda c: c.sendall(b"HTTP/1.1 307 x\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"),
                         "answered 307"),
    "gone": (lambda c: c.sendall(b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"), "answered 410"),
}


def test_receivers_that_lie(world):
    """Each is told again or believed, none keeps the bridge busy, and an honest one gets its events meanwhile."""
    with contextlib.ExitStack() as stack, Receiver() as honest:
        liars = {name: stack.enter_context(Liar(answer)) for name, (answer, _) in LIES.items()}
        hooks = {name: add(world, liar, events=["message.delivered"]) for name, liar in liars.items()}
        good = add(world, honest, events=["message.delivered"])
        id = world.send(to="+4915112345606", text="x")["id"]
        honest.wait(lambda r: of_message(r, id), "the honest one is told")
        arrived, = until(lambda: [item for item in deliveries(world, good) if item["attempts"]], "and it is noted")
        for name, (_, error) in LIES.items():
            item = until(lambda name=name: [item for item in deliveries(world, hooks[name]) if item["attempts"]], f"{name}: tried")[0]
            if error is None:
                assert (item["state"], item["status"]) == ("delivered", 200), (name, item)
            else:
                assert item["state"] != "delivered" and item["error"] and error in item["error"], (name, item)
                until(lambda name=name: liars[name].posts > 1, f"{name}: told again")
            if error == "Timeout":
                assert arrived["tried_at"] < item["tried_at"], "the honest one has waited for it"
        for hook in [*hooks.values(), good]:
            world.admin.ok("DELETE", f"/v1/webhooks/{hook['id']}")


def test_redirects_are_followed_to_no_private_address():
    """With follow-redirects: to where the bridge may go, a few times; each step is looked at anew."""
    def to(url):
        return lambda c: c.sendall(b"HTTP/1.1 307 x\r\nContent-Length: 0\r\nLocation: " + url.encode() + b"\r\n\r\n")

    with World(devices=0, bridge={**LOCAL, ("webhooks", "follow-redirects"): "yes"}) as world, Receiver() as end, \
            Liar(lambda c: to(around.url)(c)) as around, Liar(to(end.url)) as fair, \
            Liar(to(end.url.replace("127.0.0.1", "127.0.0.2"))) as inside, Liar(to("file:///etc/passwd")) as file:
        expected = {fair: None, around: "redirects", inside: "address is private", file: "rotocol"}
        for liar, error in expected.items():
            hook = add(world, liar)
            world.admin.ok("POST", f"/v1/webhooks/{hook['id']}/test")
            item = until(lambda hook=hook: [item for item in deliveries(world, hook) if item["attempts"]], "it is tried")[0]
            if error is None:
                assert item["state"] == "delivered", item
            else:
                assert error in item["error"], item
        assert len(end.got) == 1


@pytest.mark.parametrize("body, field", [
    ({}, "url"), ({"url": 1}, "url"), ({"url": "ftp://a.example"}, "url"), ({"url": "https://u:p@a.example/"}, "url"),
    ({"url": "https://a.example", "events": []}, "events"),
    ({"url": "https://a.example", "events": ["message.sent", "message.moved"]}, "events[1]"),
    ({"url": "https://a.example", "events": ["nothing"]}, "events[0]"),
    ({"url": "https://a.example", "signature": "none"}, "signature"),
    ({"url": "https://a.example", "secret": "short"}, "secret"),
    ({"url": "https://a.example", "more": 1}, "more"),
])
def test_bad_webhooks_change_nothing(world, body, field):
    before = len(world.admin.ok("GET", "/v1/webhooks")["webhooks"])
    answer = world.admin.call("POST", "/v1/webhooks", body)
    assert (answer.status, answer.json["field"]) == (400, field)
    assert len(world.admin.ok("GET", "/v1/webhooks")["webhooks"]) == before
