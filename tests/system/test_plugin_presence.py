"""Presence that stays true through takeovers, reloads, crashes and odd disconnects."""
import json

import pytest
from broker import Broker, key_of
from raw_mqtt import Client, Closed

VERSIONS = [4, 5]


@pytest.fixture(params=VERSIONS, ids=["mqtt311", "mqtt5"])
def version(request):
    return request.param


@pytest.fixture
def broker():
    broker = Broker(websocket=True)
    broker.add_login("bridge-1", "bridge")
    for name in ("phone-1", "phone-2"):
        broker.add_login(name)
    with broker:
        yield broker


@pytest.fixture
def bridge(broker):
    return watcher(broker)


def watcher(broker):
    client = broker.connect("bridge-1")
    assert client.subscribe("sms/v1/+/presence") == [1]
    return client


def presence(bridge):
    """The next presence message as (device, state)."""
    message = bridge.message(lambda message: message.topic.endswith("/presence"))
    body = json.loads(message.payload)
    assert message.topic == f"sms/v1/{body['device']}/presence"
    return body["device"], body["state"]


def snapshot(bridge):
    """The answer to a snapshot; presence messages that came before it stay in bridge.messages."""
    bridge.publish("$CONTROL/smsquitto/v1", '{"command":"snapshot"}')
    while not (bridge.messages and bridge.messages[-1].topic.startswith("$CONTROL")):
        bridge.read()
    return json.loads(bridge.messages.pop().payload)


def persistent(version):
    """Arguments of a connect whose session outlives the connection."""
    return {"clean": False, "expiry": 3600 if version == 5 else 0}


def test_comes_and_goes(broker, bridge, version):
    for leave in ("disconnect", "close"):
        phone = broker.connect("phone-1", version)
        assert presence(bridge) == ("phone-1", "online")
        getattr(phone, leave)()
        assert presence(bridge) == ("phone-1", "offline")


@pytest.mark.parametrize("websocket", [False, True], ids=["tcp", "websocket"])
@pytest.mark.parametrize("kind", ["clean", "persistent"])
def test_takeover_ends_online(broker, bridge, version, kind, websocket):
    how = persistent(version) if kind == "persistent" else {}
    phones = [broker.connect("phone-1", version, websocket=websocket, **how)]
    assert presence(bridge) == ("phone-1", "online")
    for _ in range(5):
        phones.append(broker.connect("phone-1", version, websocket=websocket, **how))
        assert presence(bridge) == ("phone-1", "online")
        phones[-2].closed()
        phones[-1].ping()
        assert [one["device"] for one in snapshot(bridge)["online"]] == ["phone-1"]
        assert not bridge.messages
    phones[-1].disconnect()
    assert presence(bridge) == ("phone-1", "offline")


def test_reconnect_to_an_offline_session(broker, bridge, version):
    for _ in range(3):
        phone = broker.connect("phone-1", version, **persistent(version))
        assert presence(bridge) == ("phone-1", "online")
        phone.close()
        assert presence(bridge) == ("phone-1", "offline")


def test_failed_logins_and_bare_connections_say_nothing(broker, bridge, version):
    phone = broker.connect("phone-1", version)
    assert presence(bridge) == ("phone-1", "online")
    for key in ("sqd_wrong", key_of("phone-2")):
        stranger = Client(("127.0.0.1", broker.port), version=version)
        assert stranger.connect("phone-1", "phone-1", key) in (5, 0x87)
        stranger.closed()
    Client(("127.0.0.1", broker.port)).close()
    half = Client(("127.0.0.1", broker.port))
    half.send_bytes(b"\x10\x7f\x00\x04MQ")
    half.close()
    other = broker.connect("phone-2", version)
    assert presence(bridge) == ("phone-2", "online")
    for client in (phone, other):
        client.ping()


def test_sighup_changes_nothing(broker, bridge, version):
    offline = broker.connect("phone-2", version, **persistent(version))
    assert presence(bridge) == ("phone-2", "online")
    offline.close()
    assert presence(bridge) == ("phone-2", "offline")
    phone = broker.connect("phone-1", version)
    assert presence(bridge) == ("phone-1", "online")
    on_web = broker.connect("phone-2", version, websocket=True, **persistent(version))
    assert presence(bridge) == ("phone-2", "online")
    for _ in range(3):
        broker.reload()
        phone.ping()
        on_web.ping()
    online = snapshot(bridge)["online"]
    assert sorted(one["device"] for one in online) == ["phone-1", "phone-2"]
    assert not bridge.messages
    on_web.close()
    assert presence(bridge) == ("phone-2", "offline")


def test_broker_restarts_have_their_own_boot_id(broker, version):
    boots = set()
    for how in ("stop", "kill", "stop"):
        broker.start()
        bridge = watcher(broker)
        phone = broker.connect("phone-1", version, **persistent(version))
        body = json.loads(bridge.message().payload)
        answer = snapshot(bridge)
        assert body["boot"] == answer["boot"]
        assert answer["online"] == [{"device": "phone-1", "since": body["at"]}]
        boots.add(body["boot"])
        phone.ping()
        broker.save()
        phone.ping()
        getattr(broker, how)()
        with pytest.raises(Closed):
            phone.ping()
    assert len(boots) == 3


def test_restored_sessions_are_offline_but_have_their_rights(broker, version):
    phone = broker.connect("phone-1", version, **persistent(version))
    assert phone.subscribe("sms/v1/phone-1/send") == [1]
    thief = broker.connect("phone-2", version, **persistent(version))
    assert thief.subscribe("sms/v1/phone-2/send") == [1]
    phone.close()
    thief.close()
    broker.save()
    broker.connect("phone-1", version, **persistent(version)).close()
    broker.kill()
    broker.roster.disable("phone-2")
    broker.start()

    bridge = watcher(broker)
    assert snapshot(bridge)["online"] == []
    broker.reload()
    for name in ("phone-1", "phone-2"):
        assert bridge.publish(f"sms/v1/{name}/send", name) == 0
    assert snapshot(bridge)["online"] == [] and not bridge.messages
    broker.change_roster(lambda roster: roster.disable("phone-2", False))
    back = broker.connect("phone-1", version, **persistent(version))
    assert back.session
    assert back.message().payload == b"phone-1"
    # What came while it had no rights is not kept for it.
    back = broker.connect("phone-2", version, **persistent(version))
    back.ping()
    assert not back.messages


def test_bridges_have_no_presence(broker, bridge):
    broker.add_login("bridge-2", "bridge")
    broker.connect("bridge-2").disconnect()
    phone = broker.connect("phone-1")
    assert presence(bridge) == ("phone-1", "online")
    phone.ping()
