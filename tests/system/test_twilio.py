"""The face of Twilio's API, by hand: what a client may send wrong, and what it gets. Its SDKs are in tests/clients."""
import re
import time
import urllib.parse

import pytest

from receiver import Receiver
from twilio_face import Twilio, basic, check_error, signature, stored
from world import World, before_the_hour_ends, until

TO = "+4915112345678"
STOPPED = "+4915187654321"
NOBODY = "SM" + 32 * "0"
SETTINGS = {("webhooks", "allow"): "127.0.0.1", ("webhooks", "retries"): "100ms 100ms", ("twilio", "answers-max"): "4"}


@pytest.fixture(scope="module")
def world():
    with World(devices=1, bridge=SETTINGS) as world:
        world.admin.ok("POST", "/v1/suppressions", {"number": STOPPED})
        yield world


@pytest.fixture(scope="module")
def twilio(world):
    return Twilio(world.bridge.port, world.new_key(twilio=True))


def settle(world, twilio, message):
    """Waits until nothing more happens to the message."""
    world.wait_state(message["sid"], "delivered")
    return twilio.get(f"/Messages/{message['sid']}.json").json


REFUSED = [
    ({"To": TO, "Body": ""}, 400, 21602),
    ({"To": TO}, 400, 21602),
    ({"Body": "x"}, 400, 21604),
    ({"To": "", "Body": "x"}, 400, 21604),
    ({"To": "12", "Body": "x"}, 400, 21211),
    ({"To": "whatsapp:" + TO, "Body": "x"}, 400, 21211),
    ({"To": TO, "Body": "x" * 1601}, 400, 21617),
    ({"To": TO, "Body": "x", "From": "+15005550006"}, 400, 21606),
    ({"To": TO, "Body": "x", "From": "nobody"}, 400, 21606),
    ({"To": TO, "Body": "x", "MessagingServiceSid": "MG" + 32 * "0"}, 404, 21701),
    ({"To": TO, "Body": "x", "MessagingServiceSid": "phone-1"}, 400, 21705),
    ({"To": TO, "MessagingServiceSid": "MG" + 32 * "0"}, 400, 21619),
    ({"To": TO, "Body": "x", "ContentVariables": "{}"}, 400, 21654),
    ({"To": TO, "Body": "x", "StatusCallback": "ftp://a.example"}, 400, 21609),
    ({"To": TO, "Body": "x", "ValidityPeriod": "0"}, 400, 20001),
    ({"To": TO, "Body": "x", "ValidityPeriod": "36001"}, 400, 20001),
    ({"To": TO, "Body": "x", "ValidityPeriod": "soon"}, 400, 20001),
    ({"To": TO, "Body": "x", "ScheduleType": "fixed"}, 400, 35111),
    ({"To": TO, "Body": "x", "SendAt": "2030-01-01T00:00:00Z"}, 400, 20001),
    ({"To": TO, "Body": "x", "ScheduleType": "fixed", "SendAt": "tomorrow"}, 400, 35115),
    ({"To": TO, "Body": "x", "ScheduleType": "daily", "SendAt": "2030-01-01T00:00:00Z"}, 400, 35126),
    ({"To": TO, "Body": "x", "MediaUrl": "https://a.example/cat.png"}, 400, 20001),
    ({"To": TO, "Body": "x", "FallbackFrom": "phone-1"}, 400, 21666),
    ({"To": TO, "Body": "x", "From": "phone-1", "FallbackFrom": TO}, 400, 21665),
    ({"To": TO, "Body": "x", "From": "phone-1", "FallbackFrom": "x" * 50}, 400, 21665),
    ({"To": TO, "Body": "x", "ContentRetention": "burn"}, 400, 20001),
    ({"To": TO, "Body": "x", "AddressRetention": "burn"}, 400, 20001),
    ({"To": STOPPED, "Body": "x"}, 400, 21610),
]


@pytest.mark.parametrize("fields, status, code", REFUSED, ids=lambda value: str(value)[:60])
def test_a_message_that_cannot_be_is_refused(world, twilio, fields, status, code):
    before = stored(world)
    check_error(twilio.post("/Messages.json", **fields), status, code)
    assert stored(world) == before


@pytest.mark.parametrize("body", ["To=%2B4915112345678&Body=%", "To=%2B4915112345678&Body=%FF", "=x", "&".join(101 * ["a"])])
def test_a_body_that_is_no_form_is_refused(world, twilio, body):
    before = stored(world)
    check_error(twilio.post_body("/Messages.json", body), 400, 20001)
    assert stored(world) == before


def test_a_body_of_another_kind_is_refused(world, twilio):
    answer = twilio.post_body("/Messages.json", '{"To": "+4915112345678"}', {"Content-Type": "application/json"})
    check_error(answer, 400, 20001)
    check_error(twilio.post_body("/Messages.json", "Body=" + 90000 * "x"), 413, 20413)


def test_credentials(world, twilio):
    key, other = twilio.key, world.new_key(twilio=True)["twilio"]
    good = [(key["account_sid"], key["auth_token"]), (key["key_sid"], key["key_secret"]),
            (key["key_sid"], "sqk_" + key["key_secret"])]
    bad = [(key["key_sid"], other["key_secret"]), ("AC" + 32 * "0", key["auth_token"]), ("", key["auth_token"]),
           (key["account_sid"], ""), (key["account_sid"], "x" * 43), (key["account_sid"], "x" * 5000)]
    for user, password in good:
        assert Twilio(world.bridge.port, {"twilio": key}, user, password).get("/Messages.json").status == 200
    before = stored(world)
    for user, password in bad:
        twilio.headers = {"Authorization": basic(user, password)}
        check_error(twilio.post("/Messages.json", To=TO, Body="x"), 401, 20003)
    twilio.headers = {}
    answer = twilio.post("/Messages.json", To=TO, Body="x")
    check_error(answer, 401, 20003)
    assert answer.headers["www-authenticate"].startswith("Basic")
    assert stored(world) == before
    twilio.headers = {"Authorization": basic(*good[0])}


def test_what_the_key_may_not(world, twilio):
    reader = world.new_key(twilio=True, scopes=["messages:read"])
    before = stored(world)
    check_error(Twilio(world.bridge.port, reader).post("/Messages.json", To=TO, Body="x"), 403, 20403)
    assert stored(world) == before


def test_other_paths(world, twilio):
    other = "/2010-04-01/Accounts/AC" + 32 * "0" + "/Messages.json"
    check_error(twilio.get(other), 404, 20404)
    check_error(twilio.get("/Calls.json"), 404, 20404)
    check_error(twilio.delete("/Messages.json"), 405, 20004)
    for path in (f"/Messages/{NOBODY}.json", "/Messages/SM1.json", "/Messages/.json", f"/Messages/{NOBODY}/Media.json",
                 f"/Messages/{NOBODY}/Media/ME1.json"):
        check_error(twilio.get(path), 404, 20404)
    check_error(twilio.post(f"/Messages/{NOBODY}.json", Status="canceled"), 404, 20404)
    check_error(twilio.post(f"/Messages/{NOBODY}.json", Body=""), 404, 20404)
    check_error(twilio.delete(f"/Messages/{NOBODY}.json"), 404, 20404)


def test_account_and_numbers(world, twilio):
    account = twilio.get(".json")
    assert account.status == 200 and account.json["sid"] == twilio.sid and account.json["auth_token"] is None
    sim, = world.admin.ok("GET", "/v1/devices/phone-1")["sims"]
    number, = twilio.get("/IncomingPhoneNumbers.json").json["incoming_phone_numbers"]
    assert (number["phone_number"], number["account_sid"]) == (sim["number"], twilio.sid)
    assert re.match("^PN[0-9a-f]{32}$", number["sid"])
    assert twilio.get(f"/IncomingPhoneNumbers/{number['sid']}.json").json == number
    assert twilio.get("/IncomingPhoneNumbers.json", PhoneNumber="+1").json["incoming_phone_numbers"] == []
    for path in ("/IncomingPhoneNumbers/x", f"/IncomingPhoneNumbers/{'P' * 200}.json", "/IncomingPhoneNumbers/.json"):
        check_error(twilio.get(path), 404, 20404)
    other = Twilio(world.bridge.port, {"twilio": {**twilio.key, "account_sid": "AC" + 32 * "0"}}, user=twilio.sid)
    for path in (".json", "/IncomingPhoneNumbers.json", f"/IncomingPhoneNumbers/{number['sid']}.json"):
        check_error(other.get(path), 404, 20404)
    sender = Twilio(world.bridge.port, world.new_key(twilio=True, scopes=["messages:send"]))
    check_error(sender.get("/IncomingPhoneNumbers.json"), 403, 20403)
    assert sender.get(".json").status == 200  # any key that is right


def test_too_many(world):
    twilio = Twilio(world.bridge.port, world.new_key(rate=1, twilio=True))
    twilio.send()
    before = {table: len(rows) for table, rows in stored(world).items() if table == "message"}
    answer = twilio.post("/Messages.json", To=TO, Body="x")
    check_error(answer, 429, 20429)
    assert int(answer.headers["retry-after"]) > 0
    assert {table: len(rows) for table, rows in stored(world).items() if table == "message"} == before


def test_a_message_and_its_life(world, twilio):
    message = twilio.send(From="phone-1", Body="Grüße & Küsse = 1+1")
    date = r"^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} 20\d\d \d\d:\d\d:\d\d \+0000$"
    assert re.match(r"^SM[0-9a-f]{32}$", message["sid"]) and re.match(date, message["date_created"])
    assert message["account_sid"] == twilio.sid and message["api_version"] == "2010-04-01"
    assert (message["status"], message["date_sent"], message["error_code"]) == ("queued", None, None)
    assert (message["num_media"], message["num_segments"], message["price"]) == ("0", "1", None)
    assert message["uri"] == f"{twilio.root}/Messages/{message['sid']}.json"
    assert twilio.get(message["subresource_uris"]["media"]).json["media_list"] == []
    done = settle(world, twilio, message)
    assert (done["status"], done["direction"], done["to"]) == ("delivered", "outbound-api", TO)
    assert re.match(date, done["date_sent"]) and done["body"] == "Grüße & Küsse = 1+1"
    assert world.air(message["sid"])


def test_from_is_the_number_of_the_sim(world, twilio):
    number = world.admin.ok("GET", "/v1/devices/phone-1")["sims"][0]["number"]
    by_device = settle(world, twilio, twilio.send(From="phone-1"))
    by_number = settle(world, twilio, twilio.send(From=number))
    assert by_device["from"] == by_number["from"] == number


def test_a_service_is_a_pool(world, twilio):
    pool = world.admin.ok("POST", "/v1/pools", {"name": "shop"})
    world.admin.ok("PUT", "/v1/pools/shop/members/phone-1", {})
    service = "MG" + pool["id"][2:]
    message = twilio.send(MessagingServiceSid=service)
    assert (message["status"], message["messaging_service_sid"], message["from"]) == ("accepted", service, None) or \
        message["status"] in ("queued", "sending")
    done = settle(world, twilio, message)
    assert done["messaging_service_sid"] == service and done["from"].startswith("+")


def test_scheduled_and_canceled(world, twilio):
    message = twilio.send(ScheduleType="fixed", SendAt="2036-01-01T00:00:00Z", ValidityPeriod="60")
    assert message["status"] == "scheduled"
    answer = twilio.post(f"/Messages/{message['sid']}.json", Status="canceled")
    assert answer.status == 200 and answer.json["status"] == "canceled"
    assert answer.json["error_code"] is None
    for fields in ({"Status": "delivered"}, {"Body": "other"}, {}, {"Body": "", "Status": "canceled"}):
        check_error(twilio.post(f"/Messages/{message['sid']}.json", **fields), 400, 30400)
    done = settle(world, twilio, twilio.send())
    check_error(twilio.post(f"/Messages/{done['sid']}.json", Status="canceled"), 409, 30409)


def test_smart_encoding(world, twilio):
    text = "“It’s” – " + 70 * "x"
    assert twilio.send(Body=text)["num_segments"] == "2"
    message = twilio.send(Body=text, SmartEncoded="true")
    assert (message["body"], message["num_segments"]) == ("\"It's\" - " + 70 * "x", "1")


def test_templates_are_content(world, twilio):
    world.admin.ok("PUT", "/v1/templates/greeting", {"text": "Hello {{name}}"})
    message = twilio.send(Body="", ContentSid="greeting", ContentVariables='{"name": "Ada"}')
    assert message["body"] == "Hello Ada"
    before = stored(world)
    for code, fields in ((21655, {"ContentSid": "nobody"}), (21655, {"ContentSid": "greeting", "Body": "x"}),
                         (21655, {"ContentSid": "HX" + 32 * "0"}),
                         (21656, {"ContentSid": "greeting"}), (21656, {"ContentSid": "greeting", "ContentVariables": "x"}),
                         (21656, {"ContentSid": "greeting", "ContentVariables": '{"name": "x", "more": "y"}'}),
                         (21656, {"ContentSid": "greeting", "ContentVariables": '["name"]'})):
        check_error(twilio.post("/Messages.json", To=TO, **fields), 400, code)
    assert {**stored(world), "event": 0, "hook_job": 0, "message": 0} == {**before, "event": 0, "hook_job": 0, "message": 0}


def test_feedback(world, twilio):
    message = twilio.send()
    path = f"/Messages/{message['sid']}/Feedback.json"
    for outcome in ("unconfirmed", "confirmed", "confirmed"):
        answer = twilio.post(path, Outcome=outcome)
        assert (answer.status, answer.json["outcome"], answer.json["message_sid"]) == (201, outcome, message["sid"])
    check_error(twilio.post(path, Outcome="perhaps"), 400, 20001)
    check_error(twilio.post(f"/Messages/{NOBODY}/Feedback.json", Outcome="confirmed"), 404, 20404)
    events = [event["event"] for event in world.message(message["sid"])["timeline"]]
    assert events.count("message.confirmed") == events.count("message.unconfirmed") == 1


def test_redacted_and_deleted(world, twilio):
    waits = twilio.send(Body="needed", ScheduleType="fixed", SendAt="2036-01-01T00:00:00Z")
    check_error(twilio.post(f"/Messages/{waits['sid']}.json", Body=""), 409, 20409)
    check_error(twilio.delete(f"/Messages/{waits['sid']}.json"), 409, 20009)
    assert twilio.get(f"/Messages/{waits['sid']}.json").json["body"] == "needed"

    secret = "what-nobody-shall-know"
    done = settle(world, twilio, twilio.send(Body=secret, To="+4915112340000"))
    answer = twilio.post(f"/Messages/{done['sid']}.json", Body="")
    assert answer.status == 200 and answer.json["body"] == "" and answer.json["num_segments"] == "1"
    assert world.message(done["sid"])["text"] is None
    until(lambda: secret not in str(stored(world)["message"]), "the text is gone")

    assert twilio.delete(f"/Messages/{done['sid']}.json").status == 204
    check_error(twilio.get(f"/Messages/{done['sid']}.json"), 404, 20404)
    check_error(twilio.delete(f"/Messages/{done['sid']}.json"), 404, 20404)
    assert twilio.get("/Messages.json", To="+4915112340000").json["messages"] == []
    assert "+4915112340000" not in str(stored(world)["message"])


def test_content_that_is_not_kept(world, twilio):
    message = twilio.send(Body="not kept", ContentRetention="discard")
    assert settle(world, twilio, message)["body"] == ""
    assert [line["text"] for line in world.air(message["sid"]) if "text" in line] in ([], ["not kept"])


def test_a_number_that_is_not_kept(world, twilio):
    with Receiver() as receiver:
        message = twilio.send(To="+4915112366666", AddressRetention="obfuscate", StatusCallback=receiver.url)
        assert message["to"] == "+4915112366666"
        assert settle(world, twilio, message)["to"] == "+491511236XXXX"
        receiver.wait(lambda it: len(it.got) == 2, "sent and delivered are told")
        assert ["To=%2B491511236XXXX" in body for _, _, body in receiver.got] == [True, True]
    assert [line["to"] for line in world.air(message["sid"]) if "to" in line] in ([], ["+4915112366666"])
    assert "+4915112366666" not in str(stored(world)["message"])


def test_another_sender_takes_it(world, twilio):
    world.admin.ok("POST", "/v1/devices", {"id": "broken", "name": "Broken"})
    message = settle(world, twilio, twilio.send(From="broken", FallbackFrom="phone-1"))
    assert message["from"].startswith("+") and world.message(message["sid"])["device"] == "phone-1"
    waits = twilio.send(From="broken")
    assert world.message(waits["sid"])["waiting"]["code"] == "device_offline"
    twilio.post(f"/Messages/{waits['sid']}.json", Status="canceled")


def pages(twilio, **query):
    """Every page of a list, by next_page_uri."""
    page = twilio.get("/Messages.json", **query).json
    while True:
        yield page
        if page["next_page_uri"] is None:
            return
        page = twilio.get(page["next_page_uri"]).json


def test_pages_stay_as_they_were_while_messages_come(world, twilio):
    to = "+4915112399999"
    sent = [twilio.send(To=to, Body=str(i))["sid"] for i in range(5)]
    seen = []
    for page in pages(twilio, To=to, PageSize=2):
        assert page["page_size"] == 2 and page["first_page_uri"].startswith(twilio.root)
        assert page["start"] == 2 * page["page"]
        seen += [message["sid"] for message in page["messages"]]
        if page["messages"]:
            twilio.send(To=to, Body="new")
    assert seen == sent[::-1]


@pytest.mark.parametrize("query", [{"To": "+4915112355555"}, {"DateSent>": "2020-01-01"}], ids=["to", "all"])
def test_the_pages_before(world, twilio, query):
    for i in range(5):
        twilio.send(To="+4915112355555", Body=str(i))
    ways = [[message["sid"] for message in page["messages"]] for page in pages(twilio, PageSize=2, **query)][:4]
    page = twilio.get("/Messages.json", PageSize=2, **query).json
    assert page["previous_page_uri"] is None
    for _ in ways[1:]:
        page = twilio.get(page["next_page_uri"]).json
    twilio.send(To="+4915112355555", Body="new")
    for number in range(len(ways) - 2, -1, -1):  # the same pages, though one more message is there
        page = twilio.get(page["previous_page_uri"]).json
        assert ([message["sid"] for message in page["messages"]], page["page"]) == (ways[number], number)
        again = twilio.get(page["next_page_uri"]).json
        assert [message["sid"] for message in again["messages"]] == ways[number + 1]
        assert again["page"] == number + 1
        assert [message["sid"] for message in twilio.get(page["uri"]).json["messages"]] == ways[number]
    assert page["previous_page_uri"] is None


def test_filters(world, twilio):
    before_the_hour_ends()
    to = "+4915112388888"
    message = settle(world, twilio, twilio.send(To=to, From="phone-1"))
    number = message["from"]
    world.devices["phone-1"].control({"inbound": {"from": to, "text": "answer"}})
    until(lambda: twilio.get("/Messages.json", From=to).json["messages"], "the answer is there")
    answer = twilio.get("/Messages.json", From=to).json["messages"][0]
    assert (answer["direction"], answer["status"], answer["to"]) == ("inbound", "received", number)

    def sids(**query):
        return [shown["sid"] for page in pages(twilio, **query) for shown in page["messages"]]
    assert sids(To=to) == sids(To=to, From=number) == sids(To=to, From="phone-1") == [message["sid"]]
    assert sids(From=to) == sids(From=to, To=number) == [answer["sid"]]
    assert sids(To=to, From="+4915112377777") == sids(To=number, From=number) == []
    assert answer["sid"] in sids(To=number) and message["sid"] not in sids(To=number)
    assert message["sid"] in sids(From=number) and answer["sid"] not in sids(From=number)

    today, now = time.strftime("%Y-%m-%d", time.gmtime()), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    assert sids(To=to, DateSent=today) == sids(To=to, **{"DateSent<": now}) == [message["sid"]]
    assert sids(To=to, **{"DateSent>": today, "DateSent<": today}) == [message["sid"]]
    assert sids(To=to, **{"DateSent<": "2020-01-01"}) == sids(To=to, DateSent="2020-01-01") == []
    assert sids(To=to, **{"DateSent>": "2099-01-01"}) == []
    for query in ({"DateSent": "yesterday"}, {"PageSize": "0"}, {"PageSize": "1001"}, {"Page": "1"},
                  {"Page": "1", "PageToken": "PA1"}, {"DateSent<": "2026-13-01"}):
        check_error(twilio.get("/Messages.json", **query), 400, 20001)


def test_status_callbacks(world, twilio):
    with Receiver() as receiver:
        message = twilio.send(From="phone-1", StatusCallback=receiver.url + "?a=1&b=%20")
        receiver.wait(lambda it: len(it.got) == 2, "sent and delivered are told")
        for (path, headers, body), status in zip(receiver.got, ("sent", "delivered")):
            fields = dict(urllib.parse.parse_qsl(body, strict_parsing=True))
            assert path == "/hook?a=1&b=%20"
            assert headers["content-type"] == "application/x-www-form-urlencoded"
            assert headers["x-twilio-signature"] == signature(twilio.key["auth_token"], receiver.url + "?a=1&b=%20", fields)
            assert re.match("^EV[0-9a-f]{32}$", headers["i-twilio-idempotency-token"])
            assert fields["MessageSid"] == fields["SmsSid"] == message["sid"]
            assert fields["MessageStatus"] == fields["SmsStatus"] == status
            assert (fields["To"], fields["AccountSid"], fields["ApiVersion"]) == (TO, twilio.sid, "2010-04-01")
            assert fields["From"].startswith("+") and "ErrorCode" not in fields
            assert ("RawDlrDoneDate" in fields) == (status == "delivered")
    assert world.message(message["sid"])["callback_url"] == receiver.url + "?a=1&b=%20"
    assert settle(world, twilio, message)["sid"] == message["sid"]


def test_what_came_in_is_told_as_a_form(world, twilio):
    with Receiver() as receiver:
        hook = world.admin.ok("POST", "/v1/webhooks", {"url": receiver.url, "signature": "twilio-form"})
        assert hook["secret"] is None and "message.received" in hook["events"] and "device.online" not in hook["events"]
        world.devices["phone-1"].control({"inbound": {"from": TO, "text": "hi & bye"}})
        _, headers, body = receiver.wait(lambda it: [one for one in it.got if "Body=" in one[2]], "it is told")[0]
        fields = dict(urllib.parse.parse_qsl(body, strict_parsing=True))
        assert headers["x-twilio-signature"] == signature(twilio.key["auth_token"], receiver.url, fields)
        assert (fields["From"], fields["Body"], fields["NumMedia"], fields["NumSegments"], fields["SmsStatus"]) == \
            (TO, "hi & bye", "0", "1", "received")
        assert fields["To"].startswith("+") and fields["SmsMessageSid"] == fields["MessageSid"]
        world.admin.ok("DELETE", f"/v1/webhooks/{hook['id']}")


def test_a_second_key_does_not_change_who_signs(world, twilio):
    second = world.new_key(twilio=True)
    assert not second["twilio"]["signs"]
    assert Twilio(world.bridge.port, second).get("/Messages.json").status == 200


def test_a_form_webhook_is_told_messages_only(world):
    answer = world.admin.post("/v1/webhooks", {"url": "https://a.example/", "signature": "twilio-form",
                                               "events": ["device.online"]})
    assert answer.status == 400 and answer.json["field"] == "events"


class Answers:
    """A webhook for what comes in, whose app answers with that text. log(): what became of its deliveries."""

    def __init__(self, world, text, type="text/xml"):
        self.world = world
        self.receiver = Receiver(lambda path, body: (200, {"Content-Type": type}, text))

    def __enter__(self):
        self.hook = self.world.admin.ok("POST", "/v1/webhooks", {
            "url": self.receiver.url, "signature": "twilio-form", "events": ["message.received"]})
        return self

    def __exit__(self, *_):
        self.world.admin.ok("DELETE", f"/v1/webhooks/{self.hook['id']}")
        self.receiver.close()

    def log(self):
        return self.world.admin.ok("GET", f"/v1/webhooks/{self.hook['id']}/deliveries")["deliveries"]

    def hear(self, sender, text="hi"):
        self.world.devices["phone-1"].control({"inbound": {"from": sender, "text": text}})
        return until(lambda: [one for one in self.log() if one["state"] != "waiting"], "it was told")[0]


def sent_to(world, number):
    return world.api.ok("GET", f"/v1/messages?to=%2B{number[1:]}")["messages"]


@pytest.mark.parametrize("type", ["text/xml", "application/xml; charset=utf-8", "text/html"])
def test_twiml_is_sent(world, type):
    sender, other = f"+491511{len(type):07}", f"+491512{len(type):07}"
    text = f"<Response><Message>one &amp; two</Message><Message to='{other}'><Body>three</Body></Message></Response>"
    with Answers(world, text, type) as answers:
        delivery = answers.hear(sender)
        assert (delivery["state"], delivery["error"]) == ("delivered", None)
        message = until(lambda: sent_to(world, sender), "the answer is there")[0]
        assert (message["text"], message["device"]) == ("one & two", "phone-1")
        assert until(lambda: sent_to(world, other), "the other one too")[0]["text"] == "three"
        world.wait_state(message["id"], "delivered")
        world.admin.ok("POST", f"/v1/webhooks/{answers.hook['id']}/replay", {"delivery": delivery["id"]})
        answers.receiver.wait(lambda it: len(it.got) == 2, "it is told again")
        until(lambda: answers.log()[0]["state"] == "delivered", "it has arrived again")
        assert len(sent_to(world, sender)) == len(sent_to(world, other)) == 1


@pytest.mark.parametrize("text, error", [
    ("<Response><Redirect>https://a.example/</Redirect></Response>", "its answer has Redirect, which is not served"),
    ("<Response><Message>one</Message><Message>", "its answer is no XML: no element found in line 1"),
    ("<Response><Message>one</Message><Message to='nobody'>two</Message></Response>",
     "its answer cannot be sent: its recipient is no number"),
    ("<Response><Message>" + 1601 * "x" + "</Message></Response>", "its answer cannot be sent: a text is too long"),
    ("<Response><Message action='/relative'>x</Message></Response>",
     "its answer has a statusCallback that is not a URL"),
    ("x" * 70000, "its answer is too long"),
])
def test_twiml_that_cannot_be_is_noted_and_nothing_is_sent(world, text, error):
    sender = "+4915133333333"
    with Answers(world, text) as answers:
        before = stored(world)["idempotency"]
        delivery = answers.hear(sender)
        assert (delivery["state"], delivery["error"]) == ("delivered", error)
        assert len(answers.receiver.tried) == 1
        assert sent_to(world, sender) == [] and stored(world)["idempotency"] == before


def test_an_answer_of_another_kind_is_no_twiml(world):
    with Answers(world, "thank you", "text/plain") as answers:
        delivery = answers.hear("+4915144444444")
        assert (delivery["state"], delivery["error"]) == ("delivered", None)
        assert sent_to(world, "+4915144444444") == []


def test_twiml_does_not_write_to_those_who_said_stop(world):
    with Answers(world, "<Response><Message>please stay</Message></Response>") as answers:
        assert answers.hear("+4915155555555", "STOP")["state"] == "delivered"
        texts = [message["text"] for message in sent_to(world, "+4915155555555")]
        assert "please stay" not in texts


def test_two_machines_that_answer_each_other_come_to_an_end(world, twilio):
    """Whatever our app says, the other side answers."""
    sender = "+4915166666666"
    with Answers(world, "<Response><Message>thank you</Message></Response>") as answers:
        for number in range(5):
            world.devices["phone-1"].control({"inbound": {"from": sender, "text": "thank you"}})
            until(lambda: len(sent_to(world, sender)) == number + 1, "it is answered")
        answers.receiver.wait(lambda it: len(it.got) == 5, "all are told")
    last, *others = sent_to(world, sender)
    assert (last["state"], last["error"]["code"]) == ("failed", "answer_loop")
    assert "two machines may be answering each other" in last["error"]["text"]
    assert not any(message["state"] == "failed" for message in others)
    assert twilio.get(f"/Messages/{last['id']}.json").json["error_code"] == 14107
