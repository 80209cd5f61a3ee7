"""The plugin's main way: a phone and a bridge log in and talk, over MQTT 3.1.1 and 5."""
import json
import subprocess

import pytest
from broker import BUILD, Broker, key_of
from raw_mqtt import Client


@pytest.fixture(scope="module")
def broker():
    broker = Broker()
    broker.add_login("bridge-1", "bridge")
    broker.add_login("phone-1")
    with broker:
        yield broker


@pytest.fixture(params=[4, 5], ids=["mqtt311", "mqtt5"])
def pair(broker, request):
    """A bridge that listens to everything it may, and a phone that has just connected."""
    bridge = Client(broker.socket, version=request.param)
    assert bridge.connect("bridge-1", "bridge-1", key_of("bridge-1")) == 0
    assert bridge.subscribe("sms/v1/+/report", "sms/v1/+/inbound", "sms/v1/+/status", "sms/v1/+/presence") == [1] * 4
    phone = Client(("127.0.0.1", broker.port), version=request.param)
    assert phone.connect("phone-1", "phone-1", key_of("phone-1")) == 0
    yield bridge, phone
    phone.disconnect()
    bridge.disconnect()


def test_phone_and_bridge_talk(pair):
    bridge, phone = pair
    presence = bridge.message()
    assert presence.topic == "sms/v1/phone-1/presence" and presence.qos == 1 and not presence.retain
    assert json.loads(presence.payload)["state"] == "online"
    downlinks = [f"sms/v1/phone-1/{leaf}" for leaf in ("send", "cancel", "query", "receipt", "config", "inbox")]
    assert phone.subscribe(*downlinks) == [1] * 6
    for topic in downlinks:
        for qos in (0, 1, 2):
            assert bridge.publish(topic, f"{topic} {qos}", qos=qos) == 0
            assert phone.message().payload.decode() == f"{topic} {qos}"
    for leaf in ("report", "inbound", "status"):
        for qos in (0, 1, 2):
            assert phone.publish(f"sms/v1/phone-1/{leaf}", f"{leaf} {qos}", qos=qos) == 0
            assert bridge.message().payload.decode() == f"{leaf} {qos}"


def test_no_subscriber_is_said_to_mqtt5(pair):
    bridge, _ = pair
    assert bridge.publish("sms/v1/phone-9/send", "{}") == (0x10 if bridge.version == 5 else 0)


# What brokers that hide their symbols (the upstream makefiles do) still show to plugins.
OFFERED = {f"mosquitto_{name}" for name in (
    "broker_publish", "callback_register", "calloc", "client_address", "client_clean_session", "client_id",
    "client_keepalive", "client_protocol", "client_protocol_version", "client_sub_count", "client_username", "free",
    "kick_client_by_username", "log_printf", "malloc", "realloc", "set_username", "strdup")}


def symbols(*options):
    lines = subprocess.check_output(["nm", "-D", *options, BUILD / "plugin/smsquitto.so"], text=True).splitlines()
    return {line.split()[-1].split("@")[0] for line in lines}


def test_symbols():
    assert symbols("--defined-only") == {"mosquitto_plugin_version", "mosquitto_plugin_init", "mosquitto_plugin_cleanup"}
    assert {name for name in symbols("--undefined-only") if name.startswith("mosquitto")} <= OFFERED
