"""What the operator counts: over REST and by command, also after a crash."""
import datetime

import pytest

import cli
from world import World, until

TO, BAD = "+4915112345678", "+4915112345666"
RULES = {"otherwise": {"sent_ms": 1, "delivered_ms": 1},
         "rules": [{"to": BAD, "fail": {"kind": "permanent", "code": "unassigned", "text": "no such number"}}]}


@pytest.fixture(scope="module")
def world():
    with World(devices=2, rules=RULES) as world:
        yield world


def stats(world, query=""):
    return world.api.ok("GET", f"/v1/stats{query}")


def total(world, query=""):
    rows = stats(world, query)["rows"]
    return rows[0] if rows else {}


def written(world, **figures):
    """Waits for those figures; they are written by and by."""
    return until(lambda: (row := total(world)) and all(row[name] == count for name, count in figures.items()) and row,
                 f"{figures} are written", timeout=60)


def test_counts_survive_a_crash(world):
    sent = [world.send(to=TO, text="hello", device="phone-1")["id"] for _ in range(3)]
    sent += [world.send(to=TO, text="x" * 200, device="phone-2", lane="bulk")["id"]]
    bad = world.send(to=BAD, text="hello", device="phone-1")["id"]
    for message in sent:
        world.wait_state(message, "delivered")
    world.wait_state(bad, "failed")
    world.devices["phone-2"].control({"inbound": {"from": TO, "text": "thanks", "uid": "i1"}})
    until(lambda: world.api.ok("GET", "/v1/messages?direction=inbound")["messages"], "it came in")
    world.restart_bridge(kill=True)  # the last of it is not written yet
    world.api.close()
    row = written(world, accepted=5, sent=4, parts=5, delivered=4, failed=1, received=1, undelivered=0, unknown=0)
    assert row["delivery_rate"] == 1.0
    delay = row["seconds_to_deliver"]
    assert 0 < delay["p50"] <= delay["p95"] <= delay["p99"] < 120


def test_told_apart(world):
    rows = {(row["device"], row["lane"]): row for row in stats(world, "?per=device,lane")["rows"]}
    assert (rows["phone-1", "normal"]["delivered"], rows["phone-1", "normal"]["failed"]) == (3, 1)
    assert (rows["phone-2", "bulk"]["sent"], rows["phone-2", "bulk"]["parts"]) == (1, 2)
    assert rows[None, "normal"]["accepted"] == 4 and rows[None, "bulk"]["accepted"] == 1
    assert total(world, "?device=phone-2&lane=bulk")["delivered"] == 1


def test_days_are_those_of_the_zone(world):
    now = datetime.datetime.now(datetime.timezone.utc)
    rows = stats(world, "?by=day&zone=Asia/Kathmandu")["rows"]
    assert sum(row["delivered"] for row in rows) == 4
    for row in rows:
        begin = datetime.datetime.fromisoformat(row["from"])
        assert begin.strftime("%H:%M") == "18:15" and begin <= now
    assert sum(row["delivered"] for row in stats(world, "?by=hour")["rows"]) == 4


def test_no_figures_of_others(world):
    account = world.admin.ok("POST", "/v1/accounts", {"name": "other"})["id"]
    answer = cli.run("stats", "--json", "--account", account, "--socket", world.bridge.socket)
    assert answer.json["rows"] == []


@pytest.mark.parametrize("query, field", [
    ("?by=week", "by"), ("?per=number", "per"), ("?zone=Mars", "zone"), ("?device=nobody", "device"), ("?lane=x", "lane"),
    ("?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "from"), ("?from=2020-01-02T00:00:00Z", "from"), ("?what=x", "what"),
])
def test_bad_questions(world, query, field):
    answer = world.api.call("GET", f"/v1/stats{query}")
    assert (answer.status, answer.json["field"]) == (400, field)


def test_command(world):
    shown = cli.run("stats", "--per", "device", "--from", "-2h", "--socket", world.bridge.socket)
    assert shown.code == 0 and "phone-1" in shown.out and "100.0%" in shown.out, shown


def test_codes_are_counted_by_region(world):
    code = world.api.ok("POST", "/v1/otp", {"to": TO, "app": "Shop"})
    until(lambda: {"region": "DE", "sent": 1, "verified": 0, "failed": 0} in stats(world)["codes"], "the code is counted")
    world.api.ok("DELETE", f"/v1/otp/{code['id']}")
