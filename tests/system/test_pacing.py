"""Limits of SIMs, as an operator sets them and reads what waits."""
import datetime
import time

import pytest

from world import World, before_the_hour_ends, until

TWO_SIMS = {"sims": [{"slot": 1, "number": "+15550000001"}, {"slot": 2, "number": "+15550000002"}]}


@pytest.fixture(autouse=True)
def one_hour():
    before_the_hour_ends()


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def limit(world, **values):
    return world.api.ok("PUT", "/v1/devices/phone-1/limits", values)["limits"]


def in_air(world):
    return [entry["ref"] for entry in world.air()]


def test_hourly_limit_holds_the_rest_and_says_so():
    with World(devices=1) as world:
        assert limit(world, per_hour=5, per_day=100, zone="Europe/Berlin")[0]["per_hour"] == 5
        ids = [world.send(to=f"+49151123456{n}", text="x")["id"] for n in range(10, 20)]
        for id in ids[:5]:
            world.wait_state(id, "delivered")
        last = world.send(to="+4915112345678", text="x")
        assert (last["state"], last["waiting"]["code"]) == ("held", "sim_limit")
        assert last["waiting"]["text"].startswith("every device of the account is at a limit")
        named = world.send(to="+4915112345679", text="x", device="phone-1")
        assert named["waiting"]["text"].startswith("phone-1 is at its limit of 5 parts an hour until 20")
        assert set(in_air(world)) == set(ids[:5])
        used = world.api.ok("GET", "/v1/devices/phone-1/limits")["limits"][0]["used"]
        assert (used["hour"], used["day"]) == (5, 5)
        world.restart_bridge(kill=True)
        world.api.close()
        assert world.api.ok("GET", "/v1/devices/phone-1/limits")["limits"][0]["used"]["hour"] == 5
        assert len(in_air(world)) == 5
        limit(world, per_hour=20)
        for id in ids[5:] + [last["id"], named["id"]]:
            world.wait_state(id, "delivered")


def test_parts_are_counted():
    with World(devices=1) as world:
        limit(world, per_day=3)
        long = world.send(to="+4915112345678", text="x" * 400)
        assert long["segments"]["count"] == 3
        world.wait_state(long["id"], "delivered")
        assert world.send(to="+4915112345679", text="x")["waiting"]["code"] == "sim_limit"


def test_one_sim_rests_and_the_other_sends():
    with World(devices=1, rules=TWO_SIMS) as world:
        until(lambda: len(world.api.ok("GET", "/v1/devices/phone-1")["sims"]) == 2, "the SIMs are told")
        limit(world, sim=1, per_day=2)
        ids = [world.send(to=f"+49151123456{n}", text="x")["id"] for n in range(10, 20)]
        for id in ids:
            world.wait_state(id, "delivered")
        used = [world.message(id)["sim"] for id in ids]
        assert used.count(1) == 2 and used.count(2) == 8
        held = world.send(to="+4915112345678", text="x", device="phone-1", sim=1)
        shown = until(lambda: (m := world.message(held["id"]))["state"] == "held" and m, "it is held")
        assert shown["waiting"]["text"].startswith("SIM 1 of phone-1 is at its limit of 2 parts a day")
        limit(world, sim=1, per_day=3)
        world.wait_state(held["id"], "delivered")


def test_gap_between_messages():
    with World(devices=1, rules={"otherwise": {"taken_ms": 0, "sent_ms": 0, "delivered_ms": 1}}) as world:
        limit(world, gap_s=1)
        begin = int(time.time() * 1000)
        sent = [world.send(to=f"+49151123456{n}", text="x") for n in range(10, 14)]
        ids = [message["id"] for message in sent]
        assert (sent[3]["state"], sent[3]["waiting"]["code"]) == ("held", "sim_limit")
        asked_at, told = time.time(), set()
        while (last := world.message(ids[3]))["state"] == "held":  # what it says is true at every moment
            told.add(last["waiting"]["text"].rpartition("; ")[2])
            assert last["waiting"]["code"] in ("sim_limit", "turn"), last
            if last["waiting"]["code"] == "sim_limit":
                assert last["waiting"]["text"].startswith("every device of the account is at a limit of its SIM until 20")
                assert last["waiting"]["until"] in last["waiting"]["text"] and seconds(last["waiting"]["until"]) >= asked_at - 0.01, last
            listed = world.api.ok("GET", "/v1/messages?limit=1")["messages"][0]
            assert listed["state"] != "held" or listed["waiting"]["code"] in ("sim_limit", "turn")
            asked_at = time.time()
        assert told and told <= {"2 messages stand before it", "1 message stands before it", "is next"}, told
        for id in ids:
            world.wait_state(id, "delivered")
        times = [entry["at"] for entry in world.air()]
        # Not from one to the next: a text may be in the radio for a while before that notes it.
        assert all(at >= begin + 990 * number for number, at in enumerate(times)), (begin, times)


def test_recipients_are_counted_once():
    with World(devices=1) as world:
        assert limit(world, recipients_per_day=2, recipients_per_month=50, zone="Europe/Berlin")[0]["recipients_per_day"] == 2
        for number in ("+4915112345601", "+4915112345601", "+4915112345602", "+4915112345601"):
            world.wait_state(world.send(to=number, text="x")["id"], "delivered")
        assert world.api.ok("GET", "/v1/devices/phone-1/limits")["limits"][0]["used"]["recipients_day"] == 2
        new = [world.send(to=f"+49151123457{n}", text="x")["id"] for n in range(10, 16)]
        known = world.send(to="+4915112345602", text="x")
        world.wait_state(known["id"], "delivered")
        for id in new:
            held = until(lambda: (m := world.message(id))["state"] == "held" and m, "it is held")
            assert held["waiting"]["code"] == "sim_limit" and held["waiting"]["until"][11:19] in ("22:00:00", "23:00:00")
            assert held["waiting"]["text"].startswith("phone-1 is at its limit of 2 recipients a day until 20")
        world.restart_bridge(kill=True)
        world.api.close()
        used = world.api.ok("GET", "/v1/devices/phone-1/limits")["limits"][0]["used"]
        assert (used["recipients_day"], used["recipients_month"], used["day"]) == (2, 2, 5)
        again = world.send(to="+4915112345601", text="x")
        world.wait_state(again["id"], "delivered")
        limit(world, recipients_per_day=5)
        until(lambda: sorted(world.message(id)["state"] for id in new) == ["delivered"] * 3 + ["held"] * 3, "three more go")


def test_another_sim_takes_new_recipients():
    with World(devices=1, rules=TWO_SIMS) as world:
        until(lambda: len(world.api.ok("GET", "/v1/devices/phone-1")["sims"]) == 2, "the SIMs are told")
        limit(world, sim=1, recipients_per_day=1)
        ids = [world.send(to=f"+49151123456{n}", text="x")["id"] for n in range(10, 16)]
        for id in ids:
            world.wait_state(id, "delivered")
        used = [world.message(id)["sim"] for id in ids]
        assert used.count(1) == 1 and used.count(2) == 5
        first = world.message(ids[used.index(1)])
        again = world.send(to=first["to"], text="x")
        world.wait_state(again["id"], "delivered")
        assert world.message(again["id"])["sim"] == 1


def test_another_device_takes_what_one_may_not_send():
    with World(devices=2) as world:
        limit(world, per_day=1)
        ids = [world.send(to=f"+49151123456{n}", text="x")["id"] for n in range(10, 20)]
        for id in ids:
            world.wait_state(id, "delivered")
        assert [entry["device"] for entry in world.air()].count("phone-1") == 1


@pytest.mark.parametrize("body, field", [
    ({"per_day": -1}, "per_day"), ({"opens": "08:00"}, "closes"), ({"opens": "8", "closes": "20:00"}, "opens"),
    ({"recipients_per_day": -1}, "recipients_per_day"), ({"recipients_per_month": 100001}, "recipients_per_month"),
    ({"zone": "nowhere"}, "zone"), ({"sim": 9}, "sim"), ({"more": 1}, "more"),
])
def test_bad_limits_change_nothing(body, field):
    with World(devices=1) as world:
        answer = world.api.call("PUT", "/v1/devices/phone-1/limits", body)
        assert (answer.status, answer.json["field"]) == (400, field)
        assert world.api.ok("GET", "/v1/devices/phone-1/limits") == {"limits": []}
        assert world.api.call("PUT", "/v1/devices/nobody/limits", {}).status == 404
