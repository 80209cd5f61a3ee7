"""How long messages are kept, as administrators set it. What happens after days is in the unit tests, with their own clock."""
import time

import pytest

import cli
from world import World, until

DAY_MS = 24 * 3600 * 1000


@pytest.fixture(scope="module")
def world():
    with World(devices=1) as world:
        yield world


def age(world, messages, days):
    """Makes messages look as old as that: their ids, by which age goes, and their times. Returns the new ids."""
    world.bridge.stop()
    made = [f"SM{int(time.time() * 1000) - days * DAY_MS:012x}{message[14:]}" for message in messages]
    for old, new in zip(messages, made):
        world.store.sql(f"UPDATE message SET id = '{new}', created_at = created_at - {days * DAY_MS} WHERE id = '{old}'")
    world.start_bridge()
    world.api.close()
    return made


def test_by_command(world):
    admin = lambda *words: cli.run("account", "retention", *words, "--socket", world.bridge.socket)
    assert world.api.ok("GET", "/v1/account/retention") == {"text_days": None, "number_days": None, "delete_days": None}
    assert admin("--text-days", "2", "--number-days", "4", "--delete-days", "8").code == 0
    assert admin("--json").json == {"text_days": 2, "number_days": 4, "delete_days": 8}
    shown = admin("--keep")
    assert shown.code == 0 and shown.out.count("never") == 3
    assert admin("--text-days", "9", "--number-days", "4").code == 6


def test_old_messages_lose_text_then_number_then_all(world):
    sent = [world.send(text="a secret")["id"] for _ in range(4)]
    for message in sent:
        world.wait_state(message, "delivered")
    three, five, nine = age(world, sent[:1], 3) + age(world, sent[1:2], 5) + age(world, sent[2:3], 9)
    world.api.ok("PUT", "/v1/account/retention", {"text_days": 2, "number_days": 4, "delete_days": 8})
    until(lambda: world.api.call("GET", f"/v1/messages/{nine}").status == 404, "the oldest is gone")
    until(lambda: world.message(five)["to"] is None, "the number is gone")
    shown = until(lambda: (message := world.message(three))["text"] is None and message, "the text is gone")
    assert shown["to"] and shown["redacted"] and shown["state"] == "delivered" and shown["timeline"]
    assert world.message(sent[3])["text"] == "a secret"
    listed = [message["id"] for message in world.api.ok("GET", "/v1/messages")["messages"]]
    assert listed == [sent[3], three, five]
    assert world.store.sql("SELECT COUNT(*) FROM event e LEFT JOIN message m ON m.n = e.message "
                           "WHERE e.message IS NOT NULL AND m.n IS NULL") == [(0,)]


@pytest.mark.parametrize("body, field", [
    ({"text_days": 0}, "text_days"), ({"delete_days": 6}, "delete_days"), ({"number_days": 3651}, "number_days"),
    ({"text_days": 5, "number_days": 4}, "text_days"), ({"number_days": 9, "delete_days": 8}, "number_days"), ({"days": 1}, "days"),
])
def test_bad_settings(world, body, field):
    before = world.api.ok("GET", "/v1/account/retention")
    answer = world.api.call("PUT", "/v1/account/retention", body)
    assert (answer.status, answer.json["field"]) == (400, field)
    assert world.api.ok("GET", "/v1/account/retention") == before
