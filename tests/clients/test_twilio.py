"""Twilio's own packages for Node and Python, pointed at the real gateway by credentials and base URL, and nothing else."""
import datetime
import re
import time
import urllib.parse

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from node_app import NodeApp
from receiver import Receiver
from world import until

TO = "+4915112345678"
NOW = datetime.datetime.now(datetime.timezone.utc)


def app_of(world, key, by_key):
    """The app in node, with one of the two pairs of credentials."""
    user, password = (key["key_sid"], key["key_secret"]) if by_key else (key["account_sid"], key["auth_token"])
    return NodeApp("twilio-app.js", user, password, key["account_sid"], f"http://127.0.0.1:{world.bridge.port}")


@pytest.fixture(scope="module")
def key(world):
    return world.new_key(twilio=True)["twilio"]


@pytest.fixture(scope="module", params=["account", "key"])
def app(world, key, request):
    with app_of(world, key, request.param == "key") as app:
        yield app


@pytest.fixture(scope="module")
def client(world, key):
    client = Client(key["account_sid"], key["auth_token"])
    client.api.base_url = client.verify.base_url = f"http://127.0.0.1:{world.bridge.port}"
    return client


def test_python_looks_whether_its_credentials_are_right(world, key, client):
    account = client.api.accounts(key["account_sid"]).fetch()
    assert (account.sid, account.status, account.type, account.auth_token) == (key["account_sid"], "active", "Full", None)
    assert account.date_created <= datetime.datetime.now(datetime.timezone.utc)
    wrong = Client(key["account_sid"], "wrong")
    wrong.api.base_url = client.api.base_url
    with pytest.raises(TwilioRestException) as error:
        wrong.api.accounts(key["account_sid"]).fetch()
    assert (error.value.status, error.value.code) == (401, 20003)


def test_python_lists_the_numbers_that_can_send(world, client):
    sim, = world.admin.ok("GET", "/v1/devices/phone-1")["sims"]
    number, = client.incoming_phone_numbers.list(limit=20)
    assert (number.phone_number, number.capabilities["sms"]) == (sim["number"], True)
    assert client.incoming_phone_numbers(number.sid).fetch().phone_number == sim["number"]
    assert client.incoming_phone_numbers.list(phone_number="+15005550006") == []
    assert client.messages.create(to=TO, from_=number.phone_number, body="x").from_ == number.phone_number
    with pytest.raises(TwilioRestException) as error:
        client.incoming_phone_numbers("PN" + 32 * "0").fetch()
    assert (error.value.status, error.value.code) == (404, 20404)


def test_node_sends_and_follows(world, app):
    sent = app.value("create", {"to": TO, "from": "phone-1", "body": "Grüße ☎"})
    assert sent["status"] == "queued" and sent["numSegments"] == "1" and sent["errorCode"] is None
    shown = until(lambda: (seen := app.value("fetch", sent["sid"]))["status"] == "delivered" and seen, "it arrived")
    assert shown["body"] == "Grüße ☎" and shown["direction"] == "outbound-api"
    assert shown["dateSent"].endswith("Z") and shown["from"].startswith("+")  # it was read as a date
    assert app.value("media", sent["sid"]) == []
    assert app.value("feedback", sent["sid"], "confirmed")["outcome"] == "confirmed"
    assert app.value("update", sent["sid"], {"body": ""})["body"] == ""
    assert app.value("remove", sent["sid"]) is True
    assert app.ask("fetch", sent["sid"])["error"]["code"] == 20404


def test_node_lists_all_pages(app):
    to = "+4915112322222"
    sent = [app.value("create", {"to": to, "body": str(i)})["sid"] for i in range(5)]
    shown = app.value("list", {"to": to, "pageSize": 2})
    assert [message["sid"] for message in shown][:5] == sent[::-1]
    assert len(app.value("list", {"to": to, "limit": 3})) == 3
    since = "date:" + (NOW - datetime.timedelta(days=2)).isoformat()
    assert len(app.value("list", {"to": to, "dateSentAfter": since})) == len(shown)
    assert app.value("list", {"to": to, "dateSentBefore": since}) == []


def test_node_schedules_and_cancels(world, app):
    pool = next((one for one in world.admin.ok("GET", "/v1/pools")["pools"] if one["name"] == "shop"), None) or \
        world.admin.ok("POST", "/v1/pools", {"name": "shop"})
    service = "MG" + pool["id"][2:]
    sent = app.value("create", {"to": TO, "messagingServiceSid": service, "body": "later", "scheduleType": "fixed",
                                "sendAt": "date:2036-01-01T08:00:00Z", "validityPeriod": 600})
    assert sent["status"] == "scheduled" and sent["messagingServiceSid"] == service
    assert app.value("update", sent["sid"], {"status": "canceled"})["status"] == "canceled"


def test_node_sees_errors_as_they_know_them(app):
    error = app.ask("create", {"to": "1", "body": "x"})["error"]
    assert (error["code"], error["status"]) == (21211, 400)
    assert app.ask("create", {"to": TO, "from": "+15005550006", "body": "x"})["error"]["code"] == 21606


def test_node_validates_callbacks(world, key, app):
    with Receiver() as receiver:
        url = receiver.url + "?order=7"
        app.value("create", {"to": TO, "body": "x", "statusCallback": url})
        receiver.wait(lambda it: len(it.got) == 2, "sent and delivered are told")
        for _, headers, body in receiver.got:
            fields = dict(urllib.parse.parse_qsl(body))
            signature = headers["x-twilio-signature"]
            assert app.value("validate", key["auth_token"], signature, url, fields) is True
            assert app.value("validate", "another", signature, url, fields) is False
            assert RequestValidator(key["auth_token"]).validate(url, fields, signature)


def code_to(world, to):
    """The code that the phone got last."""
    texts = until(lambda: [line["text"] for line in world.air() if line["to"] == to], "the code is sent")
    return re.search(r"\d{6}", texts[-1])[0]


def test_node_verifies(world, app):
    to = f"+49151133{time.time_ns() // 1000 % 100000:05}"
    service = app.value("createService", {"friendlyName": "Shop"})
    assert service["codeLength"] == 6 and service["dateCreated"].endswith("Z")
    assert app.value("updateService", service["sid"], {"friendlyName": "Bank"})["friendlyName"] == "Bank"
    assert service["sid"] in [one["sid"] for one in app.value("listServices", {"pageSize": 1})]
    sent = app.value("verify", service["sid"], {"to": to, "channel": "sms"})
    assert (sent["status"], sent["to"], sent["valid"]) == ("pending", to, False)
    assert app.value("fetchVerification", service["sid"], sent["sid"])["sid"] == sent["sid"]
    assert app.value("fetchVerification", service["sid"], to)["sid"] == sent["sid"]
    wrong = app.value("check", service["sid"], {"to": to, "code": "none"})
    assert (wrong["status"], wrong["valid"]) == ("pending", False)
    right = app.value("check", service["sid"], {"verificationSid": sent["sid"], "code": code_to(world, to)})
    assert (right["status"], right["valid"]) == ("approved", True)
    assert app.ask("check", service["sid"], {"to": to, "code": "none"})["error"]["code"] == 20404
    again = app.value("verify", service["sid"], {"to": to, "channel": "sms"})
    assert app.value("cancelVerification", service["sid"], again["sid"])["status"] == "canceled"
    assert app.ask("verify", service["sid"], {"to": to, "channel": "call"})["error"]["code"] == 60200
    assert app.value("removeService", service["sid"]) is True


def test_node_limits_rates(app):
    service = app.value("createService", {"friendlyName": "Shop"})["sid"]
    limit = app.value("createRateLimit", service, {"uniqueName": "end_user_ip", "description": "who asks"})
    assert [one["uniqueName"] for one in app.value("listRateLimits", service)] == ["end_user_ip"]
    bucket = app.value("createBucket", service, limit["sid"], {"max": 5, "interval": 60})
    assert (bucket["max"], bucket["interval"]) == (5, 60)
    assert app.value("updateBucket", service, limit["sid"], bucket["sid"], {"max": 1})["max"] == 1
    to = [f"+49151144{time.time_ns() // 1000 % 100000:05}", f"+49151155{time.time_ns() // 1000 % 100000:05}"]
    fields = {"channel": "sms", "rateLimits": {"end_user_ip": "192.0.2.7"}}
    assert app.value("verify", service, {"to": to[0], **fields})["status"] == "pending"
    error = app.ask("verify", service, {"to": to[1], **fields})["error"]
    assert (error["status"], error["code"]) == (429, 20429)
    assert app.value("removeRateLimit", service, limit["sid"]) is True


def test_python_verifies(world, client):
    to = "+4915112355555"
    service = client.verify.services.create(friendly_name="Shop")
    assert service.date_created.tzinfo is not None and service.code_length == 6
    sent = client.verify.services(service.sid).verifications.create(to=to, channel="sms")
    assert sent.status == "pending" and abs(sent.date_created - NOW) < datetime.timedelta(hours=1)
    checks = client.verify.services(service.sid).verification_checks
    assert checks.create(to=to, code="none").valid is False
    assert checks.create(to=to, code=code_to(world, to)).status == "approved"
    assert service.sid in [one.sid for one in client.verify.services.list(page_size=1)]
    assert client.verify.services(service.sid).delete()


def test_python_sends_and_follows(client):
    sent = client.messages.create(to=TO, from_="phone-1", body="hello")
    assert sent.status == "queued" and sent.error_code is None and sent.num_media == "0"
    until(lambda: client.messages(sent.sid).fetch().status == "delivered", "it arrived")
    shown = client.messages(sent.sid).fetch()
    assert abs(shown.date_sent - NOW) < datetime.timedelta(hours=1)
    assert shown.update(body="").body == ""
    assert client.messages(sent.sid).delete()
    with pytest.raises(TwilioRestException) as caught:
        client.messages(sent.sid).fetch()
    assert (caught.value.status, caught.value.code) == (404, 20404)


def test_python_lists_all_pages(client):
    to = "+4915112333333"
    sent = [client.messages.create(to=to, body=str(i)).sid for i in range(5)]
    assert [message.sid for message in client.messages.stream(to=to, page_size=2)] == sent[::-1]
    assert len(client.messages.list(to=to, limit=3)) == 3
    assert len(client.messages.list(to=to, date_sent_after=NOW - datetime.timedelta(days=2))) == 5
    assert client.messages.list(to=to, date_sent_before=datetime.date(2020, 1, 1)) == []


def test_python_sees_errors(world, key, client):
    with pytest.raises(TwilioRestException) as caught:
        client.messages.create(to="1", body="x")
    assert (caught.value.status, caught.value.code) == (400, 21211)
    stranger = Client(key["account_sid"], "wrong")
    stranger.api.base_url = f"http://127.0.0.1:{world.bridge.port}"
    with pytest.raises(TwilioRestException) as caught:
        stranger.messages.create(to=TO, body="x")
    assert (caught.value.status, caught.value.code) == (401, 20003)
