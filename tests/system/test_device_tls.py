"""The device over TLS and websockets: only a broker whose certificate is right gets its key."""
import subprocess

import pytest
from broker import BUILD, Broker, certificate
from device import PROGRAM, Device
from fake_bridge import FakeBridge

# The port on libmosquitto has no websockets.
WAYS = {"tcp": "", "websocket": "/mqtt"} if "mosquitto" not in PROGRAM.name else {"tcp": ""}
by_each_way = pytest.mark.parametrize("websocket", WAYS.values(), ids=WAYS)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """(ca, certificate, key), the certificate for localhost."""
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tls():
    """Tests that are about plain connections too replace it."""
    return True


@pytest.fixture
def broker(files, tls):
    broker = Broker(tls=files[1:] if tls else None, websocket=True)
    broker.tls = tls
    broker.add_login("bridge-1", "bridge")
    broker.add_login("phone-1")
    with broker:
        yield broker


def device_of(broker, files, websocket="", **settings):
    port = broker.websocket_port if websocket else broker.port
    return Device(broker, "phone-1", settings={"broker": {
        "host": "localhost", "port": port, "tls": "yes" if broker.tls else "no", "ca-file": files[0],
        "websocket": websocket, **settings}})


@by_each_way
@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
def test_messages_pass(broker, files, websocket):
    bridge = FakeBridge(broker, "phone-1")
    with device_of(broker, files, websocket) as device:
        bridge.wait_hello()
        long = bridge.send(text="☃" * 1600)
        bridge.wait(lambda: bridge.state(long) == "delivered")
        device.radio(inbound={"from": "+15550001111", "text": "ü" * 1000})
        bridge.wait(lambda: bridge.inbound)
        broker.restart()
        bridge.wait_hello(2)
        again = bridge.send(text="again")
        bridge.wait(lambda: bridge.state(again) == "delivered")
    bridge.close()


@by_each_way
@pytest.mark.parametrize("wrong", ["authority", "name"])
def test_wrong_certificates_are_refused(broker, files, websocket, wrong, tmp_path):
    settings = {"ca-file": certificate(tmp_path)[0]} if wrong == "authority" else {"host": "127.0.0.1"}
    seen = len(broker.log)
    with device_of(broker, files, websocket, **settings) as device:
        device.wait_log("no connection")
        device.wait_log("no connection", start=len(device.log))
        assert not [line for line in device.log if "connected" in line]
        assert not [line for line in broker.log[seen:] if "phone-1" in line]


def test_websockets_are_refused_where_there_are_none(tmp_path):
    (tmp_path / "key").write_text("sqd_x\n")
    (tmp_path / "conf").write_text(f"[device]\nkey-file = {tmp_path}/key\n[broker]\nwebsocket = /mqtt\n")
    done = subprocess.run([BUILD / "device/smsquitto-device-mosquitto", "--config", tmp_path / "conf", "--check"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "websocket" in done.stderr
