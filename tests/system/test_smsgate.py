"""SMSGate's client API over the real gateway: what its clients send, see and are refused."""
import contextlib
import sqlite3
import uuid

import pytest

import cli
from smsgate import Smsgate, basic
from world import World, until

PERSON = "+4915112345678"
NONE = "SM" + "0" * 32
TABLES = ("message", "event", "idempotency", "send_name", "device", "webhook", "app_key", "suppression")


@pytest.fixture(scope="module")
def world():
    with World(devices=2) as world:
        yield world


@pytest.fixture(scope="module")
def key(world):
    return world.new_key()


@pytest.fixture(scope="module")
def client(world, key):
    return Smsgate(world.bridge.port, key)


def rows(world):
    """Every row of what a refused request must leave alone."""
    with contextlib.closing(sqlite3.connect(f"file:{world.folder}/smsquitto.db?mode=ro", uri=True)) as database:
        return {table: database.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in TABLES}


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
