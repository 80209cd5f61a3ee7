"""Inbound texts, and the live stream of events."""
import pytest

from world import World, until


@pytest.fixture(scope="module")
def world():
    with World(devices=1) as made:
        yield made


def inbound(world, text, **fields):
    answer = world.devices["phone-1"].control({"inbound": {"from": "+4917012345678", "text": text, **fields}})
    assert answer["ok"], answer


def received(world, text):
    return [message for message in world.all_messages("&direction=inbound") if message["text"] == text]


def test_an_inbound_text_is_stored_once_and_told(world):
    stream = world.api.events()
    inbound(world, "hello gateway ä€")
    event = stream.wait(lambda event: event["event"] == "message.received")
    stream.close()
    shown = world.message(event["data"]["message"]["id"])
    assert shown["state"] == "received" and shown["from"] == "+4917012345678" and shown["device"] == "phone-1"
    assert shown["text"] == "hello gateway ä€" and shown["sim"] == 1


def test_the_same_inbound_text_read_again_is_the_same_message(world):
    inbound(world, "read twice", uid="inbox-1")
    until(lambda: received(world, "read twice"), "it is stored")
    inbound(world, "read twice", uid="inbox-1")
    inbound(world, "a marker behind it")
    until(lambda: received(world, "a marker behind it"), "what came later is stored")
    assert len(received(world, "read twice")) == 1


def test_inbound_texts_wait_on_the_device_while_the_bridge_is_away(world):
    world.bridge.stop()
    for n in range(5):
        inbound(world, f"while away {n}")
    world.start_bridge()
    for n in range(5):
        until(lambda: received(world, f"while away {n}"), "it is stored")
        assert len(received(world, f"while away {n}")) == 1


def test_the_stream_tells_every_move_in_order(world):
    stream = world.api.events()
    made = world.send()
    mine = lambda event: event["data"] and event["data"].get("message", {}).get("id") == made["id"]
    stream.wait(lambda event: mine(event) and event["event"] == "message.delivered")
    stream.close()
    names = [event["event"] for event in stream.events if mine(event)]
    assert names[0] == "message.queued" and names[-3:] == ["message.accepted", "message.sent", "message.delivered"]
    numbers = [int(event["id"]) for event in stream.events if event.get("id")]
    assert numbers == sorted(set(numbers))


def test_the_stream_goes_on_behind_the_last_event_seen(world):
    stream = world.api.events()
    first = world.send()
    seen = stream.wait(lambda event: event["event"] == "message.delivered")
    stream.close()
    second = world.send()
    world.wait_state(second["id"], "delivered")
    stream = world.api.events(after=seen["id"])
    stream.wait(lambda event: event["event"] == "message.delivered")
    stream.close()
    ids = {event["data"]["message"]["id"] for event in stream.events if event["data"] and "message" in event["data"]}
    assert second["id"] in ids and first["id"] not in ids
    assert min(int(event["id"]) for event in stream.events if event.get("id")) > int(seen["id"])


def test_the_stream_goes_on_across_a_restart_of_the_bridge(world):
    stream = world.api.events()
    world.send()
    seen = stream.wait(lambda event: event["event"] == "message.delivered")
    world.restart_bridge(kill=True)
    made = world.send()
    world.wait_state(made["id"], "delivered")
    stream = world.api.events(after=seen["id"])
    event = stream.wait(lambda event: event["event"] == "message.delivered")
    stream.close()
    assert event["data"]["message"]["id"] == made["id"]


def test_the_stream_can_be_narrowed_to_kinds(world):
    stream = world.api.events(query="?types=message.delivered")
    made = world.send()
    event = stream.wait(lambda event: True)
    stream.close()
    assert event["event"] == "message.delivered" and event["data"]["message"]["id"] == made["id"]
