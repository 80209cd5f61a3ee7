"""The life of messages on the device, with the real broker and a bridge that the test plays."""
import time

import pytest
from device import FAST, Device
from fake_bridge import message_id


@pytest.fixture
def device(broker, bridge):
    with Device(broker, "phone-1") as device:
        bridge.wait_hello()
        yield device


def test_hello_names_the_sims(device, bridge):
    hello = bridge.hellos()[0]
    assert hello["radio"] == "sim" and hello["oldest"] == 1 and hello["next"] == 1
    assert hello["sims"] == [{"slot": 1, "number": "+15550000001", "carrier": "Simulated", "signal": 80}]


def test_message_goes_on_the_air_and_is_delivered(device, bridge):
    id = bridge.send(text="hello")
    bridge.wait(lambda: bridge.state(id) == "delivered")
    assert bridge.states(id) == ["accepted", "sent", "delivered"]
    assert [line["to"] for line in device.air(id)] == ["+15551234567"]


def test_parts_are_reported_one_by_one(device, bridge):
    id = bridge.send(text="x" * 400)
    bridge.wait(lambda: bridge.state(id) == "delivered")
    parts = [(report["state"], report["part"], report["parts"]) for report in bridge.of(id)]
    assert parts == [("accepted", 0, 1), ("sent", 1, 3), ("sent", 2, 3), ("sent", 0, 3),
                     ("delivered", 1, 3), ("delivered", 2, 3), ("delivered", 0, 3)]


def test_repeated_send_is_answered_and_not_sent_again(device, bridge):
    id = bridge.send(qos=1)
    bridge.wait(lambda: bridge.state(id) == "delivered")
    bridge.send(id=id)
    bridge.wait(lambda: bridge.answers)
    assert (bridge.answers[0]["state"], bridge.answers[0]["lease"]) == ("delivered", 1)
    assert len(device.air(id)) == 1


def test_higher_lease_after_the_air_is_told_the_truth_at_qos_2(device, bridge):
    id = bridge.send(qos=2)
    bridge.wait(lambda: bridge.state(id) == "delivered")
    bridge.send(id=id, lease=2, qos=2)
    bridge.wait(lambda: bridge.of(id)[-1]["lease"] == 2)
    assert bridge.state(id) == "delivered" and len(device.air(id)) == 1


def test_lower_lease_is_ignored(device, bridge):
    bridge.configure(paused=True)
    id = bridge.send(lease=5)
    bridge.wait(lambda: bridge.state(id) == "accepted")
    bridge.send(id=id, lease=4)
    assert bridge.query(id)[0]["lease"] == 5
    assert len(bridge.of(id)) == 1


def test_failed_message_is_tried_again_under_a_higher_lease(broker, bridge):
    rules = dict(FAST, rules=[{"text": "no*", "fail": {"kind": "temporary", "code": "NO_SERVICE"}}])
    with Device(broker, "phone-1", rules=rules) as device:
        bridge.wait_hello()
        id = bridge.send(text="no way", qos=2)
        bridge.wait(lambda: bridge.state(id) == "failed")
        assert bridge.of(id)[-1]["error"] == {"kind": "temporary", "code": "NO_SERVICE", "text": ""}
        device.radio(rules={"rules": []})
        bridge.send(id=id, text="no way", qos=2, lease=2)
        bridge.wait(lambda: bridge.state(id) == "delivered")
        assert len(device.air(id)) == 1


def test_cancel_before_the_radio(device, bridge):
    bridge.configure(paused=True)
    id = bridge.send()
    bridge.wait(lambda: bridge.state(id) == "accepted")
    bridge.cancel(id)
    bridge.wait(lambda: bridge.state(id) == "cancelled")
    bridge.configure(paused=False)
    other = bridge.send()
    bridge.wait(lambda: bridge.state(other) == "delivered")
    assert device.air(id) == []


def test_cancel_after_the_radio_is_told_the_truth(device, bridge):
    id = bridge.send()
    bridge.wait(lambda: bridge.state(id) == "delivered")
    bridge.cancel(id)
    bridge.wait(lambda: bridge.answers)
    assert bridge.answers[0]["state"] == "delivered"


def test_cancel_that_overtakes_its_send(device, bridge):
    id = message_id()
    bridge.cancel(id)
    bridge.wait(lambda: bridge.state(id) == "cancelled")
    bridge.send(id=id)
    bridge.wait(lambda: bridge.answers)
    assert bridge.answers[0]["state"] == "cancelled" and device.air(id) == []


def test_query_answers_known_and_unknown_ids(device, bridge):
    id, unknown = bridge.send(), message_id()
    bridge.wait(lambda: bridge.state(id) == "delivered")
    answers = bridge.query(unknown, id)
    assert [(answer["state"], answer["seq"]) for answer in answers] == [("none", 0), ("delivered", 0)]


def test_expired_while_it_waits(device, bridge):
    bridge.configure(paused=True)
    late, fenced = bridge.send(ttl=2.0), bridge.send(lease_for=2.0)
    bridge.wait(lambda: bridge.state(late) == "expired" and bridge.state(fenced) == "expired")
    assert bridge.of(late)[-1]["error"]["code"] == "expired"
    assert bridge.of(fenced)[-1]["error"]["code"] == "lease"
    assert device.air() == []


def test_qos_0_goes_out_without_a_word(device, bridge):
    silent = bridge.send(qos=0)
    spoken = bridge.send(qos=1)
    bridge.wait(lambda: bridge.state(spoken) == "delivered")
    assert [line["ref"] for line in device.air()] == [silent, spoken]
    assert bridge.of(silent) == [] and bridge.query(silent)[0]["state"] == "none"


def test_order_and_gap(device, bridge):
    bridge.configure(min_gap_ms=600)
    begin = int(time.time() * 1000)
    ids = [bridge.send() for _ in range(4)]
    bridge.wait(lambda: all(bridge.state(id) == "delivered" for id in ids))
    lines = device.air()
    assert [line["ref"] for line in lines] == ids
    # Not from one to the next: the radio notes a text some time after it was handed over.
    times = [line["at"] for line in lines]
    assert all(at >= begin + 590 * number for number, at in enumerate(times)), (begin, times)


def test_configuration_survives_a_restart(device, bridge):
    bridge.configure(paused=True)
    id = bridge.send()
    bridge.wait(lambda: bridge.state(id) == "accepted")
    device.restart()
    bridge.wait_hello(2)
    assert bridge.query(id)[0]["state"] == "accepted" and device.air() == []
    bridge.configure(paused=False)
    bridge.wait(lambda: bridge.state(id) == "delivered")


def test_telemetry(device, bridge):
    bridge.configure(telemetry_interval_ms=1000)
    device.radio(rules={"battery": 7})
    bridge.wait(lambda: any(not status["hello"] and status["battery"] == 7 for status in bridge.statuses))


def test_bad_downlinks_change_nothing(device, bridge):
    for leaf, payload in (("send", {"id": "x"}), ("cancel", []), ("query", {"ids": [1]}), ("receipt", {}),
                          ("config", {"paused": "no"})):
        bridge.publish(leaf, payload)
        device.wait_log(f"what={leaf}")
    id = bridge.send()
    bridge.wait(lambda: bridge.state(id) == "delivered")


def test_no_text_and_no_number_in_the_log(device, bridge):
    id = bridge.send(to="+15557654321", text="my secret words")
    bridge.wait(lambda: bridge.state(id) == "delivered")
    device.stop()
    log = "\n".join(device.log)
    assert "secret" not in log and "7654321" not in log and id in log


def test_inbound_texts_keep_their_uid(device, bridge):
    device.radio(inbound={"from": "+15550001111", "text": "hallo ✓", "uid": "one"})
    device.radio(inbound={"from": "Bank", "text": "x" * 500, "uid": "two"})
    bridge.wait(lambda: len(bridge.inbound) == 2)
    assert bridge.inbound["one"]["text"] == "hallo ✓" and bridge.inbound["two"]["from"] == "Bank"
    device.restart()  # the radio tells its inbox again
    bridge.wait_hello(2)
    device.radio(inbound={"from": "Bank", "text": "third", "uid": "three"})
    bridge.wait(lambda: len(bridge.inbound) == 3)
    assert [text["seq"] for text in bridge.inbound.values()] == [1, 2, 3]


def test_wrong_key_is_said_and_tried_ever_more_slowly(broker, bridge):
    """The first waits are short: the broker reads a moment after `device add` that there is a new device."""
    with Device(broker, "phone-1", key="sqd_wrong") as device:
        start = 0
        for most in (1000, 2000, 4000):
            line = device.wait_log("refuses this device", start)
            start = device.log.index(line) + 1
            assert most / 2 <= int(line.split("retry_in_ms=")[1].split()[0]) <= most


def test_sigterm_ends_cleanly(device, bridge):
    started = time.monotonic()
    assert device.stop() == 0
    assert time.monotonic() - started < 15
    bridge.wait(lambda: bridge.online is False)
