"""Texts that meet trouble: failures, limits, lost reports, ends of life, cancelling."""
import pytest

from world import World, until

RULES = {
    "otherwise": {"sent_ms": 10, "delivered_ms": 10},
    "rules": [
        {"to": "*000001", "fail": {"kind": "permanent", "code": "no-such-number"}},
        {"to": "*000002", "fail": {"kind": "temporary", "code": "no-service"}},
        {"to": "*000003", "undelivered": True},
        {"to": "*000004", "lose_delivered": True},
        {"to": "*000005", "duplicate": True},
        {"to": "*000006", "sent_ms": 5000, "delivered_ms": 10},
        {"to": "*000007", "accident": "crash-after"},
    ],
}


@pytest.fixture(scope="module")
def world():
    # A text that is tried again must not come to its last attempt before a test has changed the rules.
    with World(devices=1, rules=RULES, bridge={("engine", "retry-delay"): "500ms"}) as made:
        yield made


def to(case):
    return f"+49151000000{case:02}"


def timeline(world, id, event):
    return [entry for entry in world.message(id)["timeline"] if entry["event"] == event]


def test_a_permanent_failure_ends_with_the_radio_s_code(world):
    made = world.send(to=to(1))
    shown = world.wait_state(made["id"], "failed")
    assert shown["error"]["code"] == "no-such-number" and not world.air(made["id"])


def test_a_temporary_failure_is_tried_three_times_more_then_fails(world):
    made = world.send(to=to(2))
    shown = world.wait_state(made["id"], "failed")
    assert shown["error"]["code"] == "no-service"
    assert shown["attempts"] == 3
    leases = {entry["lease"] for entry in shown["timeline"] if entry.get("state") == "accepted"}
    assert len(leases) == 4, shown["timeline"]


def test_a_temporary_failure_that_passes_is_delivered(world):
    phone = world.devices["phone-1"]
    phone.rules_now({"rules": [{"to": "*000022", "fail": {"kind": "temporary", "code": "busy"}}]})
    made = world.send(to=to(22))
    until(lambda: world.message(made["id"])["attempts"] >= 1, "the first attempt has failed")
    phone.rules_now(RULES)
    shown = world.wait_state(made["id"], "delivered")
    assert shown["attempts"] >= 1 and len(world.air(made["id"])) == 1


def test_the_network_s_refusal_to_deliver_is_told(world):
    made = world.send(to=to(3))
    world.wait_state(made["id"], "undelivered")
    assert len(world.air(made["id"])) == 1


def test_a_lost_delivery_report_leaves_the_text_sent(world):
    made = world.send(to=to(4))
    shown = world.wait_state(made["id"], "sent")
    assert shown["waiting"]["code"] == "sent"
    assert len(world.air(made["id"])) == 1


def test_reports_that_come_twice_change_nothing(world):
    made = world.send(to=to(5))
    shown = world.wait_state(made["id"], "delivered")
    seen = [entry["state"] for entry in shown["timeline"] if "state" in entry]
    assert seen.count("sent") == seen.count("delivered") == 1


def test_a_text_that_the_radio_has_not_begun_can_be_cancelled(world):
    world.api.ok("POST", "/v1/devices/phone-1/pause")
    made = world.send(to=to(10))
    world.wait_reason(made["id"], "device_paused")
    world.api.ok("DELETE", f"/v1/messages/{made['id']}")
    world.wait_state(made["id"], "cancelled")
    world.api.ok("POST", "/v1/devices/phone-1/resume")
    other = world.send(to=to(11))
    world.wait_state(other["id"], "delivered")
    assert not world.air(made["id"])


def test_a_text_whose_time_runs_out_expires_and_never_goes_out(world):
    world.api.ok("POST", "/v1/devices/phone-1/pause")
    made = world.send(to=to(12), ttl=1)
    world.wait_state(made["id"], "expired")
    world.api.ok("POST", "/v1/devices/phone-1/resume")
    other = world.send(to=to(13))
    world.wait_state(other["id"], "delivered")
    assert not world.air(made["id"])


@pytest.mark.parametrize("qos,end", [(1, "delivered"), (2, "unknown")])
def test_a_radio_that_dies_in_mid_send_is_in_doubt(world, qos, end):
    phone = world.devices["phone-1"]
    made = world.send(to=to(7), qos=qos)
    until(lambda: world.air(made["id"]), "it is on the air")
    phone.set_rules({"otherwise": {"sent_ms": 10, "delivered_ms": 10}})
    until(lambda: phone.control({"rules": {"rules": []}})["ok"], "the radio lives again")
    shown = world.wait_state(made["id"], end)
    assert len(world.air(made["id"])) >= (2 if qos == 1 else 1), shown
    if qos == 2:
        assert len(world.air(made["id"])) == 1
    phone.set_rules(RULES)
    phone.rules_now(RULES)


def test_a_limit_of_the_phone_holds_the_text_until_it_has_cooled_down(world):
    phone = world.devices["phone-1"]
    phone.rules_now({"rules": [{"fail": {"kind": "limit", "code": "RESULT_ERROR_LIMIT_EXCEEDED"}}]})
    made = world.send(to=to(14))
    world.wait_reason(made["id"], "device_limit")
    phone.rules_now(RULES)
    shown = world.wait_state(made["id"], "delivered")
    assert shown["attempts"] == 0 and len(world.air(made["id"])) == 1
