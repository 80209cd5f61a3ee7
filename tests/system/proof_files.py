"""The store as files: a backup that is put back, two bridges on one store, and a log that ends anywhere."""
import contextlib
import datetime
import shutil
import signal
import sqlite3

import cli
from proof import RULES, check, closed_books, load_for, wait_accepted
from reconcile import FINAL
from world import Bridge, World, until

NAMES = ["smsquitto.db", "smsquitto.db-wal"]
CUT_BYTES = 512


def later(hours):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def last_event(world):
    with contextlib.closing(sqlite3.connect(world.folder / "smsquitto.db")) as db:
        return db.execute("SELECT COALESCE(MAX(n), 0) FROM event").fetchone()[0]


def restore(dice, texts):
    """A backup is put back after everything that waited in it was sent, and the device has lost its journal too."""
    with World(devices=1) as world:
        phone = world.devices["phone-1"]
        phone.stop()
        ids = {qos: [world.send(qos=qos, device="phone-1")["id"] for _ in range(texts)] for qos in (0, 1, 2)}
        planned = world.send(qos=2, send_at=later(24))["id"]
        for argument in ("backup", "restore"):
            if argument == "backup":
                command = ["--socket", world.bridge.socket, "backup", world.folder / "backup.db"]
            else:
                phone.start()
                for id in [*ids[1], *ids[2]]:
                    world.wait_state(id, "delivered", timeout=60)
                until(lambda: len(world.air()) == 3 * texts, "what nobody reports is on the air", 60)
                seen = last_event(world)
                phone.kill()
                for file in phone.folder.glob("journal.db*"):
                    file.unlink()
                dice.choice([world.bridge.stop, world.bridge.kill])()
                command = ["restore", world.folder / "backup.db", "--store", world.folder / "smsquitto.db"]
            result = cli.run(*command)
            check(result.code == 0, f"{argument}: {result}")
        world.start_bridge()
        for qos in (0, 2):
            for id in ids[qos]:
                shown = world.message(id)
                check(shown["state"] == "unknown" and shown["error"]["code"] == "restored", f"after the restore: {shown}")
        check(world.message(planned)["state"] == "scheduled", "a text for tomorrow is not scheduled any more")
        phone.start()
        for id in ids[1]:
            world.wait_state(id, "delivered", timeout=60)
        fresh = world.send(qos=2, device="phone-1")["id"]
        world.wait_state(fresh, "delivered")
        for id in [*ids[0], *ids[2], fresh]:
            check(len(world.air(id)) == 1, f"{id} was on the air {len(world.air(id))} times")
        with contextlib.closing(sqlite3.connect(world.folder / "smsquitto.db")) as db:
            again = db.execute("SELECT COUNT(*) FROM event WHERE n > (SELECT MAX(event) FROM restored)").fetchone()[0]
            begin = db.execute("SELECT MAX(event) FROM restored").fetchone()[0]
        check(begin > seen and again > 0, f"numbers of events were given twice: {begin} after {seen}")
        world.restart_bridge()
        check(world.message(ids[2][0])["state"] == "unknown", "the second start has changed it")
        twice = sum(len(world.air(id)) == 2 for id in ids[1])
    return {"accepted": 3 * texts + 2, "lost": 0, "twice at QoS 0 and 2": 0, "unknown": 2 * texts,
            "QoS 1 sent again, as promised": twice, "event numbers left out": begin - seen}


def two_bridges(dice, rounds):
    """A second bridge is started on the store of one that works."""
    with World(devices=1, rules=RULES) as world:
        load = load_for(world, dice)
        for _ in range(rounds):
            other = Bridge(world)
            wait_accepted(load, 5)
            other.start()
            code = other.process.wait(60)
            other.kill()
            check(code not in (0, -signal.SIGKILL), f"the second bridge ended with {code}")
            check(any("another bridge" in line for line in other.log), "\n".join(other.log))
        figures, _ = closed_books(world, load)
    return {"second bridges refused": rounds, **figures}


def whole(path, told):
    """What a store holds that was cut off: complete batches, each text with its first event, in the order of the commits.
    told: size by batch. Returns the ids."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        check(db.execute("PRAGMA integrity_check").fetchone()[0] == "ok", "a store that was cut off is damaged")
        if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'message'").fetchone():
            return set()
        for batch, count in db.execute("SELECT batch, COUNT(*) FROM message WHERE batch IS NOT NULL GROUP BY batch"):
            check(told.get(batch, count) == count, f"{count} of {told.get(batch)} texts of a batch are there")
        bare = db.execute("SELECT COUNT(*) FROM message WHERE n NOT IN (SELECT message FROM event WHERE message IS NOT NULL)")
        check(bare.fetchone()[0] == 0, "a text without its first event")
        return {id for id, in db.execute("SELECT id FROM message")}


def cut_log(dice, batches, cuts=None):
    """The log of a bridge that was killed is cut at every 512 bytes (or at so many of these places); each remainder is
    opened."""
    with World(devices=1) as world:
        world.devices["phone-1"].stop()
        made = []
        for _ in range(batches):
            answer = world.send(to=[f"+49151{dice.randrange(10_000_000, 99_999_999)}" for _ in range(dice.randint(2, 5))], qos=2)
            made.append(answer)
        world.bridge.kill()
        told = {answer["messages"][0]["batch"]: len(answer["messages"]) for answer in made}
        promised = {message["id"] for answer in made for message in answer["messages"]}
        folder = world.folder / "cut"
        folder.mkdir()
        log = (world.folder / NAMES[1]).read_bytes()
        check(log, "there is no log to cut")
        sizes, before = list(range(0, len(log), CUT_BYTES)), set()
        sizes = [*(sorted(dice.sample(sizes, min(cuts, len(sizes)))) if cuts else sizes), len(log)]
        for size in sizes:
            shutil.copyfile(world.folder / NAMES[0], folder / NAMES[0])
            (folder / NAMES[1]).write_bytes(log[:size])
            (folder / "smsquitto.db-shm").unlink(missing_ok=True)
            here = whole(folder / NAMES[0], told)
            check(before <= here, f"a longer log has less in it, at {size} bytes")
            before = here
        check(before == promised, "the whole log has not all that was accepted")
        for name in NAMES:
            shutil.copyfile(folder / name, world.folder / name) if (folder / name).exists() else None
        world.start_bridge()
        world.devices["phone-1"].start()
        until(lambda: all(shown["state"] in FINAL for shown in world.all_messages()), "all is sent afterwards", 60)
        check(all(len(world.air(id)) == 1 for id in promised), "not all were on the air once")
    return {"accepted": len(promised), "lost": 0, "bytes of the log": len(log), "cuts": len(sizes), "batches in part": 0}
