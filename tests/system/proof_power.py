"""The bridge's machine loses its power: whatever its file system has not put on the disk is gone.

The store is on an ext4 file system of its own, in an image; the file system's own shutdown ends all I/O from one moment on,
what it holds in memory is dropped, and it is mounted anew.
"""
import contextlib
import fcntl
import os
import pathlib
import shutil
import sqlite3
import struct
import subprocess
import tempfile

from proof import LOCAL_HOOKS, RULES, all_told, check, closed_books, load_for, through, wait_accepted
from receiver import Receiver
from store import SERVER
from world import World

EXT4_IOC_SHUTDOWN = 0x8004587D  # linux/fs/ext4/ext4.h
NO_LOG_FLUSH = 2
IMAGE_BYTES = 192 * 1024 * 1024
THROUGH_S = 60.0


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)


class Disk:
    """An ext4 file system in an image of its own, mounted at folder."""

    def __init__(self):
        self._place = pathlib.Path(tempfile.mkdtemp(prefix="smsq-power-"))
        self.folder = self._place / "disk"
        self.folder.mkdir()
        self._image = self._place / "image"
        with open(self._image, "wb") as image:
            image.truncate(IMAGE_BYTES)

    def make(self):
        """Returns why it cannot be made, or ""."""
        for command in (["mkfs.ext4", "-q", "-F", self._image], ["mount", "-o", "loop", self._image, self.folder]):
            if (done := run(*command)).returncode != 0:
                return done.stderr.strip() or "no loop device"
        return ""

    def cut(self):
        """From now on nothing reaches the disk any more."""
        place = os.open(self.folder, os.O_RDONLY)
        fcntl.ioctl(place, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        os.close(place)

    def back(self):
        """The power is back; nobody may have a file open."""
        for command in (["umount", self.folder], ["mount", "-o", "loop", self._image, self.folder]):
            done = run(*command)
            check(done.returncode == 0, f"{command}: {done.stderr}")

    def remove(self):
        run("umount", self.folder)
        shutil.rmtree(self._place, ignore_errors=True)


def why_not():
    """Why it cannot be tried here, or ""."""
    if SERVER:
        return "SQLite only: the disk is the server's"
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None:
        return "needs root, and mkfs.ext4"
    disk = Disk()
    try:
        return disk.make()
    finally:
        disk.remove()


@contextlib.contextmanager
def world_on(disk):
    world = World(devices=2, rules=RULES, bridge={("store", "path"): disk.folder / "smsquitto.db", **LOCAL_HOOKS})
    world.store.path = disk.folder / "smsquitto.db"
    with world:
        yield world


def power_cut(dice, rounds):
    """rounds: of cuts, under load."""
    longest = 0.0
    with contextlib.ExitStack() as ends:
        disk = Disk()
        ends.callback(disk.remove)
        check(disk.make() == "", "there is no disk")
        receiver = ends.enter_context(Receiver())
        world = ends.enter_context(world_on(disk))
        world.admin.ok("POST", "/v1/webhooks", {"url": receiver.url})
        load = load_for(world, dice, pause=0.3)
        for _ in range(rounds):
            wait_accepted(load, dice.randint(1, 60))
            disk.cut()
            world.bridge.kill()
            disk.back()
            with contextlib.closing(sqlite3.connect(f"file:{world.store.path}?mode=ro", uri=True)) as db:
                check(db.execute("PRAGMA integrity_check").fetchone()[0] == "ok", "the store is damaged")
            world.start_bridge()
            longest = max(longest, through(world, load, THROUGH_S))
        figures, messages = closed_books(world, load)
        all_told(receiver, messages)
    return {"power cuts": rounds, **figures, "s until all was through, longest": round(longest, 1)}
