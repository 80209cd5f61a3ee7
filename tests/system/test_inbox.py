"""Inboxes that are read again: the device tells what it told before, and the gateway stores what it has lost, once."""
import time

import pytest

import cli
from broker import Broker
from device import Device
from receiver import Receiver
from test_backup import backup, lose_store, restore
from store import sqlite_only
from world import World, until


def ms(seconds=0.0):
    return int((time.time() + seconds) * 1000)


def iso(seconds=0.0):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


# --- the device

@pytest.fixture(scope="module")
def broker():
    broker = Broker()
    broker.add_login("bridge-1", "bridge")
    broker.add_login("phone-1")
    with broker:
        yield broker


def uids(bridge):
    """What was told, in order, each as often as it was told."""
    told = {}
    for way, leaf, payload in bridge.log:
        if way == "device" and leaf == "inbound":
            told.update({text["seq"]: text["uid"] for text in payload["texts"]})
    return [uid for _, uid in sorted(told.items())]


def arrive(device, *texts):
    for uid, ago in texts:
        device.radio(inbound={"from": "+15550001111", "text": uid, "uid": uid, "received_at": ms(-ago)})


def ask(bridge, asked_at, since, until=60):
    bridge.publish("inbox", {"asked_at": asked_at, "from": ms(-since), "to": ms(until)})


WHOLE = {"device": {"whole-inbox": "yes"}}


def test_known_texts_of_the_period_are_told_again_once(broker, bridge):
    with Device(broker, "phone-1", settings=WHOLE) as device:
        bridge.wait_hello()
        arrive(device, ("old", 7200), ("two", 600), ("three", 5))
        bridge.wait(lambda: len(uids(bridge)) == 3)
        ask(bridge, 1001, 3600)
        bridge.wait(lambda: len(uids(bridge)) == 5)
        assert uids(bridge) == ["old", "two", "three", "two", "three"]
        bridge.wait(lambda: bridge.statuses[-1].get("inbox") == 1001, "the device names the request")
        before = len(bridge.statuses)
        ask(bridge, 1001, 7300)  # the same request: answered, not carried out
        bridge.wait(lambda: len(bridge.statuses) > before)
        arrive(device, ("four", 1))
        bridge.wait(lambda: len(uids(bridge)) == 6)
        assert uids(bridge)[-1] == "four"
        ask(bridge, 1002, 7300, until=-300)
        bridge.wait(lambda: len(uids(bridge)) == 8)
        assert uids(bridge)[6:] == ["old", "two"]


def test_request_survives_device_and_radio(broker, bridge):
    with Device(broker, "phone-1", settings=WHOLE) as device:
        bridge.wait_hello()
        arrive(device, ("one", 600))
        bridge.wait(lambda: uids(bridge) == ["one"])
        device.radio(crash=True)
        ask(bridge, 2001, 3600)  # there may be no radio now
        bridge.wait(lambda: uids(bridge) == ["one", "one"])
        hellos = len(bridge.hellos())
        device.kill()
        device.start()
        bridge.wait_hello(hellos + 1)
        arrive(device, ("two", 1))
        bridge.wait(lambda: len(uids(bridge)) == 3)
        assert uids(bridge) == ["one", "one", "two"], "the request was carried out twice"
        assert bridge.hellos()[-1]["inbox"] == 2001


def test_what_lay_in_the_phone_before_is_its_owners(broker, bridge):
    with Device(broker, "phone-1") as device:
        bridge.wait_hello()
        arrive(device, ("older", 3600), ("now", 0))  # older: the radio tells it now, but it came in long ago
        bridge.wait(lambda: len(uids(bridge)) == 2)
        ask(bridge, 3001, 86400)
        bridge.wait(lambda: len(uids(bridge)) == 3)
        assert uids(bridge)[2] == "now"
        bridge.wait(lambda: bridge.statuses[-1].get("inbox") == 3001)
        arrive(device, ("last", 0))
        bridge.wait(lambda: uids(bridge)[3:] == ["last"])


@pytest.mark.parametrize("payload", [{}, {"asked_at": 1, "from": 2, "to": 1}, {"asked_at": 0, "from": 0, "to": 1}, []])
def test_bad_requests_are_logged_and_nothing_happens(broker, bridge, payload):
    with Device(broker, "phone-1") as device:
        bridge.wait_hello()
        bridge.publish("inbox", payload)
        device.wait_log("what=inbox")
        assert bridge.query("SM" + "0" * 12 + "7" + "0" * 3 + "8" + "0" * 15)[0]["state"] == "none"


# --- the gateway

@pytest.fixture
def world():
    with World(devices=1, bridge={("webhooks", "allow"): "127.0.0.1"}, device={("device", "whole-inbox"): "yes"}) as world:
        yield world


def inbound(world, *texts):
    for text in texts:
        world.devices["phone-1"].control({"inbound": {"from": "+4915112340000", "text": text}})


def texts(world):
    return sorted(message["text"] for message in world.all_messages("&direction=inbound"))


def path(device="phone-1"):
    return f"/v1/devices/{device}/inbox"


@sqlite_only("backups of PostgreSQL are the server's (pg_dump)")
def test_texts_that_a_restored_store_has_lost_come_back_once(world):
    inbound(world, "before 1", "before 2", "same", "same")
    until(lambda: len(texts(world)) == 4, "they are stored")
    copy = backup(world)
    inbound(world, "lost 1", "lost 2", "same")
    until(lambda: len(texts(world)) == 7, "they are stored")
    world.bridge.kill()
    lose_store(world, "damaged")
    assert restore(world, copy).code == 0
    world.start_bridge()
    world.wait_online("phone-1")
    assert texts(world) == ["before 1", "before 2", "same", "same"]
    with Receiver() as receiver:
        world.admin.ok("POST", "/v1/webhooks", {"url": receiver.url, "events": ["message.received"]})
        result = cli.run("--socket", world.bridge.socket, "device", "inbox", "phone-1", "--from", "-1h")
        assert result.code == 0 and "phone-1" in result.out, result
        until(lambda: len(texts(world)) == 7, "the lost ones are back")
        until(lambda: world.api.ok("GET", path())["state"] == "taken", "the device has the request")
        inbound(world, "after")
        receiver.wait(lambda r: len(r.got) >= 4, "all four are told")
        assert texts(world) == ["after", "before 1", "before 2", "lost 1", "lost 2", "same", "same", "same"]
        told = [next(text for text in ("lost 1", "lost 2", "same", "after") if text in body) for *_, body in receiver.got]
        assert sorted(told) == ["after", "lost 1", "lost 2", "same"]


def test_device_that_is_away_is_asked_when_it_is_back(world):
    world.devices["phone-1"].kill()
    world.wait_online("phone-1", False)
    answer = world.api.call("POST", path(), {"from": iso(-3600)})
    assert answer.status == 202 and answer.json["state"] == "waiting" and answer.json["told_at"] is None
    assert world.api.ok("GET", path()) == answer.json
    world.restart_bridge(kill=True)
    world.devices["phone-1"].start()
    shown = until(lambda: (lambda s: s if s["state"] == "taken" else None)(world.api.ok("GET", path())), "it has it")
    assert shown["asked_at"] == answer.json["asked_at"] and shown["told_at"] and shown["taken_at"]


def test_once_a_minute(world):
    world.api.ok("POST", path(), {"from": iso(-60)})
    answer = world.api.call("POST", path(), {"from": iso(-60)})
    assert answer.status == 429 and 0 < int(answer.headers["retry-after"]) <= 60


@pytest.mark.parametrize("body, field", [({}, "from"), ({"from": "yesterday"}, "from"), ({"from": iso(3600)}, "from"),
                                         ({"from": iso(-60), "to": iso(-120)}, "from"), ({"from": iso(-60), "to": 7}, "to"),
                                         ({"from": iso(-60), "till": iso()}, "till")])
def test_bad_requests(world, body, field):
    answer = world.api.call("POST", path(), body)
    assert answer.status == 400 and answer.json["field"] == field
    assert world.api.call("GET", path()).status == 404


def test_whose_device_it_is(world):
    body = {"from": iso(-60)}
    assert world.api.call("POST", path("phone-9"), body).status == 404
    assert world.api.call("GET", path("phone-9")).status == 404
    reader = world.new_key(scopes=["devices:read"])["key"]
    api = type(world.api)(world.bridge.port, reader)
    assert api.call("POST", path(), body).status == 403 and api.call("GET", path()).status == 404
