"""Texts for later: by local time, moved, withdrawn."""
import datetime

import pytest

from world import World

UTC = datetime.timezone.utc


@pytest.fixture(scope="module")
def world():
    with World(devices=1) as world:
        yield world


def test_local_time_with_its_zone(world):
    summer = world.send(text="x", send_at="2030-07-01T09:00", zone="Europe/Berlin")
    winter = world.send(text="x", send_at="2030-12-24T09:00:30", zone="America/New_York")
    offset = world.send(text="x", send_at="2030-12-24T09:00:00+05:30")
    assert [m["send_at"][:19] for m in (summer, winter, offset)] == \
        ["2030-07-01T07:00:00", "2030-12-24T14:00:30", "2030-12-24T03:30:00"]
    assert summer["state"] == "scheduled"
    listed = world.api.ok("GET", "/v1/messages?state=scheduled")["messages"]
    assert {summer["id"], winter["id"], offset["id"]} <= {message["id"] for message in listed}


def test_move(world):
    message = world.send(text="x", send_at="2030-01-01T00:00:00Z", ttl=3600)
    moved = world.api.ok("PATCH", f"/v1/messages/{message['id']}", {"send_at": "2030-01-02T01:00", "zone": "Europe/Berlin"})
    assert (moved["send_at"][:19], moved["expires_at"][:19]) == ("2030-01-02T00:00:00", "2030-01-02T01:00:00")
    assert "message.rescheduled" in [event["event"] for event in world.message(message["id"])["timeline"]]
    world.restart_bridge(kill=True)
    world.api.close()
    assert world.message(message["id"])["send_at"][:19] == "2030-01-02T00:00:00"
    past = (datetime.datetime.now(UTC) - datetime.timedelta(hours=1)).isoformat()
    world.api.ok("PATCH", f"/v1/messages/{message['id']}", {"send_at": past})
    world.wait_state(message["id"], "delivered")
    late = world.api.call("PATCH", f"/v1/messages/{message['id']}", {"send_at": "2030-01-01T00:00:00Z"})
    assert (late.status, late.json["title"]) == (409, "Conflict")


def test_soon(world):
    at = datetime.datetime.now(UTC) + datetime.timedelta(seconds=1)
    message = world.send(text="x", send_at=at.isoformat())
    assert message["state"] == "scheduled"
    world.wait_state(message["id"], "delivered")
    assert world.air(message["id"])[0]["at"] >= at.timestamp() * 1000 - 1


def test_withdraw(world):
    message = world.send(text="x", send_at="2030-01-01T00:00:00Z")
    assert world.api.ok("DELETE", f"/v1/messages/{message['id']}")["state"] == "cancelled"
    assert world.api.call("PATCH", f"/v1/messages/{message['id']}", {"send_at": "2030-01-01T00:00:00Z"}).status == 409


@pytest.mark.parametrize("body, field", [
    ({"send_at": "2030-01-01T00:00"}, "send_at"), ({"send_at": "2030-01-01T00:00", "zone": "Mars"}, "zone"),
    ({"send_at": "2030-02-30T00:00", "zone": "UTC"}, "send_at"), ({"send_at": "2030-01-01T00:00:00Z", "zone": "UTC"}, "send_at"),
    ({"zone": "UTC"}, "zone"),
])
def test_bad_times(world, body, field):
    answer = world.api.call("POST", "/v1/messages", {"to": "+4915112345678", "text": "x", **body})
    assert (answer.status, answer.json["field"]) == (400, field)
