"""Texts for later: by local time, moved, withdrawn."""
import datetime

import pytest

from rest import Api
from world import World, before_the_hour_ends, until

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
    at = datetime.datetime.now(UTC) + datetime.timedelta(seconds=4)
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


def recurring(world, **more):
    return world.api.ok("POST", "/v1/schedules", {"name": "monday", "cron": "0 9 * * mon", "zone": "Europe/Berlin",
                                                  "message": {"to": ["+4915112345001", "+4915112345002"], "text": "Good week."},
                                                  **more})


def test_recurring_text(world):
    before_the_hour_ends()
    schedule = recurring(world)
    at = datetime.datetime.fromisoformat(schedule["next_at"])
    assert at.strftime("%a %H:%M") in ("Mon 07:00", "Mon 08:00") and at > datetime.datetime.now(UTC)
    ran = world.api.ok("POST", f"/v1/schedules/{schedule['id']}/run")
    batch = world.api.ok("GET", f"/v1/messages?batch={ran['last']}")["messages"]
    assert sorted(message["to"] for message in batch) == ["+4915112345001", "+4915112345002"]
    for message in batch:
        world.wait_state(message["id"], "delivered")
    assert ran["next_at"] == schedule["next_at"]
    paused = world.api.ok("PATCH", f"/v1/schedules/{schedule['id']}", {"paused": True})
    assert (paused["paused"], paused["next_at"]) == (True, None)
    assert world.api.ok("PATCH", f"/v1/schedules/{schedule['id']}", {"paused": False})["next_at"] == schedule["next_at"]
    assert world.api.call("DELETE", f"/v1/schedules/{schedule['id']}").status == 204
    assert world.api.call("GET", f"/v1/schedules/{schedule['id']}").status == 404


def test_recipients_have_values_of_their_own(world):
    world.api.ok("PUT", "/v1/templates/visit", {"text": "Hello {{name}}, see you {{day}}.", "languages": {"fr": "Bonjour {{name}}, à {{day}}."}})
    message = {"template": "visit", "variables": {"name": "all", "day": "monday"}, "metadata": {"ref": 7},
               "callback_url": "https://hooks.example/kept",
               "to": [{"to": "+4915112345021", "variables": {"name": "Ada"}}, "+4915112345022",
                      {"to": "+4915112345023", "variables": {"name": "Bo", "day": "lundi"}, "language": "fr"}]}
    schedule = recurring(world, message=message)
    path = f"/v1/schedules/{schedule['id']}"
    for shown in (schedule, world.api.ok("GET", path), world.api.ok("GET", "/v1/schedules")["schedules"][-1]):
        assert {name: shown["message"][name] for name in message} == message
    changed = world.api.ok("PATCH", path, {"message": {**schedule["message"], "lane": "high"}})  # as a client reads it and gives it back
    assert changed["message"]["to"] == message["to"] and changed["message"]["metadata"] == {"ref": 7}

    def texts(key):
        ran = world.api.ok("POST", f"{path}/run", headers={"Idempotency-Key": key})
        return {m["to"]: m for m in world.api.ok("GET", f"/v1/messages?batch={ran['last']}")["messages"]}

    made = texts("first")
    assert [made[f"+491511234502{n}"]["text"] for n in (1, 2, 3)] == [
        "Hello Ada, see you monday.", "Hello all, see you monday.", "Bonjour Bo, à lundi."]
    assert all(m["metadata"] == {"ref": 7} and m["callback_url"] == message["callback_url"] for m in made.values())
    world.api.ok("PUT", "/v1/templates/visit", {"text": "{{name}}: {{day}}"})  # each run makes its text anew
    assert texts("second")["+4915112345021"]["text"] == "Ada: monday"
    assert texts("first") .keys() == made.keys()
    bad = world.api.call("PATCH", path, {"message": {**message, "to": [{"to": "+4915112345021", "variables": {"colour": "red"}}]}})
    assert (bad.status, bad.json["field"]) == (400, "message.to[0].variables.colour")
    big = [{"to": f"+49151123{n:05}", "variables": {"name": "x" * 300}} for n in range(500)]
    assert world.api.call("PATCH", path, {"message": {**message, "to": big}}).json["field"] == "message.to"
    assert world.api.call("DELETE", path).status == 204
    assert world.store.sql(f"SELECT own, metadata, callback_url FROM schedule WHERE id = '{schedule['id']}'") == [(None, None, None)]


def test_its_time_comes_once(world):
    """The clock cannot be moved; the row's time can."""
    schedule = recurring(world, message={"to": "+4915112345003", "text": "once"})
    late = recurring(world, message={"to": "+4915112345004", "text": "too late"})
    now = int(datetime.datetime.now(UTC).timestamp() * 1000)
    world.store.sql(f"UPDATE schedule SET next_at = {now - 1000} WHERE id = '{schedule['id']}'")
    world.store.sql(f"UPDATE schedule SET next_at = {now - 7200000} WHERE id = '{late['id']}'")
    shown = until(lambda: (s := world.api.ok("GET", f"/v1/schedules/{schedule['id']}"))["last"] and s, "it has run")
    assert shown["next_at"] == schedule["next_at"]
    world.wait_state(shown["last"], "delivered")
    missed = until(lambda: (s := world.api.ok("GET", f"/v1/schedules/{late['id']}"))["error"] and s, "it was looked at")
    assert missed["error"].startswith("left out") and missed["last"] is None
    assert len(world.api.ok("GET", "/v1/messages?to=%2B4915112345003")["messages"]) == 1


def test_changes(world):
    before_the_hour_ends()
    schedule = recurring(world, cron="0 9 * * sat-sun")
    path = f"/v1/schedules/{schedule['id']}"
    assert datetime.datetime.fromisoformat(schedule["next_at"]).strftime("%a") in ("Sat", "Sun")
    later = world.api.ok("PATCH", path, {"cron": "0 9 * * tue", "zone": "UTC", "name": "tuesday"})
    assert (later["name"], later["cron"], later["zone"], later["message"]) == ("tuesday", "0 9 * * tue", "UTC", schedule["message"])
    assert datetime.datetime.fromisoformat(later["next_at"]).strftime("%a %H:%M") == "Tue 09:00"
    other = world.api.ok("PATCH", path, {"message": {"to": "+4915112345005", "text": "Good day.", "lane": "bulk"}})
    assert (other["message"]["to"], other["message"]["text"], other["message"]["lane"]) == (["+4915112345005"], "Good day.", "bulk")
    assert (other["next_at"], other["name"]) == (later["next_at"], "tuesday")
    assert world.api.ok("PATCH", path, {"paused": False})["next_at"] == later["next_at"]
    world.restart_bridge(kill=True)
    world.api.close()
    shown = world.api.ok("GET", path)
    assert {k: shown[k] for k in ("name", "cron", "zone", "message", "next_at")} == {k: other[k] for k in ("name", "cron", "zone", "message", "next_at")}
    message = world.message(world.api.ok("POST", f"{path}/run")["last"])
    assert (message["schedule"], message["to"], message["text"]) == (schedule["id"], "+4915112345005", "Good day.")
    assert world.send(text="by hand")["schedule"] is None
    world.api.call("DELETE", path)
    assert world.message(message["id"])["schedule"] == schedule["id"]


@pytest.mark.parametrize("body, field", [
    ({"cron": "0 9 * *"}, "cron"), ({"cron": "0 0 31 feb *"}, "cron"), ({"zone": "Mars"}, "zone"), ({"name": ""}, "name"),
    ({"message": {"text": "x"}}, "message.to"), ({"message": {"to": "+4915112345001", "template": "none"}}, "message.template"),
    ({"next_at": "2030-01-01T00:00:00Z"}, "next_at"),
])
def test_bad_changes(world, body, field):
    schedule = recurring(world)
    answer = world.api.call("PATCH", f"/v1/schedules/{schedule['id']}", body)
    assert (answer.status, answer.json["field"]) == (400, field)
    assert world.api.ok("GET", f"/v1/schedules/{schedule['id']}") == schedule


def test_a_key_runs_it_once(world):
    schedule, other = recurring(world), recurring(world)
    run = f"/v1/schedules/{schedule['id']}/run"
    first = world.api.call("POST", run, headers={"Idempotency-Key": "monday-1"})
    again = world.api.call("POST", run, headers={"Idempotency-Key": "monday-1"})
    assert (first.status, again.status, again.json["last"]) == (200, 200, first.json["last"])
    assert (first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]) == (None, "true")
    assert world.api.ok("POST", run)["last"] != first.json["last"]
    assert world.api.call("POST", f"/v1/schedules/{other['id']}/run", headers={"Idempotency-Key": "monday-1"}).status == 422
    assert world.api.call("POST", run, headers={"Idempotency-Key": "no key"}).json["field"] == "Idempotency-Key"


def test_runs_count_against_the_key(world):
    key = Api(world.bridge.port, world.new_key(rate=5)["key"])
    schedule = recurring(world)
    path = f"/v1/schedules/{schedule['id']}/run"
    assert [key.call("POST", path).status for _ in range(4)] == [200, 200, 200, 429]  # two messages each; the last may pass it
    assert key.call("POST", "/v1/schedules/SC" + "0" * 32 + "/run").status == 404


@pytest.mark.parametrize("more, field", [
    ({"cron": "0 9 * *"}, "cron"), ({"cron": "60 9 * * *"}, "cron"), ({"cron": "0 0 31 feb *"}, "cron"), ({"zone": "Mars"}, "zone"),
    ({"message": {"text": "x"}}, "message.to"), ({"message": {"to": "+4915112345001", "text": "x", "send_at": "2030-01-01T00:00:00Z"}}, "message.send_at"),
    ({"more": 1}, "more"),
])
def test_bad_schedules(world, more, field):
    body = {"name": "x", "cron": "0 9 * * *", "message": {"to": "+4915112345001", "text": "x"}, **more}
    answer = world.api.call("POST", "/v1/schedules", body)
    assert (answer.status, answer.json["field"]) == (400, field)
