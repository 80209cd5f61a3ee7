"""Texts from REST to the air and back, everything well."""
import json
import time

import pytest

from world import World, until


@pytest.fixture(scope="module")
def world():
    with World(devices=1) as made:
        yield made


def states(message):
    return [event["state"] for event in message["timeline"] if "state" in event]


def test_first_text_is_accepted_sent_and_delivered(world):
    made = world.send(text="hello, world")
    assert made["state"] in ("queued", "held") and made["to"] == "+4915112345678"
    shown = world.wait_state(made["id"], "delivered")
    assert states(shown)[-3:] == ["accepted", "sent", "delivered"]
    assert shown["device"] == "phone-1"
    line, = world.air(made["id"])
    assert line["to"] == "+4915112345678" and line["parts"] == 1


@pytest.mark.parametrize("qos", [1, 2])
def test_each_quality_of_service_arrives_once(world, qos):
    made = world.send(qos=qos)
    shown = world.wait_state(made["id"], "delivered")
    assert shown["qos"] == qos and len(world.air(made["id"])) == 1


def test_quality_of_service_0_goes_out_and_nobody_asks(world):
    made = world.send(qos=0)
    until(lambda: world.air(made["id"]), "it is on the air")
    world.wait_state(made["id"], "dispatched", "sent", "delivered")
    assert len(world.air(made["id"])) == 1


def test_a_long_text_is_counted_sent_and_delivered_in_parts(world):
    made = world.send(text="ä€" * 100)
    assert made["segments"] == {"count": 3, "encoding": "ucs2"} or made["segments"]["count"] == 2, made["segments"]
    shown = world.wait_state(made["id"], "delivered")
    line, = world.air(made["id"])
    assert line["parts"] == shown["segments"]["count"] > 1


def test_a_batch_reaches_everyone_once(world):
    numbers = [f"+49151123456{n:02}" for n in range(20)]
    made = world.send(to=numbers, text="to all")
    assert made["count"] == 20 and len({message["id"] for message in made["messages"]}) == 20
    for message in made["messages"]:
        world.wait_state(message["id"], "delivered")
        assert len(world.air(message["id"])) == 1
    assert sorted(line["to"] for message in made["messages"] for line in world.air(message["id"])) == numbers
    assert len(world.all_messages(f"&batch={made['batch']}")) == 20


def test_the_same_idempotency_key_is_the_same_message(world):
    headers = {"Idempotency-Key": "order-4711"}
    first = world.send(text="once", headers=headers)
    again = world.api.post("/v1/messages", {"to": "+4915112345678", "text": "once"}, headers=headers)
    assert again.status == 202 and again.json["id"] == first["id"]
    assert again.headers["idempotency-replayed"] == "true"
    other = world.api.post("/v1/messages", {"to": "+4915112345678", "text": "twice"}, headers=headers)
    assert other.status == 422, other
    world.wait_state(first["id"], "delivered")
    assert len(world.air(first["id"])) == 1


def test_a_scheduled_text_goes_out_at_its_time_and_not_before(world):
    at = time.time() + 4
    text_at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at % 1 * 1000):03}Z"
    made = world.send(send_at=text_at)
    assert made["state"] == "scheduled"
    world.wait_state(made["id"], "delivered")
    line, = world.air(made["id"])
    assert line["at"] >= int(at * 1000) - 1


def test_a_scheduled_text_can_be_cancelled(world):
    made = world.send(send_at="2040-01-01T00:00:00Z")
    world.api.ok("DELETE", f"/v1/messages/{made['id']}")
    assert world.message(made["id"])["state"] == "cancelled"
    assert not world.air(made["id"])


def test_what_was_sent_cannot_be_cancelled(world):
    made = world.send()
    world.wait_state(made["id"], "delivered")
    assert world.api.call("DELETE", f"/v1/messages/{made['id']}").status == 409
    assert world.message(made["id"])["state"] == "delivered"


def test_metadata_comes_back_as_given(world):
    given = {"order": 4711, "tags": ["a", "ü"]}
    made = world.send(metadata=given)
    assert world.message(made["id"])["metadata"] == given


def test_texts_and_keys_reach_no_log(world):
    mark = "a-secret-that-no-log-may-hold"
    made = world.send(to="+4915198765432", text=mark)
    world.wait_state(made["id"], "delivered")
    logs = "\n".join(world.bridge.log + world.broker.log + world.devices["phone-1"].log)
    for secret in (mark, "+4915198765432", world.api.key, world.devices["phone-1"].key_path.read_text().strip()):
        assert secret not in logs, json.dumps([line for line in logs.splitlines() if secret in line])
