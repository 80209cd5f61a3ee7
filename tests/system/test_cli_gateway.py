"""The admin command against the whole gateway: broker, bridge and a device."""
import os
import re
import stat

import pytest

import cli
from broker import BUILD, MOSQUITTO, free_port, sanitizer_environment
from process import Process
from receiver import Receiver
from store import SERVER
from twilio_face import Twilio
from world import World, until


@pytest.fixture(scope="module")
def world():
    with World(devices=1, bridge={("webhooks", "allow"): "127.0.0.1"}) as made:
        yield made


@pytest.fixture
def admin(world):
    """Runs the command over the bridge's socket, found by its configuration."""
    def run(*words, **more):
        return cli.run("--config", world.bridge.conf, *words, **more)
    return run


def ok(result):
    assert result.code == 0, result
    return result


def test_send_and_wait_for_the_handset(world, admin):
    result = ok(admin("send", "+49 151 12345678", "--text", "hällo", "--wait=20", "--metadata", "order=7"))
    steps = [line.split("  ")[-1] for line in result.out.splitlines()[2:]]
    assert steps[0] == "queued" and steps[-1] == "delivered (phone-1)" and len(steps) == len(set(steps))
    id = result.out.splitlines()[1].split()[0]
    shown = ok(admin("messages", "show", id)).out
    assert "order=7" in shown and "delivered (phone-1)" in shown and "hällo" in shown
    line, = world.air(id)
    assert line["to"] == "+4915112345678"
    cancelled = admin("messages", "cancel", id)
    assert cancelled.code == 6 and "no longer" in cancelled.err


def test_send_and_wait_for_a_batch_as_json(admin):
    result = ok(admin("--json", "send", "+4915112345671", "+4915112345672", "--text", "x", "--wait=20"))
    messages = result.json["messages"]
    assert [message["state"] for message in messages] == ["delivered", "delivered"]
    listed = ok(admin("--json", "messages", "list", "--batch", messages[0]["batch"])).json["messages"]
    assert {message["id"] for message in listed} == {message["id"] for message in messages}


def test_a_text_that_fails_ends_with_8(world, admin):
    world.devices["phone-1"].rules_now({"rules": [{"fail": {"kind": "permanent", "code": "no-way"}}]})
    try:
        result = admin("send", "+4915100000001", "--text", "x", "--wait=20")
        assert result.code == 8, result
    finally:
        world.devices["phone-1"].rules_now({"rules": []})


def test_paused_device_holds_with_a_reason_and_cancel_withdraws(admin):
    assert "paused" in ok(admin("device", "pause", "phone-1")).out
    made = ok(admin("--json", "send", "+4915112345678", "--text", "x", "--device", "phone-1")).json
    assert "Waits:" in ok(admin("messages", "show", made["id"])).out
    late = admin("send", "+4915112345678", "--text", "x", "--wait=1")
    assert late.code == 7, late
    assert ok(admin("messages", "cancel", made["id"])).out == "Cancelled.\n"
    assert made["id"] in ok(admin("messages", "list", "--state", "cancelled")).out
    assert "online" in ok(admin("device", "resume", "phone-1")).out


def test_devices_come_and_go(world, admin):
    added = ok(admin("device", "add", "Büro", "--show-key", "--id", "desk", "--host", "sms.example.org"))
    assert "smsquitto://pair?h=sms.example.org&p=8883&t=1&d=desk&k=sqd_" in added.out
    again = admin("device", "add", "Büro", "--show-key", "--id", "desk")
    assert again.code == 6 and "id: is taken" in again.err
    first = ok(admin("--json", "device", "rotate", "desk")).json["key"]
    assert first.startswith("sqd_") and first not in added.out
    listed = ok(admin("device", "list")).out
    assert "desk" in listed and "phone-1" in listed
    assert ok(admin("device", "remove", "desk", "--yes")).out == "Removed.\n"
    assert admin("device", "show", "desk").code == 5


def test_keys_open_the_remote_door_and_close_it(world, admin):
    made = ok(admin("--json", "key", "create", "shop", "--scope", "messages:send", "--expires", "+1h", "--rate", "1")).json
    url, environment = f"http://127.0.0.1:{world.bridge.port}", {"SMSQUITTO_KEY": made["key"]}

    def remote(*words):
        return cli.run("--url", url, *words, environment=environment)
    ok(remote("send", "+4915112345678", "--text", "x"))
    limited = remote("send", "+4915112345678", "--text", "x")
    assert limited.code == 7 and "Try again in" in limited.err
    forbidden = remote("device", "list")
    assert forbidden.code == 4 and "devices:read" in forbidden.err
    assert remote("account", "list").code == 4
    assert made["id"] in ok(admin("key", "list")).out and made["key"] not in ok(admin("key", "list")).out
    assert ok(admin("key", "revoke", made["id"])).out == "Revoked.\n"
    assert remote("send", "+4915112345678", "--text", "x").code == 4


def test_accounts_are_apart(admin):
    made = ok(admin("--json", "account", "create", "zwei")).json
    assert made["id"] in ok(admin("account", "list")).out
    assert ok(admin("--account", made["id"], "device", "list")).out.startswith("No devices.")
    assert admin("--account", "AC" + "0" * 32, "device", "list").code == 5


@pytest.mark.parametrize("words, field", [
    (["send", "123", "--text", "x"], "to"), (["send", "+4915112345678", "--text", ""], "text"),
    (["send", "+4915112345678", "--text", "x", "--qos", "3"], "qos"),
    (["send", "+4915112345678", "--text", "x", "--lane", "fast"], "lane"),
    (["send", "+4915112345678", "--text", "x", "--send-at", "tomorrow"], "send_at"),
    (["send", "+4915112345678", "--text", "x", "--device", "nobody"], "device"),
    (["messages", "list", "--state", "lost"], "state"), (["key", "create", "x", "--scope", "all"], "scopes[0]"),
    (["device", "add", "x", "--show-key", "--id", "A B"], "id"), (["messages", "tail", "--types", "x"], "types"),
])
def test_bad_input_names_the_field(admin, words, field):
    result = admin(*words)
    assert result.code in (5, 6) and f"{field}: " in result.err, result


def test_tail_shows_a_text_on_its_way(admin, world):
    process = cli.start("--config", world.bridge.conf, "messages", "tail", "--since", "0", "--types", "message.delivered")
    made = ok(admin("--json", "send", "+4915112345678", "--text", "geheim")).json
    lines = []
    while not any(made["id"] in line for line in lines):
        line = process.stdout.readline()
        assert line, process.stderr.read()
        lines.append(line)
    process.terminate()
    process.communicate(timeout=60)
    assert "delivered (phone-1)" in lines[-1] and "+4915112345678" not in lines[-1] and "geheim" not in "".join(lines)


def test_status_and_doctor_of_a_healthy_gateway(world, admin):
    world.wait_online("phone-1")
    shown = ok(admin("status")).out
    assert "Broker connected: yes" in shown and "Plugin answers:   yes" in shown
    result = ok(admin("doctor"))
    levels = {line.split()[1]: line.split()[0] for line in result.out.splitlines() if not line.startswith(" ")}
    skipped = {"disk": "skip"} if SERVER else {}  # it is the server's
    assert {name: level for name, level in levels.items() if level != "ok"} == skipped, result
    assert len(levels) == 11


def test_doctor_finds_what_is_wrong():
    with World(devices=0) as world:
        def levels():
            checks = cli.run("--json", "--config", world.bridge.conf, "doctor").json["checks"]
            return {check["name"]: check["level"] for check in checks}
        assert levels()["devices"] == "warn"
        os.chmod(world.folder, 0o755)
        os.chmod(world.folder / "bridge.key", 0o644)
        assert levels()["secrets"] == "fail"
        world.bridge.conf.write_text(world.bridge.conf.read_text() + "[log]\nnonsense = 1\n")
        assert levels()["config"] == "fail"
        world.broker.stop()
        until(lambda: levels()["broker"] == "fail", "doctor says that the broker is gone")
        world.bridge.stop()
        found = levels()
        assert found["bridge"] == "fail" and found["store"] == "skip" and found["disk"] in (("skip",) if SERVER else ("ok", "warn"))


def test_init_makes_a_folder_that_runs(tmp_path):
    folder = tmp_path / "gateway"
    http_port, mqtt_port = free_port(), free_port()
    words = ["init", "--dir", folder, "--http-port", http_port, "--mqtt-port", mqtt_port, "--name", "bridge-7",
             "--plugin", BUILD / "plugin/smsquitto.so"]
    made = ok(cli.run(*words))
    assert made.out.count("made ") == 2 and "does not run yet" in made.out and f"{folder}/smsquitto.conf" in made.out
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "smsquitto.conf").stat().st_mode) == 0o600
    assert "@" not in (folder / "smsquitto.conf").read_text()
    before = (folder / "mosquitto.conf").read_text()
    again = ok(cli.run(*words[:3], "--http-port", "1"))
    assert again.out.count("kept ") == 2 and (folder / "mosquitto.conf").read_text() == before
    broker = Process("broker", [MOSQUITTO, "-c", folder / "mosquitto.conf"], sanitizer_environment())
    bridge = Process("bridge", [BUILD / "bridge/smsquitto-bridge", "--config", folder / "smsquitto.conf"])
    try:
        broker.start(ready="plugin started")
        bridge.start()
        conf = folder / "smsquitto.conf"
        until(lambda: '"plugin_ok":true' in cli.run("--config", conf, "--json", "status").out, "bridge and broker meet")
        assert "(main)" in cli.run(*words).out
        added = ok(cli.run("--config", conf, "device", "add", "phone-1", "--show-key"))
        assert f"smsquitto://pair?h=127.0.0.1&p={mqtt_port}&t=0&d=phone-1&k=sqd_" in added.out
        assert "fail" not in cli.run("--config", conf, "doctor").out
        assert cli.run("--json", "--config", conf, "status").json["devices"]["count"] == 1
    finally:
        bridge.stop()
        broker.stop()


@pytest.mark.parametrize("words, expected", [
    (["--dir", "/proc/nothing/here"], "cannot make the folder"), (["--dir", "x" * 120], "too long"),
    (["--plugin", "/nonexistent.so"], "--plugin"),
])
def test_init_says_why_it_cannot(tmp_path, monkeypatch, words, expected):
    monkeypatch.chdir(tmp_path)
    result = cli.run("init", *words)
    assert result.code in (1, 2) and expected in result.err, result


def test_contacts_are_blocked_listed_and_let_go(world, admin):
    assert ok(admin("contacts", "list")).out == "Nobody is blocked.\n"
    assert ok(admin("contacts", "block", "+49 151 77700001", "--note", "asked by phone")).out == "+4915177700001 is blocked.\n"
    assert "already" in ok(admin("contacts", "block", "+4915177700001")).out
    refused = admin("send", "+4915177700001", "--text", "x")
    assert refused.code == 6 and "asked by phone" in refused.err
    row, = ok(admin("contacts", "list")).out.splitlines()[1:]
    assert "+4915177700001" in row and "manual" in row and "asked by phone" in row
    assert "asked by phone" in ok(admin("contacts", "show", "+4915177700001")).out
    assert admin("contacts", "show", "+4915177700002").code == 5
    ok(admin("contacts", "unblock", "+4915177700001"))
    assert admin("contacts", "unblock", "+4915177700001").code == 5
    ok(admin("send", "+4915177700001", "--text", "x"))


def test_contacts_are_imported_from_a_file_of_any_length(world, admin, tmp_path):
    numbers = [f"+491521{n:07}" for n in range(10001)]
    path = tmp_path / "left.csv"
    path.write_text("\ufeffnumber,name\n# who left\n" + "".join(f'"{number}",Some One\r\n' for number in numbers))
    assert ok(admin("contacts", "import", str(path), "--note", "left")).out == "10001 numbers, 10001 of them new.\n"
    assert {row["number"] for row in ok(admin("contacts", "list", "--json")).json["suppressions"]} >= set(numbers)
    path.write_text(numbers[0] + "\nnobody\n")
    bad = admin("contacts", "import", str(path))
    assert bad.code == 6 and "numbers[1]" in bad.err and "lines 1 to 2" in bad.err
    assert admin("contacts", "import", str(tmp_path / "none")).code == 2


def test_schedules_from_the_command_to_the_handset(world, admin):
    assert ok(admin("schedule", "list")).out == "No schedules.\n"
    made = ok(admin("--json", "schedule", "create", "weekend", "0 9 * * sat-sun", "+4915177700004", "--text", "Good weekend.", "--zone", "Europe/Berlin")).json
    row, = ok(admin("schedule", "list")).out.splitlines()[1:]
    assert row.startswith(made["id"]) and "weekend" in row
    changed = ok(admin("schedule", "change", made["id"], "--text", "Have a good weekend.", "--cron", "0 10 * * sat-sun")).out
    assert "Have a good weekend." in changed and "0 10 * * sat-sun" in changed and "+4915177700004" in changed
    ran = ok(admin("--json", "schedule", "run", made["id"], "--idempotency-key", "k")).json
    world.wait_state(ran["last"], "delivered")
    assert world.air(ran["last"])[0]["text"] == "Have a good weekend."
    assert made["id"] in ok(admin("messages", "show", ran["last"])).out
    assert "Paused:    yes" in ok(admin("schedule", "pause", made["id"])).out
    assert "Next:" in ok(admin("schedule", "resume", made["id"])).out
    assert admin("schedule", "change", made["id"], "--cron", "soon").code == 6
    assert ok(admin("schedule", "remove", made["id"])).out == "Removed.\n"
    assert admin("schedule", "show", made["id"]).code == 5


def test_templates_from_the_text_to_the_handset(world, admin):
    assert ok(admin("template", "list")).out == "No templates.\n"
    shown = ok(admin("template", "set", "hello", "--text", "Hello {{name}}, at {{time}}", "--in", "fr=Bonjour {{name}} 😀", "--max-parts", "1")).out
    assert "name, time" in shown and "Bonjour {{name}}" in shown
    assert shown == ok(admin("template", "show", "hello")).out
    row, = ok(admin("template", "list")).out.splitlines()[1:]
    assert row.startswith("hello ") and "Hello {{name}}" in row
    preview = ok(admin("template", "preview", "hello", "--language", "fr-CH", "--var", "name=Zoé")).out
    assert "Bonjour Zoé 😀" in preview and re.search(r"Parts: +1 \(UCS-2\), 56 of 70 units left", preview)
    wrong = admin("template", "preview", "hello", "--var", "name=Ada")
    assert wrong.code == 6 and "variables.time" in wrong.err
    sent = ok(admin("--json", "send", "+4915177700003", "--template", "hello", "--var", "name=Ada", "--var", "time=9")).json
    assert sent["text"] == "Hello Ada, at 9"
    assert admin("send", "+4915177700003", "--template", "hello", "--var", "name=Ada").code == 6
    assert admin("template", "set", "hello", "--text", "{{").code == 6
    assert ok(admin("template", "remove", "hello")).out == "Removed.\n"
    assert admin("template", "show", "hello").code == 5


def test_quiet_hours_are_set_shown_and_ended(world, admin):
    assert ok(admin("contacts", "quiet")).out == "No quiet hours.\n"
    shown = ok(admin("contacts", "quiet", "--begins", "21:00", "--ends", "08:00", "--day", "sunday", "--zone", "Europe/Berlin")).out
    assert all(word in shown for word in ("21:00", "08:00", "sunday", "Europe/Berlin"))
    assert ok(admin("contacts", "quiet", "--json")).json["days"] == ["sunday"]
    assert admin("contacts", "quiet", "--zone", "UTC").code == 2
    assert admin("contacts", "quiet", "--begins", "21:00").code == 6
    assert ok(admin("contacts", "quiet", "--off")).out == "No quiet hours.\n"


def test_webhooks_from_the_first_to_the_replay(world, admin):
    with Receiver() as receiver:
        added = ok(admin("webhook", "add", receiver.url, "--name", "app", "--event", "message.delivered"))
        id = re.search(r"WH[0-9a-f]{32}", added.out).group()
        assert "whsec_" in added.out and "not shown again" in added.out
        assert "app" in ok(admin("webhook", "list")).out and "whsec_" not in admin("webhook", "show", id).out
        ok(admin("webhook", "test", id))
        sent = ok(admin("--json", "send", "+4915112345678", "--text", "x", "--wait=20")).json["id"]
        receiver.wait(lambda r: sum(sent in body or "webhook.test" in body for *_, body in r.got) == 2, "both arrive")
        until(lambda: ok(admin("webhook", "log", id, "--state", "delivered")).out.count("delivered") >= 2, "the log says so")
        assert "0 are made again" in ok(admin("webhook", "replay", id, "--dead")).out
        again = int(ok(admin("webhook", "replay", id, "--from", "-1h")).out.split()[0])
        assert again >= 2
        receiver.wait(lambda r: sum(sent in body for *_, body in r.got) == 2, "it arrives again")
        page = ok(admin("--json", "webhook", "log", id, "--limit", "1")).json
        older = ok(admin("--json", "webhook", "log", id, "--cursor", page["next_cursor"])).json["deliveries"]
        assert page["deliveries"][0]["id"] not in {delivery["id"] for delivery in older} and older
        changed = ok(admin("--json", "webhook", "change", id, "--name", "till", "--event", "message.received")).json
        assert (changed["name"], changed["events"], changed["url"]) == ("till", ["message.received"], receiver.url)
        assert admin("webhook", "change", id, "ftp://a.example").code == 6
        assert "disabled" in ok(admin("webhook", "disable", id)).out
        assert "active" in ok(admin("webhook", "enable", id)).out
        assert "whsec_" in ok(admin("webhook", "rotate", id, "--overlap", "60")).out
        ok(admin("webhook", "remove", id))
        assert admin("webhook", "show", id).code == 5
    assert admin("webhook", "add", "ftp://a.example").code == 6


def test_one_time_codes(world, admin):
    sent = ok(admin("--json", "otp", "send", "+4915112345600", "--app", "Shop", "--length", "8")).json
    text = until(lambda: (world.air(sent["message"]) or [None])[0], "it is in the air")["text"]
    code = re.search(r"[0-9]{8}", text).group()
    assert "pending" in ok(admin("otp", "show", sent["id"])).out
    wrong = admin("otp", "check", sent["id"], "00000000" if code != "00000000" else "11111111")
    assert (wrong.code, wrong.out) == (1, "The code is wrong.\n")
    assert ok(admin("otp", "check", "+49 151 12345600", code)).out == "The code is right.\n"
    assert admin("otp", "cancel", sent["id"]).code == 6
    assert re.search(r"^DE +1 +1 +0$", ok(admin("otp", "stats", "--from", "-1h")).out, re.M)


def test_a_text_that_came_in_is_answered(world, admin):
    world.devices["phone-1"].control({"inbound": {"from": "+4915112345699", "text": "At ten?"}})
    came = until(lambda: ok(admin("--json", "messages", "list", "--from", "+4915112345699")).json["messages"], "it came in")[0]
    result = ok(admin("--json", "messages", "reply", came["id"], "Yes.", "--wait=20"))
    line, = world.air(result.json["id"])
    assert (line["to"], line["text"], result.json["state"]) == ("+4915112345699", "Yes.", "delivered")
    assert admin("messages", "reply", result.json["id"], "x").code == 6
    ok(admin("template", "set", "ten", "--text", "At ten, {{name}}."))
    by_name = ok(admin("--json", "messages", "reply", came["id"], "--template", "ten", "--var", "name=Ada", "--wait=20"))
    assert world.air(by_name.json["id"])[0]["text"] == "At ten, Ada."


def test_callback_url_of_a_text_is_told(world, admin):
    with Receiver() as receiver:
        sent = ok(admin("--json", "send", "+4915112345678", "--text", "x", "--callback-url", receiver.url, "--wait=20")).json["id"]
        receiver.wait(lambda r: any(sent in body and "message.delivered" in body for *_, body in r.got), "it is told")
    assert admin("send", "+4915112345678", "--text", "x", "--callback-url", "ftp://a.example").code == 6


def test_a_key_for_apps_of_twilio(world, admin):
    said = ok(admin("key", "create", "shop", "--twilio", "--rate", "1")).out
    account, token, sid, secret = re.search(
        r"Account SID: (AC[0-9a-f]{32})\nAuth token:  (\w{43})\nKey SID:     (SK[0-9a-f]{32})\nKey secret:  (\w{43})\n", said).groups()
    base = f"http://127.0.0.1:{world.bridge.port}"
    assert f'twilio("{account}", "{token}"); client.api.baseUrl = client.verify.baseUrl = "{base}";' in said
    assert f'Client("{account}", "{token}"); client.api.base_url = client.verify.base_url = "{base}"\n' in said
    assert "Callbacks are signed with this token" in said
    for pair in ((account, token), (sid, secret)):
        twilio = Twilio(world.bridge.port, {"twilio": {"account_sid": account}}, *pair)
        assert twilio.get("/Messages.json").status == 200
    again = ok(admin("--json", "key", "create", "other", "--twilio", "--scope", "messages:read")).json
    assert (again["twilio"]["account_sid"], again["twilio"]["signs"], again["scopes"]) == (account, False, ["messages:read"])
    assert "older key" in ok(admin("key", "create", "third", "--twilio")).out
