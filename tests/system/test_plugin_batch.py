"""Batches on $CONTROL/smsquitto/v1/batch: devices see what they would see of plain publishes, and nobody else does."""
import json

import pytest
from broker import Broker
from test_plugin_control import CONTROL, schema

BATCH = CONTROL + "/batch"


@pytest.fixture(scope="module")
def broker():
    broker = Broker()
    broker.add_login("bridge-1", "bridge")
    broker.roster.add_many(f"phone-{number}" for number in range(1, 6))
    with broker:
        yield broker


@pytest.fixture(params=[4, 5], ids=["mqtt311", "mqtt5"])
def bridge(broker, request):
    client = broker.connect("bridge-1", request.param)
    yield client
    client.disconnect()


def batch(number, *entries):
    return f"{number}\n" + "".join(f"sms/v1/{device}/{leaf} {qos} {payload}\n" for device, leaf, qos, payload in entries)


def pass_on(bridge, payload, qos=1):
    """The answer to a batch."""
    bridge.publish(BATCH, payload, qos=qos)
    message = bridge.message(lambda message: message.topic == CONTROL + "/response")
    assert message.qos == 0 and not message.retain
    answer = json.loads(message.payload)
    schema("control-response").validate(answer)
    return answer


def got(phone):
    message = phone.message()
    assert not message.retain
    return message.topic.rsplit("/", 1)[1], message.qos, message.payload.decode()


def test_the_snapshot_offers_batches(bridge):
    bridge.publish(CONTROL, '{"command":"snapshot"}')
    answer = json.loads(bridge.message().payload)
    schema("control-response").validate(answer)
    assert answer["batches"] is True


def test_entries_come_in_order_at_the_qos_that_was_subscribed(broker, bridge):
    phones = {f"phone-{number}": broker.connect(f"phone-{number}", version) for number, version in ((1, 4), (2, 5), (3, 5))}
    for (name, phone), qos in zip(phones.items(), (0, 1, 2)):
        phone.subscribe(*(f"sms/v1/{name}/{leaf}" for leaf in ("send", "cancel", "receipt")), qos=qos)
    entries = [(name, leaf, qos, f'{{"n":{number}, "text":"ä {qos}"}}') for number in range(2) for name in phones
               for leaf, qos in (("send", 2), ("send", 1), ("receipt", 0), ("cancel", 1))]
    answer = pass_on(bridge, batch(41, *entries))
    assert answer["request"] == "41" and answer["absent"] == [] and answer["taken"] == len(entries)
    bridge.publish("sms/v1/phone-2/cancel", "behind", qos=1)
    for (name, phone), most in zip(phones.items(), (0, 1, 2)):
        wanted = [(leaf, min(qos, most), payload) for device, leaf, qos, payload in entries if device == name]
        wanted += [("cancel", 1, "behind")] * (name == "phone-2")
        assert [got(phone) for _ in wanted] == wanted
        phone.ping()
        assert not phone.messages
        phone.disconnect()


def test_what_follows_at_once_does_not_overtake(broker, bridge):
    phone = broker.connect("phone-1")
    phone.subscribe("sms/v1/phone-1/send", "sms/v1/phone-1/cancel")
    packets = []
    for number in range(100):
        body = batch(number, ("phone-1", "send", 1, f"a{number}"), ("phone-1", "send", 1, f"b{number}"))
        packets.append(bridge.publish_bytes(BATCH, body))
        packets.append(bridge.publish_bytes("sms/v1/phone-1/cancel", f"c{number}"))
    bridge.send_bytes(b"".join(packets))
    assert [got(phone)[2] for _ in range(300)] == [f"{kind}{number}" for number in range(100) for kind in "abc"]
    phone.disconnect()
    while json.loads(bridge.message(lambda message: message.topic == CONTROL + "/response").payload)["request"] != "99":
        pass


def test_only_who_subscribed_gets_it(broker, bridge):
    phone, other = broker.connect("phone-1"), broker.connect("phone-2")
    assert phone.subscribe("sms/v1/phone-1/cancel") == [1]
    other.subscribe("sms/v1/phone-2/send")
    pass_on(bridge, batch(1, ("phone-1", "send", 1, "x"), ("phone-1", "cancel", 1, "y")))
    assert got(phone) == ("cancel", 1, "y")
    for client in (phone, other):
        client.ping()
        assert not client.messages
        client.disconnect()


# A session that waits keeps all but texts, which the bridge may give to another device.
def test_texts_to_absent_devices_are_held_back(broker, bridge):
    phone = broker.connect("phone-4", clean=False, expiry=600)
    phone.subscribe("sms/v1/phone-4/send", "sms/v1/phone-4/cancel")
    phone.close()
    bridge.subscribe("sms/v1/+/presence")
    bridge.publish(CONTROL, '{"command":"kick","device":"phone-4"}')
    while b'"connected":false' not in bridge.message(lambda message: message.topic == CONTROL + "/response").payload:
        bridge.publish(CONTROL, '{"command":"kick","device":"phone-4"}')
    answer = pass_on(bridge, batch(2, ("phone-4", "send", 1, "x"), ("phone-4", "cancel", 1, "y"), ("no-one", "send", 1, "z")))
    assert answer["absent"] == [0, 2] and answer["taken"] == 3
    phone = broker.connect("phone-4", clean=False)
    assert got(phone) == ("cancel", 1, "y")
    phone.ping()
    assert not phone.messages
    phone.disconnect()


@pytest.mark.parametrize("payload, error", [
    ("", "number"), ("x\n", "number"), ("1\n", "payload"), ("1\nsms/v1/phone-1/report 1 x\n", "topic"),
    ("1\nsms/v1/phone-1/send 1 a\nsms/v1/+/send 1 x\n", "topic"), ("1\nsms/v1/phone-1/send 1 a\nsms/v1/phone-1/send 3 x\n", "qos"),
    ("1\nsms/v1/phone-1/send 1 a\nsms/v1/phone-1/send 1 x", "entry"), ("1\n" + "sms/v1/phone-1/send 1 a\n" * 33, "payload"),
    ("1\nsms/v1/phone-1/send 1 " + "x" * 16384 + "\n", "payload"), (b"1\nsms/v1/phone-1\x00/send 1 x\n", "topic"),
], ids=range(10))
def test_a_malformed_batch_changes_nothing(broker, bridge, payload, error):
    phone = broker.connect("phone-1")
    phone.subscribe("sms/v1/phone-1/send")
    answer = pass_on(bridge, payload, qos=0)
    assert answer["ok"] is False and answer["error"].startswith(error + ":")
    phone.ping()
    assert not phone.messages
    phone.disconnect()


@pytest.mark.parametrize("version", (4, 5))
def test_devices_have_no_batches(broker, bridge, version):
    phone = broker.connect("phone-5", version)
    phone.subscribe("sms/v1/phone-5/send")
    code = phone.publish(BATCH, batch(1, ("phone-5", "send", 1, "x")))
    assert code == (0x87 if version == 5 else 0)
    assert phone.subscribe(BATCH) == [0x87 if version == 5 else 0x80]
    phone.ping()
    assert not phone.messages
    phone.disconnect()
