"""Bad input: each is a problem document that names the field, and nothing is stored."""
import json

import pytest

from lone_bridge import LoneBridge
from rest import Api

PROBLEM = "urn:smsquitto:problem:"
GOOD = {"to": "+4915112345678", "text": "hello"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def bridge():
    with LoneBridge() as bridge:
        bridge.admin.ok("POST", "/v1/devices", {"id": "phone-1", "name": "Phone"})
        bridge.message = bridge.api.ok("POST", "/v1/messages", GOOD)["id"]
        bridge.other = bridge.admin.ok("POST", "/v1/accounts", {"name": "other"})
        headers = {"X-Account": bridge.other["id"]}
        made = bridge.admin.ok("POST", "/v1/keys", {"name": "other", "rate_per_minute": 0}, headers=headers)
        bridge.foreign = Api(bridge.port, made["key"])
        bridge.foreign_key = made["id"]
        bridge.admin.ok("POST", "/v1/devices", {"id": "foreign-1", "name": "Foreign"}, headers=headers)
        bridge.foreign_message = bridge.foreign.ok("POST", "/v1/messages", GOOD)["id"]
        yield bridge


def refused(bridge, answer, status, kind, field=None, before=None):
    """Checks a problem document, and that nothing was stored since before."""
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["type"] == PROBLEM + kind and answer.json["status"] == status
    assert answer.json["title"] and answer.json["detail"]
    assert answer.json.get("field") == field, answer
    assert before is None or bridge.rows() == before


def with_(**fields):
    return {**GOOD, **fields}


def without(name):
    return {key: value for key, value in GOOD.items() if key != name}


NUMBERS = ["+4915112345678", "+4915112345679"]
BAD_MESSAGES = {
    # field: bodies
    "to": [without("to"), with_(to=None), with_(to=5), with_(to={}), with_(to=""), with_(to=[]), with_(to="x"),
           with_(to="+49"), with_(to="+4915112345678901234"), with_(to="015112345678"), with_(to="*100#"),
           with_(to="*#06#"), with_(to="##002#"), with_(to="112#"), with_(to="+49151\u00001234"), with_(to="+" + "4" * 100),
           with_(to="+999123456789"), with_(to="+4915112345678 ext. 5"), with_(to="tel:+4915112345678;phone-context=x"),
           with_(to=["+49151%08d" % i for i in range(1001)])],
    "to[0]": [with_(to=[5]), with_(to=[None]), with_(to=[["+4915112345678"]]), with_(to=["*21*0123#"])],
    "to[1]": [with_(to=[NUMBERS[0], NUMBERS[0]]), with_(to=[NUMBERS[0], "+49 151 12345678"])],
    "to[3]": [with_(to=["+4915112345671", "+4915112345672", "+4915112345673", "+49"])],
    "text": [without("text"), with_(text=""), with_(text=None), with_(text=5), with_(text=["a"]),
             with_(text="x" * 1601), with_(text="ä" * 1601), with_(text="\U0001f600" * 1601)],
    "device": [with_(device=""), with_(device=5), with_(device="Phone"), with_(device="a/b"), with_(device="+"),
               with_(device="x" * 22), with_(device="no-such-phone"), with_(device="foreign-1")],
    "sim": [with_(sim=0), with_(sim=9), with_(sim="1"), with_(sim=1.5), with_(sim=1.0), with_(sim=True),
            with_(sim=2 ** 63 - 1)],
    "qos": [with_(qos=-1), with_(qos=3), with_(qos="1"), with_(qos=False), with_(qos=1.0)],
    "lane": [with_(lane=""), with_(lane="urgent"), with_(lane="OTP"), with_(lane=3)],
    "ttl": [with_(ttl=0), with_(ttl=-1), with_(ttl="60"), with_(ttl=1.5), with_(ttl=10 ** 12),
            with_(ttl=60, expires_at="2999-01-01T00:00:00Z"), with_(ttl=60, expires_at="1970-01-01T00:00:00Z")],
    "expires_at": [with_(expires_at=5), with_(expires_at="tomorrow"), with_(expires_at="2026-02-30T00:00:00Z"),
                   with_(expires_at="2999-01-01T00:00:00"), with_(expires_at="2020-01-01T00:00:00Z"),
                   with_(expires_at="1970-01-01T00:00:00Z"), with_(expires_at="2999-01-01 00:00")],
    "send_at": [with_(send_at=5), with_(send_at=""), with_(send_at="2027-13-01T00:00:00Z"), with_(send_at=[])],
    "report": [with_(report=1), with_(report="true"), with_(report=[])],
    "metadata": [with_(metadata=5), with_(metadata="x"), with_(metadata=[]), with_(metadata={"a": "x" * 4096}),
                 with_(metadata={str(i): i for i in range(101)})],
    "priority": [with_(priority=5)],
    "To": [with_(To="+4915112345678")],
    "__proto__": [with_(__proto__={})],
}


@pytest.mark.parametrize("field, body", [(field, body) for field, bodies in BAD_MESSAGES.items() for body in bodies],
                         ids=lambda value: json.dumps(value)[:60])
def test_bad_message(bridge, field, body):
    before = bridge.rows()
    answer = bridge.api.post("/v1/messages", body)
    assert answer.status in (400, 404), answer
    kind = "not-found" if answer.status == 404 else "invalid-field"
    if answer.json["type"] == PROBLEM + "invalid-json":  # a NUL is no JSON that we take
        assert "\\u0000" in json.dumps(body)
        kind, field = "invalid-json", None
    refused(bridge, answer, answer.status, kind, field, before)


def test_no_wrong_value_is_repeated_in_a_refusal(bridge):
    """A number or text that was refused may be private: it must not come back, or go into the log."""
    secret = "+49 secret 0151"
    answer = bridge.api.post("/v1/messages", with_(to=secret, text="private"))
    assert answer.status == 400 and "secret" not in answer.body and "private" not in answer.body
    assert not [line for line in bridge.process.log if "secret" in line or "private" in line]


BAD_JSON = {
    "empty": b"",
    "blank": b"  \n",
    "cut off": b'{"to": "+4915112345678", "text": "hel',
    "array": b"[]",
    "string": b'"hello"',
    "null": b"null",
    "number": b"5",
    "more behind it": b'{"to": "+4915112345678", "text": "hello"} {}',
    "duplicate key": b'{"to": "+4915112345678", "text": "hello", "text": "other"}',
    "duplicate key, escaped": b'{"to": "+4915112345678", "text": "hello", "te\\u0078t": "other"}',
    "duplicate key, deep": b'{"to": "+4915112345678", "text": "hello", "metadata": {"a": {"b": 1, "b": 2}}}',
    "invalid UTF-8": b'{"to": "+4915112345678", "text": "hel\xfflo"}',
    "overlong UTF-8": b'{"to": "+4915112345678", "text": "hel\xc0\x80lo"}',
    "surrogate in UTF-8": b'{"to": "+4915112345678", "text": "hel\xed\xa0\x80lo"}',
    "lone high surrogate": b'{"to": "+4915112345678", "text": "hel\\ud83dlo"}',
    "lone low surrogate": b'{"to": "+4915112345678", "text": "hel\\udc00lo"}',
    "surrogates the wrong way round": b'{"to": "+4915112345678", "text": "\\ude00\\ud83d"}',
    "NUL": b'{"to": "+4915112345678", "text": "hel\\u0000lo"}',
    "raw NUL": b'{"to": "+4915112345678", "text": "hel\0lo"}',
    "NUL in a key": b'{"to": "+4915112345678", "text": "hello", "a\\u0000b": 1}',
    "control character": b'{"to": "+4915112345678", "text": "hel\nlo"}',
    "comment": b'{"to": "+4915112345678", /* x */ "text": "hello"}',
    "last comma": b'{"to": "+4915112345678", "text": "hello",}',
    "single quotes": b"{'to': '+4915112345678', 'text': 'hello'}",
    "NaN": b'{"to": "+4915112345678", "text": "hello", "qos": NaN}',
    "huge number": b'{"to": "+4915112345678", "text": "hello", "qos": 1' + b"0" * 400 + b"}",
    "BOM": b'\xef\xbb\xbf{"to": "+4915112345678", "text": "hello"}',
    "UTF-16": '{"to": "+4915112345678", "text": "hello"}'.encode("utf-16"),
    "deep array": b'{"to": ' + b"[" * 5000 + b"]" * 5000 + b', "text": "hello"}',
    "deep object": b'{"to": "+4915112345678", "text": "hello", "metadata": ' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}",
    "nesting of 40": b'{"to": "+4915112345678", "text": "hello", "metadata": {"a": ' + b"[" * 40 + b"]" * 40 + b"}}",
    "gzip": bytes.fromhex("1f8b08000000000000ff") + b"x" * 50,
}


@pytest.mark.parametrize("body", BAD_JSON.values(), ids=BAD_JSON.keys())
@pytest.mark.parametrize("path", ["/v1/messages", "/v1/devices", "/v1/keys"])
def test_bad_json(bridge, path, body):
    before = bridge.rows()
    answer = bridge.api.post(path, body, headers=JSON)
    refused(bridge, answer, 400, "invalid-json", answer.json.get("field"), before)


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/jsonx", "multipart/form-data",
                                          "application/json-seq", ""])
def test_other_media_types_are_refused(bridge, content_type):
    before = bridge.rows()
    answer = bridge.api.post("/v1/messages", json.dumps(GOOD), headers={"Content-Type": content_type})
    refused(bridge, answer, 415, "unsupported-media-type", "Content-Type", before)


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_is_taken(bridge, content_type):
    assert bridge.api.post("/v1/messages", json.dumps(GOOD), headers={"Content-Type": content_type}).status == 202


def test_longest_text_is_taken(bridge):
    for text in ("x" * 1600, "\U0001f600" * 1600):
        assert bridge.api.ok("POST", "/v1/messages", with_(text=text))["segments"]["characters"] == 1600


# --- other resources

@pytest.mark.parametrize("path, body, field", [
    ("/v1/devices", {}, "name"),
    ("/v1/devices", {"name": ""}, "name"),
    ("/v1/devices", {"name": "x" * 65}, "name"),
    ("/v1/devices", {"name": 5}, "name"),
    ("/v1/devices", {"name": "a", "id": "A"}, "id"),
    ("/v1/devices", {"name": "a", "id": "-a"}, "id"),
    ("/v1/devices", {"name": "a", "id": "a" * 22}, "id"),
    ("/v1/devices", {"name": "a", "id": "a/#"}, "id"),
    ("/v1/devices", {"name": "a", "key": "mine"}, "key"),
    ("/v1/keys", {}, "name"),
    ("/v1/keys", {"name": "a", "scopes": "messages:send"}, "scopes"),
    ("/v1/keys", {"name": "a", "scopes": []}, "scopes"),
    ("/v1/keys", {"name": "a", "scopes": ["everything"]}, "scopes[0]"),
    ("/v1/keys", {"name": "a", "scopes": ["messages:send", 5]}, "scopes[1]"),
    ("/v1/keys", {"name": "a", "rate_per_minute": -1}, "rate_per_minute"),
    ("/v1/keys", {"name": "a", "rate_per_minute": "100"}, "rate_per_minute"),
    ("/v1/keys", {"name": "a", "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
    ("/v1/keys", {"name": "a", "expires_at": "1970-01-01T00:00:00Z"}, "expires_at"),
    ("/v1/keys", {"name": "a", "expires_at": 5}, "expires_at"),
])
def test_bad_field_of_a_resource(bridge, path, body, field):
    before = bridge.rows()
    refused(bridge, bridge.api.post(path, body), 400, "invalid-field", field, before)


def test_bad_change_of_a_device(bridge):
    for body, field in (({}, "name"), ({"name": ""}, "name"), ({"name": "a", "id": "other"}, "id"), ({"name": "x" * 65}, "name")):
        answer = bridge.api.call("PATCH", "/v1/devices/phone-1", body)
        refused(bridge, answer, 400, "invalid-field", field)
    assert bridge.api.ok("GET", "/v1/devices/phone-1")["name"] == "Phone"


def test_device_id_that_is_taken(bridge):
    before = bridge.rows()
    refused(bridge, bridge.api.post("/v1/devices", {"id": "phone-1", "name": "again"}), 409, "conflict", "id", before)
    # also one of another account: ids are in topics
    refused(bridge, bridge.api.post("/v1/devices", {"id": "foreign-1", "name": "x"}), 409, "conflict", "id", before)


@pytest.mark.parametrize("path, field", [
    ("/v1/messages?state=lost", "state"), ("/v1/messages?state=", "state"), ("/v1/messages?direction=up", "direction"),
    ("/v1/messages?limit=0", "limit"), ("/v1/messages?limit=201", "limit"), ("/v1/messages?limit=1e2", "limit"),
    ("/v1/messages?limit=%2050", "limit"), ("/v1/messages?limit", "limit"), ("/v1/messages?cursor=x", "cursor"),
    ("/v1/messages?batch=SM00000000000070008000000000000000", "batch"), ("/v1/messages?device=none", "device"),
    ("/v1/messages?device=foreign-1", "device"), ("/v1/messages?created_from=yesterday", "created_from"),
    ("/v1/messages?created_to=2026-11-21", "created_to"), ("/v1/messages?unknown=1", "unknown"),
    ("/v1/messages?limit=5&limit=6", "limit"), ("/v1/messages?to=%00", "to"), ("/v1/messages?from=%ff", "from"),
    ("/v1/messages?from=" + "x" * 40, "from"), ("/v1/messages?to=" + "1" * 100, "to"),
    ("/v1/messages?to=%2B4915112345678&from=x", "from"),
    ("/v1/messages?%ff=1", "?"), ("/v1/devices?limit=-1", "limit"), ("/v1/devices?cursor=abc", "cursor"),
    ("/v1/devices?state=online", "state"), ("/v1/keys?limit=x", "limit"), ("/v1/events?after=-1", "after"),
    ("/v1/events?after=x", "after"), ("/v1/events?types=message.lost", "types"), ("/v1/events?types=,", "types"),
    ("/v1/events?since=5", "since"),
])
def test_bad_parameter(bridge, path, field):
    refused(bridge, bridge.api.get(path), 400, "invalid-field", field)


def test_bad_last_event_id(bridge):
    answer = bridge.api.get("/v1/events", headers={"Last-Event-ID": "latest"})
    refused(bridge, answer, 400, "invalid-field", "Last-Event-ID")


# --- who may

def test_no_key_and_wrong_keys(bridge):
    before = bridge.rows()
    key = bridge.api.key
    for header in (None, "", "Bearer", "Bearer ", "Basic eDp5", key, "Bearer sqk_" + "0" * 43, "Bearer " + key[:-1],
                   "Bearer " + key + "x", "Bearer " + "x" * 5000, f"Bearer {key} {key}"):
        headers = {} if header is None else {"Authorization": header}
        answer = Api(bridge.port).post("/v1/messages", GOOD, headers=headers)
        refused(bridge, answer, 401, "unauthorized", None, before)
        assert answer.headers["www-authenticate"] == "Bearer"


SCOPED = [("POST", "/v1/messages", GOOD, "messages:send"), ("GET", "/v1/messages", None, "messages:read"),
          ("GET", "/v1/messages/x", None, "messages:read"), ("DELETE", "/v1/messages/x", None, "messages:send"),
          ("GET", "/v1/devices", None, "devices:read"), ("POST", "/v1/devices", {"name": "a"}, "devices:write"),
          ("GET", "/v1/devices/phone-1", None, "devices:read"),
          ("PATCH", "/v1/devices/phone-1", {"name": "b"}, "devices:write"),
          ("DELETE", "/v1/devices/phone-1", None, "devices:write"),
          ("POST", "/v1/devices/phone-1/pause", None, "devices:write"),
          ("POST", "/v1/devices/phone-1/rotate", None, "devices:write"), ("GET", "/v1/keys", None, "keys:write"),
          ("POST", "/v1/keys", {"name": "a"}, "keys:write"), ("GET", "/v1/events", None, "events:read"),
          ("GET", "/v1/status", None, "devices:read"), ("GET", "/metrics", None, "metrics:read")]
ALL = ["messages:send", "messages:read", "devices:read", "devices:write", "keys:write", "events:read", "metrics:read"]


@pytest.mark.parametrize("method, path, body, scope", SCOPED)
def test_missing_scope(bridge, method, path, body, scope):
    client = bridge.with_key(scopes=[word for word in ALL if word != scope])
    before = bridge.rows()
    answer = client.call(method, path, body)
    refused(bridge, answer, 403, "missing-scope", None, before)
    assert scope in answer.json["detail"]


def test_key_cannot_give_more_than_it_has(bridge):
    client = bridge.with_key(scopes=["keys:write", "messages:read"])
    before = bridge.rows()
    for body in ({"name": "a"}, {"name": "a", "scopes": ["messages:send"]}):
        refused(bridge, client.post("/v1/keys", body), 400, "invalid-field", "scopes", before)
    assert client.post("/v1/keys", {"name": "a", "scopes": ["messages:read"]}).status == 201


def test_accounts_are_local_only(bridge):
    before = bridge.rows()
    for answer in (bridge.api.get("/v1/accounts"), bridge.api.post("/v1/accounts", {"name": "mine"})):
        refused(bridge, answer, 403, "local-only", None, before)


def test_foreign_ids_are_not_found(bridge):
    before = bridge.rows()
    for method, path, body in (
            ("GET", f"/v1/messages/{bridge.foreign_message}", None),
            ("DELETE", f"/v1/messages/{bridge.foreign_message}", None),
            ("GET", "/v1/devices/foreign-1", None), ("PATCH", "/v1/devices/foreign-1", {"name": "mine"}),
            ("DELETE", "/v1/devices/foreign-1", None), ("POST", "/v1/devices/foreign-1/pause", None),
            ("POST", "/v1/devices/foreign-1/resume", None), ("POST", "/v1/devices/foreign-1/rotate", None),
            ("DELETE", f"/v1/keys/{bridge.foreign_key}", None)):
        answer = bridge.api.call(method, path, body)
        assert (answer.status, answer.json["type"]) == (404, PROBLEM + "not-found"), (method, path, answer)
    assert bridge.rows() == before
    assert bridge.foreign.ok("GET", f"/v1/messages/{bridge.foreign_message}")["state"] != "cancelled"
    assert bridge.foreign.ok("GET", "/v1/devices/foreign-1")["name"] == "Foreign"
    assert [message["id"] for message in bridge.foreign.ok("GET", "/v1/messages")["messages"]] == [bridge.foreign_message]


@pytest.mark.parametrize("id", ["x", "SM", "SM" + "0" * 32, "sm01a1fc36b93f700099e42e819e6b4f2f", "AC" + "0" * 32,
                                "SM" + "0" * 33, "%27%20OR%201=1", "%0a", "..."])
def test_unknown_ids_are_not_found(bridge, id):
    for method in ("GET", "DELETE"):
        refused(bridge, bridge.api.call(method, f"/v1/messages/{id}"), 404, "not-found")
    refused(bridge, bridge.api.get(f"/v1/devices/{id}"), 404, "not-found")
    refused(bridge, bridge.api.call("DELETE", f"/v1/keys/{id}"), 404, "not-found",
            bridge.api.call("DELETE", f"/v1/keys/{id}").json.get("field"))


# --- idempotency

def send_once(client, key, **fields):
    return client.post("/v1/messages", with_(**fields), headers={"Idempotency-Key": key})


def test_idempotency_key_replays(bridge):
    first = send_once(bridge.api, "order-1")
    before = bridge.rows()
    again = send_once(bridge.api, "order-1")
    assert (first.status, again.status) == (202, 202)
    assert "idempotency-replayed" not in first.headers and again.headers["idempotency-replayed"] == "true"
    assert again.json["id"] == first.json["id"]
    assert bridge.rows() == before


def test_idempotency_key_replays_a_batch(bridge):
    first = send_once(bridge.api, "order-2", to=NUMBERS)
    before = bridge.rows()
    again = send_once(bridge.api, "order-2", to=NUMBERS)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json["batch"] == first.json["batch"] and again.json["count"] == 2
    assert [m["id"] for m in again.json["messages"]] == [m["id"] for m in first.json["messages"]]
    assert [m["to"] for m in again.json["messages"]] == NUMBERS
    assert bridge.rows() == before


def test_idempotency_key_with_another_body(bridge):
    send_once(bridge.api, "order-3")
    before = bridge.rows()
    for fields in ({"text": "other"}, {"to": NUMBERS[1]}, {"qos": 2}):
        answer = send_once(bridge.api, "order-3", **fields)
        refused(bridge, answer, 422, "idempotency-key-reused", "Idempotency-Key", before)


def test_idempotency_keys_are_per_account(bridge):
    assert "idempotency-replayed" not in send_once(bridge.api, "order-4").headers
    assert "idempotency-replayed" not in send_once(bridge.foreign, "order-4").headers


@pytest.mark.parametrize("key", ["", "x" * 129, "a b", "ä", "a\tb", "\x7f"])
def test_bad_idempotency_key(bridge, key):
    before = bridge.rows()
    refused(bridge, send_once(bridge.api, key.encode("latin-1")), 400, "invalid-field", "Idempotency-Key", before)


def test_refused_request_leaves_its_idempotency_key_free(bridge):
    assert send_once(bridge.api, "order-5", to="+49").status == 400
    assert send_once(bridge.api, "order-5", device="no-such-phone").status in (400, 404)
    answer = send_once(bridge.api, "order-5")
    assert answer.status == 202 and "idempotency-replayed" not in answer.headers
