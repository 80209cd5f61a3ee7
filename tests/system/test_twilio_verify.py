"""Verify, of Twilio's face, by hand: services, codes, and what goes wrong with them."""
import itertools
import re

import pytest

from twilio_face import Twilio, check_error, stored
from world import World, until

STOPPED = "+4915187654321"
NUMBERS = itertools.count()
NO_SERVICE = "/v2/Services/VA" + 32 * "0"


@pytest.fixture(scope="module")
def world():
    with World(devices=1, bridge={("otp", "per-number"): "3", ("otp", "countries"): "DE"}) as world:
        world.admin.ok("POST", "/v1/suppressions", {"number": STOPPED})
        yield world


@pytest.fixture(scope="module")
def twilio(world):
    return Twilio(world.bridge.port, world.new_key(twilio=True))


@pytest.fixture(scope="module")
def service(twilio):
    """The path of a service."""
    return "/v2/Services/" + twilio.post("/v2/Services", FriendlyName="Shop", CodeLength="5").json["sid"]


def number():
    """One that nobody has been sent a code to."""
    return f"+491511{next(NUMBERS):03}5678"


def send(twilio, service, to, **fields):
    answer = twilio.post(service + "/Verifications", **{"To": to, "Channel": "sms", **fields})
    assert answer.status == 201, answer
    return answer.json


def text_to(world, to):
    """The last text on the air to that number."""
    return until(lambda: [line["text"] for line in world.air() if line["to"] == to], "the code is sent")[-1]


def code_to(world, to, digits=5):
    return re.search(rf"\b\d{{{digits}}}\b", text_to(world, to))[0]


def check(twilio, service, **fields):
    return twilio.post(service + "/VerificationCheck", **fields)


def test_services(world, twilio):
    made = twilio.post("/v2/Services", FriendlyName="Bank")
    assert made.status == 201 and re.match("^VA[0-9a-f]{32}$", made.json["sid"])
    assert (made.json["friendly_name"], made.json["code_length"], made.json["account_sid"]) == ("Bank", 6, twilio.sid)
    assert re.match(r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$", made.json["date_created"])
    path = "/v2/Services/" + made.json["sid"]
    assert made.json["url"] == f"http://127.0.0.1:{world.bridge.port}{path}"
    assert twilio.get(path).json == made.json
    changed = twilio.post(path, FriendlyName="New bank", CodeLength="8").json
    assert (changed["friendly_name"], changed["code_length"], changed["sid"]) == ("New bank", 8, made.json["sid"])
    assert twilio.delete(path).status == 204
    for answer in (twilio.get(path), twilio.post(path, FriendlyName="x"), twilio.delete(path)):
        check_error(answer, 404, 20404)


def test_lists_of_services_have_pages(world):
    account = world.admin.ok("POST", "/v1/accounts", {"name": "other"})["id"]
    key = world.admin.ok("POST", "/v1/keys", {"name": "k", "twilio": True}, headers={"X-Account": account})
    twilio = Twilio(world.bridge.port, key)
    made = [twilio.post("/v2/Services", FriendlyName=f"s{i}").json["sid"] for i in range(5)]
    seen, page = [], twilio.get("/v2/Services", PageSize=2).json
    while True:
        assert page["meta"]["key"] == "services" and len(page) == 2
        seen += [service["sid"] for service in page["services"]]
        if page["meta"]["next_page_url"] is None:
            break
        page = twilio.get(page["meta"]["next_page_url"].removeprefix(f"http://127.0.0.1:{world.bridge.port}")).json
    assert seen == made


def test_services_of_another_account_are_not_there(world, twilio, service):
    account = world.admin.ok("POST", "/v1/accounts", {"name": "stranger"})["id"]
    key = world.admin.ok("POST", "/v1/keys", {"name": "k", "twilio": True}, headers={"X-Account": account})
    check_error(Twilio(world.bridge.port, key).get(service), 404, 20404)


def test_an_account_has_a_limited_number_of_services(world):
    account = world.admin.ok("POST", "/v1/accounts", {"name": "greedy"})["id"]
    key = world.admin.ok("POST", "/v1/keys", {"name": "k", "twilio": True}, headers={"X-Account": account})
    twilio = Twilio(world.bridge.port, key)
    for _ in range(100):
        assert twilio.post("/v2/Services", FriendlyName="x").status == 201
    check_error(twilio.post("/v2/Services", FriendlyName="x"), 400, 60200)


def test_a_right_code_counts_once(world, twilio, service):
    to = number()
    made = send(twilio, service, to)
    assert (made["status"], made["valid"], made["channel"], made["to"]) == ("pending", False, "sms", to)
    assert len(made["send_code_attempts"]) == 1 and made["url"].endswith(f"{service}/Verifications/{made['sid']}")
    assert text_to(world, to) == f"Shop: {code_to(world, to)} is your code, valid for 10 min. Do not share it."
    for name in (made["sid"], to, to.replace("+", "%2B")):
        assert twilio.get(f"{service}/Verifications/{name}").json["sid"] == made["sid"]
    right = check(twilio, service, To=to, Code=code_to(world, to))
    assert (right.status, right.json["status"], right.json["valid"], right.json["sid"]) == \
        (200, "approved", True, made["sid"])
    check_error(check(twilio, service, To=to, Code=code_to(world, to)), 404, 20404)
    check_error(twilio.get(f"{service}/Verifications/{made['sid']}"), 404, 20404)


def test_wrong_codes_are_no_error_until_there_are_too_many(world, twilio, service):
    made = send(twilio, service, number())
    answers = [check(twilio, service, VerificationSid=made["sid"], Code="x").json for _ in range(3)]
    assert [(answer["status"], answer["valid"]) for answer in answers] == \
        [("pending", False), ("pending", False), ("max_attempts_reached", False)]
    check_error(check(twilio, service, VerificationSid=made["sid"], Code="x"), 429, 60202)


def test_asked_again_the_same_code_comes_until_it_is_too_often(world, twilio, service):
    to = number()
    sids = {send(twilio, service, to)["sid"] for _ in range(3)}
    assert len(sids) == 1
    until(lambda: len([line for line in world.air() if line["to"] == to]) == 3, "all were sent")
    before = stored(world)
    answer = twilio.post(service + "/Verifications", To=to, Channel="sms")
    check_error(answer, 429, 60203)
    assert int(answer.headers["retry-after"]) > 0 and stored(world)["verification"] == before["verification"]


def test_canceled(world, twilio, service):
    to = number()
    made = send(twilio, service, to)
    check_error(twilio.post(f"{service}/Verifications/{made['sid']}", Status="approved"), 400, 60200)
    check_error(twilio.post(f"{service}/Verifications/{made['sid']}"), 400, 60200)
    answer = twilio.post(f"{service}/Verifications/{to}", Status="canceled")
    assert (answer.status, answer.json["status"]) == (200, "canceled")
    check_error(check(twilio, service, To=to, Code="12345"), 404, 20404)


def test_services_do_not_mix(world, twilio, service):
    to = number()
    other = "/v2/Services/" + twilio.post("/v2/Services", FriendlyName="Other").json["sid"]
    made = send(twilio, service, to)
    for answer in (check(twilio, other, To=to, Code=code_to(world, to)),
                   check(twilio, other, VerificationSid=made["sid"], Code=code_to(world, to)),
                   twilio.get(f"{other}/Verifications/{made['sid']}"),
                   twilio.post(f"{other}/Verifications/{made['sid']}", Status="canceled")):
        check_error(answer, 404, 20404)
    assert check(twilio, service, VerificationSid=made["sid"], Code=code_to(world, to)).json["valid"]


def test_wording(world, twilio, service):
    to = number()
    send(twilio, service, to, Locale="de", CustomFriendlyName="Laden", AppHash="FA+9qCX9VSu")
    assert text_to(world, to).startswith("Laden: ") and "ist Ihr Code" in text_to(world, to)
    assert text_to(world, to).endswith("FA+9qCX9VSu")
    send(twilio, service, to := number(), Locale="xx")
    assert "is your code" in text_to(world, to)
    world.admin.ok("PUT", "/v1/templates/otp", {"text": "{{code}} for {{place}}"})
    send(twilio, service, to := number(), TemplateSid="otp", TemplateCustomSubstitutions='{"place": "Berlin"}')
    assert re.match(r"^\d{5} for Berlin$", text_to(world, to))


def test_rate_limits_and_buckets(twilio, service):
    made = twilio.post(service + "/RateLimits", UniqueName="end_user_ip", Description="who asks")
    assert made.status == 201 and re.match("^RK[0-9a-f]{32}$", made.json["sid"])
    assert (made.json["unique_name"], made.json["description"]) == ("end_user_ip", "who asks")
    path = f"{service}/RateLimits/{made.json['sid']}"
    assert made.json["url"].endswith(path) and twilio.get(path).json == made.json
    assert twilio.get(service + "/RateLimits").json["rate_limits"] == [made.json]
    assert twilio.post(path, Description="other").json["description"] == "other"
    check_error(twilio.post(service + "/RateLimits", UniqueName="end_user_ip"), 400, 60208)
    bucket = twilio.post(path + "/Buckets", Max="2", Interval="60")
    assert bucket.status == 201 and re.match("^BL[0-9a-f]{32}$", bucket.json["sid"])
    assert (bucket.json["max"], bucket.json["interval"], bucket.json["rate_limit_sid"]) == (2, 60, made.json["sid"])
    inner = f"{path}/Buckets/{bucket.json['sid']}"
    assert twilio.get(inner).json == bucket.json
    assert twilio.get(path + "/Buckets").json["buckets"] == [bucket.json]
    changed = twilio.post(inner, Max="3").json
    assert (changed["max"], changed["interval"]) == (3, 60)
    for _ in range(4):
        assert twilio.post(path + "/Buckets", Max="1", Interval="1").status == 201
    check_error(twilio.post(path + "/Buckets", Max="1", Interval="1"), 400, 60210)
    assert twilio.delete(inner).status == 204
    for answer in (twilio.get(inner), twilio.post(inner, Max="3"), twilio.delete(inner), twilio.get(path + "/Buckets/BL1"),
                   twilio.get(service + "/RateLimits/RK1"), twilio.get(service + "/RateLimits/RK1/Buckets"),
                   twilio.post(service + "/RateLimits/RK1/Buckets", Max="1", Interval="1")):
        check_error(answer, 404, 20404)
    assert twilio.delete(path).status == 204
    check_error(twilio.get(path), 404, 20404)
    for i in range(10):
        assert twilio.post(service + "/RateLimits", UniqueName=f"limit-{i}").status == 201
    check_error(twilio.post(service + "/RateLimits", UniqueName="limit-10"), 400, 60207)


def test_rate_limits_that_cannot_be_are_refused(world, twilio):
    service = "/v2/Services/" + twilio.post("/v2/Services", FriendlyName="x").json["sid"]
    limit = service + "/RateLimits/" + twilio.post(service + "/RateLimits", UniqueName="x").json["sid"]
    before = stored(world)
    for fields in ({}, {"UniqueName": ""}, {"UniqueName": "a b"}, {"UniqueName": "x" * 65}):
        check_error(twilio.post(service + "/RateLimits", **fields), 400, 60209)
    check_error(twilio.post(service + "/RateLimits", UniqueName="y", Description="x" * 129), 400, 60200)
    for fields in ({}, {"Max": "1"}, {"Interval": "1"}, {"Max": "0", "Interval": "1"}, {"Max": "1", "Interval": "86401"},
                   {"Max": "10001", "Interval": "1"}, {"Max": "x", "Interval": "1"}):
        check_error(twilio.post(limit + "/Buckets", **fields), 400, 60200)
    for value in ("x", "[]", '{"y": "1"}', '{"x": 1}', '{"x": ""}', '{"x": "' + 257 * "v" + '"}'):
        check_error(twilio.post(service + "/Verifications", To="+4915112300000", Channel="sms", RateLimits=value), 400, 60200)
    assert stored(world) == before


def test_rate_limits_count_by_their_values(world, twilio):
    service = "/v2/Services/" + twilio.post("/v2/Services", FriendlyName="x").json["sid"]
    limit = service + "/RateLimits/" + twilio.post(service + "/RateLimits", UniqueName="session").json["sid"]
    twilio.post(limit + "/Buckets", Max="10", Interval="86400")
    twilio.post(limit + "/Buckets", Max="2", Interval="3600")
    for _ in range(2):
        send(twilio, service, number(), RateLimits='{"session": "a"}')
    before = stored(world)
    answer = twilio.post(service + "/Verifications", To=number(), Channel="sms", RateLimits='{"session": "a"}')
    check_error(answer, 429, 20429)
    assert 3590 <= int(answer.headers["retry-after"]) <= 3600
    assert stored(world)["otp_hit"] == before["otp_hit"] and stored(world)["verification"] == before["verification"]
    send(twilio, service, number(), RateLimits='{"session": "b"}')
    send(twilio, service, number())
    assert twilio.delete(limit).status == 204
    send(twilio, service, number(), RateLimits="{}")
    check_error(twilio.post(service + "/Verifications", To=number(), Channel="sms", RateLimits='{"session": "a"}'), 400, 60200)


REFUSED = [
    ({"Channel": "sms"}, 400, 60200),
    ({"To": "12", "Channel": "sms"}, 400, 60200),
    ({"To": "+4915112345678"}, 400, 60200),
    ({"To": "+4915112345678", "Channel": "call"}, 400, 60200),
    ({"To": "+4915112345678", "Channel": "sms", "CustomCode": "123456"}, 400, 60200),
    ({"To": "+4915112345678", "Channel": "sms", "Amount": "1"}, 400, 60200),
    ({"To": "+4915112345678", "Channel": "sms", "AppHash": "short"}, 400, 60200),
    ({"To": "+4915112345678", "Channel": "sms", "DeviceIp": "home"}, 400, 60200),
    ({"To": "+4915112345678", "Channel": "sms", "TemplateSid": "nobody"}, 400, 60200),
    ({"To": "+4915112345678", "Channel": "sms", "TemplateSid": "x", "TemplateCustomSubstitutions": "x"}, 400, 60200),
    ({"To": STOPPED, "Channel": "sms"}, 403, 60410),
    ({"To": "+12125550123", "Channel": "sms"}, 403, 60605),
]


@pytest.mark.parametrize("fields, status, code", REFUSED, ids=lambda value: str(value)[:60])
def test_a_verification_that_cannot_be_is_refused(world, twilio, service, fields, status, code):
    before = stored(world)
    check_error(twilio.post(service + "/Verifications", **fields), status, code)
    after = stored(world)
    assert {table: after[table] for table in ("verification", "otp_send")} == \
        {table: before[table] for table in ("verification", "otp_send")}
    assert len(after["message"]) == len(before["message"])


def test_services_that_cannot_be_are_refused(world, twilio):
    for fields in ({}, {"FriendlyName": ""}, {"FriendlyName": "x" * 33}, {"FriendlyName": "a\nb"},
                   {"FriendlyName": "x", "CodeLength": "3"}, {"FriendlyName": "x", "CodeLength": "11"},
                   {"FriendlyName": "x", "CodeLength": "six"}, {"FriendlyName": "x", "LookupEnabled": "true"}):
        before = stored(world)["otp_service"]
        check_error(twilio.post("/v2/Services", **fields), 400, 60200)
        assert stored(world)["otp_service"] == before


def test_other_paths_and_credentials(world, twilio, service):
    for answer in (twilio.get(NO_SERVICE), twilio.get(service + "/Webhooks"), twilio.get("/v2/Accounts"),
                   twilio.post(NO_SERVICE + "/Verifications", To="+4915112345678", Channel="sms"),
                   check(twilio, NO_SERVICE, To="+4915112345678", Code="1"),
                   check(twilio, service, To="+4915199999999", Code="1"),
                   check(twilio, service, VerificationSid="VE1", Code="1"),
                   twilio.get(service + "/Verifications/VE" + 32 * "0")):
        check_error(answer, 404, 20404)
    check_error(check(twilio, service, Code="12345"), 400, 60221)
    for fields in ({}, {"To": "+4915112345678"}, {"To": "+4915112345678", "Code": "x" * 33}):
        check_error(check(twilio, service, **fields), 400, 60200)
    check_error(twilio.delete("/v2/Services"), 405, 20004)
    stranger = Twilio(world.bridge.port, {"twilio": twilio.key}, password="wrong")
    check_error(stranger.get("/v2/Services"), 401, 20003)
    reader = Twilio(world.bridge.port, world.new_key(twilio=True, scopes=["messages:read"]))
    check_error(reader.get("/v2/Services"), 403, 20403)
    for query in ({"PageSize": "0"}, {"Page": "x"}, {"PageToken": "x"}):
        check_error(twilio.get("/v2/Services", **query), 400, 60200)
