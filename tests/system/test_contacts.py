"""People who answer, and people who must not be written to, as users see it."""
import datetime

import pytest

import cli
from world import World, until

PERSON = "+4915112345678"


@pytest.fixture(scope="module")
def world():
    with World(devices=2) as world:
        yield world


def comes_in(world, text, sender=PERSON, device="phone-1", **more):
    """A text from that person; returns it as the API shows it."""
    before = {item["id"] for item in inbound(world)}
    world.devices[device].control({"inbound": {"from": sender, "text": text, **more}})
    return until(lambda: [item for item in inbound(world) if item["id"] not in before], "it came in")[0]


def inbound(world):
    return world.api.ok("GET", "/v1/messages?direction=inbound&limit=200")["messages"]


def sent_to(world, number):
    return world.api.ok("GET", f"/v1/messages?direction=outbound&to={number.replace('+', '%2B')}")["messages"]


def test_inbound_texts_are_listed_and_filtered(world):
    one = comes_in(world, "Grüße ☎", sim=1)
    two = comes_in(world, "Grüße ☎", device="phone-2")
    assert (one["from"], one["text"], one["device"], one["state"]) == (PERSON, "Grüße ☎", "phone-1", "received")
    assert one["id"] != two["id"]
    of_two = world.api.ok("GET", "/v1/messages?direction=inbound&device=phone-2")["messages"]
    assert [item["id"] for item in of_two] == [two["id"]]
    assert all(item["direction"] == "inbound" for item in inbound(world))


def test_reply_goes_from_the_same_device_and_sim(world):
    for device in ("phone-1", "phone-2"):
        came = comes_in(world, "Can I come at ten?", sender="+4915112340000", device=device, sim=1)
        reply = world.api.ok("POST", f"/v1/messages/{came['id']}/reply", {"text": "Yes."})
        assert (reply["to"], reply["device"], reply["sim"]) == ("+4915112340000", device, 1)
        world.wait_state(reply["id"], "delivered")
        assert world.air(reply["id"])[0]["device"] == device


@pytest.mark.parametrize("body, field", [({}, "text"), ({"text": "x", "to": "+49"}, "to"), ({"text": "x", "device": "phone-2"}, "device")])
def test_bad_replies(world, body, field):
    came = comes_in(world, "?", sender="+4915112340001")
    answer = world.api.call("POST", f"/v1/messages/{came['id']}/reply", body)
    assert (answer.status, answer.json["field"]) == (400, field)
    assert not sent_to(world, "+4915112340001")


def test_only_inbound_texts_with_a_number_can_be_answered(world):
    sent = world.send(to="+4915112340002", text="x")
    assert world.api.call("POST", f"/v1/messages/{sent['id']}/reply", {"text": "x"}).json["field"] == "id"
    came = comes_in(world, "advertisement", sender="ACME")
    assert world.api.call("POST", f"/v1/messages/{came['id']}/reply", {"text": "x"}).json["field"] == "to"
    assert world.api.call("POST", "/v1/messages/SM00000000000000000000000000000000/reply", {"text": "x"}).status == 404


@pytest.mark.parametrize("word", ["STOP", " stop. ", "Стоп"])
def test_stop_and_start(world, word):
    number = f"+49151{10000000 + sum(map(ord, word))}"
    waiting = world.send(to=number, text="later", send_at="2030-01-01T00:00:00Z")
    stream = world.api.events()
    comes_in(world, word, sender=number)
    stream.wait(lambda event: event["event"] == "contact.opted_out")
    assert world.message(waiting["id"])["state"] == "cancelled"
    answer, = [item for item in sent_to(world, number) if item["id"] != waiting["id"]]
    assert answer["text"].startswith("You will get no more messages") and answer["device"] == "phone-1"
    refused = world.api.call("POST", "/v1/messages", {"to": number, "text": "x"})
    assert (refused.status, refused.json["field"]) == (422, "to") and "STOP" in refused.json["detail"]
    assert world.api.ok("GET", f"/v1/suppressions/{number.replace('+', '%2B')}")["source"] == "stop"
    comes_in(world, "Start", sender=number)
    stream.wait(lambda event: event["event"] == "contact.opted_in")
    stream.close()
    assert len(sent_to(world, number)) == 2  # one answer an hour
    world.wait_state(world.send(to=number, text="back")["id"], "delivered")


def test_other_texts_with_the_word_in_them_change_nothing(world):
    for text in ("Please stop by at ten", "STOP IT", "stopping", ""):
        if text:
            comes_in(world, text, sender="+4915112340003")
    world.send(to="+4915112340003", text="x")


def test_list_of_recipients_says_who_is_left_out(world):
    world.api.ok("POST", "/v1/suppressions", {"number": "+4915112340004", "note": "asked by phone"})
    answer = world.api.ok("POST", "/v1/messages", {"to": ["+4915112340004", "+4915112340005"], "text": "x"})
    assert [message["to"] for message in answer["messages"]] == ["+4915112340005"]
    assert answer["refused"] == [{"to": "+4915112340004", "reason": "the number was blocked: asked by phone"}]
    only = world.api.call("POST", "/v1/messages", {"to": ["+4915112340004"], "text": "x"})
    assert only.status == 422 and "asked by phone" in only.json["detail"]


def test_a_repeated_list_says_again_who_was_left_out(world):
    world.api.ok("POST", "/v1/suppressions", {"number": "+4915112340041", "note": "asked by phone"})
    numbers = [f"+491511234004{n}" for n in range(4)]
    key = {"Idempotency-Key": "list-1"}
    first = world.send(to=numbers, text="x", headers=key)
    assert first["refused"] == [{"to": "+4915112340041", "reason": "the number was blocked: asked by phone"}]
    assert world.api.call("DELETE", "/v1/suppressions/%2B4915112340041").status == 204
    world.restart_bridge()
    again = world.send(to=numbers, text="x", headers=key)
    assert (again["batch"], again["count"], again["refused"]) == (first["batch"], 3, first["refused"])
    assert world.send(to=numbers, text="x")["refused"] == []


def test_by_hand_and_by_import(world):
    numbers = [f"+49151120{n:05}" for n in range(500)]
    assert world.api.ok("POST", "/v1/suppressions/import", {"numbers": numbers}) == {"count": 500, "added": 500}
    assert world.api.ok("POST", "/v1/suppressions/import", {"numbers": numbers[:3]}) == {"count": 3, "added": 0}
    listed, cursor = [], ""
    while True:
        page = world.api.ok("GET", f"/v1/suppressions?limit=200{cursor}")
        listed += [item["number"] for item in page["suppressions"] if item["source"] == "import"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert listed == numbers
    bad = world.api.call("POST", "/v1/suppressions/import", {"numbers": ["+4915112040000", "nobody"]})
    assert (bad.status, bad.json["field"]) == (400, "numbers[1]")
    assert world.api.call("GET", "/v1/suppressions/%2B4915112040000").status == 404
    assert world.api.call("DELETE", "/v1/suppressions/%2B4915112000000").status == 204
    assert world.api.call("DELETE", "/v1/suppressions/%2B4915112000000").status == 404


@pytest.mark.parametrize("code", ["unknown_number", "cause-1"])
def test_number_that_does_not_exist_is_not_written_to_again(code):
    rules = {"rules": [{"fail": {"kind": "permanent", "code": code, "text": "unknown number"}}]}
    with World(devices=1, rules=rules) as world:
        id = world.send(to=PERSON, text="x")["id"]
        world.wait_state(id, "failed")
        answer = world.api.call("POST", "/v1/messages", {"to": PERSON, "text": "x"})
        assert answer.status == 422 and "takes no texts" in answer.json["detail"]


def test_failures_of_the_past_are_looked_through():
    numbers = [f"+49151124{n:05}" for n in range(40)]
    rules = {"rules": [{"to": "*7", "fail": {"kind": "permanent", "code": "cause-1", "text": "unknown number"}}]}
    with World(devices=1, rules=rules, bridge={("contacts", "suppress-on"): "landline"}) as world:
        sent = world.send(to=numbers)["messages"]
        for message in sent:
            world.wait_state(message["id"], "failed" if message["to"].endswith("7") else "delivered")
        path = "/v1/suppressions/backfill"
        assert world.api.call("GET", path).status == 404
        world.api.ok("POST", path)
        done = until(lambda: (lambda b: b if b["state"] == "done" else None)(world.api.ok("GET", path)), "it is done")
        assert (done["messages"], done["failures"], done["numbers"]) == (40, 0, 0)
        world.bridge.stop()
        world.bridge.conf.write_text(world.bridge.conf.read_text().replace("landline", "unknown_number"))
        world.start_bridge()
        result = cli.run("--socket", world.bridge.socket, "contacts", "backfill", "--dry-run")
        assert (result.code, result.out.split(", ")[-1]) == (0, "4 numbers would be blocked.\n"), result
        assert world.api.ok("GET", "/v1/suppressions")["suppressions"] == []
        result = cli.run("--socket", world.bridge.socket, "--json", "contacts", "backfill", "--from", "-1h")
        assert (result.json["state"], result.json["messages"], result.json["numbers"]) == ("done", 40, 4), result
        blocked = world.api.ok("GET", "/v1/suppressions")["suppressions"]
        assert sorted(item["number"] for item in blocked) == [n for n in numbers if n.endswith("7")]
        assert {(item["source"], item["note"]) for item in blocked} == {("failure", "cause-1")}
        assert world.api.call("POST", "/v1/messages", {"to": numbers[7], "text": "x"}).status == 422
        assert world.api.call("POST", path, {"from": "now"}).json["field"] == "from"


def import_csv(world, text, query=""):
    return world.api.call("POST", f"/v1/suppressions/import{query}", text if isinstance(text, bytes) else text.encode(),
                          headers={"Content-Type": "text/csv; charset=utf-8"})


@pytest.mark.parametrize("text", [
    "+4915112500001\n+4915112500002\n",
    "\ufeffname,Number,note\r\n\"Doe, \"\"Jo\"\"\",\"+49 151 12500001\",x\r\n\r\n,,\r\nAda,0151 12500002,\"two\nlines\"",
    "phone,of whom\n+4915112500001,Ada\n+4915112500002",
])
def test_csv_is_imported(text):
    with World(devices=0, bridge={("http", "default-country"): "DE"}) as world:
        answer = import_csv(world, text, "?note=old%20list")
        assert answer.status == 200 and answer.json == {"count": 2, "added": 2}, answer
        listed = world.api.ok("GET", "/v1/suppressions")["suppressions"]
        assert [(item["number"], item["source"], item["note"]) for item in listed] == [
            ("+4915112500001", "import", "old list"), ("+4915112500002", "import", "old list")]


@pytest.mark.parametrize("text, field", [
    ("+4915112510000\n\nnobody\n", "line 3"), ("number\n+4915112510000\n,\nx,y\n", "line 4"),
    ("a,number\n\"x\ny\",+4915112510000\nz\n", "line 4"), ("+4915112510000\n\"+49\"1\n", "line 2"),
    ("+4915112510000\n\"+49", "line 2"), ("", ""), ("number\n", ""), ("\n\n", ""), (b"+4915112510000\n\0\n", "line 2"),
    ("+4915112510000\n" + "1" * 100, "line 2"), ("+4915112510000" + "," * 100, "line 1"),
    ("\n".join(f"+49151125{n:05}" for n in range(10001)), "line 10001"),
], ids=lambda value: str(value)[:20])
def test_bad_csv_names_the_line_and_imports_nothing(world, text, field):
    answer = import_csv(world, text)
    assert answer.status == 400 and answer.json.get("field", "") == field and answer.json["detail"], answer
    assert world.api.call("GET", "/v1/suppressions/%2B4915112510000").status == 404
    assert import_csv(world, "x" * 300000).status == 413
    assert import_csv(world, "+4915112510000", "?nota=x").status == 400


def test_suppression_survives_a_restart(world):
    world.api.ok("POST", "/v1/suppressions", {"number": "+4915112340009"})
    world.restart_bridge(kill=True)
    world.api.close()
    assert world.api.call("POST", "/v1/messages", {"to": "+4915112340009", "text": "x"}).status == 422


def minutes_from_now(minutes):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    return f"{at:%H:%M}"


def test_quiet_hours_hold_and_say_until_when():
    with World(devices=1) as world:
        quiet = {"begins": minutes_from_now(-60), "ends": minutes_from_now(60), "zone": "UTC"}
        assert world.api.ok("PUT", "/v1/account/quiet-hours", quiet) == {**quiet, "days": []}
        held = world.send(to=PERSON, text="x")
        assert (held["state"], held["waiting"]["code"]) == ("held", "quiet_hours")
        end = datetime.datetime.fromisoformat(held["waiting"]["until"])
        assert f"{end:%H:%M}" == quiet["ends"]
        code = world.api.ok("POST", "/v1/otp", {"to": PERSON})
        world.wait_state(code["message"], "delivered")
        short = world.send(to=PERSON, text="x", ttl=1)
        assert world.wait_state(short["id"], "expired")
        world.restart_bridge()
        world.api.close()
        assert world.message(held["id"])["state"] == "held"
        other = {**quiet, "ends": minutes_from_now(120)}  # what is held follows the hours
        world.api.ok("PUT", "/v1/account/quiet-hours", other)
        moved = until(lambda: (m := world.message(held["id"]))["waiting"]["until"][11:16] == other["ends"] and m, "the new end")
        assert moved["waiting"]["until"] in moved["waiting"]["text"] and moved["state"] == "held"
        world.api.ok("PUT", "/v1/account/quiet-hours", {})
        for id in (held["id"], world.send(to=PERSON, text="x")["id"]):
            world.wait_state(id, "delivered")


def test_quiet_hours_where_the_recipient_is():
    """Tokyo sleeps when Berlin does not."""
    with World(devices=1) as world:
        tokyo = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=9)))
        begins, ends = (f"{tokyo + datetime.timedelta(minutes=minutes):%H:%M}" for minutes in (-30, 30))
        world.api.ok("PUT", "/v1/account/quiet-hours", {"begins": begins, "ends": ends})
        assert world.send(to="+81312345678", text="x")["waiting"]["code"] == "quiet_hours"
        world.wait_state(world.send(to=PERSON, text="x")["id"], "delivered")


@pytest.mark.parametrize("body, field", [
    ({"begins": "21:00"}, "ends"), ({"begins": "24:00", "ends": "08:00"}, "begins"), ({"zone": "Mars/Base"}, "zone"),
    ({"days": ["funday"]}, "days[0]"),
    ({"days": ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]}, "days"),
])
def test_bad_quiet_hours(world, body, field):
    answer = world.api.call("PUT", "/v1/account/quiet-hours", body)
    assert (answer.status, answer.json["field"]) == (400, field)
    assert world.api.ok("GET", "/v1/account/quiet-hours") == {"begins": None, "ends": None, "days": [], "zone": "recipient"}
