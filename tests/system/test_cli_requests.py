"""What each command of smsquitto asks of the bridge, prints, and ends with, against a fake bridge."""
import calendar
import json
import os
import pty
import re
import socket
import subprocess
import threading
import time
from email.utils import formatdate

import pytest

from broker import ROOT
from cli import SMSQUITTO, Answer, FakeApi, Handler, run, start

ID = "SM0193514e7a0070018b2f4d6e8a9c0b1d"
NOW = "2026-11-21T02:46:08.867Z"
MESSAGE = {"id": ID, "batch": None, "direction": "outbound", "to": "+4915112345678", "text": "häl\nlo\u001b[2J",
           "state": "held", "device": "phone-1", "sim": 2, "lane": "otp", "qos": 1, "report": True,
           "segments": {"count": 2, "encoding": "GSM-7"}, "metadata": {"order": "7"}, "attempts": 1, "created_at": NOW,
           "updated_at": NOW, "send_at": None, "expires_at": "2036-11-22T02:46:08.867Z",
           "waiting": {"code": "device_offline", "text": "phone-1 is offline", "since": NOW, "until": None},
           "timeline": [{"at": NOW, "event": "message.queued", "state": "queued", "device": None, "lease": 0,
                         "reason": None, "text": None},
                        {"at": NOW, "event": "message.held", "state": "held", "device": "phone-1", "lease": 0,
                         "reason": "device_offline", "text": "phone-1 is offline"}]}
DEVICE = {"id": "phone-1", "name": "Büro", "state": "online", "online": True, "since": NOW, "seen_at": NOW,
          "created_at": NOW, "battery": {"level": 80, "charging": True},
          "sims": [{"slot": 1, "number": "+49151", "carrier": "One", "signal": 70}, {"slot": 2}], "radio": "sim",
          "software": "x/1", "queue": {"waiting": 3, "out": 1, "on_device": 1}, "warnings": ["the battery is low"]}
DEVICE_KEY = "sqd_" + "x" * 43
WITH_KEY = {**DEVICE, "key": DEVICE_KEY, "mqtt": {"host": "sms.example.org", "port": 8883, "tls": True}}
KEY = {"id": "SK0193514e7a0070018b2f4d6e8a9c0b1d", "name": "shop", "hint": "sqk_abcd", "scopes": ["messages:send"],
       "rate_per_minute": 100, "created_at": NOW, "expires_at": None, "revoked_at": None, "used_at": NOW}
ACCOUNT = {"id": "AC0193514e7a0070018b2f4d6e8a9c0b1d", "name": "main", "created_at": NOW}
HOOK = {"id": "WH0193514e7a0070018b2f4d6e8a9c0b1d", "name": "app", "url": "https://app.example/sms", "callbacks": False,
        "events": ["message.sent"], "signature": "standard", "state": "active", "paused_at": None, "created_at": NOW,
        "deliveries": {"waiting": 4, "dead": 2}}
WITH_SECRET = {**HOOK, "secret": "whsec_" + "z" * 32}
DELIVERY = {"id": "17", "event": "message.sent", "message": ID, "state": "dead", "attempts": 8, "tried_at": NOW,
            "next_attempt_at": None, "error": "HTTP 500"}
BLOCKED = {"number": "+491", "source": "stop", "note": "STOP", "created_at": NOW}
CODE = {"id": "VE0193514e7a0070018b2f4d6e8a9c0b1d", "to": "+491", "purpose": "login", "state": "pending",
        "checks_left": 3, "sends": 1, "message": ID, "expires_at": NOW}
BACKFILL = {"state": "done", "from": None, "dry_run": True, "messages": 70, "failures": 5, "numbers": 3, "began_at": NOW, "ended_at": NOW}
INBOX = {"device": "phone-1", "from": NOW, "to": NOW, "state": "waiting", "asked_at": NOW, "told_at": None, "taken_at": None}
STATS = {"from": NOW, "to": NOW, "regions": [{"region": "DE", "sent": 12, "verified": 11, "failed": 1}]}
QUIET = {"begins": "21:00", "ends": "08:00", "days": ["sunday"], "zone": "recipient"}
TEMPLATE = {"name": "reminder", "text": "Hello {{name}}, {{time}}", "languages": {"fr": "Bonjour {{name}}"},
            "variables": ["name", "time"], "max_parts": 2, "created_at": NOW, "updated_at": NOW}
SCHEDULE = {"id": "SC1", "name": "monday", "cron": "0 9 * * mon", "zone": "Europe/Berlin", "paused": False, "next_at": NOW,
            "last_at": None, "last": None, "error": "left out", "created_at": NOW,
            "message": {"to": ["+491", "+492"], "text": "Good week.", "from": None, "sim": None, "lane": "bulk", "qos": 1, "ttl": None}}
CODE_RULES = {"countries": ["DE", "AT"], "refused_countries": ["RU"], "per_country": 200}
LIMIT = {"sim": 1, "per_minute": 0, "per_hour": 60, "per_day": 0, "recipients_per_day": 100, "recipients_per_month": 0, "gap_s": 5, "jitter_s": 2,
         "opens": "08:00", "closes": "20:00", "zone": "Europe/Berlin",
         "used": {"minute": 1, "hour": 12, "day": 30, "recipients_day": 7, "recipients_month": 9}}
PREVIEW = {"text": "Bonjour Ada", "language": "fr",
           "segments": {"count": 1, "encoding": "GSM-7", "characters": 11, "units": 11, "units_per_segment": 160, "units_left": 149}}
STATUS = {"version": "0.1.0", "schema": 1, "time": NOW, "uptime_seconds": 61, "store_ok": True,
          "broker_connected": True, "plugin_ok": True, "engine": {"queue": 0, "queue_max": 4096},
          "messages": {"waiting": 5, "out": 1, "open": 6, "oldest_waiting_at": NOW},
          "devices": {"count": 2, "online": 1}, "counters": {"redeliveries": 1, "retries": 2, "bad_reports": 3}}


def page(member, *items, cursor=None):
    return {member: list(items), "next_cursor": cursor}


# command line, request, what the bridge answers, words that the output holds
COMMANDS = [
    (["messages", "list"], "GET /v1/messages", page("messages", MESSAGE, cursor="abc"),
     [ID, "→ +4915112345678", "held", "häl lo?[2J", "--cursor abc"]),
    (["messages", "list", "--state", "failed", "--to", "+49 151", "--created-from", NOW, "--limit", "2"],
     "GET /v1/messages?state=failed&to=%2B49%20151&limit=2&created_from=2026-11-21T02%3A46%3A08.867Z",
     page("messages"), ["No messages."]),
    (["messages", "show", ID], f"GET /v1/messages/{ID}", MESSAGE,
     ["Waits:           phone-1 is offline", "order=7", "2 (GSM-7)", "2026-11-21 02:46:08 UTC  queued",
      "held (phone-1): phone-1 is offline"]),
    (["messages", "show", "a/b c"], "GET /v1/messages/a%2Fb%20c", MESSAGE, [ID]),
    (["messages", "cancel", ID], f"DELETE /v1/messages/{ID}", {**MESSAGE, "state": "cancelled"}, ["Cancelled."]),
    (["messages", "cancel", ID], f"DELETE /v1/messages/{ID}", Answer(MESSAGE, 202), ["was asked to drop it"]),
    (["device", "list"], "GET /v1/devices?limit=200", page("devices", DEVICE),
     ["phone-1", "Büro", "80 % charging", "1 One +49151 70 %; 2", "the battery is low"]),
    (["device", "show", "phone-1"], "GET /v1/devices/phone-1", DEVICE,
     ["Waiting for it:  3", "SIMs:            1 One +49151 70 %; 2"]),
    (["device", "inbox", "phone-1"], "GET /v1/devices/phone-1/inbox", INBOX, ["State:", "waiting"]),
    (["device", "code"], "GET /mobile/v1/user/code", {"code": "042137", "validUntil": NOW, "url": None},
     ["042137", "https://GATEWAY/mobile/v1"]),
    (["device", "limits", "phone-1"], "GET /v1/devices/phone-1/limits", {"limits": [LIMIT]},
     ["12 of 60 an hour", "7 of 100 a day", "5 s + up to 2 s", "08:00-20:00", "Europe/Berlin"]),
    (["device", "limits", "a/b"], "GET /v1/devices/a%2Fb/limits", {"limits": []}, ["No limits."]),
    (["device", "pause", "phone-1"], "POST /v1/devices/phone-1/pause", {**DEVICE, "state": "paused"}, ["paused"]),
    (["device", "resume", "phone-1"], "POST /v1/devices/phone-1/resume", DEVICE, ["online"]),
    (["device", "remove", "phone-1", "--yes"], "DELETE /v1/devices/phone-1", Answer(status=204), ["Removed."]),
    (["device", "rotate", "phone-1"], "POST /v1/devices/phone-1/rotate", WITH_KEY,
     [DEVICE_KEY, f"smsquitto://pair?h=sms.example.org&p=8883&t=1&d=phone-1&k={DEVICE_KEY}", "█"]),
    (["key", "list"], "GET /v1/keys?limit=200", page("keys", KEY), ["shop", "sqk_abcd", "messages:send"]),
    (["key", "revoke", KEY["id"]], f"DELETE /v1/keys/{KEY['id']}", Answer(status=204), ["Revoked."]),
    (["account", "list"], "GET /v1/accounts?limit=200", page("accounts", ACCOUNT), [ACCOUNT["id"], "main"]),
    (["webhook", "list"], "GET /v1/webhooks?limit=200", page("webhooks", HOOK), ["app", "message.sent", "active"]),
    (["webhook", "show", HOOK["id"]], f"GET /v1/webhooks/{HOOK['id']}", HOOK, ["https://app.example/sms", "Dead:", "2"]),
    (["webhook", "test", "a/b"], "POST /v1/webhooks/a%2Fb/test", Answer({"delivery": "18"}, 202), ["webhook log a/b"]),
    (["webhook", "log", "WH1"], "GET /v1/webhooks/WH1/deliveries", {"deliveries": []}, ["No deliveries."]),
    (["webhook", "log", "WH1", "--state", "dead", "--limit", "2", "--cursor", "17"],
     "GET /v1/webhooks/WH1/deliveries?state=dead&limit=2&cursor=17", page("deliveries", DELIVERY, cursor="15"),
     ["HTTP 500", "--cursor 15"]),
    (["webhook", "remove", "WH1"], "DELETE /v1/webhooks/WH1", Answer(status=204), ["Removed"]),
    (["template", "list"], "GET /v1/templates?limit=200", page("templates", TEMPLATE), ["reminder", "name, time", "Hello {{name}}"]),
    (["template", "list"], "GET /v1/templates?limit=200", page("templates"), ["No templates."]),
    (["template", "show", "reminder"], "GET /v1/templates/reminder", TEMPLATE,
     ["Text:          Hello {{name}}, {{time}}", "At most parts: 2", "fr        Bonjour {{name}}"]),
    (["template", "remove", "a/b"], "DELETE /v1/templates/a%2Fb", Answer(status=204), ["Removed."]),
    (["schedule", "list"], "GET /v1/schedules?limit=200", page("schedules", SCHEDULE), ["SC1", "monday", "0 9 * * mon", "left out"]),
    (["schedule", "list"], "GET /v1/schedules?limit=200", page("schedules"), ["No schedules."]),
    (["schedule", "show", "a/b"], "GET /v1/schedules/a%2Fb", SCHEDULE, ["Name:      monday", "+491, +492", "Good week.", "bulk"]),
    (["schedule", "run", "SC1"], "POST /v1/schedules/SC1/run", {**SCHEDULE, "last": ID}, [f"Made:      {ID}"]),
    (["schedule", "remove", "SC1"], "DELETE /v1/schedules/SC1", Answer(status=204), ["Removed."]),
    (["contacts", "list"], "GET /v1/suppressions?limit=200", page("suppressions", BLOCKED), ["+491", "stop"]),
    (["contacts", "show", "+491"], "GET /v1/suppressions/%2B491", BLOCKED, ["Source:", "stop", "Note:"]),
    (["contacts", "unblock", "+491"], "DELETE /v1/suppressions/%2B491", Answer(status=204), ["written to again"]),
    (["otp", "countries"], "GET /v1/account/otp", CODE_RULES, ["Only to:", "DE, AT", "RU", "200"]),
    (["otp", "countries"], "GET /v1/account/otp", {"countries": [], "refused_countries": [], "per_country": None}, ["No rules but those of the bridge."]),
    (["contacts", "quiet"], "GET /v1/account/quiet-hours", QUIET, ["21:00", "sunday"]),
    (["otp", "show", CODE["id"]], f"GET /v1/otp/{CODE['id']}", CODE, ["pending", "login", "Checks left:"]),
    (["otp", "cancel", CODE["id"]], f"DELETE /v1/otp/{CODE['id']}", {**CODE, "state": "cancelled"}, ["cancelled"]),
    (["otp", "stats"], "GET /v1/otp/stats", STATS, ["DE", "12", "11"]),
    (["otp", "stats", "--from", NOW, "--to", "2026-11-22T00:00:00Z"],
     "GET /v1/otp/stats?from=2026-11-21T02%3A46%3A08.867Z&to=2026-11-22T00%3A00%3A00Z", {**STATS, "regions": []},
     ["No codes were sent."]),
    (["status"], "GET /v1/status", STATUS,
     ["Bridge:           0.1.0", "1 of 2 online", "Messages waiting: 5", "since 61 s ago", "Plugin answers:   yes"]),
]


@pytest.mark.parametrize("words, request_line, answer, expected", COMMANDS,
                         ids=[" ".join(command[0][:2]) + f" {n}" for n, command in enumerate(COMMANDS)])
def test_command_asks_and_shows(words, request_line, answer, expected):
    with FakeApi() as api:
        api.on(request_line.split("?")[0], answer)
        result = api.run(*words)
        assert result.code == 0 and result.err == "", result
        request, = api.requests
        assert f"{request.method} {request.path}" == request_line
        assert "Authorization" not in request.headers
        for text in expected:
            assert text in result.out, result


@pytest.mark.parametrize("words, request_line, answer, expected", COMMANDS,
                         ids=[" ".join(command[0][:2]) + f" {n}" for n, command in enumerate(COMMANDS)])
def test_json_is_what_the_bridge_says(words, request_line, answer, expected):
    body = answer.json if isinstance(answer, Answer) else answer
    with FakeApi() as api:
        api.on(request_line.split("?")[0], answer)
        result = api.run("--json", *words)
    assert result.code == 0, result
    if body is None:
        assert result.out == ""
    elif words[:2] in (["messages", "list"], ["webhook", "log"]):
        assert result.json == body
    else:
        assert result.json == {name: value for name, value in body.items() if name != "next_cursor"}
    assert result.out.count("\n") == (body is not None)


# command line, request, its body, what the bridge answers
CREATIONS = [
    (["device", "add", "Büro 2", "--show-key"], "POST /v1/devices", {"name": "Büro 2"}, WITH_KEY),
    (["device", "add", "x", "--show-key", "--id", "phone-2"], "POST /v1/devices", {"name": "x", "id": "phone-2"}, WITH_KEY),
    (["key", "create", "shop", "--scope", "messages:send", "--scope", "messages:read", "--rate", "0",
      "--expires", "2030-01-01T00:00:00Z"], "POST /v1/keys",
     {"name": "shop", "scopes": ["messages:send", "messages:read"], "rate_per_minute": 0,
      "expires_at": "2030-01-01T00:00:00Z"}, {**KEY, "key": "sqk_" + "y" * 43}),
    (["key", "create", "shop"], "POST /v1/keys", {"name": "shop"}, {**KEY, "key": "sqk_" + "y" * 43}),
    (["account", "create", "zwei"], "POST /v1/accounts", {"name": "zwei"}, ACCOUNT),
    (["send", "+4915112345678", "--text", "hi"], "POST /v1/messages", {"to": "+4915112345678", "text": "hi"}, MESSAGE),
    (["send", "+491", "+492", "--text", "hi", "--device", "phone-1", "--sim", "2", "--qos", "2", "--lane", "otp",
      "--ttl", "10m", "--send-at", "2030-01-01T00:00:00Z", "--metadata", "a=b=c", "--metadata", "d=", "--no-report"],
     "POST /v1/messages",
     {"to": ["+491", "+492"], "text": "hi", "device": "phone-1", "sim": 2, "qos": 2, "lane": "otp", "ttl": 600,
      "send_at": "2030-01-01T00:00:00Z", "metadata": {"a": "b=c", "d": ""}, "report": False},
     {"batch": "BA1", "count": 1, "messages": [MESSAGE]}),
    (["send", "+491", "--text", "hi", "--expires-at", "2030-01-01T00:00:00Z"], "POST /v1/messages",
     {"to": "+491", "text": "hi", "expires_at": "2030-01-01T00:00:00Z"}, MESSAGE),
    (["send", "+491", "--text", "hi", "--callback-url", "https://a.example/x"], "POST /v1/messages",
     {"to": "+491", "text": "hi", "callback_url": "https://a.example/x"}, MESSAGE),
    (["messages", "reply", ID, "Yes, at ten."], f"POST /v1/messages/{ID}/reply", {"text": "Yes, at ten."}, MESSAGE),
    (["send", "+491", "--template", "reminder", "--var", "name=A=b", "--var", "time=", "--language", "fr"], "POST /v1/messages",
     {"to": "+491", "template": "reminder", "variables": {"name": "A=b", "time": ""}, "language": "fr"}, MESSAGE),
    (["template", "set", "reminder", "--text", "Hello {{name}}", "--in", "fr=Bonjour {{name}}", "--in", "de=Hallo", "--max-parts", "2"],
     "PUT /v1/templates/reminder",
     {"text": "Hello {{name}}", "languages": {"fr": "Bonjour {{name}}", "de": "Hallo"}, "max_parts": 2}, TEMPLATE),
    (["template", "set", "a/b", "--text", "x"], "PUT /v1/templates/a%2Fb", {"text": "x"}, TEMPLATE),
    (["template", "preview", "reminder", "--var", "name=Ada", "--language", "fr"], "POST /v1/templates/reminder/preview",
     {"variables": {"name": "Ada"}, "language": "fr"}, PREVIEW),
    (["webhook", "add", "https://app.example/sms", "--event", "message.sent", "--event", "message.failed", "--name", "app",
      "--signature", "twilio", "--secret", "s" * 16], "POST /v1/webhooks",
     {"url": "https://app.example/sms", "name": "app", "signature": "twilio", "secret": "s" * 16,
      "events": ["message.sent", "message.failed"]}, WITH_SECRET),
    (["webhook", "rotate", "WH1"], "POST /v1/webhooks/WH1/rotate", {"overlap_s": 86400}, WITH_SECRET),
    (["webhook", "rotate", "WH1", "--overlap", "0"], "POST /v1/webhooks/WH1/rotate", {"overlap_s": 0}, WITH_SECRET),
    (["webhook", "replay", "WH1", "--dead"], "POST /v1/webhooks/WH1/replay", {"state": "dead"}, {"replayed": 3}),
    (["webhook", "replay", "WH1", "--delivery", "17"], "POST /v1/webhooks/WH1/replay", {"delivery": "17"}, {"replayed": 1}),
    (["webhook", "replay", "WH1", "--from", NOW, "--to", NOW], "POST /v1/webhooks/WH1/replay", {"from": NOW, "to": NOW},
     {"replayed": 0}),
    (["contacts", "block", "+491", "--note", "by phone"], "POST /v1/suppressions", {"number": "+491", "note": "by phone"},
     {**BLOCKED, "added": True}),
    (["webhook", "change", "WH1", "https://b.example", "--name", "b", "--event", "message.sent", "--event",
      "message.failed", "--signature", "twilio"], "PATCH /v1/webhooks/WH1",
     {"url": "https://b.example", "name": "b", "events": ["message.sent", "message.failed"], "signature": "twilio"}, HOOK),
    (["device", "inbox", "phone-1", "--from", NOW, "--to", "2026-11-22T00:00:00Z"], "POST /v1/devices/phone-1/inbox",
     {"from": NOW, "to": "2026-11-22T00:00:00Z"}, INBOX),
    (["webhook", "change", "WH1", "--name", "b"], "PATCH /v1/webhooks/WH1", {"name": "b"}, HOOK),
    (["messages", "reply", ID, "--template", "yes", "--var", "name=Ada", "--language", "fr"],
     f"POST /v1/messages/{ID}/reply", {"template": "yes", "language": "fr", "variables": {"name": "Ada"}}, MESSAGE),
    (["schedule", "create", "monday", "0 9 * * mon", "+491", "+492", "--text", "Good week.", "--zone", "Europe/Berlin",
      "--lane", "bulk", "--sim", "2", "--qos", "2", "--ttl", "2h", "--from", "tag:de"], "POST /v1/schedules",
     {"name": "monday", "cron": "0 9 * * mon", "zone": "Europe/Berlin",
      "message": {"to": ["+491", "+492"], "text": "Good week.", "lane": "bulk", "sim": 2, "qos": 2, "ttl": 7200, "from": "tag:de"}}, SCHEDULE),
    (["schedule", "create", "x", "@daily", "+491", "--template", "hello", "--var", "name=Ada", "--language", "fr",
      "--metadata", "ref=7", "--callback-url", "https://a.example/"], "POST /v1/schedules",
     {"name": "x", "cron": "@daily", "message": {"to": ["+491"], "template": "hello", "variables": {"name": "Ada"}, "language": "fr",
                                                 "metadata": {"ref": "7"}, "callback_url": "https://a.example/"}}, SCHEDULE),
    (["schedule", "change", "SC1", "--cron", "@daily", "--zone", "UTC", "--name", "x"], "PATCH /v1/schedules/SC1",
     {"cron": "@daily", "zone": "UTC", "name": "x"}, SCHEDULE),
    (["otp", "countries", "--only", "DE", "--only", "AT", "--refuse", "RU", "--per-country", "200"], "PUT /v1/account/otp", CODE_RULES, CODE_RULES),
    (["otp", "countries", "--off"], "PUT /v1/account/otp", {}, CODE_RULES),
    (["schedule", "pause", "SC1"], "PATCH /v1/schedules/SC1", {"paused": True}, SCHEDULE),
    (["schedule", "resume", "SC1"], "PATCH /v1/schedules/SC1", {"paused": False}, SCHEDULE),
    (["otp", "send", "+491", "--app", "Shop", "--length", "8", "--ttl", "60", "--language", "de", "--purpose", "login"],
     "POST /v1/otp",
     {"to": "+491", "app": "Shop", "length": 8, "ttl": 60, "language": "de", "purpose": "login"}, CODE),
    (["otp", "send", "+491", "--template", "code", "--var", "name=Ada"], "POST /v1/otp",
     {"to": "+491", "template": "code", "variables": {"name": "Ada"}}, CODE),
    (["otp", "send", "+491", "--text", "{{code}}!", "--domain", "shop.example", "--android-hash", "FA+9qCX9VSu", "--client-address", "192.0.2.1"],
     "POST /v1/otp", {"to": "+491", "text": "{{code}}!", "domain": "shop.example", "android_hash": "FA+9qCX9VSu", "client_address": "192.0.2.1"}, CODE),
    (["otp", "check", "+491", "482913"], "POST /v1/otp/check", {"to": "+491", "code": "482913"}, {**CODE, "valid": True}),
    (["otp", "check", "0151 23", "1", "--purpose", "pay"], "POST /v1/otp/check", {"to": "0151 23", "code": "1", "purpose": "pay"}, {**CODE, "valid": True}),
    (["otp", "check", "VE1", "482913"], "POST /v1/otp/VE1/check", {"code": "482913"}, {**CODE, "valid": True}),
]


@pytest.mark.parametrize("words, request_line, body, answer", CREATIONS, ids=[" ".join(c[0][:3]) for c in CREATIONS])
def test_creation_sends_body_and_shows(words, request_line, body, answer):
    with FakeApi({request_line: Answer(answer, 201)}) as api:
        result = api.run(*words)
        assert result.code == 0, result
        request, = api.asked(request_line)
        assert request.json == body
        assert request.headers["Content-Type"] == "application/json"
        assert answer.get("key", "") in result.out and answer.get("secret", "") in result.out
        assert api.run("--json", *words).json == answer


def test_text_from_standard_input():
    with FakeApi({"POST /v1/messages": Answer(MESSAGE, 202)}) as api:
        assert api.run("send", "+491", "--text", "-", stdin="zwei\nZeilen\n").code == 0
        assert api.run("send", "+491", "--text", "-", stdin="a\0b").code == 0
        assert [request.json["text"] for request in api.requests] == ["zwei\nZeilen", "a\0b"]
        result = api.run("send", "+491", "--text", "-", stdin="x" * 70000)
        assert result.code == 2 and "longer than 64 KiB" in result.err and len(api.requests) == 2


def test_relative_times_are_counted_from_now():
    with FakeApi({"POST /v1/messages": Answer(MESSAGE, 202)}) as api:
        before = time.time()
        assert api.run("send", "+491", "--text", "x", "--send-at", "+2h").code == 0
        sent = time.strptime(api.requests[0].json["send_at"][:19], "%Y-%m-%dT%H:%M:%S")
        assert abs(calendar.timegm(sent) - before - 7200) < 60


def test_log_of_a_webhook_asks_for_the_state_as_it_was_given():
    with FakeApi({"GET /v1/webhooks/WH1/deliveries": page("deliveries", DELIVERY)}) as api:
        for state in ("dead", "waiting", "no such"):
            assert "HTTP 500" in api.run("webhook", "log", "WH1", "--state", state).out
        assert [request.path.split("?")[1] for request in api.requests] == ["state=dead", "state=waiting", "state=no%20such"]


def test_wrong_code_ends_with_1():
    with FakeApi({"POST /v1/otp/VE1/check": {**CODE, "valid": False}}) as api:
        result = api.run("otp", "check", "VE1", "000000")
        assert (result.code, result.out) == (1, "The code is wrong.\n")


def test_change_of_a_scheduled_text_keeps_the_rest_of_it():
    template = {**SCHEDULE["message"], "text": None, "template": "hello", "language": "fr", "variables": {"name": "Ada"}}
    with FakeApi({"GET /v1/schedules/SC1": {**SCHEDULE, "message": template}, "PATCH /v1/schedules/SC1": SCHEDULE}) as api:
        assert api.run("schedule", "change", "SC1", "--text", "Good day.", "--to", "+493").code == 0
        assert api.requests[-1].json == {"message": {**SCHEDULE["message"], "to": ["+493"], "text": "Good day."}}
        assert api.run("schedule", "change", "SC1", "--var", "name=Bo").code == 0
        assert api.requests[-1].json == {"message": {**template, "variables": {"name": "Bo"}}}


def test_change_of_a_scheduled_text_keeps_what_recipients_have_of_their_own():
    own = {"to": "+491", "variables": {"name": "Ada"}}
    message = {**SCHEDULE["message"], "text": None, "template": "hello", "to": [own, "+492"], "metadata": {"ref": "7"}}
    with FakeApi({"GET /v1/schedules/SC1": {**SCHEDULE, "message": message}, "PATCH /v1/schedules/SC1": SCHEDULE}) as api:
        shown = api.run("schedule", "show", "SC1").out
        assert '{"to":"+491","variables":{"name":"Ada"}}, +492' in shown and "Metadata:  ref=7" in shown
        assert api.run("schedule", "change", "SC1", "--lane", "high").code == 0
        assert api.requests[-1].json == {"message": {**message, "lane": "high"}}
        assert api.run("schedule", "change", "SC1", "--text", "Good day.").code == 0
        assert api.requests[-1].json["message"]["to"] == ["+491", "+492"]


@pytest.mark.parametrize("words, quiet", [
    (["--quiet", "21:00-08:00"], {"begins": "21:00", "ends": "08:00"}), (["--quiet", "none"], {}), (["--quiet", "account"], None),
    (["--quiet-day", "sunday", "--quiet-day", "monday", "--quiet-zone", "UTC"], {"days": ["sunday", "monday"], "zone": "UTC"}),
    (["--quiet", "21:00-08:00", "--quiet-day", "sunday", "--quiet-zone", "UTC"],
     {"begins": "21:00", "ends": "08:00", "days": ["sunday"], "zone": "UTC"}),
])
def test_quiet_hours_of_a_pool(words, quiet):
    pool = {"name": "p", "id": "PO1", "quiet_hours": {"begins": "21:00", "ends": "08:00", "days": ["sunday"], "zone": "UTC"}}
    with FakeApi({"PATCH /v1/pools/p": pool}) as api:
        result = api.run("pool", "change", "p", *words)
        assert result.code == 0 and "21:00-08:00 sunday (UTC)" in result.out, result
        assert api.requests[-1].json == {"quiet_hours": quiet}


def test_limit_is_changed_where_an_option_says():
    others = {name: value for name, value in LIMIT.items() if name != "used"}
    with FakeApi({"GET /v1/devices/phone-1/limits": {"limits": [LIMIT]}, "PUT /v1/devices/phone-1/limits": {"limits": [LIMIT]}}) as api:
        assert api.run("device", "limits", "phone-1", "--sim", "1", "--recipients-month", "500", "--opens", "").code == 0
        assert api.requests[-1].json == {**others, "recipients_per_month": 500, "opens": None, "closes": None}
        assert api.run("--json", "device", "limits", "phone-1", "--per-minute", "3", "--gap", "1", "--opens", "09:00", "--closes", "17:00", "--zone", "UTC").code == 0
        assert api.requests[-1].json == {"sim": 0, "per_minute": 3, "gap_s": 1, "opens": "09:00", "closes": "17:00", "zone": "UTC"}
        before = len(api.requests)
        assert api.run("device", "limits", "phone-1", "--per-day", "many").code == 2
        assert [request.method for request in api.requests[before:]] == ["GET"]


def test_run_of_a_schedule_takes_a_key():
    with FakeApi({"POST /v1/schedules/SC1/run": SCHEDULE}) as api:
        assert api.run("schedule", "run", "SC1", "--idempotency-key", "k").code == 0
        assert api.requests[-1].headers["Idempotency-Key"] == "k"


@pytest.mark.parametrize("switch", ["enable", "disable"])
def test_webhook_is_switched(switch):
    with FakeApi({"PATCH /v1/webhooks/WH1": HOOK}) as api:
        assert api.run("webhook", switch, "WH1").code == 0
        assert api.requests[0].json == {"enabled": switch == "enable"}


def test_backfill_waits_until_it_is_done():
    running = {**BACKFILL, "state": "running", "numbers": 1}
    with FakeApi({"POST /v1/suppressions/backfill": Answer(running, 202), "GET /v1/suppressions/backfill": [running, BACKFILL]}) as api:
        result = api.run("contacts", "backfill", "--dry-run")
        assert (result.code, result.out) == (0, "70 messages, 5 failures that say that a number takes no texts, 3 numbers would be blocked.\n")
        assert [request.method for request in api.requests] == ["POST", "GET", "GET"] and api.requests[0].json == {"dry_run": True}
        assert api.run("contacts", "backfill", "--no-wait", "--from", NOW).out.startswith("Still at work: 70 messages")
        assert api.requests[-1].json == {"from": NOW, "dry_run": False}
        assert api.run("--json", "contacts", "backfill").json == BACKFILL


def test_change_of_a_webhook_needs_something_to_change():
    with FakeApi() as api:
        result = api.run("webhook", "change", "WH1")
        assert result.code == 2 and "needs a URL" in result.err and api.requests == []


def test_reply_has_an_idempotency_key_and_reads_standard_input():
    with FakeApi({f"POST /v1/messages/{ID}/reply": Answer(MESSAGE, 202)}) as api:
        assert "needs TEXT" in api.run("messages", "reply", ID).err
        assert api.run("messages", "reply", ID, "-", stdin="zwei\nZeilen\n").code == 0
        request, = api.requests
        assert request.json == {"text": "zwei\nZeilen"} and request.headers["Idempotency-Key"].startswith("cli-")
        assert api.run("messages", "reply", ID, "x", "--wait=soon").code == 2 and len(api.requests) == 1


def test_key_can_have_every_scope_of_the_contract():
    contract = (ROOT / "schemas/openapi.yaml").read_text()
    scopes = re.search(r"^    Scope:\n.*?enum:\n? *\[(.*?)\]", contract, re.M | re.S)[1]
    offered = run("key", "create", "--help").out
    for scope in re.findall(r"[a-z]+:[a-z]+", scopes):
        assert scope in offered, scope


def test_every_send_has_an_idempotency_key():
    with FakeApi({"POST /v1/messages": Answer(MESSAGE, 202)}) as api:
        for _ in range(2):
            api.run("send", "+491", "--text", "x")
        api.run("send", "+491", "--text", "x", "--idempotency-key", "mine")
        keys = [request.headers["Idempotency-Key"] for request in api.requests]
        assert keys[2] == "mine" and len(set(keys)) == 3 and keys[0].startswith("cli-") and len(keys[0]) == 36


def test_lists_are_read_to_their_end():
    with FakeApi({"GET /v1/devices": [page("devices", DEVICE, cursor="a b"), page("devices", {**DEVICE, "id": "zwei"})]}) as api:
        result = api.run("device", "list")
        assert [request.path for request in api.requests] == ["/v1/devices?limit=200", "/v1/devices?limit=200&cursor=a%20b"]
        assert "phone-1" in result.out and "zwei" in result.out


# --- pairing

@pytest.mark.parametrize("words, mqtt, broker", [
    ([], {"host": "h", "port": 1, "tls": False}, "h=h&p=1&t=0"),
    (["--host", "other", "--port", "2", "--tls"], {"host": "h", "port": 1, "tls": False}, "h=other&p=2&t=1"),
    (["--host", "h", "--no-tls"], None, "h=h&p=1883&t=0"),
    (["--host", "h"], None, "h=h&p=8883&t=1"),
])
def test_pairing_tells_where_the_broker_is(words, mqtt, broker):
    answer = {**DEVICE, "key": DEVICE_KEY, **({"mqtt": mqtt} if mqtt else {})}
    with FakeApi({"POST /v1/devices": Answer(answer, 201)}) as api:
        result = api.run("device", "add", "x", "--show-key", *words)
        assert f"smsquitto://pair?{broker}&d=phone-1&k={DEVICE_KEY}" in result.out, result
        assert "█" in result.out
        assert "█" not in api.run("device", "add", "x", "--show-key", "--no-qr", *words).out


def test_guessed_address_is_called_a_guess():
    answer = {**DEVICE, "key": DEVICE_KEY}
    with FakeApi({"POST /v1/devices": Answer(answer, 201)}) as api:
        assert "a guess" in api.run("device", "add", "x", "--show-key").out
        remote = run("--url", api.url, "--key", "k", "device", "add", "x", "--show-key")
        assert DEVICE_KEY in remote.out and "pair?" not in remote.out and "--host" in remote.out


@pytest.mark.parametrize("words", [["--tls", "--no-tls"], ["--port", "0"], ["--port", "x"]])
def test_wrong_pairing_options_make_nothing(words):
    with FakeApi({"POST /v1/devices": Answer(WITH_KEY, 201)}) as api:
        assert api.run("device", "add", "x", "--show-key", *words).code == 2
        assert api.requests == []


def test_remove_asks_first():
    with FakeApi({"DELETE /v1/devices/phone-1": Answer(status=204)}) as api:
        result = api.run("device", "remove", "phone-1", stdin="y\n")
        assert result.code == 2 and "--yes" in result.err and api.requests == []


@pytest.mark.parametrize("said, code, removed", [("y\n", 0, 1), ("n\n", 1, 0), ("\n", 1, 0)])
def test_remove_does_as_the_person_says(said, code, removed):
    with FakeApi({"DELETE /v1/devices/phone-1": Answer(status=204)}) as api:
        ours, theirs = pty.openpty()
        process = subprocess.Popen([SMSQUITTO, "--socket", api.socket, "device", "remove", "phone-1"], stdin=theirs,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        os.write(ours, said.encode())
        _, err = process.communicate(timeout=60)
        os.close(ours)
        os.close(theirs)
        assert process.returncode == code and len(api.requests) == removed and "Remove phone-1?" in err


# --- errors

PROBLEMS = [
    (400, 6, []), (401, 4, ["root"]), (403, 4, ["root"]), (404, 5, ["list"]), (409, 6, []), (413, 6, []), (422, 6, []),
    (429, 7, ["Try again in 7 s."]), (503, 7, ["Try again in 7 s."]), (500, 1, []), (302, 1, []),
]


@pytest.mark.parametrize("status, code, expected", PROBLEMS)
def test_exit_codes_of_problems(status, code, expected):
    problem = {"type": "urn:x", "title": "T", "status": status, "detail": "must be\u001b[2J a number", "field": "to[3]"}
    with FakeApi({"GET /v1/status": Answer(problem, status, {"Retry-After": "7"})}) as api:
        result = api.run("status")
        assert result.code == code, result
        assert result.out == "" and "smsquitto: to[3]: must be?[2J a number\n" in result.err
        for text in expected:
            assert text in result.err
        assert api.run("--json", "status").json == problem


def test_remote_refusal_speaks_of_keys():
    with FakeApi({"GET /v1/status": Answer({"detail": "no"}, 401)}) as api:
        result = run("--url", api.url, "status")
        assert result.code == 4 and "SMSQUITTO_KEY" in result.err


def test_answers_that_are_no_json():
    with FakeApi({"GET /v1/status": Answer(raw=b"<html>")}) as api:
        result = api.run("status")
        assert result.code == 1 and "not JSON" in result.err
        api.on("GET /v1/status", Answer(raw=b"gateway down", status=502))
        result = api.run("status")
        assert result.code == 1 and "HTTP 502" in result.err


def test_nobody_there(tmp_path):
    missing = run("--socket", tmp_path / "none.sock", "status")
    assert missing.code == 3 and "Is the bridge running?" in missing.err and "none.sock" in missing.err
    remote = run("--url", "http://127.0.0.1:1", "status")
    assert remote.code == 3 and "http://127.0.0.1:1" in remote.err
    unnamed = run("--config", tmp_path / "none.conf", "status")
    assert unnamed.code == 1 and "none.conf" in unnamed.err
    wrong = run("--url", "ftp://127.0.0.1", "status")
    assert wrong.code == 3 and "https://" in wrong.err


def test_unanswered_send_says_how_to_repeat_it():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()

        def hang_up():
            connection, _ = server.accept()
            connection.recv(65536)
            connection.close()
        thread = threading.Thread(target=hang_up)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        result = run("--url", url, "send", "+491", "--text", "x", "--idempotency-key", "mine")
        thread.join()
    assert result.code == 3 and "--idempotency-key mine" in result.err


WRONG_LINES = [
    ([], "a command is missing"), (["fly"], "unknown command"), (["device"], "device needs one of its commands"),
    (["send", "--text", "x"], "send needs TO..."), (["send", "+491"], "--text"),
    (["send", "+491", "--text", "x", "--qos", "high"], "--qos"), (["send", "+491", "--text", "x", "--ttl", "soon"], "--ttl"),
    (["send", "+491", "--text", "x", "--metadata", "x"], "NAME=VALUE"), (["send", "+491", "--template", "x", "--var", "x"], "--var"),
    (["template", "set", "x"], "--text"), (["template", "set", "x", "--text", "y", "--in", "fr"], "--in"),
    (["template", "set", "x", "--text", "y", "--max-parts", "none"], "--max-parts"), (["otp", "send", "+491", "--var", "x"], "--var"),
    (["template", "preview", "x", "--var", "y"], "NAME=VALUE"), (["template", "set", "x", "--text", "\udcff"], "UTF-8"),
    (["schedule", "create", "x", "@daily"], "TO..."), (["schedule", "change", "SC1"], "what to change"),
    (["schedule", "create", "x", "@daily", "+491", "--text", "y", "--ttl", "soon"], "--ttl"),
    (["schedule", "create", "x", "@daily", "+491", "--text", "\udcff"], "UTF-8"),
    (["pool", "change", "p", "--quiet", "night"], "HH:MM-HH:MM"), (["pool", "change", "p", "--quiet-zone", "UTC"], "--quiet-zone"),
    (["pool", "change", "p", "--quiet", "none", "--quiet-day", "sunday"], "--quiet-day"),
    (["otp", "check", "VE1", "1", "--purpose", "x"], "--purpose"), (["otp", "send", "+491", "--text", "\udcff"], "UTF-8"),
    (["send", "+491", "--text", "x", "--wait=soon"], "--wait"),
    (["messages", "tail", "--since", "x"], "--since"), (["key", "create", "x", "--rate", "-1"], "--rate"),
    (["--key", "a", "--key-file", "b", "status"], "exclude"), (["--url", "a", "--socket", "b", "status"], "exclude"),
    (["completion", "fish"], "fish"), (["init", "--http-port", "70000"], "--http-port"),
]


@pytest.mark.parametrize("words, expected", WRONG_LINES, ids=[" ".join(words) for words, _ in WRONG_LINES])
def test_wrong_command_lines(words, expected):
    result = run(*words)
    assert result.code == 2 and expected in result.err and result.out == "", result


# --- who asks

def test_key_goes_out_and_never_to_the_screen(tmp_path):
    secret = "sqk_" + "z" * 43
    key_file = tmp_path / "key"
    key_file.write_text(secret + "\n")
    with FakeApi({"GET /v1/status": [Answer(STATUS)]}) as api:
        for more, environment in ((["--key-file", key_file], None), (["--key", secret], None),
                                  ([], {"SMSQUITTO_KEY": secret})):
            result = run("--url", api.url + "/", *more, "status", environment=environment)
            assert result.code == 0 and secret not in result.out + result.err, result
            assert api.requests[-1].headers["Authorization"] == f"Bearer {secret}"
        result = run("status", environment={"SMSQUITTO_URL": api.url, "SMSQUITTO_KEY": secret})
        assert result.code == 0
    missing = run("--url", "http://127.0.0.1:1", "--key-file", tmp_path / "none", "status")
    assert missing.code == 1 and "none" in missing.err


def test_account_and_places_from_options_and_environment(tmp_path):
    with FakeApi({"GET /v1/status": [Answer(STATUS)]}) as api:
        assert api.run("--account", "AC1", "status").code == 0
        assert api.requests[-1].headers["X-Account"] == "AC1"
        assert api.run("status", environment={"SMSQUITTO_ACCOUNT": "AC2"}).code == 0
        assert api.requests[-1].headers["X-Account"] == "AC2"
        assert run("status", environment={"SMSQUITTO_SOCKET": str(api.socket)}).code == 0
        assert "X-Account" not in api.requests[-1].headers
        conf = tmp_path / "smsquitto.conf"
        conf.write_text(f"[http]\nsocket = {api.socket}\n")
        assert run("--config", conf, "status").code == 0
        # The command line goes before the environment.
        assert api.run("status", environment={"SMSQUITTO_URL": "http://127.0.0.1:1"}).code == 0


# --- the live stream

def event(number, name, **message):
    state = {"state": name.split(".")[1]} if name.startswith("message.") else {}
    return (number, name, {"event": name, "at": NOW, "message": {"id": ID, "to": "+4915112345678", **state, **message},
                           "device": "phone-1", "lease": 1, "reason": None, "text": None})


DEVICE_EVENT = (9, "device.offline", {"event": "device.offline", "at": NOW, "device": "phone-1", "reason": None, "text": None})


def read_lines(process, count):
    return [process.stdout.readline() for _ in range(count)]


def test_tail_goes_on_where_a_connection_broke():
    with FakeApi({"GET /v1/events": [Answer(stream=[event(7, "message.queued"), event(8, "message.sent")]),
                                     Answer({"detail": "busy"}, 503), Answer(stream=[DEVICE_EVENT], hold=True)]}) as api:
        process = start("--socket", api.socket, "messages", "tail", "--since", "6", "--types", "message.sent,device.offline")
        lines = read_lines(process, 3)
        process.terminate()
        process.communicate(timeout=60)
        assert lines[0] == f"02:46:08.867  {ID}  to +49151…78  queued (phone-1)\n"
        assert "device  offline (phone-1)" in lines[2]
        assert [request.headers.get("Last-Event-ID") for request in api.requests] == ["6", "8", "8"]
        assert api.requests[0].path == "/v1/events?types=message.sent%2Cdevice.offline"
        assert api.requests[0].headers["Accept"] == "text/event-stream"


def test_tail_shows_whole_numbers_when_asked():
    with FakeApi({"GET /v1/events": Answer(stream=[event(7, "message.queued")], hold=True)}) as api:
        for more, shown in ((["--numbers"], "+4915112345678"), (["--json"], '{"id":"7","event":"message.queued",')):
            process = start("--socket", api.socket, "messages", "tail", *more)
            line, = read_lines(process, 1)
            process.terminate()
            process.communicate(timeout=60)
            assert shown in line


def test_tail_ends_when_refused_or_nobody_is_there(tmp_path):
    with FakeApi({"GET /v1/events": Answer({"detail": "no", "field": "types"}, 400)}) as api:
        result = api.run("messages", "tail")
        assert result.code == 6 and "types: no" in result.err
        api.on("GET /v1/events", Answer({"detail": "full"}, 503))
        assert api.run("messages", "tail").code == 7
    assert run("--socket", tmp_path / "none", "messages", "tail").code == 3


# --- send --wait

def wait_api(shown, *streams, sent=MESSAGE):
    """A bridge that accepts a text, shows it so, and then streams."""
    return FakeApi({"POST /v1/messages": Answer(sent, 202), f"GET /v1/messages/{ID}": shown,
                    "GET /v1/events": list(streams)})


def at(state, *timeline):
    return {**MESSAGE, "state": state, "timeline": [
        {"at": NOW, "event": f"message.{name}", "state": name, "device": "phone-1", "lease": 1, "reason": None,
         "text": None} for name in timeline]}


def test_wait_prints_each_step_once():
    stream = Answer(stream=[event(7, "message.queued"), event(8, "message.sent"), event(9, "message.delivered")], hold=True)
    with wait_api(at("queued", "queued"), stream) as api:
        result = api.run("send", "+4915112345678", "--text", "x", "--wait")
        assert result.code == 0, result
        steps = [line.split("  ")[-1] for line in result.out.splitlines()[2:]]
        assert steps == ["queued (phone-1)", "sent (phone-1)", "delivered (phone-1)"]


def test_wait_sees_what_happened_before_the_stream():
    with wait_api(at("delivered", "queued", "sent", "delivered"), Answer(stream=[], hold=True)) as api:
        result = api.run("send", "+4915112345678", "--text", "x", "--wait")
        assert result.code == 0 and "delivered (phone-1)" in result.out


@pytest.mark.parametrize("state", ["undelivered", "failed", "expired", "cancelled", "unknown"])
def test_wait_ends_with_8_when_not_delivered(state):
    stream = Answer(stream=[event(7, f"message.{state}")], hold=True)
    with wait_api(at("queued"), stream) as api:
        result = api.run("send", "+4915112345678", "--text", "x", "--wait=20")
        assert result.code == 8 and "1 of 1 messages were not delivered" in result.err


@pytest.mark.parametrize("more, state", [({"report": False}, "sent"), ({"qos": 0}, "dispatched")])
def test_wait_for_what_can_be_known(more, state):
    with wait_api(at("queued"), Answer(stream=[event(7, f"message.{state}")], hold=True), sent={**MESSAGE, **more}) as api:
        assert api.run("send", "+4915112345678", "--text", "x", "--wait").code == 0


def test_wait_ends_with_7_when_the_time_is_over():
    with wait_api(at("queued"), Answer(stream=[], hold=True)) as api:
        result = api.run("send", "+4915112345678", "--text", "x", "--wait=1")
        assert result.code == 7 and "1 of 1 messages have not ended" in result.err


def test_wait_survives_a_broken_stream():
    streams = [Answer(stream=[event(7, "message.queued")]), Answer(stream=[event(8, "message.delivered")], hold=True)]
    with wait_api(at("queued"), *streams) as api:
        result = api.run("--json", "send", "+4915112345678", "--text", "x", "--wait")
        assert result.code == 0, result
        assert result.json["id"] == ID
        assert [request.headers.get("Last-Event-ID") for request in api.asked("GET /v1/events")] == [None, "7"]


def test_wait_follows_every_message_of_a_batch():
    other = {**MESSAGE, "id": "SM2", "to": "+492"}
    stream = Answer(stream=[event(7, "message.delivered"), event(8, "message.failed", id="SM2")], hold=True)
    sent = {"batch": "BA1", "count": 2, "messages": [MESSAGE, other]}
    with wait_api(at("queued"), stream, sent=sent) as api:
        api.on("GET /v1/messages/SM2", {**at("queued"), "id": "SM2"})
        result = api.run("send", "+491", "+492", "--text", "x", "--wait")
        assert result.code == 8 and "1 of 2 messages were not delivered" in result.err
        assert json.loads(api.run("--json", "send", "+491", "+492", "--text", "x", "--wait").out)["messages"][1]["id"] == "SM2"


# --- doctor

def doctor(api, *words):
    return {check["name"]: check["level"] for check in api.run("--json", *words, "doctor").json["checks"]}


def test_doctor_levels():
    with FakeApi({"GET /v1/status": Answer(STATUS), "GET /v1/devices": page("devices", {**DEVICE, "warnings": []})}) as api:
        levels = doctor(api)
        assert levels["bridge"] == levels["store"] == levels["broker"] == levels["plugin"] == levels["clock"] == "ok"
        assert levels["devices"] == "ok" and levels["config"] == "skip" and levels["disk"] == "skip"
        assert api.run("doctor").code == 0
        bad = {**STATUS, "store_ok": False, "broker_connected": False, "plugin_ok": False, "version": "9",
               "devices": {"count": 0, "online": 0}}
        api.on("GET /v1/status", Answer(bad, headers={"Date": "Sat, 21 Nov 2026 02:46:08 GMT"}))
        levels = doctor(api)
        assert levels["store"] == levels["broker"] == "fail" and levels["plugin"] == "skip"
        assert levels["version"] == levels["devices"] == "warn"
        result = api.run("doctor")
        assert result.code == 1 and "fail  broker" in result.out and "→ start mosquitto" in result.out
        api.on("GET /v1/status", {**STATUS, "plugin_ok": False})
        assert doctor(api)["plugin"] == "fail"
        api.on("GET /v1/status", Answer({"detail": "no"}, 403))
        assert doctor(api)["bridge"] == "fail"


@pytest.mark.parametrize("seconds, level", [(2, "ok"), (30, "warn"), (600, "fail")])
def test_doctor_compares_clocks(monkeypatch, seconds, level):
    monkeypatch.setattr(Handler, "date_time_string", lambda self: formatdate(time.time() + seconds, usegmt=True))
    with FakeApi({"GET /v1/status": STATUS, "GET /v1/devices": page("devices", DEVICE)}) as api:
        assert doctor(api)["clock"] == level


def test_doctor_without_a_bridge(tmp_path):
    result = run("--socket", tmp_path / "none", "doctor")
    assert result.code == 1 and "fail  bridge" in result.out and "skip  store" in result.out
    remote = run("--url", "http://127.0.0.1:1", "doctor")
    assert remote.code == 1 and "run doctor there" in remote.out
