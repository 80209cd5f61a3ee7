"""One-time codes as an app uses them: a code goes out, comes back, counts once; limits; nothing readable is left."""
import concurrent.futures
import re

import pytest

from rest import Api
from world import World, until


@pytest.fixture(scope="module")
def world():
    with World(devices=1, bridge={("otp", "per-number"): "0", ("otp", "per-range"): "0"}) as world:
        yield world


def start(world, to, **more):
    return world.api.ok("POST", "/v1/otp", {"to": to, **more})


def text_of(world, verification):
    """The text in the air of the message that carried this verification's code."""
    return until(lambda: (world.air(verification["message"]) or [None])[0], "it is in the air")["text"]


def code_of(world, verification):
    return re.search(r"\b[0-9]{4,10}\b", text_of(world, verification)).group()


def check(world, verification, code):
    return world.api.ok("POST", f"/v1/otp/{verification['id']}/check", {"code": code})


def wrong(code):
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"


def test_code_goes_out_and_counts_once(world):
    one = start(world, "+4915112345001", app="Shop")
    assert (one["state"], one["length"], one["checks_left"], one["resent"]) == ("pending", 6, 3, False)
    assert text_of(world, one) == f"Shop: {code_of(world, one)} is your code, valid for 5 min. Do not share it."
    answer = check(world, one, code_of(world, one))
    assert (answer["valid"], answer["state"]) == (True, "verified")
    answer = check(world, one, code_of(world, one))
    assert (answer["valid"], answer["state"]) == (False, "verified")


def test_parallel_checks_verify_once(world):
    one = start(world, "+4915112345002")
    code = code_of(world, one)
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: check(world, one, code), range(10)))
    assert sorted(answer["valid"] for answer in answers) == [False] * 9 + [True]


def test_wrong_codes_end_it(world):
    one = start(world, "+4915112345003", length=4)
    code = code_of(world, one)
    assert len(code) == 4
    left = [check(world, one, wrong(code))["checks_left"] for _ in range(3)]
    assert left == [2, 1, 0]
    answer = check(world, one, code)
    assert (answer["valid"], answer["state"]) == (False, "failed")


def test_asking_again_sends_the_same_code(world):
    first = start(world, "+4915112345004")
    second = start(world, "+4915112345004")
    assert (second["id"], second["resent"], second["sends"]) == (first["id"], True, 2)
    assert second["message"] != first["message"]
    assert code_of(world, first) == code_of(world, second)
    other = start(world, "+4915112345004", purpose="payment")
    assert other["id"] != first["id"]


def test_new_code_kills_the_old_one(world):
    first = start(world, "+4915112345005")
    old = code_of(world, first)
    assert check(world, first, old)["valid"]
    second = start(world, "+4915112345005")
    assert second["id"] != first["id"]
    assert not check(world, first, old)["valid"]
    answer = world.api.ok("POST", "/v1/otp/check", {"to": "+4915112345005", "code": code_of(world, second)})
    assert (answer["valid"], answer["id"]) == (True, second["id"])


def test_time_is_over(world):
    one = start(world, "+4915112345006", ttl=30)
    code = code_of(world, one)
    # The store's clock cannot be moved; the row's can.
    world.store.sql(f"UPDATE verification SET expires_at = 1000 WHERE id = '{one['id']}'")
    answer = check(world, one, code)
    assert (answer["valid"], answer["state"]) == (False, "expired")


def test_cancel(world):
    one = start(world, "+4915112345007")
    code = code_of(world, one)
    assert world.api.ok("DELETE", f"/v1/otp/{one['id']}")["state"] == "cancelled"
    assert not check(world, one, code)["valid"]
    assert world.api.call("DELETE", f"/v1/otp/{one['id']}").status == 409


def test_cancel_withdraws_every_text():
    with World(devices=1, bridge={("otp", "per-number"): "0"}) as world:
        world.api.ok("POST", "/v1/devices/phone-1/pause")
        codes = [start(world, "+4915112345207") for _ in range(3)]
        assert len({one["id"] for one in codes}) == 1 and len({one["message"] for one in codes}) == 3
        assert world.api.ok("DELETE", f"/v1/otp/{codes[0]['id']}")["state"] == "cancelled"
        assert [world.message(one["message"])["state"] for one in codes] == ["cancelled"] * 3
        world.api.ok("POST", "/v1/devices/phone-1/resume")
        after = start(world, "+4915112345208")
        code_of(world, after)
        assert [line["ref"] for line in world.air()] == [after["message"]]


def test_length_of_a_text_that_was_taken_out_is_not_known(world):
    one = start(world, "+4915112345209")
    world.wait_state(one["message"], "delivered")
    shown = world.message(one["message"])
    assert (shown["redacted"], shown["segments"]["characters"], shown["segments"]["count"]) == (True, None, 1)


def test_phone_and_browser_fill_it_in(world):
    one = start(world, "+4915112345008", language="de", text="{{app}}: {{code}}", app="Shop", domain="shop.example",
                android_hash="FA+9qCX9VSu")
    lines = text_of(world, one).split("\n")
    code = lines[0].removeprefix("Shop: ")
    assert lines[1:] == ["FA+9qCX9VSu", f"@shop.example #{code}"]


def test_nothing_readable_is_left(world):
    stream = world.api.events()
    one = start(world, "+4915112345009", length=10)
    code = code_of(world, one)
    world.wait_state(one["message"], "delivered")
    shown = world.message(one["message"])
    assert (shown["text"], shown["redacted"], shown["lane"]) == (None, True, "otp")
    listed = world.api.ok("GET", "/v1/messages?to=%2B4915112345009")["messages"]
    assert all(item["text"] is None for item in listed)
    assert world.store.sql(f"SELECT text, redact FROM message WHERE id = '{one['message']}'") == [("", 2)]
    assert not [line for line in world.bridge.log if code in line]
    stream.wait(lambda event: event["event"] == "message.delivered")
    stream.close()
    assert not [event for event in stream.events if code in str(event)]


def test_overtakes_what_waits(world):
    """An OTP goes with the first that a device is given, before texts that were accepted earlier."""
    world.admin.ok("POST", "/v1/devices/phone-1/pause")
    texts = [world.send(to=f"+49151123461{n}", text="x")["id"] for n in range(10, 40)]
    one = start(world, "+4915112345010")
    world.admin.ok("POST", "/v1/devices/phone-1/resume")
    for id in texts:
        world.wait_state(id, "delivered")
    world.wait_state(one["message"], "delivered")
    order = [entry["ref"] for entry in world.air() if entry["ref"] in texts + [one["message"]]]
    assert order.index(one["message"]) < 10, order  # of 31; the simulated network mixes those that it has together


def test_countries():
    with World(devices=0, bridge={("otp", "countries"): "DE AT", ("otp", "per-country"): "2", ("otp", "per-range"): "0"}) as world:
        def ask(to):
            return world.api.call("POST", "/v1/otp", {"to": to})
        refused = ask("+12125550123")
        assert refused.json["type"] == "urn:smsquitto:problem:country-not-allowed"
        assert (refused.status, refused.json["field"]) == (400, "to") and "no codes are sent: US" in refused.json["detail"]
        assert [ask(f"+4915112345{n}01").status for n in range(3)] == [202, 202, 429]
        limited = ask("+4915112345801")
        assert "2 codes an hour were sent to this country" in limited.json["detail"]
        assert ask("+436641234567").status == 202


def test_countries_of_an_account():
    with World(devices=0, bridge={("otp", "countries"): "DE AT FR", ("otp", "per-country"): "3", ("otp", "per-range"): "0"}) as world:
        api = world.api

        def ask(to):
            return api.call("POST", "/v1/otp", {"to": to}).status
        assert api.ok("GET", "/v1/account/otp") == {"countries": [], "refused_countries": [], "per_country": None}
        rules = {"countries": ["DE", "AT", "US"], "refused_countries": ["AT"], "per_country": 2}
        assert api.ok("PUT", "/v1/account/otp", rules) == rules == api.ok("GET", "/v1/account/otp")
        assert (ask("+436641234567"), ask("+33612345678"), ask("+12125550123")) == (400, 400, 400)  # refused, not ours, not the bridge's
        assert [ask(f"+4915112345{n}01") for n in range(3)] == [202, 202, 429]
        world.restart_bridge(kill=True)
        api.close()
        assert api.ok("GET", "/v1/account/otp") == rules and ask("+4915112345401") == 429
        assert api.ok("PUT", "/v1/account/otp", {})["countries"] == []
        assert (ask("+436641234567"), ask("+33612345678"), ask("+12125550123"), ask("+4915112345401")) == (202, 202, 400, 202)
        sender = Api(world.bridge.port, world.new_key(scopes=["otp:write"])["key"])
        assert sender.call("PUT", "/v1/account/otp", {}).status == 403  # who only sends codes loosens nothing
        for body, field in (({"countries": ["DE", "Germany"]}, "countries[1]"), ({"refused_countries": ["XX"]}, "refused_countries[0]"),
                            ({"countries": ["de"]}, "countries[0]"), ({"per_country": 0}, "per_country"), ({"country": "DE"}, "country")):
            answer = api.call("PUT", "/v1/account/otp", body)
            assert (answer.status, answer.json["field"]) == (400, field)


def test_limit_of_a_key():
    with World(devices=0, bridge={("otp", "per-key"): "2", ("otp", "per-range"): "0"}) as world:
        keyed, other = (Api(world.bridge.port, world.new_key(scopes=["otp:write"])["key"]) for _ in range(2))

        def ask(api, n):
            return api.call("POST", "/v1/otp", {"to": f"+4915112345{n}01"})
        assert [ask(keyed, n).status for n in range(3)] == [202, 202, 429]
        assert "with this key" in ask(keyed, 4).json["detail"]
        assert ask(other, 5).status == 202


def test_limits_are_said_clearly():
    settings = {("otp", "per-number"): "2", ("otp", "per-range"): "4", ("otp", "per-client"): "5"}
    with World(devices=0, bridge=settings) as world:
        def ask(to, **more):
            return world.api.call("POST", "/v1/otp", {"to": to, **more})
        assert [ask("+4915112345001").status for _ in range(3)] == [202, 202, 429]
        answer = ask("+4915112345001")
        assert answer.json["field"] == "to" and "2 codes an hour" in answer.json["detail"]
        assert 3500 < int(answer.headers["retry-after"]) <= 3600
        assert [ask(f"+491511234500{n}").status for n in (2, 3)] == [202, 202]
        answer = ask("+4915112345004")
        assert answer.status == 429 and "numbers like this one" in answer.json["detail"]
        for n in range(4):
            assert ask(f"+49151234500{n}0", client_address="2001:db8::7").status == 202
        assert ask("+4915134500001", client_address="2001:DB8:0::99").status == 202
        answer = ask("+4915134560001", client_address="2001:db8::abcd:1")
        assert (answer.status, answer.json["field"]) == (429, "client_address")
        count = world.api.ok("GET", "/v1/otp/stats")["regions"]
        assert count == [{"region": "DE", "sent": 9, "verified": 0, "failed": 0}]


@pytest.mark.parametrize("body, field", [
    ({}, "to"), ({"to": "12"}, "to"), ({"to": "+4915112345099", "length": 3}, "length"),
    ({"to": "+4915112345099", "length": 11}, "length"), ({"to": "+4915112345099", "ttl": 5}, "ttl"),
    ({"to": "+4915112345099", "text": "no code"}, "text"), ({"to": "+4915112345099", "text": "{{code}} {{x}}"}, "text"),
    ({"to": "+4915112345099", "language": "xx"}, "language"), ({"to": "+4915112345099", "domain": "a b"}, "domain"),
    ({"to": "+4915112345099", "android_hash": "short"}, "android_hash"), ({"to": "+4915112345099", "app": "a\nb"}, "app"),
    ({"to": "+4915112345099", "client_address": "here"}, "client_address"),
    ({"to": "+4915112345099", "device": "nobody"}, "device"), ({"to": "+4915112345099", "more": 1}, "more"),
])
def test_bad_requests_store_nothing(world, body, field):
    def rows():
        return [world.store.sql(f"SELECT COUNT(*) FROM {table}") for table in ("verification", "otp_send")]
    before = rows()
    answer = world.api.call("POST", "/v1/otp", body)
    assert (answer.status, answer.json["field"]) == (400, field), answer
    assert rows() == before


def test_unknown_and_foreign_ones(world):
    assert world.api.call("POST", "/v1/otp/VE00000000000000000000000000000000/check", {"code": "1"}).status == 404
    assert world.api.call("GET", "/v1/otp/nothing").status == 404
    one = start(world, "+4915112345011")
    other = world.admin.ok("POST", "/v1/accounts", {"name": "other"})
    answer = world.admin.call("POST", f"/v1/otp/{one['id']}/check", {"code": "1"}, headers={"X-Account": other["id"]})
    assert answer.status == 404
