"""The termux radio with a fake phone: from the bridge's word to Termux's commands, and back."""
import pathlib
import tempfile
import time

import pytest
from broker import BUILD
from device import Device
from fake_termux import FakeTermux
from world import World, until

RADIO = f"{BUILD}/device/smsquitto-radio-termux --poll 100 "


@pytest.fixture
def phone(monkeypatch):
    with tempfile.TemporaryDirectory(prefix="smsq-") as name:
        phone = FakeTermux(pathlib.Path(name))
        monkeypatch.setenv("PATH", str(phone.bin), prepend=":")
        monkeypatch.setenv("TZ", "Pacific/Marquesas")  # the phone's local time is not ours, and no hour comes twice
        time.tzset()
        yield phone
    monkeypatch.undo()
    time.tzset()


def device_of(bridge, *flags):
    return Device(bridge.broker, "phone-1", radio=RADIO + " ".join(flags))


def test_sent_and_failed_come_from_the_boxes(bridge, phone):
    phone.put("sent", "+15551234567", "hello")  # of yesterday: must not count
    phone.behave(fail="No*", slow="Slow*", lose="hello")
    with device_of(bridge):
        bridge.wait_hello()
        hello = bridge.hellos()[0]
        assert (hello["radio"], hello["battery"], hello["charging"]) == ("termux", 81, True)
        assert [(sim["slot"], sim["carrier"], sim["signal"]) for sim in hello["sims"]] == [(1, "Home Mobile", 75)]
        lost = bridge.send(text="hello")
        good, bad, slow = bridge.send(text="Grüße\n\"☃\" $(id) "), bridge.send(text="No"), bridge.send(text="Slow")
        bridge.wait(lambda: [bridge.state(id) for id in (good, bad, slow)] == ["sent", "failed", "sent"])
        assert bridge.states(good) == ["accepted", "sent"] and bridge.states(lost) == ["accepted"]
        error = bridge.of(bad)[-1]["error"]
        assert (error["kind"], error["code"]) == ("temporary", "termux-failed")
        assert {"to": "+15551234567", "text": "Grüße\n\"☃\" $(id)", "slot": None} in phone.air()


def test_equal_texts_are_told_apart(bridge, phone):
    with device_of(bridge):
        bridge.wait_hello()
        ids = [bridge.send(text="Yes") for _ in range(6)]
        bridge.wait(lambda: all(bridge.state(id) == "sent" for id in ids))
        assert len(phone.air()) == 6


@pytest.mark.parametrize("fate", ["lose", "hang"])
def test_what_no_box_tells_is_unknown_and_not_sent_again(bridge, phone, fate):
    phone.behave(**{fate: "odd*"})
    with device_of(bridge, "--timeout 8000 --box-timeout 6000") as device:
        bridge.wait_hello()
        odd, good = bridge.send(text="odd one"), bridge.send(text="good")
        bridge.wait(lambda: bridge.state(odd) == "unknown" and bridge.state(good) == "sent")
        assert bridge.of(odd)[-1]["error"]["code"] == "termux-no-row"
        device.wait_log("see --trust")
        assert [text["text"] for text in phone.air()] == ["odd one", "good"]
        assert len(bridge.hellos()) == 1  # the radio has lived through it


def test_phone_without_boxes(bridge, phone):
    phone.behave(lose="*")
    with device_of(bridge, "--trust"):
        bridge.wait_hello()
        id = bridge.send()
        bridge.wait(lambda: bridge.state(id) == "sent")


def test_refused_texts_fail(bridge, phone):
    phone.behave(refuse="*")
    with device_of(bridge) as device:
        bridge.wait_hello()
        id = bridge.send()
        bridge.wait(lambda: bridge.state(id) == "failed")
        assert bridge.of(id)[-1]["error"]["code"] == "termux-refused"
        device.wait_log("android.permission.SEND_SMS")
        assert not phone.air()


def test_waits_until_it_may_read(bridge, phone):
    phone.behave(deny=["termux-sms-list"])
    with device_of(bridge) as device:
        device.wait_log("android.permission.READ_SMS")
        assert not bridge.hellos() or not bridge.hellos()[0]["radio"]
        phone.behave()
        device.wait_log("radio ready")
        id = bridge.send()
        bridge.wait(lambda: bridge.state(id) == "sent")


def test_two_sims(bridge, phone):
    with device_of(bridge, "--sims 2"):
        bridge.wait_hello()
        assert [(sim["slot"], sim["signal"]) for sim in bridge.hellos()[0]["sims"]] == [(1, None), (2, None)]
        ids = [bridge.send(text=f"by {sim}", sim=sim) for sim in (0, 1, 2, 3)]
        bridge.wait(lambda: [bridge.state(id) for id in ids] == ["sent", "sent", "sent", "failed"])
        assert {(text["text"], text["slot"]) for text in phone.air()} == {("by 0", None), ("by 1", "0"), ("by 2", "1")}


def test_inbound_texts_arrive_once(bridge, phone):
    before = time.time() - 60
    phone.receive("+15550009999", "private, from before", at=before)
    with device_of(bridge) as device:
        device.wait_log("radio ready")
        start = int(time.time())
        for number in range(45):  # more than one look shows
            phone.receive("+15550001111", f"Grüße {number} ☃")
        bridge.wait(lambda: len(bridge.inbound) == 45)
        texts = list(bridge.inbound.values())
        assert [text["text"] for text in texts] == [f"Grüße {number} ☃" for number in range(45)]
        assert all(start * 1000 <= text["received_at"] <= time.time() * 1000 for text in texts)
        device.kill()
        phone.receive("Bank", "while it was away")
        device.start()
        bridge.wait(lambda: len(bridge.inbound) == 46)
        assert list(bridge.inbound.values())[-1]["from"] == "Bank"


def test_inbox_is_told_again_when_asked(bridge, phone):
    phone.receive("+15550009999", "private, from before", at=time.time() - 60)
    with device_of(bridge) as device:
        device.wait_log("radio ready")
        for number in range(45):  # more than one look shows
            phone.receive("+15550001111", f"text {number}")
        bridge.wait(lambda: len(bridge.inbound) == 45)

        def told():
            return [text["uid"] for _, leaf, payload in bridge.log if leaf == "inbound" for text in payload["texts"]]
        first = told()
        now = int(time.time() * 1000)
        bridge.publish("inbox", {"asked_at": now, "from": 0, "to": now + 60000})
        bridge.wait(lambda: len(told()) == 90)
        assert sorted(told()[45:]) == sorted(first)
        phone.receive("Bank", "behind them")
        bridge.wait(lambda: len(bridge.inbound) == 46)
        assert len(told()) == 91 and list(bridge.inbound.values())[-1]["from"] == "Bank"


def test_whole_gateway(phone):
    with World(devices=0) as world:
        world.add_device("phone-1", radio=RADIO + "--box-timeout 6000")
        world.wait_online("phone-1")
        message = world.send(to="+4915112345678", text="by Termux")
        world.wait_state(message["id"], "sent")
        phone.behave(lose="lost")
        lost = world.send(text="lost")
        shown = world.wait_state(lost["id"], "unknown")
        assert shown["error"]["code"] == "termux-no-row", shown
        phone.receive("+4915112345678", "thanks")
        answer, = until(lambda: world.all_messages("&direction=inbound"), "the answer arrives")
        assert (answer["from"], answer["text"]) == ("+4915112345678", "thanks")
