"""Pools as an operator and an app use them: made with the command, named in a request, shown in the answers."""
import datetime

import pytest

import cli
from world import World, until

RULES = {"otherwise": {"sent_ms": 10, "delivered_ms": 10}}


@pytest.fixture(scope="module")
def world():
    with World(devices=3, rules=RULES) as made:
        for n in (1, 2, 3):
            phone = made.devices[f"phone-{n}"]
            phone.stop()
            phone.set_rules({**RULES, "sims": [{"slot": 1, "number": f"+491510000000{n}", "carrier": f"Net{n}"}]})
            phone.start()
        for n in (1, 2, 3):
            until(lambda: made.api.ok("GET", f"/v1/devices/phone-{n}")["sims"][:1] and
                  made.api.ok("GET", f"/v1/devices/phone-{n}")["sims"][0]["number"] == f"+491510000000{n}",
                  "its SIM is known")
        yield made


def run(world, *words, code=0):
    done = cli.run("--socket", str(world.bridge.socket), *words)
    assert done.code == code, (words, done)
    return done.out


def sender(world, id):
    world.wait_state(id, "delivered")
    return world.air(id)[0]["device"]


def test_the_command_makes_pools_and_the_app_sends_from_them(world):
    run(world, "pool", "create", "clinic", "--policy", "round_robin")
    run(world, "pool", "add", "clinic", "phone-1")
    run(world, "pool", "add", "clinic", "phone-2", "--sim", "1")
    assert "clinic" in run(world, "pool", "list")
    shown = run(world, "pool", "show", "clinic")
    assert "phone-1" in shown and "phone-2" in shown and "phone-3" not in shown
    made = [world.send(**{"from": "clinic"}) for _ in range(4)]
    assert made[0]["from"] == made[0]["pool"] == "clinic"
    assert sorted({sender(world, one["id"]) for one in made}) == ["phone-1", "phone-2"]
    assert world.message(made[0]["id"])["pool"] == "clinic"


def test_lists_come_page_by_page(world):
    def pages(path, member, key):
        found, cursor = [], ""
        while cursor is not None:
            page = world.api.ok("GET", f"{path}?limit=1" + (f"&cursor={cursor}" if cursor else ""))
            found += [one[key] for one in page[member]]
            cursor = page["next_cursor"]
        return found
    world.api.ok("POST", "/v1/pools", {"name": "second", "priority": 9, "tag": "spare"})
    assert pages("/v1/pools", "pools", "name")[:2] == ["clinic", "second"]
    world.api.ok("PUT", "/v1/pools/second/members/phone-2", {"sim": 1})
    world.api.ok("PUT", "/v1/pools/second/members/phone-2", {})
    world.api.ok("PUT", "/v1/pools/second/members/phone-1", {"weight": 7})
    assert pages("/v1/pools/second/members", "members", "device") == ["phone-1", "phone-2", "phone-2"]
    assert pages("/v1/pools/second/members", "members", "sim") == [None, None, 1]
    assert world.api.ok("GET", "/v1/pools/second")["members"] == 3
    world.api.ok("DELETE", "/v1/pools/second/members/phone-2?sim=1")
    assert world.api.ok("PATCH", "/v1/pools/second", {"tag": None})["members"] == 2
    world.api.ok("DELETE", "/v1/pools/second")
    assert world.api.get("/v1/pools/second").status == 404


def test_tags_numbers_and_devices_can_be_named(world):
    assert "north" in run(world, "device", "tag", "phone-3", "north", "spare")
    assert world.api.ok("GET", "/v1/devices/phone-3")["tags"] == ["north", "spare"]
    assert sender(world, world.send(**{"from": "tag:north"})["id"]) == "phone-3"
    by_number = world.send(**{"from": "+4915100000002"})
    assert (by_number["device"], by_number["sim"]) == ("phone-2", 1)
    assert sender(world, by_number["id"]) == "phone-2"
    assert sender(world, world.send(**{"from": "phone-1"})["id"]) == "phone-1"


@pytest.mark.parametrize("body,field", [
    ({"from": "nobody"}, "from"), ({"from": "+4999999"}, "from"), ({"from": "tag:south"}, "from"),
    ({"from": "clinic", "device": "phone-1"}, "from"), ({"from": "+4915100000002", "sim": 2}, "sim")])
def test_a_name_that_means_nothing_is_refused(world, body, field):
    answer = world.api.post("/v1/messages", {"to": "+4915112345678", "text": "x", **body})
    assert answer.status == 400 and answer.json["field"] == field


def test_prefixes_and_carriers_choose(world):
    run(world, "pool", "create", "abroad", "--policy", "prefix")
    run(world, "pool", "add", "abroad", "phone-1", "--prefix", "+49")
    run(world, "pool", "add", "abroad", "phone-2", "--prefix", "+33", "--prefix", "+32")
    assert sender(world, world.send(to="+33612345678", **{"from": "abroad"})["id"]) == "phone-2"
    assert sender(world, world.send(to="+4915112345600", **{"from": "abroad"})["id"]) == "phone-1"
    run(world, "pool", "change", "abroad", "--policy", "carrier", "--carrier", "+33=net1", "--carrier", "+49=Net2")
    assert sender(world, world.send(to="+33612345679", **{"from": "abroad"})["id"]) == "phone-1"
    assert sender(world, world.send(to="+4915112345601", **{"from": "abroad"})["id"]) == "phone-2"


def test_the_fallback_takes_over_and_the_timeline_says_so(world):
    run(world, "pool", "create", "spare")
    run(world, "pool", "add", "spare", "phone-3")
    run(world, "pool", "create", "main", "--fallback", "spare", "--fallback-after", "1")
    assert run(world, "pool", "change", "spare", "--fallback", "main", code=6) == ""
    run(world, "pool", "add", "main", "phone-1")
    world.api.ok("POST", "/v1/devices/phone-1/pause")
    made = world.send(**{"from": "main"})
    assert made["waiting"]["text"] == "every device of pool main is paused"
    assert sender(world, made["id"]) == "phone-3"
    moved = [entry for entry in world.message(made["id"])["timeline"] if entry["event"] == "message.moved"]
    assert moved[0]["reason"] == "fallback"
    world.api.ok("POST", "/v1/devices/phone-1/resume")
    assert sender(world, world.send(**{"from": "main"})["id"]) == "phone-1"


def test_pools_survive_a_restart_and_wait_in_words(world):
    world.devices["phone-3"].stop()
    world.wait_online("phone-3", online=False)
    made = world.send(**{"from": "spare"})
    world.restart_bridge(kill=True)
    shown = world.wait_reason(made["id"], "device_offline")
    assert shown["waiting"]["text"] == "no device of pool spare is online" and shown["pool"] == "spare"
    assert run(world, "pool", "remove", "spare", code=6) == ""
    world.devices["phone-3"].start()
    assert sender(world, made["id"]) == "phone-3"


def test_a_key_needs_the_scope(world):
    key = world.new_key(scopes=["messages:send"])["key"]
    answer = world.api.get("/v1/pools", headers={"Authorization": f"Bearer {key}"})
    assert answer.status == 403


def now_and(minutes):
    return f"{datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes):%H:%M}"


def test_quiet_hours_of_a_pool_take_the_place_of_the_account_s(world):
    quiet = {"begins": now_and(-60), "ends": now_and(60), "days": [], "zone": "UTC"}
    run(world, "pool", "create", "day", "--quiet", f"{quiet['begins']}-{quiet['ends']}", "--quiet-zone", "UTC")
    run(world, "pool", "create", "always")
    for pool in ("day", "always"):
        run(world, "pool", "add", pool, "phone-3")
    assert world.api.ok("GET", "/v1/pools/day")["quiet_hours"] == quiet
    assert world.api.ok("GET", "/v1/pools/always")["quiet_hours"] is None
    held = world.send(**{"from": "day"})
    assert (held["state"], held["waiting"]["code"]) == ("held", "quiet_hours")
    assert held["waiting"]["text"].startswith("it is quiet hours of pool day until ")
    assert f"{datetime.datetime.fromisoformat(held['waiting']['until']):%H:%M}" == quiet["ends"]
    world.wait_state(world.send(**{"from": "always"})["id"], "delivered")
    world.wait_state(world.send(device="phone-3")["id"], "delivered")
    assert world.wait_state(world.send(**{"from": "day", "ttl": 1})["id"], "expired")
    world.restart_bridge()
    world.api.close()
    assert world.api.ok("GET", "/v1/pools/day")["quiet_hours"] == quiet
    assert world.send(**{"from": "day"})["waiting"]["code"] == "quiet_hours"

    world.api.ok("PUT", "/v1/account/quiet-hours", {"begins": now_and(-60), "ends": now_and(60), "zone": "UTC"})
    try:
        assert world.send(**{"from": "always"})["waiting"]["text"].startswith("it is quiet hours until ")
        assert "Quiet hours:    none" in run(world, "pool", "change", "always", "--quiet", "none")
        world.wait_state(world.send(**{"from": "always"})["id"], "delivered")
        assert world.api.ok("PATCH", "/v1/pools/day", {"quiet_hours": None})["quiet_hours"] is None
        assert world.send(**{"from": "day"})["waiting"]["text"].startswith("it is quiet hours until ")
        assert world.send()["waiting"]["code"] == "quiet_hours"
        run(world, "pool", "create", "default", "--quiet", "none")
        run(world, "pool", "add", "default", "phone-3")
        world.wait_state(world.send()["id"], "delivered")
        assert world.send(device="phone-3")["waiting"]["code"] == "quiet_hours"
    finally:
        world.api.ok("PUT", "/v1/account/quiet-hours", {})
        world.api.ok("POST", "/v1/queues/held/release", {"filter": {"reason": "quiet_hours"}})


@pytest.mark.parametrize("quiet, field", [
    ({"begins": "21:00"}, "quiet_hours.ends"), ({"begins": "24:00", "ends": "08:00"}, "quiet_hours.begins"), ({"zone": "Mars"}, "quiet_hours.zone"),
    ({"days": ["funday"]}, "quiet_hours.days[0]"), ({"more": 1}, "quiet_hours.more"), ("21:00", "quiet_hours"),
])
def test_bad_quiet_hours_of_a_pool(world, quiet, field):
    answer = world.api.call("PATCH", "/v1/pools/clinic", {"quiet_hours": quiet})
    assert (answer.status, answer.json["field"]) == (400, field)
    assert world.api.ok("GET", "/v1/pools/clinic")["quiet_hours"] is None
