"""Phones with SMSGate's app in place of MQTT devices: the same engine, by HTTP."""
import contextlib
import datetime
import pathlib
import re
import socket

import cli
import pytest

from smsgate import basic
from smsgate_phone import GOOD, Phone, now
from world import World, until

PERSON = "+4915112345678"
SETTINGS = {("engine", "confirm"): "300ms", ("engine", "lease"): "3s"}


def bearer(key):
    return {"Authorization": f"Bearer {key['key']}"}


@pytest.fixture(scope="module")
def world():
    with World(devices=0, bridge=SETTINGS) as world:
        yield world


@contextlib.contextmanager
def phone(world, name="Pixel 7", base="/mobile/v1", rules=lambda message: GOOD):
    """A registered phone that listens; removed at the end."""
    made = Phone(world.bridge.port, base, rules)
    assert made.register(bearer(world.new_key()), name).status == 201
    made.start()
    wait_online(world, made.id)
    try:
        yield made
    finally:
        made.stop()
        world.admin.close()
        world.admin.call("DELETE", f"/v1/devices/{made.id}")


def wait_online(world, id, online=True):
    until(lambda: world.admin.ok("GET", f"/v1/devices/{id}")["online"] == online, f"{id} online: {online}")


def counts(world):
    return world.store.counts(["device", "message"])


@pytest.mark.parametrize("base", ["/mobile/v1", "/api/mobile/v1"])
def test_a_text_goes_out_by_a_phone(world, base):
    with phone(world, base=base) as pixel:
        sent = world.send(text="Grüße ☎", sim=2)
        shown = world.wait_state(sent["id"], "delivered")
        assert shown["device"] == pixel.id
        message, = pixel.sent
        assert (message["message"], message["textMessage"]["text"]) == ("Grüße ☎", "Grüße ☎")
        assert (message["phoneNumbers"], message["simNumber"], message["withDeliveryReport"]) == ([PERSON], 2, True)
        states = [entry["state"] for entry in shown["timeline"] if "state" in entry]
        assert states == ["queued", "dispatched", "accepted", "sent", "delivered"]
        device = world.admin.ok("GET", f"/v1/devices/{pixel.id}")
        assert (device["radio"], device["name"], device["qos_max"]) == ("smsgate", "Pixel 7", 1)


def test_registering(world):
    before = counts(world)
    key = world.new_key()
    stranger = Phone(world.bridge.port)
    for headers in ({"X-None": "1"}, {"Authorization": "Bearer wrong"}, {"Authorization": "Code 123456"},
                    basic(key["id"], "wrong"), bearer(world.new_key(scopes=["messages:send"]))):
        assert stranger.register(headers).status in (401, 403), headers
    assert stranger.call("GET", "/device", headers={"X-None": "1"}).json == {"externalIp": "127.0.0.1"}
    assert stranger.call("POST", "/device", {"simCards": [{"simNumber": 99}]}, bearer(key)).status == 400
    assert counts(world) == before
    account = world.admin.ok("GET", "/v1/account")["id"]
    for headers in (bearer(key), basic(key["id"], key["key"])):
        answer = stranger.register(headers, "x" * 200)
        assert answer.status == 201 and answer.json["login"] == account and len(answer.json["id"]) <= 21
        assert stranger.call("GET", "/device").json["device"]["id"] == stranger.id
        shown = world.admin.ok("GET", f"/v1/devices/{stranger.id}")
        assert len(shown["name"]) == 64
        until(lambda: [sim["slot"] for sim in world.admin.ok("GET", f"/v1/devices/{stranger.id}")["sims"]] == [1, 2],
              "its SIMs are known")
        world.admin.ok("DELETE", f"/v1/devices/{stranger.id}")
        assert stranger.call("PATCH", "/device", {"id": stranger.id, "simCards": []}).status == 401


def test_registering_by_code(world):
    typed = Phone(world.bridge.port)
    shown = cli.run("--socket", world.bridge.socket, "device", "code")
    assert shown.code == 0 and f"API URL:  http://127.0.0.1:{world.bridge.port}/mobile/v1\n" in shown.out, shown
    assert "refuses plain http" in shown.out
    assert typed.register({"Authorization": "Code " + re.search(r"Code: +(\d{6})\n", shown.out)[1]}, "Typed").status == 201
    world.admin.ok("DELETE", f"/v1/devices/{typed.id}")
    key, before = world.new_key(), counts(world)
    by_hand = Phone(world.bridge.port)
    for headers in ({"X-None": "1"}, basic(world.new_key(scopes=["messages:send"])["id"], "wrong")):
        assert by_hand.call("GET", "/user/code", headers=headers).status == 401
    assert by_hand.call("GET", "/user/code", headers=bearer(world.new_key(scopes=["messages:send"]))).status == 403
    asked = datetime.datetime.now(datetime.timezone.utc)
    made = by_hand.call("GET", "/user/code", headers=basic(key["id"], key["key"])).json
    left = datetime.datetime.fromisoformat(made["validUntil"].replace("Z", "+00:00")) - asked
    assert len(made["code"]) == 6 and made["code"].isdigit() and 55 < left.total_seconds() < 65
    for wrong in ("", "12345", made["code"][:5] + "x", f"{(int(made['code']) + 1) % 10 ** 6:06}", f"{made['code']}1"):
        assert by_hand.register({"Authorization": f"Code {wrong}"}).status == 401, wrong
    assert by_hand.call("POST", "/device", {"simCards": 1}, {"Authorization": f"Code {made['code']}"}).status == 400
    assert counts(world) == before
    answer = by_hand.register({"Authorization": f"Code {made['code']}"}, "By hand")
    assert answer.status == 201 and answer.json["login"] == world.admin.ok("GET", "/v1/account")["id"]
    assert by_hand.register({"Authorization": f"Code {made['code']}"}).status == 401  # once
    by_hand.start()
    wait_online(world, answer.json["id"])
    world.wait_state(world.send(device=answer.json["id"])["id"], "delivered")
    by_hand.stop()
    world.admin.ok("DELETE", f"/v1/devices/{answer.json['id']}")
    codes = [by_hand.call("GET", "/user/code", headers=bearer(key)) for _ in range(6)]
    too_many = cli.run("--socket", world.bridge.socket, "device", "code")
    assert too_many.code != 0 and "too many codes are open already" in too_many.err, too_many
    assert [code.status for code in codes] == [200] * 5 + [429] and int(codes[-1].headers["retry-after"]) <= 60
    world.admin.ok("DELETE", f"/v1/keys/{key['id']}")
    assert by_hand.register({"Authorization": f"Code {codes[0].json['code']}"}).status == 401  # not without that key
    for said in [made["code"]] + [code.json["code"] for code in codes[:5]]:
        assert not any(re.search(rf'[="]{said}\b', line) for line in world.bridge.log)
    assert [by_hand.register({"Authorization": "Code 000000"}).status for _ in range(10)][-1] == 429


def test_what_a_phone_is_told_to_be_like(world):
    client = world.new_key()
    world.api.close()
    with phone(world) as pixel:
        settings = pixel.call("GET", "/settings").json
        assert settings["gateway"]["notification_channel"] == "SSE_ONLY" and len(settings["webhooks"]["signing_key"]) == 48
        hook, = pixel.call("GET", "/webhooks").json
        assert hook["event"] == "sms:received"
        assert hook["url"] == f"http://127.0.0.1:{world.bridge.port}/mobile/v1/inbound/{pixel.id}"
        put = pixel.api.call("PATCH", "/3rdparty/v1/settings", {"messages": {"limit_value": 7}},
                             headers=basic(client["id"], client["key"]))
        assert put.status == 200
        assert pixel.call("GET", "/settings").json["messages"] == {"limit_value": 7}
        until(lambda: (pixel.settings or {}).get("messages") == {"limit_value": 7}, "it came for that by itself")
        pixel.api.call("PATCH", "/3rdparty/v1/settings", {"webhooks": {"signing_key": "another one"}},
                       headers=basic(client["id"], client["key"]))
        until(lambda: pixel.settings["webhooks"].get("signing_key") == "another one", "it has the new key")
        assert pixel.receives("signed with it").status == 200
        pixel.stop()
        pixel.settings = pixel.hooks = None
        pixel.start()
        until(lambda: pixel.settings and pixel.hooks, "who comes back asks for what it may have missed")
        for headers, url in (({"Host": "sms.example.org"}, "http://sms.example.org"),
                             ({"Host": "a.example:8443", "X-Forwarded-Proto": "https"}, "https://a.example:8443"),
                             ({"Host": "sms.example.org", "X-Forwarded-Proto": "gopher"}, "http://sms.example.org")):
            hook, = pixel.call("GET", "/webhooks", headers={"Authorization": f"Bearer {pixel.token}", **headers}).json
            assert hook["url"] == f"{url}/mobile/v1/inbound/{pixel.id}"
    for path in ("/device", "/message", "/webhooks", "/settings", "/events"):
        assert pixel.call("GET", path, headers={"Authorization": "Bearer sqd_wrong"}).status == 401


def test_changing_the_password(world):
    old, new, weak = world.new_key(), world.new_key(scopes=["devices:write"]), world.new_key(scopes=["messages:send"])

    def change(current, wish):
        return pixel.call("PATCH", "/user/password", {"currentPassword": current, "newPassword": wish})

    with phone(world) as pixel:
        other = Phone(world.bridge.port)
        assert pixel.call("PATCH", "/user/password", {}, basic(old["id"], old["key"])).status == 401  # not by the login itself
        for body, field in (({}, "currentPassword"), ({"currentPassword": old["key"]}, "newPassword"),
                            ({"currentPassword": old["key"], "newPassword": 7}, "newPassword")):
            answer = pixel.call("PATCH", "/user/password", body)
            assert answer.status == 400 and answer.json["data"]["field"] == field, answer
        for wish, words in (("correct horse battery", "smsquitto key create"), (weak["key"], "devices:write"),
                            (old["key"], "is the current one")):
            answer = change(old["key"], wish)
            assert answer.status == 400 and answer.json["data"]["field"] == "newPassword", answer
            assert words in answer.json["message"] and wish not in answer.json["message"]
        assert change("wrong horse battery", new["key"]).status == 401
        assert change(old["key"], new["key"].removeprefix("sqk_")).status == 204
        assert change(old["key"], new["key"]).status == 401
        for key, status in ((old, 401), (new, 201)):
            assert other.register(basic(key["id"], key["key"]), "Other").status == status
        world.admin.ok("DELETE", f"/v1/devices/{other.id}")
        world.wait_state(world.send(device=pixel.id)["id"], "delivered")  # its token is its own


def test_a_temporary_failure_is_tried_again_as_another_id(world):
    with phone(world, rules=lambda message: GOOD if len(pixel.sent) > 0 else
               [("Failed", "Send result: RESULT_ERROR_NO_SERVICE")]) as pixel:
        id = world.send()["id"]
        world.wait_state(id, "delivered")
        first, second = pixel.sent
        assert first["id"] != second["id"] and first["id"][:32] == second["id"][:32]


def test_a_permanent_failure(world):
    with phone(world, rules=lambda message: [("Failed", "RESULT_INVALID_SMS_FORMAT")]) as pixel:
        shown = world.wait_state(world.send()["id"], "failed")
        assert shown["error"]["code"] == "RESULT_INVALID_SMS_FORMAT" and len(pixel.sent) == 1


def test_states_never_go_back(world):
    with phone(world) as pixel:
        id = world.send()["id"]
        world.wait_state(id, "delivered")
        phone_id = pixel.sent[0]["id"]
        for state in ("Pending", "Processed", "Sent", "Failed", "Cancelled"):
            pixel.tell([{"id": phone_id, "state": state, "recipients": [], "states": {}}])
        assert world.message(id)["state"] == "delivered"


def test_a_phone_that_stays_processed(world):
    with phone(world, rules=lambda message: ["Processed"]) as pixel:
        id = world.send()["id"]
        world.wait_state(id, "accepted")
        until(lambda: pixel.pulls > 3, "it is asked again")
        assert len(pixel.sent) == 1 and world.message(id)["state"] == "accepted"
        world.admin.ok("DELETE", f"/v1/messages/{id}")
    assert world.wait_state(id, "unknown")["error"]["code"] == "no_answer"  # withdrawn: nobody else sends it


def test_withdrawing(world):
    with phone(world, rules=lambda message: []) as pixel:
        id = world.send()["id"]
        world.wait_state(id, "accepted")
        phone_id, = pixel.known
        pixel.known[phone_id] = (PERSON, ["Pending", "Cancelled"], None)  # as the app does with what still waits
        world.api.ok("DELETE", f"/v1/messages/{id}")
        world.wait_state(id, "cancelled")


def test_qos_2_is_capped_and_says_so(world):
    with phone(world):
        shown = world.wait_state(world.send(qos=2)["id"], "delivered")
        assert shown["qos"] == 1 and "qos_capped" in [entry["reason"] for entry in shown["timeline"]]


def test_what_waits_is_there_when_the_phone_comes(world):
    made = Phone(world.bridge.port)
    made.register(bearer(world.new_key()))
    ids = [world.send(device=made.id, text=f"text {n}")["id"] for n in range(3)]
    assert world.message(ids[0])["state"] == "held"
    made.pull()  # by its own timer: it does not listen
    assert [message["message"] for message in made.sent] == ["text 0", "text 1", "text 2"]
    for id in ids:
        world.wait_state(id, "delivered")
    world.admin.ok("DELETE", f"/v1/devices/{made.id}")


def test_it_comes_back_after_a_restart_of_the_bridge(world):
    with phone(world) as pixel:
        world.restart_bridge(kill=True)
        world.wait_state(world.send()["id"], "delivered")
        assert len(pixel.sent) == 1


def test_it_needs_no_broker(world):
    with phone(world):
        world.broker.stop()
        try:
            world.wait_state(world.send()["id"], "delivered")
        finally:
            world.broker.start()


def test_another_takes_over_when_it_goes(world):
    with phone(world, "first", rules=lambda message: []) as first:
        id = world.send()["id"]
        world.wait_state(id, "accepted")
        with phone(world, "second") as second:
            world.admin.ok("DELETE", f"/v1/devices/{first.id}")
            world.wait_state(id, "delivered")
            assert len(second.sent) == 1


def test_going_is_seen(world):
    with phone(world) as pixel:
        pixel.stop()
        wait_online(world, pixel.id, False)
        pixel.start()
        wait_online(world, pixel.id)


def test_inbound(world):
    with phone(world) as pixel:
        at = now()
        for id in ("one", "one", "other"):  # again, as it was not sure; and as it reads its inbox again
            assert pixel.receives("Hallo ☎", id=id, sim=2, receivedAt=at).status == 200
        for id in ("three", "three"):
            assert pixel.receives("Timeless", id=id, sender="ACME", receivedAt="soon").status == 200
        assert pixel.receives("Hallo ☎", id="two", sender="ACME", sim=None).status == 200
        got = world.api.ok("GET", f"/v1/messages?direction=inbound&device={pixel.id}")["messages"]
        assert [(item["from"], item["text"], item["sim"]) for item in got] == \
            [("ACME", "Hallo ☎", None), ("ACME", "Timeless", 1), (PERSON, "Hallo ☎", 2)]


def test_reading_its_inbox_again(world):
    with phone(world) as pixel:
        assert pixel.receives("told at once").status == 200
        missed = dict(pixel.inbox[0], message="missed", messageId="17")
        old = dict(missed, message="too old", receivedAt="2020-01-01T08:00:00.000+01:00")
        pixel.inbox += [missed, old]
        asked = cli.run("--socket", world.bridge.socket, "device", "inbox", pixel.id, "--from", "-1h")
        assert asked.code == 0 and "State:" in asked.out and "told" in asked.out, asked

        def texts():
            return [item["text"] for item in world.api.ok("GET", f"/v1/messages?direction=inbound&device={pixel.id}")["messages"]]
        until(lambda: len(texts()) > 1, "the missed text comes in")
        until(lambda: pixel.asked, "it has posted all that it was asked for")
        assert texts() == ["missed", "told at once"]
        since, to = pixel.asked[0]
        assert 3600 <= (to - since).total_seconds() <= 3602
        assert world.api.ok("GET", f"/v1/devices/{pixel.id}/inbox")["state"] == "told"
        again = pixel.api.call("POST", "/3rdparty/v1/inbox/refresh",
                               {"deviceId": pixel.id, "since": since.isoformat(), "until": to.isoformat()},
                               headers=bearer(world.new_key()))
        assert again.status == 429 and int(again.headers["retry-after"]) <= 60


def test_inbound_that_is_not_the_phones(world):
    with phone(world) as pixel:
        before = counts(world)
        assert pixel.receives("x", key="wrong").status == 401
        assert pixel.receives("x", sender="x" * 40).status == 400
        assert pixel.receives("x" * 7000).status == 400
        assert pixel.receives("x", id="y" * 200).status == 400
        plain = pixel.api.call("POST", f"/mobile/v1/inbound/{pixel.id}", {}, headers={})
        assert plain.status == 401
        nobody = pixel.api.call("POST", "/mobile/v1/inbound/nobody", {}, headers={})
        assert nobody.status == 401 and nobody.json == plain.json
        assert counts(world) == before


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b'[{"id": "x", "state": "Sent"}]', b'[{"id": 1}]', b"[" * 5000,
                                  b'[{"id": "01a1fd2ad34f7000926be39b5abdcbcd-1", "state": "Flown"}]'])
def test_bad_states(world, body):
    with phone(world) as pixel:
        answer = pixel.call("PATCH", "/message", body)
        assert answer.status == 400 and answer.json["message"], answer


def test_a_phone_cannot_tell_of_anothers_messages(world):
    with phone(world, "holder", rules=lambda message: []) as holder, phone(world, "liar") as liar:
        id = world.send(device=holder.id)["id"]
        world.wait_state(id, "accepted")
        phone_id, = holder.known
        liar.tell([{"id": phone_id, "state": "Delivered", "recipients": [], "states": {}}])
        assert world.message(id)["state"] == "accepted"
        world.admin.ok("DELETE", f"/v1/messages/{id}")
    world.wait_state(id, "unknown")


def threads_of(world):
    status = pathlib.Path(f"/proc/{world.bridge.process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("Threads:")).split()[1])


def test_many_listen_without_a_thread_each(world):
    key = bearer(world.new_key())
    before = threads_of(world)
    with contextlib.ExitStack() as stack:
        streams = {}
        for n in range(100):
            made = Phone(world.bridge.port)
            assert made.register(key, f"many {n}").status == 201
            sock = stack.enter_context(socket.create_connection(("127.0.0.1", world.bridge.port), 60))
            sock.sendall(f"GET /mobile/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {made.token}\r\n\r\n".encode())
            streams[made.id] = sock
        for id in streams:
            wait_online(world, id)
        assert threads_of(world) == before
        for id in streams:
            world.send(device=id)
        for id, sock in streams.items():
            heard = b""
            while b"event: MessageEnqueued\ndata: null\n\n" not in heard:
                piece = sock.recv(4096)
                assert piece, f"{id} was cut: {heard}"
                heard += piece
            world.admin.ok("DELETE", f"/v1/devices/{id}")
