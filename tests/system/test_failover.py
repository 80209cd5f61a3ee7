"""Two phones, and one is killed at every stage of a message's way: no double at QoS 2, nothing lost at QoS 1, and the
timeline tells who took over."""
import json
import os
import signal

import pytest

from world import World, until

QUIET = {"otherwise": {"sent_ms": 10, "delivered_ms": 10}}
LEASE_S = 2


@pytest.fixture
def world():
    with World(devices=2, rules=QUIET, bridge={("engine", "lease"): f"{LEASE_S}s",
                                               ("engine", "confirm"): "300ms"}) as made:
        made.api.ok("POST", "/v1/pools", {"name": "both", "policy": "round_robin"})
        yield made


def only(world, name):
    """Leaves one phone in the pool."""
    for device in world.devices:
        if device != name:
            world.api.ok("POST", f"/v1/devices/{device}/pause")
    world.api.ok("PUT", f"/v1/pools/both/members/{name}", {})


def both(world):
    for device in world.devices:
        world.api.ok("PUT", f"/v1/pools/both/members/{device}", {})
        world.api.ok("POST", f"/v1/devices/{device}/resume")


def freeze(world, name):
    """The phone's program does nothing any more; the broker and the radio do not know."""
    os.kill(world.devices[name].process.pid, signal.SIGSTOP)


def kill(world, name):
    world.devices[name].kill()


def moves(shown):
    return [entry for entry in shown["timeline"] if entry["event"] == "message.moved"]


def sent_by(world, id):
    return [line["device"] for line in world.air(id)]


@pytest.mark.parametrize("qos", [1, 2])
def test_killed_before_the_text_arrives(world, qos):
    only(world, "phone-1")
    freeze(world, "phone-1")
    made = world.send(qos=qos, **{"from": "both"})
    world.wait_state(made["id"], "dispatched")
    kill(world, "phone-1")
    both(world)
    world.wait_online("phone-1", online=False)
    if qos == 1:
        shown = world.wait_state(made["id"], "delivered")
        assert sent_by(world, made["id"]) == ["phone-2"]
        assert [move["text"] for move in moves(shown)] == ["phone-2 takes it over from phone-1"]
    world.devices["phone-1"].start()
    world.wait_online("phone-1")
    shown = world.wait_state(made["id"], "delivered")
    # The broker hands phone-1 the old text again: it must not send what phone-2 has sent, and at QoS 2 sends it now.
    probe = world.send(device="phone-1")
    world.wait_state(probe["id"], "delivered")
    assert len(sent_by(world, made["id"])) == 1, shown


def test_killed_for_good_before_the_text_arrives_at_qos_2(world):
    only(world, "phone-1")
    freeze(world, "phone-1")
    made = world.send(qos=2, ttl=3, **{"from": "both"})
    world.wait_state(made["id"], "dispatched")
    kill(world, "phone-1")
    both(world)
    world.api.ok("DELETE", "/v1/devices/phone-1")
    shown = world.wait_state(made["id"], "unknown")
    assert shown["error"]["code"] == "no_answer" and not world.air(made["id"])
    del world.devices["phone-1"]


@pytest.mark.parametrize("qos", [1, 2])
def test_killed_with_the_text_in_its_journal(world, qos):
    phone = world.devices["phone-1"]
    only(world, "phone-1")
    phone.stop()
    phone.set_rules({"ready_ms": 3600000})
    phone.start()
    world.wait_online("phone-1")
    made = world.send(qos=qos, **{"from": "both"})
    world.wait_state(made["id"], "accepted")
    kill(world, "phone-1")
    both(world)
    world.wait_online("phone-1", online=False)
    # It may be in the radio of phone-1, as far as anybody knows: it waits for the word of phone-1.
    until(lambda: world.message(made["id"])["waiting"]["text"] == "phone-1 has it and is offline", "it says so")
    assert not world.air(made["id"])
    # Its lease runs out meanwhile: by its own clock the phone may not begin any more.
    other = world.send(device="phone-2", to="+4915100000077")
    world.wait_state(other["id"], "delivered")
    phone.start()
    shown = world.wait_state(made["id"], "delivered")
    assert sent_by(world, made["id"]) == ["phone-2"]
    assert [move["text"] for move in moves(shown)] == ["phone-2 takes it over from phone-1"]


@pytest.mark.parametrize("qos,end", [(1, "delivered"), (2, "unknown")])
def test_killed_with_the_text_in_its_radio(world, qos, end):
    only(world, "phone-1")
    phone = world.devices["phone-1"]
    phone.rules_now({"rules": [{"accident": "hang"}]})
    made = world.send(qos=qos, **{"from": "both"})
    world.wait_state(made["id"], "accepted")
    kill(world, "phone-1")
    both(world)
    world.wait_online("phone-1", online=False)
    phone.start()
    shown = world.wait_state(made["id"], end)
    assert not moves(shown), "another phone has taken what may be in the first one's radio"
    assert len(world.air(made["id"])) == (1 if qos == 1 else 0)


@pytest.mark.parametrize("qos,end", [(1, "delivered"), (2, "unknown")])
def test_killed_after_the_radio_sent_it_and_before_it_said_so(world, qos, end):
    only(world, "phone-1")
    phone = world.devices["phone-1"]
    phone.rules_now({"rules": [{"sent_ms": 3000, "delivered_ms": 10}]})
    made = world.send(qos=qos, **{"from": "both"})
    world.wait_state(made["id"], "accepted")
    freeze(world, "phone-1")
    until(lambda: world.air(made["id"]), "it is on the air")
    kill(world, "phone-1")
    both(world)
    phone.start()
    shown = world.wait_state(made["id"], end)
    assert not moves(shown)
    assert sent_by(world, made["id"]) == ["phone-1"] * (2 if qos == 1 else 1)


def test_removed_phone_s_text_is_sent_by_another_at_qos_1(world):
    only(world, "phone-1")
    world.devices["phone-1"].rules_now({"rules": [{"accident": "hang"}]})
    made = world.send(**{"from": "both"})
    world.wait_state(made["id"], "accepted")
    kill(world, "phone-1")
    both(world)
    world.wait_online("phone-1", online=False)
    world.api.ok("DELETE", "/v1/devices/phone-1")
    shown = world.wait_state(made["id"], "delivered")
    assert sent_by(world, made["id"]) == ["phone-2"] and len(moves(shown)) == 1
    assert any(entry["reason"] == "device_removed" for entry in shown["timeline"]), json.dumps(shown)
    del world.devices["phone-1"]


def test_twenty_texts_of_which_half_were_at_a_phone_that_dies(world):
    both(world)
    for phone in world.devices.values():
        phone.rules_now({"rules": [{"sent_ms": 200, "delivered_ms": 10}]})
    ids = {qos: [world.send(to=f"+49151000002{n:02}", qos=qos, **{"from": "both"})["id"] for n in range(10)]
           for qos in (1, 2)}
    until(lambda: world.air(), "the first is on the air")
    kill(world, "phone-1")
    world.devices["phone-1"].start()
    for id in ids[1]:
        world.wait_state(id, "sent", "delivered") # a delivery report dies with the radio that waits for it
        assert len(world.air(id)) >= 1
    for id in ids[2]:
        world.wait_state(id, "sent", "delivered", "unknown")
        assert len(world.air(id)) <= 1
