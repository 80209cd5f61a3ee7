#!/usr/bin/python3
"""An Android phone for tests of the termux radio: stands in for the commands of Termux:API.

    phone = FakeTermux(folder)     # makes the commands in folder/bin; put that on PATH
    phone.receive("Bank", "hello") # a text comes in
    phone.air()                    # what went on the air: {"to", "text", "slot"}
    phone.behave(fail="No*")       # texts whose fate is another one; see FATES

Run as a command it is that command: the name of the link says which. The boxes are a database as Android's.
"""
import datetime
import fnmatch
import json
import os
import pathlib
import sqlite3
import sys
import time

COMMANDS = ("termux-sms-send", "termux-sms-list", "termux-telephony-deviceinfo", "termux-telephony-cellinfo",
            "termux-battery-status")
FATES = {
    "fail": "Android puts it into the failed box",
    "lose": "goes on the air, but into no box",
    "hang": "the command never ends, though the text went out",
    "refuse": "Termux has no permission",
    "slow": "lies in the outbox for two looks",
}
PERMISSION = "Please grant the following permission to use this command: android.permission."


class FakeTermux:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.bin = self.folder / "bin"
        if not self.bin.exists():
            self.bin.mkdir(parents=True)
            for name in COMMANDS:
                (self.bin / name).symlink_to(pathlib.Path(__file__).resolve())
            with self.db() as db:
                db.execute("CREATE TABLE sms (_id INTEGER PRIMARY KEY, type TEXT, address TEXT, body TEXT, date INTEGER,"
                           " looks INTEGER DEFAULT 0)")
            self.behave()

    def db(self):
        return sqlite3.connect(self.folder / "sms.db", timeout=10)

    # --- what tests ask

    def behave(self, **patterns):
        """Patterns of texts by fate; deny: commands without permission; cells and battery: what is printed."""
        (self.folder / "behave.new").write_text(json.dumps(patterns))
        (self.folder / "behave.new").rename(self.folder / "behave.json")

    def put(self, type, address, body, at=None):
        with self.db() as db:
            db.execute("INSERT INTO sms (type, address, body, date) VALUES (?, ?, ?, ?)",
                       (type, address, body, int((at or time.time()) * 1000)))

    def receive(self, address, body, at=None):
        self.put("inbox", address, body, at)

    def air(self):
        from process import json_lines  # not needed by the commands, which shall start quickly
        return json_lines(self.folder / "air.jsonl")

    # --- the commands

    def run(self, name, arguments):
        behave = json.loads((self.folder / "behave.json").read_text())
        if name in behave.get("deny", []):
            print(json.dumps({"error": PERMISSION + "READ_SMS"}))
            return
        getattr(self, "on_" + name.replace("termux-", "").replace("-", "_"))(arguments, behave)

    def on_sms_send(self, arguments, behave):
        options = dict(zip(arguments[::2], arguments[1::2]))
        assert set(options) <= {"-n", "-s"} and len(arguments) == 2 * len(options)
        text = sys.stdin.buffer.read().decode().strip()
        fates = [fate for fate in FATES if fnmatch.fnmatchcase(text, behave.get(fate, ""))]
        if "refuse" in fates:
            print(json.dumps({"error": PERMISSION + "SEND_SMS"}))
            return
        with (self.folder / "air.jsonl").open("a") as air:
            air.write(json.dumps({"to": options["-n"], "text": text, "slot": options.get("-s")}) + "\n")
        if "lose" not in fates and "hang" not in fates:
            self.put("failed" if "fail" in fates else "outbox" if "slow" in fates else "sent", options["-n"], text)
        if "hang" in fates:
            if os.fork() == 0:  # one that the command started hangs as well
                time.sleep(600)
            time.sleep(600)

    def on_sms_list(self, arguments, _):
        assert arguments[:3] == ["-t", "all", "-l"] and len(arguments) == 4
        with self.db() as db:
            rows = db.execute("SELECT _id, type, address, body, date FROM sms ORDER BY date DESC, _id DESC LIMIT ?",
                              (int(arguments[3]),)).fetchall()
            db.execute("UPDATE sms SET looks = looks + 1, type = CASE looks WHEN 2 THEN 'sent' ELSE type END"
                       " WHERE type = 'outbox'")
        print(json.dumps([{
            "threadid": 1, "type": type, "read": False, "address": address, "number": address,
            "received": datetime.datetime.fromtimestamp(date // 1000).strftime("%Y-%m-%d %H:%M:%S"), "body": body,
            "_id": id} for id, type, address, body, date in reversed(rows)], indent=2, ensure_ascii=False))

    def on_telephony_deviceinfo(self, *_):
        print(json.dumps({"data_enabled": "true", "device_id": None, "phone_count": 2, "phone_type": "gsm",
                          "network_operator_name": "Visited", "sim_operator_name": "Home Mobile",
                          "sim_state": "ready"}))

    def on_telephony_cellinfo(self, _, behave):
        print(json.dumps(behave.get("cells", [{"type": "lte", "registered": True, "dbm": -90, "level": 3}])))

    def on_battery_status(self, _, behave):
        print(json.dumps(behave.get("battery", {"percentage": 81, "status": "CHARGING", "plugged": "PLUGGED_AC"})))


if __name__ == "__main__":
    FakeTermux(pathlib.Path(sys.argv[0]).parent.parent).run(pathlib.Path(sys.argv[0]).name, sys.argv[1:])
