"""Pairing as users do it: a code from the gateway, exchanged by a real smsquitto-device, and a text through it."""
import concurrent.futures
import os
import re
import stat

import pytest

import cli
from process import Process
from rest import Api
from world import BUILD, World, until, write_ini

CODE = re.compile(r"^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$")


@pytest.fixture
def world():
    with paired_world() as world:
        yield world


def paired_world(settings=None):
    """A gateway without devices that tells phones where its broker is."""
    world = World(devices=0, bridge={("phones", "host"): "127.0.0.1", ("phones", "tls"): "false", **(settings or {})})
    conf = world.bridge.conf
    conf.write_text(conf.read_text().replace("[phones]", f"[phones]\nport = {world.broker.port}"))
    return world


class Modem(Process):
    """A device that knows nothing of the gateway but what --pair brings it."""

    def __init__(self, world, name):
        self.folder = world.folder / name
        self.folder.mkdir()
        self.air_path = self.folder / "air.jsonl"
        self.key_path = self.folder / "device.key"
        write_ini(self.folder / "device.conf", {
            ("device", "key-file"): self.key_path, ("device", "journal"): self.folder / "journal.db",
            ("device", "id"): "not-paired", ("broker", "host"): "192.0.2.1", ("broker", "reconnect-max"): "1s",
            ("radio", "command"): f"{BUILD}/device/smsquitto-radio-sim --air {self.air_path}",
            ("log", "level"): "debug"})
        self.words = [BUILD / "device/smsquitto-device", "--config", self.folder / "device.conf"]
        super().__init__(name, self.words)
        world.devices[name] = self

    def pair(self, url, says="paired, the key is in"):
        self.command = self.words + ["--pair", url]
        return self.start(ready=says)


def open_code(world, **body):
    made = world.api.ok("POST", "/v1/devices/pairings", body)
    assert CODE.match(made["code"]) and made["state"] == "open" and made["used_at"] is None
    return made


def pair(world, code, **more):
    return Api(world.bridge.port).call("POST", "/v1/devices/pair", {"code": code, **more})


def test_a_modem_is_paired_by_url_and_sends(world):
    made = open_code(world, name="Front desk")
    assert made["url"] == f"http://127.0.0.1:{world.bridge.port}/v1/devices/pair#{made['code']}"
    modem = Modem(world, "desk").pair(made["url"])
    shown = world.wait_online("front-desk")
    assert shown["name"] == "Front desk"
    world.wait_state(world.send(device="front-desk")["id"], "delivered")
    key_file = modem.key_path.read_text()
    assert stat.S_IMODE(os.stat(modem.key_path).st_mode) == 0o600
    assert key_file.startswith("sqd_") and "id = front-desk\n" in key_file
    row, = world.api.ok("GET", "/v1/devices/pairings")["pairings"]
    assert (row["state"], row["device"]) == ("used", "front-desk") and row["used_at"]
    assert "code" not in row and "url" not in row
    for log in (world.bridge.log, modem.log):
        assert made["code"] not in "\n".join(log)

    # The next starts need no code.
    modem.stop()
    world.wait_online("front-desk", online=False)
    modem.command = modem.words
    modem.start()
    world.wait_online("front-desk")
    world.wait_state(world.send(device="front-desk", to="+4915112345679")["id"], "delivered")


def test_a_code_works_once(world):
    made = open_code(world, name="One")
    first = pair(world, made["code"].lower().replace("-", " "))
    assert first.status == 200 and first.json["device"] == "one"
    assert first.json["mqtt"] == {"host": "127.0.0.1", "port": world.broker.port, "tls": False, "topics": "sms/v1/one"}
    second = pair(world, made["code"])
    assert second.status == 404 and second.json["field"] == "code"
    modem = Modem(world, "late").pair(made["url"], "not paired: the code was used already")
    assert modem.process.wait(60) == 5
    modem.stop()
    world.devices.clear()
    assert not modem.key_path.exists() and not list(modem.folder.glob("*.new"))
    assert [device["id"] for device in world.api.ok("GET", "/v1/devices")["devices"]] == ["one"]


def test_ten_at_once_make_one_device(world):
    made = open_code(world, name="Race")
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: pair(world, made["code"]).status, range(10)))
    assert sorted(answers) == [200] + [404] * 9
    assert len(world.api.ok("GET", "/v1/devices")["devices"]) == 1


def test_a_code_ends_and_is_cancelled():
    with paired_world({("pairing", "ttl"): "10s"}) as world:
        over, cancelled = open_code(world, name="a"), open_code(world, name="b", ttl=3600)
        assert world.api.call("DELETE", f"/v1/devices/pairings/{cancelled['id']}").status == 204
        assert world.api.call("DELETE", f"/v1/devices/pairings/{cancelled['id']}").status == 404
        assert pair(world, cancelled["code"]).status == 404
        until(lambda: world.api.ok("GET", "/v1/devices/pairings")["pairings"][0]["state"] == "expired", "it is over")
        assert pair(world, over["code"]).status == 404
        assert world.api.ok("GET", "/v1/devices")["devices"] == []


def test_wrong_codes_are_limited_per_address():
    """One more is allowed each ten seconds, so these are faster on any machine."""
    with paired_world({("pairing", "wrong-per-address"): "6"}) as world:
        made = open_code(world, name="a")
        for wrong in ("0000-0000-0000-0000", "no code", "1" * 16) * 2:
            assert pair(world, wrong).status == 404
        refused = pair(world, made["code"])
        assert refused.status == 429 and 1 <= int(refused.headers["retry-after"]) <= 11
        until(lambda: pair(world, made["code"]).status == 200, "the address may try again")


def test_wrong_codes_are_limited_over_all():
    with paired_world({("pairing", "wrong"): "2", ("pairing", "wrong-per-address"): "100"}) as world:
        assert [pair(world, "0" * 16).status for _ in range(3)] == [404, 404, 429]


def test_right_codes_are_not_limited():
    with paired_world({("pairing", "wrong-per-address"): "1"}) as world:
        for _ in range(5):
            assert pair(world, open_code(world)["code"], model="Modem").status == 200
        names = [device["id"] for device in world.api.ok("GET", "/v1/devices")["devices"]]
        assert names == ["modem", "modem-2", "modem-3", "modem-4", "modem-5"]


def test_a_device_is_paired_again_and_goes_on(world):
    old = world.add_device("phone-1")
    world.wait_online("phone-1")
    made = open_code(world, device="phone-1")
    world.wait_state(world.send(text="with the old key")["id"], "delivered")
    old.stop()
    world.wait_online("phone-1", online=False)
    waits = world.send(device="phone-1", text="for the new one")
    Modem(world, "new").pair(made["url"])
    world.wait_online("phone-1")
    world.wait_state(waits["id"], "delivered")
    seen = len(old.log)
    old.start()
    old.wait_log("refuse", seen)


def test_what_cannot_be_paired_is_said(world):
    world.api.ok("POST", "/v1/devices", {"name": "x", "id": "taken"})
    for body, status, field in (({"id": "taken", "name": "x"}, 409, "id"), ({"device": "none"}, 404, None),
                                ({"device": "taken", "name": "x"}, 400, "device"), ({"id": "A B"}, 400, "id"),
                                ({"ttl": 5}, 400, "ttl"), ({"code": "x"}, 400, "code")):
        answer = world.api.call("POST", "/v1/devices/pairings", body)
        assert (answer.status, answer.json.get("field")) == (status, field), answer
    key = world.new_key(scopes=["devices:read"])["key"]
    assert Api(world.bridge.port, key).call("POST", "/v1/devices/pairings", {"name": "x"}).status == 403
    assert Api(world.bridge.port).call("GET", "/v1/devices/pairings").status == 401
    assert pair(world, "x" * 100).status == 400


def test_another_account_sees_no_codes(world):
    made = open_code(world, name="a")
    other = world.admin.ok("POST", "/v1/accounts", {"name": "other"})["id"]
    headers = {"X-Account": other}
    assert world.admin.ok("GET", "/v1/devices/pairings", headers=headers)["pairings"] == []
    assert world.admin.call("DELETE", f"/v1/devices/pairings/{made['id']}", headers=headers).status == 404
    assert pair(world, made["code"]).status == 200


def test_pairing_by_command(world):
    """As an administrator types it: a code for a new device, and one for the same device again."""
    def admin(*words):
        result = cli.run(*words, "--socket", world.bridge.socket)
        assert result.code == 0, result
        return result.out
    shown = admin("device", "add", "Front desk")
    url = re.search(r"URL: +(\S+)", shown)[1]
    assert url.endswith(re.search(r"Code: +(\S+)", shown)[1]) and "█" in shown and f"--pair '{url}'" in shown
    assert "Front desk" in admin("pairing", "list")
    modem = Modem(world, "front-desk")
    modem.pair(url)
    world.wait_online("front-desk")
    again = admin("device", "pair", "front-desk", "--no-qr", "--ttl", "60")
    assert "front-desk can be paired" in again and "█" not in again
    codes = world.api.ok("GET", "/v1/devices/pairings")["pairings"]
    open_one = next(code for code in codes if code["state"] == "open")
    admin("pairing", "cancel", open_one["id"])
    assert pair(world, re.search(r"Code: +(\S+)", again)[1]).status == 404
    wrong = cli.run("device", "add", "x", "--host", "h", "--socket", world.bridge.socket)
    assert wrong.code == 2 and "--show-key" in wrong.err
