"""What only a store in PostgreSQL can do: its server goes away and comes back, and is shared with others."""
import os
import shlex
import subprocess
import uuid

import cli
from world import BUILD, World, until

SLOW = {"otherwise": {"sent_ms": [50, 100], "delivered_ms": [50, 100]}}


def server(command):
    """stop, start or restart, as its admin would."""
    log = os.path.join(shlex.split(os.environ["SMSQUITTO_TEST_POSTGRES_CTL"])[-1], "log")
    subprocess.run([*shlex.split(os.environ["SMSQUITTO_TEST_POSTGRES_CTL"]), "-m", "fast", "-w", "-l", log, command],
                   check=True, stdout=subprocess.DEVNULL, cwd="/")


def accept(world, count):
    """Sends count texts, each again until it is accepted, as apps do; returns the ids."""
    ids = []
    for n in range(count):
        body = {"to": f"+491511234{n:04}", "text": "hello", "qos": 2}
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        answer = until(lambda b=body, h=headers: (lambda a: a if a.status == 202 else None)(
            world.api.call("POST", "/v1/messages", b, headers=h)), f"text {n} is accepted", timeout=60)
        ids.append(answer.json["id"])
    return ids


def wait_readable(world):
    """Readers ask a server that was away once a second."""
    until(lambda: world.api.call("GET", "/v1/messages?limit=1").status == 200, "the store can be read")


def test_the_server_restarts_in_the_middle():
    with World(devices=2, rules=SLOW) as world:
        ids = accept(world, 15)
        server("restart")
        ids += accept(world, 15)
        assert len(set(ids)) == 30
        wait_readable(world)
        for id in ids:
            world.wait_state(id, "delivered", timeout=60)
            assert len(world.air(id)) == 1, world.message(id)


def test_the_server_is_away_for_a_while():
    with World(devices=1) as world:
        before = world.send()
        world.wait_state(before["id"], "delivered")
        server("stop")
        try:
            answer = world.api.call("POST", "/v1/messages", {"to": "+4915112345678", "text": "lost"})
            assert answer.status == 503, answer
            assert world.api.call("GET", f"/v1/messages/{before['id']}").status == 503
        finally:
            server("start")
        after = accept(world, 1)[0]
        wait_readable(world)
        world.wait_state(after, "delivered")
        until(lambda: world.api.get("/readyz").status == 200, "it is ready again")
        assert [line["ref"] for line in world.air()] == [before["id"], after], "the refused one is nowhere"


def test_a_second_bridge_is_refused():
    with World(devices=0) as world:
        done = subprocess.run([BUILD / "bridge/smsquitto-bridge", "--config", world.bridge.conf], timeout=60,
                              capture_output=True, text=True)
        assert done.returncode == 4 and "another bridge" in done.stdout + done.stderr, done
        world.send()


def test_a_server_that_is_not_there_is_named(tmp_path):
    url = f"postgresql://smsquitto:hidden@/smsquitto?host={tmp_path}"
    conf = tmp_path / "smsquitto.conf"
    conf.write_text(f"[store]\npath = {tmp_path}/db\nurl = {url}\n[mqtt]\nkey-file = {tmp_path}/key\n")
    done = subprocess.run([BUILD / "bridge/smsquitto-bridge", "--config", conf], timeout=60, capture_output=True,
                          text=True)
    said = done.stdout + done.stderr
    assert done.returncode == 4 and str(tmp_path) in said and "hidden" not in said, done
    shown = subprocess.run([BUILD / "bridge/smsquitto-bridge", "--config", conf, "--print-config"], timeout=60,
                           capture_output=True, text=True).stdout
    assert "url = postgresql://smsquitto:***@/smsquitto?host=" in shown and "hidden" not in shown


def test_backups_are_the_servers():
    with World(devices=0) as world:
        answer = world.admin.call("POST", "/v1/backup", {"path": f"{world.folder}/backup.db"})
        assert answer.status == 409 and "pg_dump" in answer.json["detail"], answer
        dump = subprocess.run(["pg_dump", "-d", world.store.url, "-n", world.store.schema], capture_output=True, text=True,
                              timeout=60)
        assert dump.returncode == 0 and "CREATE TABLE" in dump.stdout


def test_the_admin_command_knows():
    with World(devices=0) as world:
        restored = cli.run("--config", world.bridge.conf, "restore", "backup.db")
        assert restored.code == 2 and "pg_restore" in restored.err, restored
        told = cli.run("--config", world.bridge.conf, "doctor")
        assert "the store is in PostgreSQL" in told.out, told
