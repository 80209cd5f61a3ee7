"""Texts with variables, as apps use them: kept, looked at, sent in the language of whoever gets them."""
import re

import pytest

from rest import Api
from world import World, until

EVERYBODY = {"text": "Hello {{name}}, see you at {{ time }}.",
             "languages": {"fr": "Bonjour {{name}}, à {{time}}.", "de-ch": "Grüezi {{name}}, bis {{time}}.", "ru": "Ждём вас в {{time}}."}}
ADA = {"name": "Ada", "time": "09:30"}


@pytest.fixture(scope="module")
def world():
    with World(devices=1) as world:
        world.api.ok("PUT", "/v1/templates/reminder", EVERYBODY)
        yield world


def refused(world, path, body, field, method="POST", status=400):
    answer = world.api.call(method, path, body)
    assert (answer.status, answer.json.get("field")) == (status, field), answer
    return answer.json["detail"]


def send(world, **body):
    return world.api.ok("POST", "/v1/messages", body)


def stored(world):
    return {item["id"] for item in world.api.ok("GET", "/v1/messages?limit=200")["messages"]}


def test_life_of_a_template(world):
    made = world.api.call("POST", "/v1/templates", {"name": "life", "text": "{{a}} {{b}}", "max_parts": 2})
    assert made.status == 201 and made.json["variables"] == ["a", "b"] and made.json["languages"] == {}
    assert refused(world, "/v1/templates", {"name": "life", "text": "x"}, "name", status=409)
    shown = world.api.ok("GET", "/v1/templates/life")
    assert shown == made.json and shown["max_parts"] == 2
    now = world.api.call("PUT", "/v1/templates/life", {"text": "{{c}}", "languages": {"FR_ch": "{{d}}"}})
    assert now.status == 200 and now.json["variables"] == ["c", "d"] and now.json["languages"] == {"fr-CH": "{{d}}"}
    assert now.json["max_parts"] is None and now.json["created_at"] == shown["created_at"]
    assert world.api.call("DELETE", "/v1/templates/life").status == 204
    for method in ("GET", "DELETE"):
        assert world.api.call(method, "/v1/templates/life").status == 404
    assert world.api.call("POST", "/v1/templates/life/preview", {}).status == 404


def test_list_goes_by_name_and_page(world):
    names = [f"list-{i}" for i in (2, 0, 1)]
    for name in names:
        assert world.api.call("PUT", f"/v1/templates/{name}", {"text": name}).status == 201
    seen, cursor = [], ""
    while cursor is not None:
        page = world.api.ok("GET", f"/v1/templates?limit=1&cursor={cursor}")
        seen += page["templates"]
        cursor = page["next_cursor"]
    assert [item["name"] for item in seen] == sorted(names + ["reminder"])
    assert {item["name"]: item["text"] for item in seen}["list-1"] == "list-1"


def test_pages_of_long_texts_end_early(world):
    texts = {f"l{chr(97 + i)}": "x" * 1600 for i in range(20)}
    for i in range(40):
        assert world.api.call("PUT", f"/v1/templates/zlong-{i:02}", {"text": "x", "languages": texts}).status == 201
    first = world.api.ok("GET", "/v1/templates?limit=200&cursor=zl")
    assert len(first["templates"]) == 33 and first["next_cursor"] == "zlong-32"
    rest = world.api.ok("GET", "/v1/templates?limit=200&cursor=zlong-32")
    assert [item["name"] for item in rest["templates"]] == [f"zlong-{i}" for i in range(33, 40)] and rest["next_cursor"] is None
    for i in range(40):
        assert world.api.call("DELETE", f"/v1/templates/zlong-{i:02}").status == 204


@pytest.mark.parametrize("body, field", [
    ({}, "text"), ({"text": ""}, "text"), ({"text": "x" * 1601}, "text"), ({"text": "{{"}, "text"),
    ({"text": "x", "languages": {"fr": "{{größe}}"}}, "languages.fr"), ({"text": "x", "languages": {"fr": ""}}, "languages.fr"),
    ({"text": "x", "languages": {"fr": 1}}, "languages.fr"), ({"text": "x", "languages": {"french": "x"}}, "languages"),
    ({"text": "x", "languages": {"fr-ch": "x", "fr_CH": "y"}}, "languages.fr-CH"), ({"text": "x", "max_parts": 0}, "max_parts"),
    ({"text": "x", "languages": {f"l{chr(97 + i)}": "x" * 1600 for i in range(21)}}, "languages"),
    ({"text": " ".join(f"{{{{v{i}}}}}" for i in range(33))}, "text"), ({"text": "x", "name": "other"}, "name"),
])
def test_bad_templates(world, body, field):
    refused(world, "/v1/templates/bad", body, field, method="PUT")
    assert world.api.call("GET", "/v1/templates/bad").status == 404


@pytest.mark.parametrize("name", ["Upper", "with%20space", "x" * 41, "%C3%BC"])
def test_bad_names(world, name):
    refused(world, f"/v1/templates/{name}", {"text": "x"}, "name", method="PUT")
    assert world.api.call("GET", f"/v1/templates/{name}").status == 404


@pytest.mark.parametrize("language, used, text", [
    (None, None, "Hello Ada, see you at 09:30."), ("en-GB", None, "Hello Ada, see you at 09:30."),
    ("fr", "fr", "Bonjour Ada, à 09:30."), ("fr-CH", "fr", "Bonjour Ada, à 09:30."), ("FR_ca", "fr", "Bonjour Ada, à 09:30."),
    ("de-CH", "de-CH", "Grüezi Ada, bis 09:30."), ("de", None, "Hello Ada, see you at 09:30."),
    ("ru", "ru", "Ждём вас в 09:30."),
])
def test_language_falls_back(world, language, used, text):
    wish = {"variables": ADA, **({"language": language} if language else {})}
    preview = world.api.ok("POST", "/v1/templates/reminder/preview", wish)
    assert (preview["text"], preview["language"]) == (text, used)
    message = send(world, to="+4915112345670", template="reminder", **wish)
    assert message["text"] == text
    assert {key: preview["segments"][key] for key in message["segments"]} == message["segments"]


def test_preview_counts_as_the_phone_will(world):
    world.api.ok("PUT", "/v1/templates/length", {"text": "{{a}}"})
    counts = world.api.ok("POST", "/v1/templates/length/preview", {"variables": {"a": "x" * 161}})["segments"]
    assert counts == {"count": 2, "encoding": "GSM-7", "characters": 161, "units": 161, "units_per_segment": 153, "units_left": 145}
    counts = world.api.ok("POST", "/v1/templates/length/preview", {"variables": {"a": "я😀"}})["segments"]
    assert counts == {"count": 1, "encoding": "UCS-2", "characters": 2, "units": 3, "units_per_segment": 70, "units_left": 67}


@pytest.mark.parametrize("body, field", [
    ({"variables": {"name": "Ada"}}, "variables.time"), ({}, "variables.name"),
    ({"variables": {**ADA, "nme": "x"}}, "variables.nme"), ({"variables": {**ADA, "time": 1.5}}, "variables.time"),
    ({"variables": {**ADA, "time": None}}, "variables.time"), ({"variables": {"a b": ""}}, "variables"),
    ({"variables": []}, "variables"), ({"variables": ADA, "language": "x"}, "language"),
    ({"variables": {**ADA, "name": "x" * 1600}}, "variables"), ({"variables": {**ADA, "name": "x" * 6401}}, "variables.name"),
])
def test_bad_variables_store_nothing(world, body, field):
    before = stored(world)
    detail = refused(world, "/v1/templates/reminder/preview", body, field)
    assert refused(world, "/v1/messages", {"to": "+4915112345671", "template": "reminder", **body}, field) == detail
    refused(world, "/v1/messages", {"to": ["+4915112345671"], "template": "reminder", **body}, field)
    assert stored(world) == before


@pytest.mark.parametrize("body, field", [
    ({"template": "none"}, "template"), ({"template": "no such"}, "template"), ({"template": "reminder", "text": "x"}, "template"),
    ({"text": "x", "variables": {}}, "variables"), ({"text": "x", "language": "fr"}, "language"), ({}, "text"),
    ({"to": [{"to": "+4915112345671"}], "text": "x"}, "to"), ({"to": [{"variables": {}}], "template": "reminder"}, "to[0].to"),
    ({"to": [{"to": "+4915112345671", "name": "x"}], "template": "reminder"}, "to[0].name"),
])
def test_bad_sends(world, body, field):
    before = stored(world)
    refused(world, "/v1/messages", {"to": "+4915112345671", **body}, field)
    assert stored(world) == before


def test_template_reaches_the_handset(world):
    message = send(world, to="+4915112345672", template="reminder", variables={"name": "{{time}}", "time": 9})
    world.wait_state(message["id"], "delivered")
    assert [line["text"] for line in world.air(message["id"])] == ["Hello {{time}}, see you at 9."]


def test_each_recipient_has_a_text_of_their_own(world):
    to = [{"to": "+4915112345673", "variables": {"name": "Ada"}}, "+4915112345674",
          {"to": "+4915112345675", "language": "fr-FR", "variables": {"name": "Zoé", "time": "10 h"}}]
    batch = send(world, to=to, template="reminder", variables={"name": "you", "time": "9"})
    assert [item["text"] for item in batch["messages"]] == ["Hello Ada, see you at 9.", "Hello you, see you at 9.", "Bonjour Zoé, à 10 h."]
    assert [item["segments"]["count"] for item in batch["messages"]] == [1, 1, 1]
    for item in batch["messages"]:
        world.wait_state(item["id"], "delivered")
        assert world.air(item["id"])[0]["text"] == item["text"]


def test_recipient_without_a_variable_is_named(world):
    before = stored(world)
    to = [{"to": "+4915112345673", "variables": {"name": "Ada"}}, {"to": "+4915112345674"}]
    refused(world, "/v1/messages", {"to": to, "template": "reminder", "variables": {"time": "9"}}, "to[1].variables.name")
    to[1]["variables"] = {"nme": "x"}
    refused(world, "/v1/messages", {"to": to, "template": "reminder", "variables": {"time": "9"}}, "to[1].variables.nme")
    assert stored(world) == before


def test_refused_recipient_takes_no_other_text_along(world):
    world.api.ok("POST", "/v1/suppressions", {"number": "+4915112345676"})
    to = [{"to": f"+491511234567{i}", "variables": {"name": f"N{i}"}} for i in (6, 7, 8)]
    batch = send(world, to=to, template="reminder", variables={"time": "9"})
    assert [item["to"] for item in batch["refused"]] == ["+4915112345676"]
    assert [(item["to"], item["text"]) for item in batch["messages"]] == [
        (f"+491511234567{i}", f"Hello N{i}, see you at 9.") for i in (7, 8)]


def test_parts_may_be_limited(world):
    world.api.ok("PUT", "/v1/templates/short", {"text": "{{a}}", "max_parts": 1})
    assert send(world, to="+4915112345679", template="short", variables={"a": "x" * 160})["segments"]["count"] == 1
    detail = refused(world, "/v1/messages", {"to": "+4915112345679", "template": "short", "variables": {"a": "x" * 161}}, "variables")
    assert "2 parts" in detail and "allows 1" in detail


def test_repeated_request_is_answered_after_the_template_has_gone(world):
    world.api.ok("PUT", "/v1/templates/gone", {"text": "once"})
    body, key = {"to": "+4915112345679", "template": "gone"}, {"Idempotency-Key": "template-gone"}
    first = world.api.call("POST", "/v1/messages", body, key)
    assert world.api.call("DELETE", "/v1/templates/gone").status == 204
    again = world.api.call("POST", "/v1/messages", body, key)
    assert again.status == 202 and again.json["id"] == first.json["id"]


CODE = {"text": "{{name}}, {{app}}: {{code}}, {{minutes}} min", "languages": {"fr": "{{ code }} pour {{name}}", "de": "nichts für {{name}}"}}


def air_text(world, verification):
    return until(lambda: (world.air(verification["message"]) or [None])[0], "it is in the air")["text"]


def test_codes_go_out_in_the_wording_of_a_template(world):
    world.api.ok("PUT", "/v1/templates/code", CODE)
    body = {"to": "+4915112345690", "template": "code", "variables": {"name": "Ada"}, "app": "Shop"}
    one = world.api.ok("POST", "/v1/otp", body)
    code = re.fullmatch(r"Ada, Shop: ([0-9]{6}), 5 min", air_text(world, one)).group(1)
    again = world.api.ok("POST", "/v1/otp", {**body, "language": "fr-CH", "domain": "shop.example"})
    assert again["resent"] and air_text(world, again) == f"{code} pour Ada\n@shop.example #{code}"
    assert world.api.ok("POST", f"/v1/otp/{one['id']}/check", {"code": code})["valid"]


@pytest.mark.parametrize("body, field", [
    ({}, "variables.name"), ({"variables": {"name": "Ada"}}, "app"), ({"variables": {"name": "Ada", "nme": ""}, "app": "S"}, "variables.nme"),
    ({"variables": {"name": "Ada", "code": "1234"}, "app": "S"}, "variables.code"), ({"variables": {"name": "Ada"}, "language": "de"}, "template"),
    ({"template": "none"}, "template"), ({"template": "code", "text": "{{code}}"}, "template"), ({"template": None, "variables": {}}, "variables"),
    ({"variables": {"name": "x" * 1020}, "language": "fr"}, "variables"), ({"language": "x y"}, "language"),
])
def test_bad_codes_store_nothing(world, body, field):
    world.api.ok("PUT", "/v1/templates/code", CODE)
    before = stored(world)
    body = {"to": "+4915112345691", "template": "code", **({"app": "S"} if field == "variables.name" else {}), **body}
    refused(world, "/v1/otp", body, field)
    assert stored(world) == before


def test_parts_of_codes_may_be_limited(world):
    world.api.ok("PUT", "/v1/templates/code-short", {"text": "{{code}} {{name}}", "max_parts": 1})
    body = {"to": "+4915112345692", "template": "code-short", "variables": {"name": "x" * 153}}
    world.api.ok("POST", "/v1/otp", body)
    refused(world, "/v1/otp", {**body, "domain": "shop.example"}, "variables")


def test_recurring_text_follows_its_template(world):
    world.api.ok("PUT", "/v1/templates/weekly", {"text": "Hello {{name}}", "languages": {"fr": "Salut {{name}}"}})
    message = {"to": "+4915112345693", "template": "weekly", "language": "fr", "variables": {"name": "Ada"}}
    schedule = world.api.ok("POST", "/v1/schedules", {"name": "weekly", "cron": "0 9 * * mon", "message": message})
    assert {key: schedule["message"][key] for key in ("text", "template", "language", "variables")} == {
        "text": None, "template": "weekly", "language": "fr", "variables": {"name": "Ada"}}
    path = f"/v1/schedules/{schedule['id']}"

    def run():
        ran = world.api.ok("POST", f"{path}/run")
        return ran["error"] or world.message(ran["last"])["text"]

    assert run() == "Salut Ada"
    world.api.ok("PUT", "/v1/templates/weekly", {"text": "Bye {{name}}"})
    world.restart_bridge()
    assert run() == "Bye Ada"
    world.api.ok("PUT", "/v1/templates/weekly", {"text": "{{name}} {{day}}"})
    assert run() == "variables.day is missing: the template has {{day}}"
    assert world.api.call("DELETE", "/v1/templates/weekly").status == 204
    assert "no template" in run() and world.api.ok("GET", path)["last"] is None
    assert world.api.call("DELETE", path).status == 204


@pytest.mark.parametrize("message, field", [
    ({}, "message.variables.name"), ({"template": "none"}, "message.template"), ({"text": "x"}, "message.template"),
    ({"variables": {"name": "x", "nme": "x"}}, "message.variables.nme"), ({"variables": {"name": 1.5}}, "message.variables.name"),
    ({"to": [{"to": "+4915112345694", "variables": {"nme": "x"}}], "variables": {"name": "x"}}, "message.to[0].variables.nme"), ({"language": "?"}, "message.language"),
    ({"variables": {"name": "x" * 6000, "time": "x" * 6000, "other": "x" * 6000}}, "message.variables"),
])
def test_bad_recurring_texts(world, message, field):
    world.api.ok("PUT", "/v1/templates/named", {"text": "Hello {{name}}"})
    message = {"to": "+4915112345694", "template": "named", **message}
    refused(world, "/v1/schedules", {"name": "x", "cron": "0 9 * * *", "message": message}, field)


def test_templates_are_of_their_account_and_scope(world):
    other = world.admin.ok("POST", "/v1/accounts", {"name": "other"})
    foreign = Api(world.bridge.port, world.admin.ok("POST", "/v1/keys", {"name": "f"}, headers={"X-Account": other["id"]})["key"])
    assert foreign.ok("GET", "/v1/templates")["templates"] == []
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/preview")):
        assert foreign.call(method, f"/v1/templates/reminder{path}", {} if path else None).status == 404
    assert foreign.call("PUT", "/v1/templates/reminder", {"text": "mine"}).status == 201
    assert world.api.ok("GET", "/v1/templates/reminder")["text"] == EVERYBODY["text"]
    sender = Api(world.bridge.port, world.new_key(scopes=["messages:send"])["key"])
    assert sender.call("GET", "/v1/templates").status == 403
    sender.ok("POST", "/v1/messages", {"to": "+4915112345679", "template": "reminder", "variables": ADA})


def test_templates_outlive_a_restart(world):
    world.restart_bridge()
    assert world.api.ok("GET", "/v1/templates/reminder")["languages"]["de-CH"] == "Grüezi {{name}}, bis {{time}}."
