"""Deliveries of the real gateway, checked by an app that uses the standardwebhooks package of npm."""
import json
import os
import pathlib
import queue
import subprocess
import sys
import threading
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "system"))
from world import World, until  # noqa: E402

DEADLINE = 60.0
APP = pathlib.Path(os.environ["SMSQUITTO_CLIENTS"]) / "webhook-app.js"
SETTINGS = {("webhooks", "allow"): "127.0.0.1", ("webhooks", "retries"): "100ms 100ms"}
LIFE = ["message.queued", "message.dispatched", "message.accepted", "message.sent", "message.delivered"]
OTHER = "whsec_" + "A" * 43 + "="  # well formed, and nobody's


class App:
    """The app in node. said: what it printed and nobody has asked for yet."""

    def __enter__(self):
        self.process = subprocess.Popen(["node", APP], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.said = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.url = f"http://127.0.0.1:{self.next('port')}/hook"
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        assert self.process.wait(DEADLINE) == 0
        self.reader.join(DEADLINE)
        self.process.stdout.close()

    def _read(self):
        for line in self.process.stdout:
            self.said.put(json.loads(line))

    def next(self, kind):
        """What the app says next; fails when that is of another kind."""
        entry = self.said.get(timeout=DEADLINE)
        assert kind in entry, f"wanted {kind}: {entry}"
        return entry[kind]

    def trust(self, secret):
        """From here on with that secret. Waits until it is so, and passes over what came before."""
        self.process.stdin.write(secret + "\n")
        self.process.stdin.flush()
        end = time.monotonic() + DEADLINE
        while "trusts" not in self.said.get(timeout=max(0, end - time.monotonic())):
            pass


@pytest.fixture(scope="module")
def world():
    with World(devices=1, bridge=SETTINGS) as world:
        yield world


def log(world, hook):
    return world.admin.ok("GET", f"/v1/webhooks/{hook['id']}/deliveries")["deliveries"]


def test_the_package_takes_every_event_of_a_message(world):
    with App() as app:
        hook = world.admin.ok("POST", "/v1/webhooks", {"url": app.url, "events": LIFE})
        app.trust(hook["secret"])
        id = world.send(text="Grüße ☎ 🎉 \"quoted\"")["id"]
        events = [app.next("event") for _ in LIFE]
        assert [event["type"] for event in events] == LIFE
        assert {(event["data"]["message"]["id"], event["data"]["message"]["text"]) for event in events} == \
            {(id, "Grüße ☎ 🎉 \"quoted\"")}
        world.admin.ok("DELETE", f"/v1/webhooks/{hook['id']}")


def test_the_package_takes_both_secrets_while_they_overlap(world):
    with App() as app:
        hook = world.admin.ok("POST", "/v1/webhooks", {"url": app.url, "events": ["message.sent"]})
        secret = world.admin.ok("POST", f"/v1/webhooks/{hook['id']}/rotate", {"overlap_s": 60})["secret"]
        assert secret != hook["secret"]
        for trusted in (hook["secret"], secret):
            app.trust(trusted)
            world.admin.ok("POST", f"/v1/webhooks/{hook['id']}/test")
            assert app.next("event")["type"] == "webhook.test"
        world.admin.ok("DELETE", f"/v1/webhooks/{hook['id']}")


def test_the_package_refuses_the_old_secret_without_an_overlap(world):
    with App() as app:
        hook = world.admin.ok("POST", "/v1/webhooks", {"url": app.url, "events": ["message.sent"]})
        secret = world.admin.ok("POST", f"/v1/webhooks/{hook['id']}/rotate", {"overlap_s": 0})["secret"]
        app.trust(hook["secret"])
        world.admin.ok("POST", f"/v1/webhooks/{hook['id']}/test")
        app.next("refused")
        until(lambda: log(world, hook)[0]["error"] == "answered 401", "the log says that it was refused")
        app.trust(secret)
        until(lambda: log(world, hook)[0]["state"] in ("delivered", "dead"), "it has ended")
        world.admin.ok("POST", f"/v1/webhooks/{hook['id']}/replay", {"delivery": log(world, hook)[0]["id"]})
        until(lambda: log(world, hook)[0]["state"] == "delivered", "it has arrived")
        world.admin.ok("DELETE", f"/v1/webhooks/{hook['id']}")


def test_the_package_refuses_a_secret_of_somebody_else(world):
    with App() as app:
        hook = world.admin.ok("POST", "/v1/webhooks", {"url": app.url, "events": ["message.sent"]})
        app.trust(OTHER)
        world.admin.ok("POST", f"/v1/webhooks/{hook['id']}/test")
        app.next("refused")
        world.admin.ok("DELETE", f"/v1/webhooks/{hook['id']}")
