"""The three queues: look into them, release, retry and drop, one or by filter, over REST and by command."""
import datetime

import pytest

import cli
from world import World, until

TO, DOUBT = "+4915112345678", "+4915112345666"


@pytest.fixture(scope="module")
def world():
    with World(devices=1, rules={"rules": [{"to": DOUBT, "accident": "crash-after"}]}) as world:
        yield world


def counts(world):
    return {queue["name"]: queue["count"] for queue in world.api.ok("GET", "/v1/queues")["queues"]}


def ids(world, queue, query=""):
    return [message["id"] for message in world.api.ok("GET", f"/v1/queues/{queue}{query}")["messages"]]


def act(world, queue, verb, **body):
    return world.api.ok("POST", f"/v1/queues/{queue}/{verb}", body)


def held(world, count=1):
    """Messages for a device that is paused."""
    world.api.ok("POST", "/v1/devices/phone-1/pause")
    made = [world.send(to=TO, text=f"held {n}", device="phone-1")["id"] for n in range(count)]
    until(lambda: set(made) <= set(ids(world, "held")), "they are held")
    return made


@pytest.fixture
def resumed(world):
    yield
    world.api.ok("POST", "/v1/devices/phone-1/resume")
    until(lambda: (now := counts(world))["held"] == now["active"] == 0, "nothing waits any more")


def test_held_messages_say_why_and_can_be_dropped(world, resumed):
    made = held(world, 3)
    page = world.api.ok("GET", "/v1/queues/held?device=phone-1&reason=device_paused&lane=normal")["messages"]
    assert {message["id"] for message in page} == set(made)
    assert all(message["waiting"]["code"] == "device_paused" for message in page)
    assert ids(world, "held", "?reason=quiet_hours") == ids(world, "held", "?lane=bulk") == []
    assert counts(world)["held"] == 3
    stays = act(world, "held", "release", ids=made[:1])
    assert stays["done"] == 0 and "paused" in stays["results"][0]["why"]
    dropped = act(world, "held", "drop", filter={"device": "phone-1"})
    assert dropped["done"] == 3 and dropped["next_cursor"] is None
    assert {world.message(message)["state"] for message in made} == {"cancelled"}
    again = act(world, "held", "drop", ids=made[:1])
    assert again["done"] == 0 and "cancelled" in again["results"][0]["why"]


def quiet_now(world):
    """Quiet hours around the present minute, whatever the clock says."""
    now = datetime.datetime.now(datetime.timezone.utc)
    begins, ends = (f"{now + datetime.timedelta(hours=hours):%H:%M}" for hours in (-1, 1))
    world.api.ok("PUT", "/v1/account/quiet-hours", {"begins": begins, "ends": ends, "zone": "UTC"})


def test_quiet_hours_are_left_by_release(world):
    quiet_now(world)
    try:
        message = world.send(to=TO, text="now please")
        assert message["state"] == "held", message
        answer = act(world, "held", "release", ids=[message["id"]])
        assert answer["done"] == 1
        world.wait_state(message["id"], "delivered")
    finally:
        world.api.ok("PUT", "/v1/account/quiet-hours", {})


def lost(world, **more):
    """A message that expired."""
    world.api.ok("POST", "/v1/devices/phone-1/pause")
    message = world.send(to=TO, text="too late", device="phone-1", ttl=1, metadata={"order": "7"}, **more)["id"]
    world.wait_state(message, "expired")
    world.api.ok("POST", "/v1/devices/phone-1/resume")
    return message


def test_dead_letters_are_sent_again(world):
    message = lost(world)
    assert message in ids(world, "dead", "?reason=expired")
    answer = act(world, "dead", "retry", ids=[message])
    made = answer["results"][0]["retried_as"]
    world.wait_state(made, "delivered")
    assert world.message(made)["metadata"] == {"order": "7"}
    assert message not in ids(world, "dead")
    assert world.message(message)["state"] == "expired", "the old one stays as it ended"
    told = [(event["event"], event["text"]) for event in world.message(message)["timeline"]]
    assert ("message.retried", f"sent again as {made}") in told
    twice = act(world, "dead", "retry", ids=[message])
    assert twice["done"] == 0 and twice["results"][0]["why"] == "was seen to before"


def test_what_may_have_been_sent_needs_force(world):
    world.devices["phone-1"].set_rules({})  # for the radio that comes after the accident
    message = world.send(to=DOUBT, text="in doubt", qos=2)["id"]
    world.wait_state(message, "unknown")
    refused = act(world, "dead", "retry", filter={})
    assert [item["done"] for item in refused["results"] if item["id"] == message] == [False]
    assert "may have been sent" in refused["results"][0]["why"]
    forced = act(world, "dead", "retry", ids=[message], force=True)
    world.wait_state(forced["results"][0]["retried_as"], "delivered")


def test_dead_letters_survive_a_restart_and_can_be_put_away(world):
    message = lost(world)
    world.restart_bridge(kill=True)
    world.api.close()
    assert message in ids(world, "dead")
    assert act(world, "dead", "drop", ids=[message])["done"] == 1
    assert message not in ids(world, "dead") and world.message(message)["state"] == "expired"


@pytest.mark.parametrize("path, body, status, field", [
    ("held/release", {}, 400, "ids"), ("held/release", {"ids": ["SM1"]}, 400, "ids"),
    ("held/release", {"ids": [], }, 400, "ids"), ("held/release", {"filter": {"state": "held"}}, 400, "filter.state"),
    ("held/release", {"filter": {"device": "nobody"}}, 400, "filter.device"),
    ("held/release", {"filter": {"pool": "nobody"}}, 400, "filter.pool"),
    ("held/release", {"filter": {"lane": "fast"}}, 400, "filter.lane"),
    ("held/release", {"filter": {}, "ids": ["SM01"]}, 400, "ids"), ("dead/drop", {"filter": {"to": "x"}}, 400, "filter.to"),
    ("held/retry", {"filter": {}}, 404, None), ("active/release", {"filter": {}}, 404, None), ("gone/drop", {"filter": {}}, 404, None),
])
def test_bad_requests(world, path, body, status, field):
    answer = world.api.call("POST", f"/v1/queues/{path}", body)
    assert (answer.status, answer.json.get("field")) == (status, field), answer.json


def test_foreign_messages_are_not_found(world):
    account = world.admin.ok("POST", "/v1/accounts", {"name": "other"})["id"]
    message = lost(world)
    answer = cli.run("queue", "drop", "dead", message, "--account", account, "--json", "--socket", world.bridge.socket)
    assert answer.code == 0 and answer.json["results"][0]["why"] == "there is no such message"
    act(world, "dead", "drop", ids=[message])


def test_command(world, resumed):
    made = held(world, 2)
    run = lambda *words: cli.run(*words, "--socket", world.bridge.socket)
    assert "held" in run("queue", "list").out
    shown = run("queue", "show", "held").out
    assert all(message in shown for message in made) and "is paused" in shown
    kept = run("queue", "release", "--all")
    assert kept.code == 0 and kept.out.count("is paused") == 2 and "0 released" in kept.out
    assert run("queue", "drop", "held").code == 2, "neither ids nor a filter"
    assert "2 dropped" in run("queue", "drop", "held", "--device", "phone-1").out
    assert "The queue is empty." in run("queue", "show", "held").out
    message = lost(world)
    again = run("queue", "retry", message)
    assert again.code == 0 and "sent again as SM" in again.out and "1 sent again." in again.out
