"""A backup under load, the loss of the store, and what a restored gateway knows, does and does not do again."""
import concurrent.futures
import contextlib
import os
import sqlite3
import stat
import threading

import pytest

import cli
from reconcile import FINAL
from store import sqlite_only
from world import World, until

pytestmark = sqlite_only("backups of PostgreSQL are the server's (pg_dump)")
SLOW = {"otherwise": {"sent_ms": [20, 60], "delivered_ms": [20, 60]}}


def run(world, *words):
    return cli.run("--socket", world.bridge.socket, *words)


def backup(world, name="backup.db"):
    path = world.folder / name
    result = run(world, "backup", path)
    assert result.code == 0, result
    return path


def restore(world, path):
    return cli.run("restore", path, "--store", world.folder / "smsquitto.db")


def count_waiting(path):
    """Messages of a backup that no network had yet (state 6 is sent)."""
    with contextlib.closing(sqlite3.connect(path)) as copy:
        return copy.execute("SELECT count(*) FROM message WHERE state < 6").fetchone()[0]


def lose_store(world, how):
    store = world.folder / "smsquitto.db"
    if how == "deleted":
        for file in world.folder.glob("smsquitto.db*"):
            file.unlink()
    else:
        with open(store, "r+b") as file:
            for at in range(0, os.path.getsize(store), 4096):
                file.seek(at)
                file.write(b"\xff" * 512)


def send_steadily(world, made, ending):
    while not ending.is_set():
        made.append(world.send(to=f"+491511234{len(made) % 10000:04}", qos=2)["id"])


@pytest.mark.parametrize("how", ["deleted", "damaged"])
def test_backup_under_load_loss_and_restore(how):
    with World(devices=1, rules=SLOW) as world:
        before, ending = [], threading.Event()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            load = pool.submit(send_steadily, world, before, ending)
            try:
                until(lambda: len(before) > 20 or load.done(), "there is load")
                accepted = list(before)
                path = backup(world)
            finally:
                ending.set()
            load.result()
        assert len(before) > len(accepted) > 20, "there was no load during the backup"
        assert count_waiting(path) > 0, "nothing waited that could go out twice"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        after = [world.send(to="+4915999000001", qos=2)["id"] for _ in range(3)]
        for id in before + after:
            world.wait_state(id, "delivered", timeout=60)
        world.bridge.kill()
        lose_store(world, how)
        result = restore(world, path)
        assert result.code == 0, result
        assert bool(list(world.folder.glob("smsquitto.db.before-*"))) == (how == "damaged")
        world.start_bridge()
        for name in world.devices:
            world.wait_online(name)
        known = {message["id"] for message in world.all_messages()}
        assert set(accepted) <= known and not known & set(after)
        fresh = world.send()
        world.wait_state(fresh["id"], "delivered")
        for id in known:
            until(lambda: world.message(id)["state"] in FINAL, f"{id} has ended", timeout=60)
        for id in before + after:
            assert len(world.air(id)) == 1, f"{id} went out twice"


def test_backup_needs_a_new_file_and_a_local_administrator():
    with World(devices=0) as world:
        assert world.admin.ok("GET", "/v1/backup")["state"] == "none"
        path = backup(world)
        size = path.stat().st_size
        report = world.admin.ok("GET", "/v1/backup")
        assert (report["state"], report["path"], report["bytes"]) == ("done", str(path), size)
        result = run(world, "backup", path)
        assert result.code == 1 and "already" in result.err, result
        assert path.stat().st_size == size
        assert run(world, "backup", "/nowhere/at/all").code == 1
        assert world.admin.post("/v1/backup", {"path": "relative"}).json["field"] == "path"
        assert world.api.post("/v1/backup", {"path": "/tmp/x"}).status == 403
        assert world.api.get("/v1/backup").status == 403
        result = run(world, "--json", "backup", world.folder / "second.db")
        assert result.code == 0 and result.json["state"] == "done", result
        assert {file.name for file in world.folder.glob("*.db*")} - {"smsquitto.db-wal", "smsquitto.db-shm", "roster.db"} == \
            {"smsquitto.db", "smsquitto.db.lock", "backup.db", "second.db"}, "something is left"


def test_restore_refuses_while_the_bridge_runs_and_bad_files():
    with World(devices=0) as world:
        path = backup(world)
        result = restore(world, path)
        assert result.code == 1 and "has this database open" in result.err, result
        world.bridge.stop()
        store = world.folder / "smsquitto.db"
        before = store.read_bytes()
        path.write_bytes(b"\0" * 8192)
        result = restore(world, path)
        assert result.code == 1 and "damaged" in result.err, result
        assert restore(world, world.folder / "missing").code == 1
        assert store.read_bytes() == before
        world.start_bridge()
