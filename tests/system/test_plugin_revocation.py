"""Logins that lose their rights: live connections, offline sessions, and the broker that must survive it all."""
import json

import pytest
from broker import Broker, key_of
from raw_mqtt import DISCONNECT, Client

VERSIONS = pytest.mark.parametrize("version", [4, 5], ids=["mqtt311", "mqtt5"])


@pytest.fixture
def broker():
    broker = Broker(websocket=True)
    for name in ("bridge-1", "bridge-2"):
        broker.add_login(name, "bridge")
    for name in ("phone-1", "phone-2"):
        broker.add_login(name)
    with broker:
        yield broker


CHANGES = {
    "removed": lambda roster: roster.remove("phone-1"),
    "disabled": lambda roster: roster.disable("phone-1"),
    "key changed": lambda roster: roster.rotate("phone-1", "sqd_new"),
    "role changed": lambda roster: roster.change("UPDATE login SET role = 'bridge' WHERE name = 'phone-1'"),
}


@VERSIONS
@pytest.mark.parametrize("websocket", [False, True], ids=["tcp", "websocket"])
@pytest.mark.parametrize("change", CHANGES)
def test_revoked_is_disconnected(broker, version, websocket, change):
    bridge = broker.connect("bridge-1")
    assert bridge.subscribe("sms/v1/+/presence", "sms/v1/+/status") == [1, 1]
    phone = broker.connect("phone-1", version, websocket=websocket, will=("sms/v1/phone-1/status", "will", 1, False))
    other = broker.connect("phone-2", version)
    broker.change_roster(CHANGES[change])
    last = phone.closed()
    if not websocket: # there the broker drops the connection before its last packet is out
        assert last == (DISCONNECT if version == 5 else None)
    states = [json.loads(bridge.message().payload)["state"] for _ in range(3)]
    assert states == ["online", "online", "offline"]
    other.ping()
    back = Client(("127.0.0.1", broker.port), version=version)
    assert back.connect("phone-1", "phone-1", key_of("phone-1")) in (5, 0x87)
    if change == "key changed":
        broker.connect("phone-1", version, key="sqd_new").ping()


def test_a_revoked_bridge_is_disconnected(broker):
    bridge, other = broker.connect("bridge-1"), broker.connect("bridge-2")
    broker.change_roster(lambda roster: roster.disable("bridge-1"))
    assert bridge.closed() == DISCONNECT
    other.ping()


@VERSIONS
def test_offline_session_of_a_revoked_device_gets_nothing(broker, version):
    stay = {"clean": False, "expiry": 3600 if version == 5 else 0}
    phone = broker.connect("phone-1", version, **stay)
    assert phone.subscribe("sms/v1/phone-1/send") == [1]
    phone.close()
    bridge = broker.connect("bridge-1")
    broker.change_roster(lambda roster: roster.disable("phone-1"))
    assert bridge.publish("sms/v1/phone-1/send", "while revoked") in (0, 0x10)
    broker.change_roster(lambda roster: roster.disable("phone-1", False))
    bridge.publish("sms/v1/phone-1/send", "after")
    phone = broker.connect("phone-1", version, **stay)
    assert phone.message().payload == b"after"


def offline_sessions(broker, count):
    """Sessions that outlive their connections by one second."""
    names = [f"short-{number}" for number in range(count)]
    broker.change_roster(lambda roster: roster.add_many(names))
    for name in names:
        broker.connect(name, expiry=1, clean=False).disconnect()
    return names


def all_expire(broker, names):
    for name in names:
        broker.wait_log(f"Expiring client {name} due to timeout")
    for _ in range(3):
        broker.connect("phone-1").ping()
    assert broker.stop() == 0


def test_sighup_with_revoked_offline_sessions(broker):
    names = offline_sessions(broker, 30)
    broker.change_roster(lambda roster: roster.change("UPDATE login SET disabled = 1 WHERE name LIKE 'short-%'"))
    phone = broker.connect("phone-1")
    for _ in range(3):
        broker.reload()
        phone.ping()
    all_expire(broker, names)


def test_sighup_disconnects_no_one_who_is_welcome(broker):
    clients = [broker.connect("phone-1", 4), broker.connect("phone-2", websocket=True), broker.connect("bridge-1")]
    for _ in range(3):
        broker.reload()
        for client in clients:
            client.ping()


def test_kick_of_offline_sessions(broker):
    bridge = broker.connect("bridge-1")
    names = offline_sessions(broker, 30)
    for name in names:
        bridge.publish("$CONTROL/smsquitto/v1", json.dumps({"command": "kick", "device": name}))
        assert json.loads(bridge.message().payload)["connected"] is False
    all_expire(broker, names)


def test_many_revoked_at_once(broker):
    names = [f"fleet-{number}" for number in range(300)]
    broker.change_roster(lambda roster: roster.add_many(names))
    fleet = [broker.connect(name, 4 + number % 2) for number, name in enumerate(names)]
    phone = broker.connect("phone-1")
    broker.change_roster(lambda roster: roster.change("DELETE FROM login WHERE name LIKE 'fleet-%'"))
    for client in fleet:
        client.closed()
    phone.ping()


@VERSIONS
def test_a_new_login_is_not_kicked_for_the_old_key(broker, version):
    old = broker.connect("phone-1", version)
    broker.change_roster(lambda roster: roster.rotate("phone-1", "sqd_new"))
    old.closed()
    new = broker.connect("phone-1", version, key="sqd_new")
    broker.change_roster(lambda roster: roster.add("phone-3"))
    new.ping()
