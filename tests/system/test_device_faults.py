"""What the device promises when things die: journal before radio, uplinks until their receipt, never twice at QoS 2."""
import random
import sqlite3
import time

import pytest
from device import FAST, PROGRAM, Device
from fake_bridge import FakeBridge

SLOW = {"otherwise": {"sent_ms": [0, 40], "delivered_ms": [0, 40]}, "window": 4}


def rules(**rule):
    return dict(FAST, rules=[rule])


def with_radio(taken="3s", send="4s"):
    return {"radio": {"taken-timeout": taken, "send-timeout": send}}


@pytest.mark.parametrize("accident", ["crash-before", "crash-after"])
@pytest.mark.parametrize("qos", [1, 2])
def test_radio_dies_with_a_message_in_it(broker, bridge, accident, qos):
    with Device(broker, "phone-1", rules=rules(text="die*", accident=accident)) as device:
        bridge.wait_hello()
        id = bridge.send(text="die now", qos=qos)
        device.wait_log("message in doubt")
        if qos == 2:
            bridge.wait(lambda: bridge.state(id) == "unknown")
            assert bridge.of(id)[-1]["error"]["code"] == "in-doubt"
            assert len(device.air(id)) == (accident == "crash-after")
            bridge.send(id=id, text="die now", qos=2, lease=2)
            bridge.wait(lambda: bridge.of(id)[-1]["lease"] == 2)
            assert bridge.state(id) == "unknown" and len(device.air(id)) == (accident == "crash-after")
        else:
            (device.folder / "rules.json").write_text('{"otherwise": {"sent_ms": 0, "delivered_ms": 0}}')
            bridge.wait(lambda: bridge.state(id) == "delivered")
            assert bridge.of(id)[-1]["error"]["code"] == "resent-after-crash"


def test_hanging_radio_is_killed(broker, bridge):
    with Device(broker, "phone-1", rules=rules(text="hang*", accident="hang"), settings=with_radio()) as device:
        bridge.wait_hello()
        hung, fine = bridge.send(text="hang up", qos=2), bridge.send(qos=2)
        bridge.wait(lambda: bridge.state(fine) == "delivered" and bridge.state(hung) == "unknown")
        device.wait_log("radio hangs")
        assert device.air(hung) == []


def test_radio_that_takes_and_never_ends_is_killed(broker, bridge):
    with Device(broker, "phone-1", rules=rules(text="slow*", sent_ms=600000), settings=with_radio()) as device:
        bridge.wait_hello()
        id = bridge.send(text="slow", qos=2)
        bridge.wait(lambda: bridge.state(id) == "unknown")
        assert "taken=yes" in device.wait_log("radio hangs")


def test_radio_that_talks_nonsense(broker, bridge):
    script = broker.folder / "radio.sh"
    script.write_text('echo nonsense\necho \'{"event":"sent","ref":"SMnobody"}\'\n'
                      'echo \'{"event":"ready","radio":"shell"}\'\necho words >&2\nexec cat >/dev/null\n')
    with Device(broker, "phone-1", radio=f"/bin/sh {script}") as device:
        bridge.wait_hello()
        assert bridge.hellos()[0]["radio"] in ("shell", "none")
        device.wait_log("not understood")
        device.wait_log("radio says line=words")


def test_radio_that_cannot_be_started_is_tried_again(broker, bridge):
    with Device(broker, "phone-1", radio="/nonexistent/radio") as device:
        device.wait_log("radio ended")
        bridge.wait_hello()
        id = bridge.send(lease_for=2.0)
        bridge.wait(lambda: bridge.state(id) == "expired")
        assert bridge.of(id)[-1]["error"]["code"] == "lease"


def test_reports_come_again_until_the_receipt(broker, bridge):
    bridge.receipts = False
    with Device(broker, "phone-1") as device:
        bridge.wait_hello()
        id = bridge.send()
        bridge.wait(lambda: bridge.state(id) == "delivered")
        device.restart()
        bridge.wait_hello(2)
        assert bridge.hellos()[1]["oldest"] == 1 and bridge.hellos()[1]["next"] == 4
        bridge.wait(lambda: bridge.repeats >= 3, "the reports did not come again")
        bridge.receipt()
        behind = bridge.send()  # what comes behind the receipt tells that the device has read it
        bridge.wait(lambda: bridge.state(behind) == "delivered")
        device.restart()
        bridge.wait(lambda: len(bridge.hellos()) == 3)
        assert bridge.hellos()[2]["oldest"] == 4


def test_a_late_receipt_without_progress_asks_again(broker, bridge):
    bridge.receipts = False
    with Device(broker, "phone-1"):
        bridge.wait_hello()
        id = bridge.send()
        bridge.wait(lambda: bridge.state(id) == "delivered")
        made_ms = bridge.of(id)[-1]["at"]  # by the device's clock: the report may have been on its way for a while
        started = time.monotonic()
        while bridge.repeats == 0:
            assert time.monotonic() - started < 8, "only the timer of 10 s repeats"
            bridge.receipt(up_to=0)
            time.sleep(0.1)
        assert time.time() * 1000 - made_ms > 1500


def test_receipt_of_another_journal_is_ignored(broker, bridge):
    bridge.receipts = False
    with Device(broker, "phone-1") as device:
        bridge.wait_hello()
        id = bridge.send()
        bridge.wait(lambda: bridge.state(id) == "delivered")
        bridge.receipt(journal="f" * 32)
        device.restart()
        bridge.wait_hello(2)
        assert bridge.hellos()[1]["oldest"] == 1


def test_journal_that_went_back_in_time_gets_a_new_id(broker, bridge):
    with Device(broker, "phone-1"):
        bridge.wait_hello()
        journal = bridge.journal
        bridge.receipt(up_to=1000)
        bridge.wait_hello(2)
        assert bridge.hellos()[1]["journal"] != journal
        id = bridge.send()
        bridge.wait(lambda: bridge.state(id) == "delivered")


def test_what_waits_is_bundled(broker, bridge):
    bridge.receipts = False
    with Device(broker, "phone-1") as device:
        bridge.wait_hello()
        bridge.configure(paused=True)
        ids = [bridge.send(report=False) for _ in range(60)]
        bridge.wait(lambda: all(bridge.state(id) == "accepted" for id in ids))
        device.restart()
        before = bridge.payloads
        bridge.wait_hello(2)
        bridge.wait(lambda: bridge.repeats >= 60)
        assert bridge.payloads - before <= 3


def test_broker_restart_and_loss_of_its_session(broker, bridge):
    with Device(broker, "phone-1") as device:
        bridge.wait_hello()
        first = bridge.send()
        bridge.wait(lambda: bridge.state(first) == "delivered")
        broker.kill()
        (broker.folder / "state" / "mosquitto.db").unlink(missing_ok=True)
        device.wait_log("no connection")
        seen = len(device.log)
        broker.start()
        # Not for its hello: that may come before this bridge is back, and then nobody gets it.
        device.wait_log("connected", seen)
        bridge.wait(lambda: bridge.ready)
        second = bridge.send()
        bridge.wait(lambda: bridge.state(second) == "delivered")


def test_hello_that_nobody_heard_is_said_again(broker):
    with Device(broker, "phone-1") as device:
        device.wait_log("connected")
        bridge = FakeBridge(broker, "phone-1")  # comes later
        bridge.wait_hello()
        id = bridge.send()
        bridge.wait(lambda: bridge.state(id) == "delivered")
        bridge.close()


@pytest.mark.skipif("mosquitto" not in PROGRAM.name, reason="Paho 1.3.12 does not tell the reason code of a PUBACK")
def test_downlinks_of_a_bridge_that_is_gone_do_not_answer_a_hello(broker):
    """The broker lost the bridge's session; what it had published before still comes."""
    gone = broker.connect("bridge-2")
    with Device(broker, "phone-1") as device:
        for line in ("radio ready", "connected"):  # then it says hello
            device.wait_log(line)
        for _ in range(50):
            gone.publish("sms/v1/phone-1/receipt", "{}")
        device.wait_log("receipt")
        bridge = FakeBridge(broker, "phone-1")
        bridge.wait_hello()
        bridge.close()


def test_work_goes_on_without_the_broker(broker, bridge):
    with Device(broker, "phone-1", rules={"otherwise": {"sent_ms": 1000, "delivered_ms": 0}}) as device:
        bridge.wait_hello()
        id = bridge.send(qos=2)
        bridge.wait(lambda: bridge.state(id) == "accepted")
        broker.stop()
        device.wait_log("state=delivered")
        broker.start()
        bridge.wait(lambda: bridge.state(id) == "delivered")
        assert len(device.air(id)) == 1


def test_journal_is_written_before_the_radio_is_called(broker, bridge):
    """The radio here looks into the journal when it gets a message."""
    script = broker.folder / "radio.py"
    script.write_text("""
import json, shutil, sqlite3, sys
print(json.dumps({"event": "ready", "radio": "spy"}), flush=True)
for line in sys.stdin:
    command = json.loads(line)
    if command["op"] != "send":
        continue
    copy = sys.argv[1] + "." + command["ref"]  # a new name: no index of an older copy is left behind
    for end in ("", "-wal"):
        shutil.copy(sys.argv[1] + end, copy + end)
    row = sqlite3.connect(copy).execute("SELECT stage FROM message WHERE id = ?", (command["ref"],)).fetchone()
    print(json.dumps({"event": "failed", "ref": command["ref"], "kind": "permanent",
                      "code": "STAGE-%s" % (row and row[0])}), flush=True)
""")
    with Device(broker, "phone-1") as device:
        device.stop()
        text = device.configuration.read_text().split("[radio]")
        device.configuration.write_text(
            f"{text[0]}[radio]\ncommand = /usr/bin/python3 {script} {device.folder}/journal.db\n")
        device.start()
        bridge.wait_hello()
        ids = [bridge.send(qos=qos) for qos in (1, 2, 1, 2)]
        bridge.wait(lambda: all(bridge.state(id) == "failed" for id in ids))
        assert {bridge.of(id)[-1]["error"]["code"] for id in ids} == {"STAGE-1"}


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_many_moments(broker, bridge, seed):
    """The device dies again and again under load; the bridge asks and repeats like the real one."""
    chance = random.Random(seed)
    with Device(broker, "phone-1", rules=SLOW) as device:
        bridge.wait_hello()
        ids = {}
        for round in range(8):
            for _ in range(15):
                qos = chance.choice((1, 2))
                ids[bridge.send(qos=qos, text="x" * chance.choice((5, 300)))] = qos
            time.sleep(chance.uniform(0, 0.3))  # the fault comes at any moment
            if chance.random() < 0.3:
                broker.kill()
                broker.start()
            device.restart()
        final = {"sent", "delivered", "unknown"}  # a delivery report that the dead radio had is lost

        def settled():
            return all(bridge.state(id) in final for id in ids)

        for _ in range(20):
            for id, qos in ids.items():  # a send or a report may have been lost with the broker
                if bridge.state(id) is None:
                    bridge.send(id=id, qos=qos)
            try:
                bridge.wait(settled, timeout=3)
                break
            except AssertionError:
                continue
        assert settled(), {id: bridge.states(id) for id in ids if bridge.state(id) not in final}
        for id, qos in ids.items():
            times = len(device.air(id))
            if qos == 2:
                assert times <= 1, f"{id} went on the air {times} times"
                assert times == 1 or bridge.state(id) == "unknown"
            else:
                assert bridge.state(id) in ("sent", "delivered") and times >= 1
                if times > 1:
                    assert bridge.of(id)[-1].get("error", {}).get("code") == "resent-after-crash"
        assert device.stop() == 0
        db = sqlite3.connect(device.folder / "journal.db")
        assert db.execute("SELECT count(*) FROM message WHERE stage < 2").fetchone() == (0,)
        db.close()
