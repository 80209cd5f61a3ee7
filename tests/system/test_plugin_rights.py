"""What devices and bridges may do with topics, and the limits of devices."""
import json

import pytest
from broker import Broker
from raw_mqtt import Closed

DOWN = ("send", "cancel", "query", "receipt", "config", "inbox")
UP = ("report", "inbound", "status")
VERSIONS = [4, 5]


@pytest.fixture(scope="module")
def broker():
    broker = Broker()
    broker.add_login("bridge-1", "bridge")
    for name in ("phone-1", "phone-2", "will-1"):
        broker.add_login(name)
    with broker:
        yield broker


@pytest.fixture(params=VERSIONS, ids=["mqtt311", "mqtt5"])
def version(request):
    return request.param


@pytest.fixture
def bridge(broker, version):
    client = broker.connect("bridge-1", version)
    assert client.subscribe(*(f"sms/v1/+/{leaf}" for leaf in UP)) == [1] * 3
    yield client
    client.disconnect()


@pytest.fixture
def phone(broker, version):
    client = broker.connect("phone-1", version)
    yield client
    client.disconnect()


def refused(version):
    return 0x87 if version == 5 else 0x80


def counters(client, name):
    """The refusals of a login, as the plugin counts them."""
    client.publish("$CONTROL/smsquitto/v1", '{"command":"counters"}')
    answer = json.loads(client.message(lambda message: message.topic.startswith("$CONTROL")).payload)
    return next((login for login in answer["logins"] if login["name"] == name), {})


BAD_FILTERS = ["#", "+", "sms/#", "sms/v1/#", "sms/v1/+/send", "sms/v1/phone-1/#", "sms/v1/phone-1/+", "sms/v1/phone-1",
               "sms/v1/phone-1/", "sms/v1/phone-1/send/", "sms/v1/phone-1/send/#", "sms/v1/phone-2/send",
               "/sms/v1/phone-1/send", "SMS/v1/phone-1/send", "sms/v2/phone-1/send", "$SYS/#", "$SYS/broker/uptime",
               "$CONTROL/#", "$CONTROL/smsquitto/v1", "$CONTROL/smsquitto/v1/response",
               "$share/g/sms/v1/phone-1/send", "$share/g/#", "+/v1/phone-1/send", "sms/v1/phone-1/sendx"]


def test_device_filters(phone, version):
    assert phone.subscribe(*(f"sms/v1/phone-1/{leaf}" for leaf in DOWN)) == [1] * 6
    assert phone.subscribe(*BAD_FILTERS) == [refused(version)] * len(BAD_FILTERS)
    bad = [f"sms/v1/phone-1/{leaf}" for leaf in (*UP, "presence")]
    assert phone.subscribe(*bad) == [refused(version)] * len(bad)
    assert phone.unsubscribe("sms/v1/phone-1/send", "sms/v1/phone-2/send") == ([0, 0x87] if version == 5 else [])


def test_bridge_filters(bridge, version):
    assert bridge.subscribe("sms/v1/+/presence") == [1]
    bad = [*BAD_FILTERS, *(f"sms/v1/+/{leaf}" for leaf in DOWN), "sms/v1/phone-1/report", "sms/v1/+/+",
           "$share/g/sms/v1/+/report", "sms/v1/#"]
    assert bridge.subscribe(*bad) == [refused(version)] * len(bad)


def test_share_hijack_takes_nothing(broker, bridge, phone, version):
    thief = broker.connect("phone-2", version)
    filters = ["$share/g/sms/v1/phone-1/send", "$share/g/sms/v1/+/report", "$share/g/sms/v1/phone-2/send"]
    assert thief.subscribe(*filters) == [refused(version)] * 3
    assert phone.subscribe("sms/v1/phone-1/send") == [1]
    for number in range(10):
        bridge.publish("sms/v1/phone-1/send", str(number))
        assert phone.message().payload == str(number).encode()
    thief.ping()
    assert not thief.messages
    thief.disconnect()


BAD_TOPICS = [*(f"sms/v1/phone-2/{leaf}" for leaf in (*UP, *DOWN)), *(f"sms/v1/phone-1/{leaf}" for leaf in DOWN),
              "sms/v1/phone-1/presence", "sms/v1/phone-1/report/", "sms/v1/phone-1/report/x", "sms/v1/phone-1",
              "other", "$SYS/broker/uptime", "$CONTROL/smsquitto/v1", "$CONTROL/dynamic-security/v1", "$foo/bar",
              "$share/g/sms/v1/phone-1/report", "$SYS/broker/connection/x/state"]


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_device_topics(bridge, phone, version, qos):
    for topic in BAD_TOPICS:
        # MQTT 3.1.1 has no way to say no: the publish is acknowledged and dropped.
        assert phone.publish(topic, "bad", qos=qos) == (0x87 if version == 5 and qos else 0), topic
    assert phone.publish("sms/v1/phone-1/report", "good", qos=qos) == 0
    assert bridge.message().payload == b"good"


def test_bridge_topics(bridge, version):
    bad = ["sms/v1/phone-1/report", "sms/v1/phone-1/presence", "sms/v1/Phone/send", "sms/v1//send", "other",
           "sms/v1/0123456789012345678901/send", "sms/v1/-x/send", "$CONTROL/other/v1", "$CONTROL/smsquitto/v1/response"]
    for topic in bad:
        assert bridge.publish(topic, "bad") == (0x87 if version == 5 else 0), topic


def test_retained_publishes_are_refused(broker, bridge, phone, version):
    code = 0x87 if version == 5 else 0
    assert phone.publish("sms/v1/phone-1/status", "kept", retain=True) == code
    assert bridge.publish("sms/v1/phone-1/send", "kept", retain=True) == code
    assert phone.subscribe("sms/v1/phone-1/send") == [1]
    assert phone.publish("sms/v1/phone-1/status", "live") == 0
    assert bridge.message().payload == b"live"
    assert bridge.publish("sms/v1/phone-1/send", "live") == 0
    assert phone.message().payload == b"live"
    assert counters(bridge, "phone-1")["retain"] >= 1


def will_outcome(broker, bridge, version, topic, payload="my will", retain=False):
    """What the bridge sees of a will, and how many writes of the device were refused."""
    def refusals():
        return sum(counters(bridge, "will-1").get(kind, 0) for kind in ("write", "retain", "size"))

    before = refusals()
    assert bridge.subscribe("sms/v1/+/presence") == [1]
    client = broker.connect("will-1", version, will=(topic, payload, 1, retain))
    bridge.message(lambda message: b'"will-1","state":"online"' in message.payload)
    client.close()
    seen = []
    bridge.message(lambda message: seen.append(message.payload.decode()) or b'"will-1","state":"offline"' in message.payload)
    refused = refusals() - before
    assert bridge.unsubscribe("sms/v1/+/presence") in ([], [0])
    return payload in seen, refused


def test_will_on_own_status(broker, bridge, version):
    assert will_outcome(broker, bridge, version, "sms/v1/will-1/status") == (True, 0)


@pytest.mark.parametrize("topic", ["sms/v1/phone-1/status", "sms/v1/will-1/report", "sms/v1/will-1/inbound",
                                   "sms/v1/will-1/send", "sms/v1/phone-1/send", "sms/v1/will-1/presence", "other"])
def test_will_elsewhere_is_dropped(broker, bridge, version, topic):
    assert will_outcome(broker, bridge, version, topic) == (False, 1)


def test_will_on_control_is_dropped(broker, bridge, version):
    try:
        assert will_outcome(broker, bridge, version, "$CONTROL/smsquitto/v1", '{"command":"snapshot"}') == (False, 1)
    except Closed:
        bridge.ping() # brokers from 2.0.16 do not let it in at all


def test_retained_will_is_dropped(broker, bridge, version):
    assert will_outcome(broker, bridge, version, "sms/v1/will-1/status", retain=True) == (False, 1)


@pytest.mark.parametrize("version", VERSIONS)
def test_payload_limit_keeps_the_connection(version):
    broker = Broker(options={"uplink_max_bytes": 1000})
    broker.add_login("phone-1")
    broker.add_login("bridge-1", "bridge")
    with broker:
        phone = broker.connect("phone-1", version)
        bridge = broker.connect("bridge-1", version)
        assert bridge.subscribe("sms/v1/+/report") == [1]
        assert phone.publish("sms/v1/phone-1/report", "x" * 1001) == (0x87 if version == 5 else 0)
        assert phone.publish("sms/v1/phone-1/report", "x" * 1000) == 0
        assert bridge.message().payload == b"x" * 1000
        assert counters(bridge, "phone-1")["size"] == 1
        assert phone.subscribe("sms/v1/phone-1/send") == [1]
        assert bridge.publish("sms/v1/phone-1/send", "y" * 5000) == 0
        assert phone.message().payload == b"y" * 5000


@pytest.mark.parametrize("version", VERSIONS)
def test_rate_limit_keeps_the_connection(version):
    broker = Broker(options={"uplink_rate": 1, "uplink_burst": 20})
    for name in ("phone-1", "phone-2"):
        broker.add_login(name)
    broker.add_login("bridge-1", "bridge")
    with broker:
        phone = broker.connect("phone-1", version)
        bridge = broker.connect("bridge-1", version)
        phone.send_bytes(b"".join(phone.publish_bytes("sms/v1/phone-1/report", "x") for _ in range(100)))
        codes = [phone.ack() for _ in range(100)]
        refused = counters(bridge, "phone-1")["rate"]
        # 20 at once, and one more for each second that the test took.
        assert 60 <= refused <= 80
        if version == 5:
            assert codes[:20] == [0x10] * 20 and codes.count(0x87) == refused
        assert broker.connect("phone-2", version).publish("sms/v1/phone-2/report") in (0, 0x10)
        phone.ping()
        # The log names the kind and the device, and holds back most lines.
        broker.wait_log("kind=rate name=phone-1")
        assert sum("kind=rate name=phone-1" in line for line in broker.log) <= 20


def test_default_rate_is_no_hindrance(broker, version):
    name = "burst-" + str(version)
    broker.add_login(name)
    phone = broker.connect(name, version)
    phone.send_bytes(b"".join(phone.publish_bytes(f"sms/v1/{name}/report", "x") for _ in range(300)))
    assert not any(phone.ack() >= 0x80 for _ in range(300))
