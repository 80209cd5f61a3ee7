"""SMSGate's client API over the real gateway: what its clients send, see and are refused."""
import base64
import datetime
import hashlib
import hmac
import json
import time
import uuid

import pytest

import cli
from receiver import Receiver
from smsgate import Smsgate, basic
from world import World, before_the_hour_ends, until

PERSON = "+4915112345678"
NONE = "SM" + "0" * 32
TABLES = ("message", "event", "idempotency", "send_name", "device", "webhook", "app_key", "suppression")


@pytest.fixture(scope="module")
def world():
    with World(devices=2, bridge={("webhooks", "allow"): "127.0.0.1", ("webhooks", "retries"): "100ms"}) as world:
        yield world


@pytest.fixture(scope="module")
def key(world):
    return world.new_key()


@pytest.fixture(scope="module")
def client(world, key):
    return Smsgate(world.bridge.port, key)


def rows(world):
    """Every row of what a refused request must leave alone."""
    counts = world.store.counts(TABLES)
    (removed,), = world.store.sql("SELECT COUNT(*) FROM webhook WHERE removed_at IS NOT NULL")
    return {**counts, "webhook": counts["webhook"] - removed}  # removed ones go by themselves


def wait(client, id, wanted):
    return until(lambda: (state := client.state(id))["state"] == wanted and state, f"{id} is {wanted}")


def body(**fields):
    return {"textMessage": {"text": "hello"}, "phoneNumbers": [PERSON], **fields}


@pytest.mark.parametrize("base", ["/3rdparty/v1", "/api/3rdparty/v1"])
@pytest.mark.parametrize("path", ["/message", "/messages"])
def test_a_text_goes_out_and_tells_of_itself(world, key, base, path):
    client = Smsgate(world.bridge.port, key, base)
    answer = client.post(path, {"message": "Grüße ☎", "phoneNumbers": ["+49 151 1234 5678"]})
    assert answer.status == 202 and answer.headers["location"] == f"messages/{answer.json['id']}"
    accepted = answer.json
    assert accepted["recipients"] == [{"phoneNumber": PERSON, "state": "Pending"}]
    assert accepted["textMessage"] == {"text": "Grüße ☎"} and "Pending" in accepted["states"]
    shown = wait(client, accepted["id"], "Delivered")
    assert list(shown["states"]) == ["Pending", "Processed", "Sent", "Delivered"]
    assert list(shown["states"].values()) == sorted(shown["states"].values())
    assert shown["deviceId"] in world.devices and (shown["isHashed"], shown["isEncrypted"]) == (False, False)
    assert client.get(f"{path}/{accepted['id']}").json == shown
    assert len(world.air(accepted["id"])) == 1


def test_every_option_arrives(world, client):
    id = str(uuid.uuid4())
    sent = client.send(id=id, deviceId="phone-2", simNumber=1, withDeliveryReport=False, priority=100,
                       validUntil="2031-01-01T00:00:00+01:00", scheduleAt="2030-01-01T00:00:00.000+01:00")
    assert (sent["id"], sent["deviceId"], sent["state"]) == (id, "phone-2", "Pending")
    mine, = [item for item in world.all_messages() if item["state"] == "scheduled"]
    assert (mine["device"], mine["sim"], mine["report"], mine["lane"]) == ("phone-2", 1, False, "high")
    assert (mine["send_at"], mine["expires_at"]) == ("2029-12-31T23:00:00.000Z", "2030-12-31T23:00:00.000Z")
    assert client.state(id) == client.state(mine["id"])
    cancelled = client.call("DELETE", f"/messages/{id}")
    assert (cancelled.status, cancelled.json["id"], cancelled.json["state"]) == (200, id, "Cancelled")
    assert client.call("DELETE", f"/messages/{id}").status == 200  # as it is


@pytest.mark.parametrize("priority, lane", [(-1, "bulk"), (0, "normal"), (99, "normal"), (127, "high")])
def test_priorities_are_lanes(world, client, priority, lane):
    id = client.send(priority=priority)["id"]
    assert world.message(id)["lane"] == lane
    wait(client, id, "Delivered")


def test_a_message_to_several(world, client):
    numbers = [f"+4915112300{n:03}" for n in range(3)]
    id = str(uuid.uuid4())
    sent = client.send(to=numbers, id=id)
    assert sent["id"] == id and [item["phoneNumber"] for item in sent["recipients"]] == numbers
    shown = wait(client, id, "Delivered")
    assert [item["phoneNumber"] for item in shown["recipients"]] == numbers
    assert {item["state"] for item in shown["recipients"]} == {"Delivered"}
    assert client.call("DELETE", f"/messages/{id}").status == 409


def test_several_are_withdrawn_together(world, client):
    sent = client.send(to=["+4915112300001", "+4915112300002"], scheduleAt="2030-01-01T00:00:00Z")
    answer = client.call("DELETE", f"/message/{sent['id']}")
    assert (answer.status, answer.json["state"]) == (200, "Cancelled")
    assert {item["state"] for item in answer.json["recipients"]} == {"Cancelled"}


def test_the_radios_refusal_is_told(world):
    with_rules = Smsgate(world.bridge.port, world.new_key())
    world.devices["phone-1"].rules_now({"rules": [{"to": "+4915119999999", "fail": {"kind": "permanent", "code": "cause-28", "text": "unknown number"}}]})
    id = with_rules.send(to="+4915119999999", deviceId="phone-1")["id"]
    shown = wait(with_rules, id, "Failed")
    assert shown["recipients"][0]["state"] == "Failed" and shown["recipients"][0]["error"]


def test_an_id_is_taken_once(world, client):
    id = str(uuid.uuid4())
    client.send(id=id, scheduleAt="2030-01-01T00:00:00Z")
    before = rows(world)
    answer = client.post("/message", body(id=id))
    assert answer.status == 409 and answer.json["message"].startswith("id: "), answer
    assert rows(world) == before


def test_lists(world):
    admin = world.admin
    account = admin.ok("POST", "/v1/accounts", {"name": "list"})["id"]
    key = admin.ok("POST", "/v1/keys", {"name": "list"}, headers={"X-Account": account})
    client = Smsgate(world.bridge.port, key)
    later = {"scheduleAt": "2030-01-01T00:00:00Z"}
    ids = [client.send(text=f"text {n}", **later)["id"] for n in range(3)]
    ids.append(client.send(to=["+4915112300001", "+4915112300002"], **later)["id"])
    client.call("DELETE", f"/messages/{ids[0]}")

    def listed(query=""):
        answer = client.get("/messages" + query)
        assert answer.status == 200, answer
        return [item["id"] for item in answer.json], answer.headers["x-total-count"]

    assert listed() == (ids[::-1], "4")
    assert listed("?sort=created_at") == (ids, "4")
    assert listed("?limit=2&offset=1") == (ids[::-1][1:3], "4")
    assert listed("?offset=4") == ([], "4")
    assert listed("?state=Cancelled") == ([ids[0]], "1")
    assert listed("?state=Pending&sort=created_at") == (ids[1:], "3")
    assert listed("?to=2020-01-01T00:00:00Z") == ([], "0")
    assert listed("?from=2020-01-01T00:00:00%2B01:00") == (ids[::-1], "4")
    plain, full = client.get("/messages").json, client.get("/messages?includeContent=true").json
    assert "textMessage" not in plain[0] and full[-1]["textMessage"] == {"text": "text 0"}
    assert client.get(f"/messages/{NONE}").status == 404


def test_devices(world, client):
    shown = {item["id"]: item for item in client.get("/devices").json}
    assert set(shown) == set(world.devices)
    phone = shown["phone-1"]
    assert phone["name"] == "phone-1" and phone["lastSeen"] >= phone["createdAt"]
    assert phone["simCards"][0]["slotIndex"] == 0 and phone["simCards"][0]["simNumber"] == 1
    assert client.get("/messages?deviceId=phone-1").status == 200
    world.add_device("phone-3", start=False)
    assert client.call("DELETE", "/devices/phone-3").status == 204
    assert client.call("DELETE", "/devices/phone-3").status == 404
    del world.devices["phone-3"]


def hook(client, url, event, **fields):
    answer = client.post("/webhooks", {"url": url, "event": event, **fields})
    assert answer.status == 201, answer
    return answer.json


def check_signature(entry, key):
    path, headers, text = entry
    wanted = hmac.new(key.encode(), (text + headers["x-timestamp"]).encode(), hashlib.sha256).hexdigest()
    assert headers["x-signature"] == wanted and headers["content-type"] == "application/json"


def test_webhooks_tell_what_a_phone_would_tell(world, client):
    with Receiver() as receiver:
        hooks = [hook(client, receiver.url, event) for event in
                 ("sms:received", "sms:sent", "sms:delivered", "sms:failed", "sms:cancelled")]
        assert len({made["signingKey"] for made in hooks}) == 1
        id = str(uuid.uuid4())
        client.send(text="Grüße", id=id, deviceId="phone-2", simNumber=1)
        world.devices["phone-2"].control({"inbound": {"from": PERSON, "text": "Hallo ☎", "sim": 1}})
        late = client.send(scheduleAt="2030-01-01T00:00:00Z")["id"]
        client.call("DELETE", f"/messages/{late}")
        receiver.wait(lambda it: len(it.got) == 4, "all was told")
        told = {event["event"]: event for event in receiver.events()}
        for entry in receiver.got:
            check_signature(entry, hooks[0]["signingKey"])
        names = {made["event"]: made["id"] for made in hooks}
        assert {name: event["webhookId"] for name, event in told.items()} == \
            {name: names[name] for name in ("sms:received", "sms:sent", "sms:delivered", "sms:cancelled")}
        sent, delivered, came = (told[name]["payload"] for name in ("sms:sent", "sms:delivered", "sms:received"))
        assert (sent["messageId"], sent["recipient"], sent["partsCount"], sent["simNumber"]) == (id, PERSON, 1, 1)
        assert (delivered["messageId"], delivered["phoneNumber"]) == (id, PERSON) and delivered["deliveredAt"]
        assert (came["sender"], came["message"]) == (PERSON, "Hallo ☎") and came["receivedAt"]
        assert told["sms:cancelled"]["payload"]["messageId"] == late
        assert {told[name]["deviceId"] for name in ("sms:sent", "sms:received")} == {"phone-2"}
        for made in hooks:
            assert client.call("DELETE", f"/webhooks/{made['id']}").status == 204
            assert client.call("DELETE", f"/webhooks/{made['id']}").status == 404


def test_a_webhook_of_one_device_and_its_id(world, client):
    with Receiver() as first, Receiver() as second:
        made = hook(client, first.url, "sms:sent", id="mine", deviceId="phone-1")
        again = hook(client, second.url, "sms:delivered", id="mine", deviceId="phone-2")
        assert (made["id"], again["id"]) == ("mine", "mine")
        shown, = client.get("/webhooks").json
        assert shown == {"id": "mine", "deviceId": "phone-2", "url": second.url, "event": "sms:delivered"}
        wait(client, client.send(deviceId="phone-1")["id"], "Delivered")
        id = client.send(deviceId="phone-2")["id"]
        second.wait(lambda it: it.got, "it was told")
        assert [event["payload"]["messageId"] for event in second.events()] == [id] and not first.tried
        wait(client, id, "Delivered")
        mine, = [item for item in world.admin.ok("GET", "/v1/webhooks")["webhooks"] if item["url"] == second.url]
        assert (mine["name"], mine["signature"]) == ("SMSGate: sms:delivered of phone-2", "smsgate-form")
        world.admin.ok("POST", f"/v1/webhooks/{mine['id']}/test")
        second.wait(lambda it: len(it.got) == 2, "the test came")
        assert second.events()[1]["event"] == "system:ping" and second.events()[1]["webhookId"] == "mine"
        assert client.call("DELETE", "/webhooks/mine").status == 204 and client.get("/webhooks").json == []


def test_settings_and_the_signing_key(world, client):
    assert client.get("/settings").json == {}
    put = client.call("PUT", "/settings", {"messages": {"limit_period": "PerHour", "limit_value": 30},
                                           "ping": {"interval_seconds": 60}})
    assert put.status == 200 and put.json["messages"] == {"limit_period": "PerHour", "limit_value": 30}
    patched = client.call("PATCH", "/settings", {"messages": {"limit_value": 40, "limit_period": None},
                                                 "webhooks": {"signing_key": "s3cret-of-mine", "retry_count": 5}})
    assert patched.json == {"messages": {"limit_value": 40}, "ping": {"interval_seconds": 60},
                            "webhooks": {"retry_count": 5}}
    assert client.get("/settings").json == patched.json
    with Receiver() as receiver:
        made = hook(client, receiver.url, "sms:sent")
        assert made["signingKey"] == "s3cret-of-mine"
        client.call("PATCH", "/settings", {"webhooks": {"signing_key": "another"}})
        wait(client, client.send()["id"], "Delivered")
        receiver.wait(lambda it: it.got, "it was told")
        check_signature(receiver.got[0], "another")
        client.call("DELETE", f"/webhooks/{made['id']}")
    before = rows(world)
    for wrong, field in [({"nothing": {}}, "nothing"), ({"messages": 5}, "messages"),
                         ({"messages": {"limitValue": "5"}}, "messages.limit_value"),
                         ({"messages": {"limit_value": "5"}}, "messages.limit_value"),
                         ({"messages": {"limit_period": "PerYear"}}, "messages.limit_period"),
                         ({"encryption": {"passphrase": "x"}}, "encryption"),
                         ({"webhooks": {"signing_key": ""}}, "webhooks.signing_key"),
                         ({"webhooks": {"signing_key": "x" * 97}}, "webhooks.signing_key")]:
        answer = client.call("PATCH", "/settings", wrong)
        assert (answer.status, answer.json["data"]["field"]) == (400, field), answer
    assert client.get("/settings").json == patched.json and rows(world) == before


def test_bad_webhooks(world, client):
    before = rows(world)
    good = {"url": "https://app.example/hook", "event": "sms:sent"}
    for wrong, field in [({}, "url"), ({**good, "url": "ftp://x"}, "url"), ({**good, "event": "sms:read"}, "event"),
                         ({**good, "event": "mms:received"}, "event"), ({**good, "id": "x" * 37}, "id"),
                         ({**good, "id": "a b"}, "id"), ({**good, "deviceId": "nobody"}, "deviceId")]:
        answer = client.post("/webhooks", wrong)
        assert (answer.status, answer.json["data"]["field"]) == (400, field), answer
    assert client.call("DELETE", "/webhooks/none").status == 404
    assert rows(world) == before


def test_inbox(world):
    account = world.admin.ok("POST", "/v1/accounts", {"name": "inbox"})["id"]
    scope = {"X-Account": account}
    client = Smsgate(world.bridge.port, world.admin.ok("POST", "/v1/keys", {"name": "i"}, headers=scope))
    assert client.get("/inbox").json == []
    mine = Smsgate(world.bridge.port, world.new_key())
    world.devices["phone-1"].control({"inbound": {"from": "+4915112377777", "text": "eins", "sim": 1}})
    world.devices["phone-1"].control({"inbound": {"from": "ACME", "text": "zwei"}})
    shown = until(lambda: (found := [item for item in mine.get("/inbox").json if item["deviceId"] == "phone-1"])
                  and len(found) >= 2 and found, "both came in")
    assert [(item["sender"], item["contentPreview"], item["type"]) for item in shown[:2]] == \
        [("ACME", "zwei", "SMS"), ("+4915112377777", "eins", "SMS")]
    assert mine.get("/inbox?limit=1&offset=1").json == [mine.get("/inbox").json[1]]
    assert mine.get("/inbox?type=MMS").json == [] and mine.get("/inbox?to=2020-01-01T00:00:00Z").json == []
    assert {item["deviceId"] for item in mine.get("/inbox?deviceId=phone-2").json} <= {"phone-2"}
    for query in ("?limit=501", "?offset=-1", "?from=now", "?deviceId=nobody"):
        assert mine.get("/inbox" + query).status == 400
    assert client.get("/inbox").json == []  # of the other account


def test_what_no_gateway_can_do(client):
    answer = client.get("/logs")
    assert answer.status == 501 and answer.json["message"], answer


def test_a_device_reads_its_inbox_again(world, client):
    period = {"since": "2026-01-01T00:00:00Z", "until": "2026-02-01T01:00:00.000+01:00"}
    before = rows(world)
    for wrong, field in [({}, "since"), ({**period, "deviceId": 1}, "deviceId"), ({"deviceId": "phone-1"}, "since"),
                         ({**period, "deviceId": "phone-1", "until": period["since"]}, "since")]:
        answer = client.post("/inbox/refresh", wrong)
        assert (answer.status, answer.json["data"]["field"]) == (400, field), answer
    assert client.post("/inbox/refresh", {**period, "deviceId": "nobody"}).status == 404
    assert rows(world) == before
    for path, device in (("/inbox/refresh", "phone-1"), ("/messages/inbox/export", "phone-2")):
        assert client.post(path, {**period, "deviceId": device}).status == 202
        asked = world.admin.ok("GET", f"/v1/devices/{device}/inbox")
        assert (asked["from"], asked["to"]) == ("2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z")
    assert client.post("/inbox/export", {**period, "deviceId": "phone-1"}).status == 429  # just asked
    world.admin.ok("POST", "/v1/devices", {"id": "not-asked", "name": "not asked"})
    assert [client.post("/inbox/refresh", period).status for _ in range(2)] == [202, 429]  # all of them
    assert world.admin.ok("GET", "/v1/devices/not-asked/inbox")["state"] == "waiting"
    world.admin.ok("DELETE", "/v1/devices/not-asked")


def test_health_needs_no_credentials(world, client):
    for path in ("/health", "/health/live", "/health/ready", "/health/startup", "/3rdparty/v1/health"):
        answer = client.api.get(path)
        assert (answer.status, answer.json["status"]) == (200, "pass"), answer
    assert client.api.get("/health").json["checks"]["store:writable"]["status"] == "pass"
    assert client.api.get("/healthz").json == {"status": "alive"}  # ours, beside it


# --- what is refused leaves everything as it was

WRONG = [
    ({}, "phoneNumbers"),
    ({"phoneNumbers": [PERSON]}, "textMessage"),
    (body(phoneNumbers=[]), "phoneNumbers"),
    (body(phoneNumbers=["123"]), "phoneNumbers"),
    (body(phoneNumbers=[PERSON, 5]), "phoneNumbers[1]"),
    (body(phoneNumbers=[PERSON, "+49 151 12345678"]), "phoneNumbers[1]"),
    (body(phoneNumbers=[f"+4915112{n:06}" for n in range(101)]), "phoneNumbers"),
    (body(message="too"), "textMessage"),
    (body(textMessage={}), "textMessage.text"),
    (body(textMessage={"text": ""}), "textMessage.text"),
    (body(textMessage={"text": "x" * 1601}), "textMessage.text"),
    (body(dataMessage={"data": "AAAA", "port": 1}), "dataMessage"),
    (body(isEncrypted=True), "isEncrypted"),
    (body(id="x" * 37), "id"),
    (body(id="a/b"), "id"),
    (body(deviceId="nobody"), "deviceId"),
    (body(deviceId="Not A Device"), "deviceId"),
    (body(simNumber=0), "simNumber"),
    (body(priority=128), "priority"),
    (body(ttl=4), "ttl"),
    (body(ttl=60, validUntil="2030-01-01T00:00:00Z"), "ttl"),
    (body(validUntil="2020-01-01T00:00:00Z"), "validUntil"),
    (body(scheduleAt="tomorrow"), "scheduleAt"),
    (body(withDeliveryReport="yes"), "withDeliveryReport"),
]


@pytest.mark.parametrize("wrong, field", WRONG, ids=[field + str(n) for n, (_, field) in enumerate(WRONG)])
def test_bad_messages(world, client, wrong, field):
    before = rows(world)
    answer = client.post("/messages", wrong)
    assert answer.status == 400, answer
    assert answer.json["message"].startswith(field + ": ") and answer.json["data"]["field"] == field
    assert rows(world) == before


@pytest.mark.parametrize("query", ["?limit=0", "?limit=101", "?offset=-1", "?state=sent", "?sort=id", "?from=now",
                                   "?deviceId=nobody", "?includeContent=maybe"])
def test_bad_lists(client, query):
    answer = client.get("/messages" + query)
    assert answer.status == 400 and answer.json["message"].startswith(query[1:].split("=")[0] + ": ")


def test_a_device_that_was_not_heard_of(world, client):
    world.add_device("phone-4", start=False)
    before = rows(world)
    answer = client.post("/messages?deviceActiveWithin=1", body(deviceId="phone-4"))
    assert answer.status == 400 and answer.json["message"].startswith("deviceActiveWithin: ")
    assert rows(world) == before
    sent = client.post("/messages?deviceActiveWithin=1&skipPhoneValidation=true", body())
    assert sent.status == 202
    wait(client, sent.json["id"], "Delivered")  # so that what follows finds nothing on its way


def test_bad_credentials(world, key):
    before = rows(world)
    other = world.new_key()
    revoked = world.new_key()
    world.admin.ok("DELETE", f"/v1/keys/{revoked['id']}")
    for headers in ({"X-None": "1"}, basic(key["id"], "wrong"), basic(key["id"], other["key"]),
                    basic("", key["key"]), basic(NONE, key["key"]), basic(revoked["id"], revoked["key"]),
                    basic("x" * 200, key["key"]), basic(key["id"], "x" * 200), {"Authorization": "Basic"},
                    {"Authorization": "Basic ???="}, {"Authorization": "Basic " + "A" * 2000},
                    {"Authorization": "Bearer x"}):
        answer = Smsgate(world.bridge.port, key).call("POST", "/messages", body(), headers=headers)
        assert answer.status == 401 and answer.headers["www-authenticate"].startswith("Basic "), headers
        assert answer.json["message"] and "type" not in answer.json
    after = rows(world)
    assert {**after, "app_key": 0} == {**before, "app_key": 0}


def test_the_admin_command_prints_what_an_app_needs(world):
    made = cli.run("--config", world.bridge.conf, "key", "create", "moved", "--smsgate", "--scope", "messages:send")
    assert made.code == 0, made
    said = dict(line.split(maxsplit=1) for line in made.out.replace("Base URL", "Base").splitlines()[:3])
    assert said["Base:"] == f"http://127.0.0.1:{world.bridge.port}/3rdparty/v1"
    client = Smsgate(world.bridge.port, {"id": said["Login:"], "key": said["Password:"]})
    assert client.post("/messages", body(scheduleAt="2030-01-01T00:00:00Z")).status == 202
    usual = cli.run("--json", "--config", world.bridge.conf, "key", "create", "usual", "--smsgate").json
    assert set(usual["scopes"]) == {"messages:send", "messages:read", "devices:read", "devices:write", "webhooks:write"}


def test_the_account_and_the_bare_key_serve_too(world, key):
    account = world.admin.ok("GET", "/v1/account")["id"]
    client = Smsgate(world.bridge.port, key)
    for headers in (basic(account, key["key"]), {"Authorization": f"Bearer {key['key']}"}):
        assert client.call("GET", "/devices", headers=headers).status == 200
    answer = client.api.call("GET", "/v1/devices", headers=basic(key["id"], key["key"]))
    assert answer.status == 401 and answer.json["type"].endswith("unauthorized")  # not of our own API


def test_a_key_with_few_scopes(world):
    before = rows(world)
    few = Smsgate(world.bridge.port, world.new_key(scopes=["messages:read"]))
    answer = few.post("/messages", body())
    assert answer.status == 403 and "messages:send" in answer.json["message"]
    assert few.get("/messages").status == 200 and few.get("/devices").status == 403
    assert rows(world)["message"] == before["message"]


def test_paths_and_methods_that_are_not_there(client):
    for method, path, status in (("GET", "/nothing", 404), ("PUT", "/messages", 405), ("GET", "", 404)):
        answer = client.call(method, path)
        assert answer.status == status and answer.json["message"], answer
    assert client.post("/messages", "{not json").json["data"]["kind"] == "invalid-json"
    assert client.post("/messages", "x" * 90000).status == 413


def test_suppressed_numbers(world, client):
    number = "+4915112388888"
    world.admin.ok("POST", "/v1/suppressions", {"number": number})
    before = rows(world)
    answer = client.post("/messages", body(phoneNumbers=[number]))
    assert answer.status == 400 and answer.json["message"].startswith("phoneNumbers: ")
    assert rows(world) == before
    some = client.send(to=[PERSON, number])
    assert [(item["phoneNumber"], item["state"]) for item in some["recipients"]] == \
        [(PERSON, "Pending"), (number, "Failed")]
    wait(client, some["id"], "Delivered")


def test_rate_limit(world):
    slow = Smsgate(world.bridge.port, world.new_key(rate=1))
    wait(slow, slow.send()["id"], "Delivered")
    before = rows(world)
    answer = slow.post("/messages", body())
    assert answer.status == 429 and int(answer.headers["retry-after"]) > 0 and answer.json["message"]
    assert rows(world) == before


def test_a_full_queue():
    with World(devices=0, bridge={("smsgate", "backlog-max"): "3"}) as world:
        client = Smsgate(world.bridge.port, world.new_key())
        ids = [client.send()["id"]] + [item["id"] for item in [client.send(to=[PERSON, "+4915112300001"])]]
        before = rows(world)
        answer = client.post("/messages", body())
        assert answer.status == 503 and int(answer.headers["retry-after"]) > 0, answer
        assert "wait already" in answer.json["message"] and rows(world) == before
        world.restart_bridge()
        assert client.post("/messages", body()).status == 503  # counted anew
        assert client.call("DELETE", f"/messages/{ids[0]}").status == 200
        assert client.post("/messages", body()).status == 202
        world.send()  # our own API does not mind


def test_a_queue_that_does_not_move():
    """A text has waited too long, and one has failed."""
    before_the_hour_ends()
    with World(devices=0, bridge={("smsgate", "backlog-age"): "200ms", ("smsgate", "failed-max"): "1"}) as world:
        client = Smsgate(world.bridge.port, world.new_key())
        waits = client.send(ttl=5)["id"]

        def refused(words):
            answer = client.post("/messages", body(ttl=5))
            return answer.status == 503 and int(answer.headers["retry-after"]) > 0 and words in answer.json["message"]
        until(lambda: refused("has waited for"), "it has waited too long")
        until(lambda: client.state(waits)["state"] == "Failed", "its time is over")
        until(lambda: refused("failed in this hour"), "and nothing waits any more")
        world.send()  # our own API does not mind


def test_others_see_nothing(world, client):
    account = world.admin.ok("POST", "/v1/accounts", {"name": "other"})["id"]
    other = Smsgate(world.bridge.port, world.admin.ok("POST", "/v1/keys", {"name": "o"}, headers={"X-Account": account}))
    id = str(uuid.uuid4())
    mine = client.send(id=id, scheduleAt="2030-01-01T00:00:00Z")
    assert other.get(f"/messages/{id}").status == 404 and other.call("DELETE", f"/messages/{id}").status == 404
    assert other.get("/messages").json == [] and other.get("/devices").json == []
    assert other.call("DELETE", "/devices/phone-1").status == 404
    assert other.post("/messages", body(deviceId="phone-1")).status == 400
    assert client.state(id) == mine


# --- tokens

def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def tokens(client, *scopes, **fields):
    answer = client.post("/auth/token", {"scopes": list(scopes), **fields})
    assert answer.status == 201 and answer.json["token_type"] == "Bearer", answer
    return answer.json


def encoded(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def says(client, token, method, path, body=None):
    return client.call(method, path, body, headers=bearer(token)).status


def test_a_token_may_do_what_its_scopes_say(world, client):
    made = tokens(client, "messages:send", "messages:read", ttl=60)
    left = datetime.datetime.fromisoformat(made["expires_at"].replace("Z", "+00:00")).timestamp() - time.time()
    assert 50 < left <= 61
    token = made["access_token"]
    sent = client.call("POST", "/messages", body(scheduleAt="2030-01-01T00:00:00Z"), headers=bearer(token))
    assert sent.status == 202
    id = sent.json["id"]
    allowed = [("GET", f"/messages/{id}", 200)]
    refused = [("GET", "/messages"), ("DELETE", f"/messages/{id}"), ("GET", "/devices"), ("DELETE", "/devices/x"),
               ("GET", "/webhooks"), ("POST", "/webhooks"), ("DELETE", "/webhooks/x"), ("GET", "/settings"),
               ("PUT", "/settings"), ("PATCH", "/settings"), ("GET", "/logs"), ("GET", "/inbox"),
               ("POST", "/inbox/refresh"), ("POST", "/messages/inbox/export"), ("POST", "/auth/token"),
               ("DELETE", f"/auth/token/{made['id']}")]
    for method, path, status in allowed:
        assert says(client, token, method, path) == status
    before = rows(world)
    for method, path in refused:
        answer = client.call(method, path, {} if method in ("POST", "PUT", "PATCH") else None, headers=bearer(token))
        assert answer.status == 403 and "the token lacks the scope" in answer.json["message"], (path, answer)
    assert rows(world) == before


@pytest.mark.parametrize("scope, method, path", [
    ("messages:list", "GET", "/messages"), ("devices:list", "GET", "/devices"), ("webhooks:list", "GET", "/webhooks"),
    ("settings:read", "GET", "/settings"), ("inbox:list", "GET", "/inbox"), ("all:any", "GET", "/devices")])
def test_scopes(client, scope, method, path):
    token = tokens(client, scope)["access_token"]
    assert says(client, token, method, path) == 200
    assert says(client, token, "GET", f"/messages/{NONE}") == (404 if scope == "all:any" else 403)


def test_refresh_rotates_and_a_replay_ends_the_family(world, client):
    first = tokens(client, "messages:list")
    assert says(client, first["refresh_token"], "GET", "/messages") == 401  # is no access token
    assert says(client, first["access_token"], "POST", "/auth/token/refresh") == 401
    answer = client.call("POST", "/auth/token/refresh", headers=bearer(first["refresh_token"]))
    assert answer.status == 201, answer
    second = answer.json
    assert second["refresh_token"] != first["refresh_token"] and second["id"] != first["id"]
    assert says(client, second["access_token"], "GET", "/messages") == 200
    assert says(client, second["access_token"], "GET", "/devices") == 403
    other = tokens(client, "messages:list")
    replay = client.call("POST", "/auth/token/refresh", headers=bearer(first["refresh_token"]))
    assert replay.status == 401 and replay.headers["www-authenticate"]
    assert says(client, second["access_token"], "GET", "/messages") == 401
    assert says(client, second["refresh_token"], "POST", "/auth/token/refresh") == 401
    assert says(client, other["access_token"], "GET", "/messages") == 200  # of another family


def test_tokens_survive_a_restart_and_are_revoked(world, client):
    made = tokens(client, "messages:list", "tokens:manage")
    world.restart_bridge(kill=True)
    assert says(client, made["access_token"], "GET", "/messages") == 200
    fewer = client.call("POST", "/auth/token", {"scopes": ["messages:list"]}, headers=bearer(made["access_token"]))
    assert fewer.status == 201
    more = client.call("POST", "/auth/token", {"scopes": ["all:any"]}, headers=bearer(made["access_token"]))
    assert more.status == 403
    assert client.call("DELETE", f"/auth/token/{made['id']}").status == 204
    assert client.call("DELETE", f"/auth/token/{made['id']}").status == 404
    assert says(client, made["access_token"], "GET", "/messages") == 401
    assert says(client, made["refresh_token"], "POST", "/auth/token/refresh") == 401


def test_a_token_ends_with_its_key_and_its_time(world):
    key = world.new_key(scopes=["messages:read"])
    client = Smsgate(world.bridge.port, key)
    token = tokens(client, "all:any")["access_token"]
    assert says(client, token, "GET", "/messages") == 200
    assert says(client, token, "GET", "/devices") == 403  # the key may not
    short = tokens(client, "messages:list", ttl=1)["access_token"]
    until(lambda: says(client, short, "GET", "/messages") == 401, "its time is over")
    world.admin.ok("DELETE", f"/v1/keys/{key['id']}")
    assert says(client, token, "GET", "/messages") == 401


def test_foreign_and_bad_tokens(world, client):
    made = tokens(client, "all:any")
    head, claims, signature = made["access_token"].split(".")
    none = encoded(b'{"alg":"none"}')
    mine = encoded(json.dumps({"jti": made["id"], "typ": "access", "exp": int(time.time()) + 60}).encode())
    foreign = f"{head}.{mine}." + encoded(hmac.digest(b"x" * 32, f"{head}.{mine}".encode(), "sha256"))
    before = rows(world)
    for token in ("x", "a.b.c", f"{head}.{claims}.", f"{none}.{claims}.", f"{none}.{claims}.{signature}",
                  f"{head}.{claims[:-2]}AA.{signature}", foreign, "x" * 3000):
        answer = client.call("POST", "/messages", body(), headers=bearer(token))
        assert answer.status == 401 and answer.json["message"], token
        assert says(client, token, "POST", "/auth/token/refresh") == 401
    for wrong, field in [({}, "scopes"), ({"scopes": []}, "scopes"), ({"scopes": ["messages:fly"]}, "scopes[0]"),
                         ({"scopes": ["messages:send"], "ttl": -1}, "ttl")]:
        answer = client.post("/auth/token", wrong)
        assert (answer.status, answer.json["data"]["field"]) == (400, field)
    assert says(client, made["access_token"], "GET", "/../../v1/devices") in (400, 404)
    answer = client.api.call("GET", "/v1/devices", headers=bearer(made["access_token"]))
    assert answer.status == 401  # our own API has no tokens
    assert rows(world) == before
