"""Each part ends and comes back, cleanly or not, and no text suffers."""
import re
import time

import pytest

from rest import Api
from world import Bridge, World, until

SLOW = {"otherwise": {"sent_ms": [200, 400], "delivered_ms": [200, 400]}}


def send_many(world, count=20, **fields):
    return [message["id"] for message in
            world.send(to=[f"+491511234{n:04}" for n in range(count)], **fields)["messages"]]


def all_delivered_once(world, ids):
    for id in ids:
        world.wait_state(id, "delivered", timeout=60)
        assert len(world.air(id)) == 1, world.message(id)


@pytest.mark.parametrize("kill", [False, True], ids=["stop", "kill"])
def test_the_bridge_restarts_in_the_middle(kill):
    with World(devices=1, rules=SLOW) as world:
        ids = send_many(world, qos=2)
        until(lambda: world.air(), "the first is on the air")
        world.restart_bridge(kill=kill)
        all_delivered_once(world, ids)


def test_another_node_takes_over():
    with World(devices=1) as world:
        key, first, east = world.new_key()["key"], world.bridge, {("node", "id"): "east"}
        world.wait_state(world.send()["id"], "delivered")
        second = Bridge(world, east)
        second.start()
        second.wait_log("another bridge")
        assert second.process.wait(60) == 4, second.log
        second.kill()
        seen = len(second.log)
        first.kill()
        world.bridge, world.api = second, Api(second.port, key)
        world.start_bridge()
        world.wait_state(world.send()["id"], "delivered")
        second.wait_log("node claimed.*taken=1", seen)
        assert world.store.sql("SELECT id, lease FROM node ORDER BY n") == [("main", 2), ("east", 1)]
        assert world.store.sql("SELECT n.id FROM device d JOIN node n ON n.n = d.node") == [("east",)]


def batched(world):
    """How many payloads have gone to the broker together with others."""
    return int(re.search(r"^smsquitto_broker_batched_payloads_total (\d+)", world.admin.get("/metrics").body, re.M)[1])


@pytest.mark.parametrize("forget", [False, True], ids=["with-its-state", "without-its-state"])
def test_the_broker_is_killed_in_the_middle(forget):
    with World(devices=1, rules=SLOW) as world:
        ids = send_many(world, qos=2)
        until(lambda: world.air(), "the first is on the air")
        assert batched(world) > 0
        world.broker.kill()
        if forget:
            world.forget_broker_state()
        world.broker.start()
        all_delivered_once(world, ids)


def test_the_device_stops_cleanly_and_starts_again():
    with World(devices=1, rules=SLOW) as world:
        ids = send_many(world, qos=1)
        until(lambda: world.air(), "the first is on the air")
        assert world.devices["phone-1"].stop() == 0
        world.devices["phone-1"].start()
        for id in ids:
            # The simulated phone forgets delivery reports that were on their way when it stopped.
            world.wait_state(id, "sent", "delivered", timeout=60)
            assert world.air(id)


def test_texts_are_accepted_while_the_broker_is_down():
    with World(devices=1) as world:
        world.broker.kill()
        made = world.send()
        world.wait_reason(made["id"], "no_broker")
        world.broker.start()
        world.wait_state(made["id"], "delivered")


def test_a_second_run_keeps_keys_devices_and_messages():
    with World(devices=1) as world:
        made = world.send()
        world.wait_state(made["id"], "delivered")
        world.devices["phone-1"].stop()
        assert world.bridge.stop() == 0
        world.broker.stop()
        world.broker.start()
        world.start_bridge()
        world.devices["phone-1"].start()
        world.wait_online("phone-1")
        assert world.message(made["id"])["state"] == "delivered"
        world.wait_state(world.send()["id"], "delivered")


def test_the_same_idempotency_key_is_the_same_message_after_a_crash():
    with World(devices=1) as world:
        headers = {"Idempotency-Key": "order-1"}
        first = world.send(headers=headers)
        world.restart_bridge(kill=True)
        assert world.send(headers=headers)["id"] == first["id"]
        world.wait_state(first["id"], "delivered")
        assert len(world.air()) == 1


def test_a_bridge_under_load_stops_within_ten_seconds():
    with World(devices=1, rules=SLOW) as world:
        ids = send_many(world, 50)
        begin = time.monotonic()
        assert world.bridge.stop() == 0
        assert time.monotonic() - begin < 10
        world.start_bridge()
        for id in ids:
            world.wait_state(id, "delivered", timeout=60)


def test_a_second_bridge_on_the_same_store_is_refused():
    with World(devices=0) as world:
        other = type(world.bridge)(world)
        other.start()
        code = other.process.wait(60)
        assert code not in (0, None), other.log
        other.process = None
        assert world.api.get("/readyz").status == 200
