"""The ModemManager radio with a fake ModemManager on a D-Bus of its own."""
import pathlib
import tempfile

import pytest
from broker import BUILD
from device import Device
from fake_modemmanager import FakeModemManager
from world import World, until

NUMBER = "+15551234567"


@pytest.fixture
def modem(monkeypatch):
    with FakeModemManager() as modem:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", modem.address)
        yield modem.start()


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="smsq-") as name:
        yield pathlib.Path(name)


def radio_of(folder, *flags):
    return f"{BUILD}/device/smsquitto-radio-modemmanager --state {folder}/pending.json " + " ".join(flags)


def device_of(bridge, folder, *flags):
    return Device(bridge.broker, "phone-1", radio=radio_of(folder, *flags))


def test_sent_and_delivered(bridge, modem, folder):
    modem.add()
    with device_of(bridge, folder) as device:
        bridge.wait_hello()
        hello = bridge.hellos()[0]
        assert hello["radio"] == "modemmanager" and hello["battery"] is None
        assert hello["sims"] == [{"slot": 1, "number": "+15550000001", "carrier": "Home Mobile", "signal": 70}]
        short, long = bridge.send(text="Grüße $(id)"), bridge.send(text="x" * 400)
        bridge.wait(lambda: bridge.state(short) == "sent" and bridge.state(long) == "sent")
        assert [(text["text"], text["report"], text["reference"]) for text in modem.air()] == [
            ("Grüße $(id)", True, 254), ("x" * 400, True, 1)]  # 255, 0 and 1: references start again
        device.restart()  # the references are remembered
        bridge.wait_hello(2)
        modem.report("+15557654321", 254)  # of another number
        modem.report(NUMBER, 0)  # of a part that nobody asked about
        modem.report(NUMBER, 1)  # the last part speaks for all
        bridge.wait(lambda: bridge.state(long) == "delivered")
        assert bridge.state(short) == "sent"
        modem.report(NUMBER, 254, delivery=0x20)  # still trying
        modem.report(NUMBER, 254, delivery=0x45)
        bridge.wait(lambda: bridge.state(short) == "undelivered")
        until(lambda: modem.texts() == 0, "nothing is left in the modem")


def test_no_report_is_asked_for_when_none_is_wanted(bridge, modem, folder):
    modem.add()
    with device_of(bridge, folder):
        bridge.wait_hello()
        id = bridge.send(report=False)
        bridge.wait(lambda: bridge.state(id) == "sent")
        assert [text["report"] for text in modem.air()] == [False]


@pytest.mark.parametrize("behaviour, code, kind", [
    ({"error": "Message.NoNetwork", "message": "No network service"}, "cause-331", "temporary"),
    ({"error": "Message.Unknown", "message": "Unknown message error: 28"}, "cause-28", "permanent"),
    ({"unauthorized": True}, "mm-Unauthorized", "temporary"),
], ids=["named", "numbered", "unauthorized"])
def test_failures_have_causes(bridge, modem, folder, behaviour, code, kind):
    modem.add()
    modem.behave(**behaviour)
    with device_of(bridge, folder):
        bridge.wait_hello()
        bad = bridge.send()
        bridge.wait(lambda: bridge.state(bad) == "failed")
        error = bridge.of(bad)[-1]["error"]
        assert (error["code"], error["kind"]) == (code, kind)
        modem.behave()
        good = bridge.send()
        bridge.wait(lambda: bridge.state(good) == "sent")
        until(lambda: modem.texts() == 0, "nothing is left in the modem")


def test_crash_of_modemmanager_means_doubt(bridge, modem, folder):
    modem.add()
    modem.behave(hang=True)
    with device_of(bridge, folder) as device:
        bridge.wait_hello()
        once, often = bridge.send(qos=2, text="once"), None
        until(modem.air, "it is on the air")
        modem.stop()
        bridge.wait(lambda: bridge.state(once) == "unknown")
        often = bridge.send(qos=1, text="often")
        device.wait_log("radio ended")
        modem.start()
        modem.add()
        bridge.wait(lambda: bridge.state(often) == "sent")
        assert [text["text"] for text in modem.air()] == ["once", "often"]


def test_modem_that_comes_and_goes(bridge, modem, folder):
    with device_of(bridge, folder, "--modem", "490154203237518") as device:
        device.wait_log("the modem is not there yet")
        modem.add(imei="000000000000000", number=1)  # another one
        modem.remove()
        modem.add(modem_state=3, number=2)  # disabled: it is enabled
        device.wait_log("radio ready")
        bridge.wait_hello()
        id = bridge.send()
        bridge.wait(lambda: bridge.state(id) == "sent")
        modem.remove()
        device.wait_log("the modem has gone")
        modem.add(number=3, own="no number")
        id = bridge.send()
        bridge.wait(lambda: bridge.state(id) == "sent")


def test_locked_sim_is_told(bridge, modem, folder):
    modem.add(modem_state=2)
    with device_of(bridge, folder) as device:
        device.wait_log("PIN")


def test_inbound_texts_arrive_once(bridge, modem, folder):
    modem.add()
    modem.receive("Bank", "before", announce=False)
    with device_of(bridge, folder) as device:
        bridge.wait(lambda: len(bridge.inbound) == 1)
        modem.receive(NUMBER, "Yes")
        modem.receive(NUMBER, "Yes")  # two of one second
        long = modem.receive(NUMBER, "", whole=False)
        bridge.wait(lambda: len(bridge.inbound) == 3)
        modem.complete(long, "x" * 300)
        bridge.wait(lambda: len(bridge.inbound) == 4)
        texts = list(bridge.inbound.values())
        assert [(text["from"], text["text"]) for text in texts] == [
            ("Bank", "before"), (NUMBER, "Yes"), (NUMBER, "Yes"), (NUMBER, "x" * 300)]
        assert texts[0]["received_at"] == 1767319445000
        until(lambda: modem.texts() == 0, "stored texts leave the modem")
        device.restart()
        modem.receive("Bank", "after")
        bridge.wait(lambda: len(bridge.inbound) == 5)


def test_texts_can_be_kept(bridge, modem, folder):
    modem.add()
    with device_of(bridge, folder, "--keep") as device:
        bridge.wait_hello()
        modem.receive("Bank", "one")
        bridge.wait(lambda: bridge.inbound)
        device.restart()
        bridge.wait_hello(2)
        modem.receive("Bank", "two")
        bridge.wait(lambda: len(bridge.inbound) == 2)
        assert modem.texts() == 2


def test_whole_gateway(modem, folder):
    modem.add()
    with World(devices=0) as world:
        world.add_device("modem-1", radio=radio_of(folder))
        world.wait_online("modem-1")
        message = world.send(to="+4915112345678", text="by modem")
        world.wait_state(message["id"], "sent")
        modem.report("+4915112345678", modem.air()[0]["reference"])
        world.wait_state(message["id"], "delivered")
        modem.receive("+4915112345678", "thanks")
        answer, = until(lambda: world.all_messages("&direction=inbound"), "the answer arrives")
        assert (answer["from"], answer["text"]) == ("+4915112345678", "thanks")
