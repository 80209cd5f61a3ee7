"""The bridge's commands on $CONTROL/smsquitto/v1, and that presence and answers match their schemas."""
import json

import jsonschema
import pytest
from broker import ROOT, Broker
from raw_mqtt import DISCONNECT, Client

CONTROL = "$CONTROL/smsquitto/v1"


def schema(name):
    return jsonschema.Draft202012Validator(json.loads((ROOT / f"schemas/mqtt/{name}.schema.json").read_text()))


@pytest.fixture(scope="module")
def broker():
    broker = Broker()
    for name in ("bridge-1", "bridge-2"):
        broker.add_login(name, "bridge")
    broker.roster.add_many([f"phone-{number}" for number in range(1200)])
    with broker:
        yield broker


@pytest.fixture(params=[4, 5], ids=["mqtt311", "mqtt5"])
def bridge(broker, request):
    client = broker.connect("bridge-1", request.param)
    yield client
    client.disconnect()


def ask(bridge, payload):
    """All pages of the answer to a command."""
    payload = payload if isinstance(payload, (str, bytes)) else json.dumps(payload)
    assert bridge.publish(CONTROL, payload) == 0
    answers = []
    while not answers or answers[-1].get("more"):
        message = bridge.message(lambda message: message.topic == CONTROL + "/response")
        assert message.qos == 1 and not message.retain
        answers.append(json.loads(message.payload))
        schema("control-response").validate(answers[-1])
    return answers


def check_request(payload, valid):
    assert schema("control-request").is_valid(payload) == valid, payload


def test_snapshot_in_pages(broker, bridge):
    assert ask(bridge, {"command": "snapshot", "request": "none"})[0]["online"] == []
    phones = [broker.connect(f"phone-{number}") for number in range(1200)]
    pages = ask(bridge, {"command": "snapshot", "request": "all"})
    assert [page["page"] for page in pages] == list(range(len(pages)))
    assert all(len(page["online"]) <= 500 for page in pages)
    assert sorted(one["device"] for page in pages for one in page["online"]) == sorted(
        f"phone-{number}" for number in range(1200))
    assert {page["request"] for page in pages} == {"all"}
    for phone in phones:
        phone.close()
    bridge.subscribe("sms/v1/+/presence")
    while ask(bridge, {"command": "snapshot"})[-1]["online"]:
        bridge.message(lambda message: b"offline" in message.payload)


def test_presence_matches_its_schema(broker, bridge):
    assert bridge.subscribe("sms/v1/+/presence") == [1]
    name = f"phone-{200 + bridge.version}"
    phone = broker.connect(name)
    for state in ("online", "offline"):
        body = json.loads(bridge.message(lambda message: message.topic == f"sms/v1/{name}/presence").payload)
        schema("presence").validate(body)
        assert body["state"] == state
        phone.close()


def test_kick(broker, bridge):
    phones = [broker.connect("phone-1", version) for version in (4,)] + [broker.connect("phone-2", 5)]
    for name, phone, last in (("phone-1", phones[0], None), ("phone-2", phones[1], DISCONNECT)):
        request = {"command": "kick", "request": name, "device": name}
        check_request(request, True)
        answer, = ask(bridge, request)
        assert answer["device"] == name and answer["connected"] is True
        assert phone.closed() == last
        answer, = ask(bridge, request)
        assert answer["connected"] is False
    assert ask(bridge, {"command": "kick", "device": "nobody"})[0]["connected"] is False
    broker.connect("phone-1").disconnect()


def test_roster_says_when_it_is_loaded(broker, bridge):
    first, = ask(bridge, {"command": "roster", "request": "1"})
    broker.roster.add(f"new-{bridge.version}")
    second, = ask(bridge, {"command": "roster", "request": "2"})
    assert second["generation"] == first["generation"] + 1
    assert second["logins"] == first["logins"] + 1
    broker.connect(f"new-{bridge.version}").disconnect()


def test_roster_waits_for_a_busy_file(broker, bridge):
    import sqlite3
    writer = sqlite3.connect(broker.roster_path, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    bridge.publish(CONTROL, '{"command":"roster","request":"busy"}')
    # Others are served meanwhile, from the table that is there.
    broker.connect("phone-1").disconnect()
    bridge.ping()
    assert not bridge.messages
    writer.execute("UPDATE roster SET generation = generation + 1")
    generation, = writer.execute("SELECT generation FROM roster").fetchone()
    writer.execute("COMMIT")
    answer = json.loads(bridge.message().payload)
    assert answer["ok"] and answer["generation"] == generation and answer["request"] == "busy"


def test_roster_that_stays_busy_or_goes(broker, bridge):
    import sqlite3
    writer = sqlite3.connect(broker.roster_path, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    for number in range(9):
        bridge.publish(CONTROL, json.dumps({"command": "roster", "request": str(number)}))
    answers = [json.loads(bridge.message().payload) for _ in range(9)]
    writer.execute("ROLLBACK")
    assert answers[0]["request"] == "8" and "too many" in answers[0]["error"]
    assert all(answer["error"] == "roster: the file stays busy" for answer in answers[1:])
    hidden = broker.roster_path.rename(broker.folder / "hidden.db")
    assert ask(bridge, {"command": "roster"})[0]["error"] == "roster: the file cannot be read"
    hidden.rename(broker.roster_path)
    assert ask(bridge, {"command": "roster"})[0]["ok"]


def test_counters(broker, bridge):
    name = f"phone-{100 + bridge.version}"

    def count():
        pages = ask(bridge, {"command": "counters"})
        return pages[0]["totals"], next((one for page in pages for one in page["logins"] if one["name"] == name), {})

    totals, _ = count()
    for login in (name, "nobody"):
        Client(("127.0.0.1", broker.port)).connect(login, login, "sqd_wrong")
    phone = broker.connect(name)
    phone.subscribe("#", "sms/v1/phone-1/send")
    phone.unsubscribe("#")
    phone.publish("other", "x")
    phone.publish(f"sms/v1/{name}/report", "x" * 65537)
    for qos in (0, 1):
        phone.publish(f"sms/v1/{name}/report", "x", retain=True, qos=qos)
    now, mine = count()
    assert mine == {"name": name, "login": 1, "write": 1, "subscribe": 3, "size": 1, "rate": 0, "retain": 2}
    assert {kind: now[kind] - totals[kind] for kind in now} == {
        "login": 2, "write": 1, "subscribe": 3, "size": 1, "rate": 0, "retain": 2}
    phone.disconnect()


@pytest.mark.parametrize("payload, error", [
    ("", "payload"), ("nonsense", "payload"), ("[]", "payload"), ('"kick"', "payload"), ("{}", "command"),
    ('{"command":7}', "command"), ('{"command":"reboot"}', "command"), ('{"command":""}', "command"),
    ('{"command":"kick"}', "device"), ('{"command":"kick","device":7}', "device"),
    ('{"command":"kick","device":"#"}', "device"), ('{"command":"kick","device":""}', "device"),
    ('{"command":"kick","device":"0123456789012345678901"}', "device"),
    ('{"command":"snapshot","device":"phone-1"}', "device"), ('{"command":"snapshot","request":7}', "request"),
    ('{"command":"snapshot","request":"%s"}' % ("x" * 65), "request"),
    ('{"command":"snapshot","request":"a\\"b"}', "request"), ('{"command":"snapshot","request":"ü"}', "request"),
    ('{"command":"snapshot","extra":1}', "payload"),
])
def test_malformed_commands_are_named(bridge, payload, error):
    try:
        check_request(json.loads(payload), False)
    except ValueError:
        pass
    answer, = ask(bridge, payload)
    assert answer["ok"] is False
    assert answer["error"].startswith(error + ":")
    bridge.ping()


@pytest.mark.parametrize("payload", [
    b'{"command":"snapshot","command":"kick"}', b'{"command":"snap\x00shot"}', b'{"command":"snap\\u0000shot"}',
    b'{"command":"\xff"}', b"[" * 1000, b"[" * 100000, b'{"command":"snapshot"} x', b"\x00" * 100,
    b'{"command":"snapshot","request":"' + b"x" * 2000 + b'"}'], ids=range(9))
def test_hostile_commands_are_refused(bridge, payload):
    assert ask(bridge, payload)[0]["error"].startswith("payload:")
    bridge.ping()


def test_answers_go_to_the_one_who_asked(broker, bridge):
    other = broker.connect("bridge-2")
    ask(bridge, {"command": "snapshot", "request": "mine"})
    other.ping()
    assert not other.messages
    assert ask(other, {"command": "snapshot", "request": "yours"})[0]["request"] == "yours"
    other.disconnect()
