"""The whole gateway in one fresh folder: the real broker with our plugin, the bridge, and devices with simulated radios.

    with World(devices=2) as world:
        message = world.send(to="+4915112345678", text="hello")
        world.wait_state(message["id"], "delivered")
        assert len(world.air(message["id"])) == 1
"""
import json
import pathlib
import shutil
import socket
import tempfile
import time

import broker as broker_module
from broker import BUILD, Broker, free_port
from process import Process, json_lines
from reconcile import FINAL
from rest import Api
from store import Store

DEADLINE = 60.0

# Quick answers to what a user waits minutes for. Tests that measure a wait set their own.
QUICK = {
    ("engine", "confirm"): "500ms",
    ("engine", "offline-grace"): "200ms",
    ("engine", "retry-delay"): "200ms",
    ("engine", "cool-down"): "1s",
}


def until(check, what, timeout=DEADLINE):
    """Asks again until check() gives something true; returns it."""
    end = time.monotonic() + timeout
    while True:
        found = check()
        if found:
            return found
        assert time.monotonic() < end, f"not in time: {what}"
        time.sleep(0.02)


def before_the_hour_ends(seconds=60):
    """For what is counted by the hour or the day, and begins anew with the next: waits for that when it is nearer than so
    many seconds. The one event that nobody can bring about."""
    left = 3600 - time.time() % 3600
    if left < seconds:
        time.sleep(left)


def write_ini(path, values):
    """values: {(section, key): value}."""
    sections = {}
    for (section, key), value in values.items():
        sections.setdefault(section, []).append(f"{key} = {value}")
    path.write_text("".join(f"[{name}]\n" + "\n".join(lines) + "\n\n" for name, lines in sections.items()))


class Device(Process):
    """One smsquitto-device with the simulated radio. Its air log outlives it."""

    def __init__(self, world, name, key, rules=None, radio=None, settings=None):
        self.folder = world.folder / name
        self.folder.mkdir()
        self.air_path = self.folder / "air.jsonl"
        self.control_path = self.folder / "control.sock"
        self.rules_path = self.folder / "rules.json"
        self.key_path = self.folder / "device.key"
        self.set_key(key)
        self.set_rules(rules or {})
        command = radio or (f"{BUILD}/device/smsquitto-radio-sim --rules {self.rules_path} --air {self.air_path} "
                            f"--control {self.control_path}")
        values = {("device", "id"): name, ("device", "key-file"): self.key_path,
                  ("device", "journal"): self.folder / "journal.db", ("broker", "port"): world.broker.port,
                  ("broker", "reconnect-max"): "1s", ("radio", "command"): command, ("log", "level"): "debug"}
        values.update(settings or {})
        write_ini(self.folder / "device.conf", values)
        super().__init__(name, [BUILD / "device/smsquitto-device", "--config", self.folder / "device.conf"])

    def set_key(self, key):
        self.key_path.write_text(key + "\n")

    def set_rules(self, rules):
        """How the simulated network treats messages, from the radio's next start on."""
        self.rules_path.write_text(json.dumps(rules))

    def control(self, command):
        """One command to the running radio ({"inbound": …}, {"rules": …}, {"crash": true}); returns its answer."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(DEADLINE)
            until(lambda: sock.connect_ex(str(self.control_path)) == 0, f"the radio of {self.name} listens")
            try:
                sock.sendall(json.dumps(command).encode() + b"\n")
                line = sock.makefile().readline()
            except ConnectionError:  # it goes this moment
                line = ""
        return json.loads(line) if line else {"ok": False, "error": "the radio has gone"}

    def rules_now(self, rules):
        """New rules for the running radio."""
        answer = self.control({"rules": rules})
        assert answer["ok"], answer


class Bridge(Process):
    """The daemon, on a free port, with its store and sockets in the world's folder."""

    def __init__(self, world, settings=None):
        self.folder = world.folder
        self.port = free_port()
        self.socket = self.folder / "bridge.sock"
        self.conf = self.folder / "smsquitto.conf"
        values = {**world.store.settings,
                  ("http", "bind"): "127.0.0.1", ("http", "port"): self.port, ("http", "socket"): self.socket,
                  ("mqtt", "socket"): world.broker.socket, ("mqtt", "key-file"): self.folder / "bridge.key",
                  ("mqtt", "roster"): world.broker.roster_path, ("log", "level"): "debug"}
        values.update(QUICK)
        values.update(settings or {})
        write_ini(self.conf, values)
        super().__init__("bridge", [BUILD / "bridge/smsquitto-bridge", "--config", self.conf])


class World:
    """Attributes: broker, bridge, devices (by name), api (with an app key), admin (over the bridge's socket), store."""

    def __init__(self, devices=1, rules=None, bridge=None, device=None, broker=None, rate=0, ca=None):
        """devices: how many, named phone-1 …; rules: of every simulated network; bridge, device: further settings;
        broker: further lines of its configuration; rate: sends a minute of the app key, 0 = no limit;
        ca: who signed the certificate that the bridge's settings name, for HTTPS."""
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="smsq-"))
        self._counts = devices, rules, device, rate
        self.ca = ca
        self.broker = Broker(folder=self.folder, roster=False, extra=broker or "")
        self.store = Store(self.folder)
        self.bridge = Bridge(self, bridge)
        self.admin = Api(self.bridge.socket)
        self.api = None
        self.devices = {}

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def _start(self):
        devices, rules, settings, rate = self._counts
        self.broker.start()
        self.start_bridge()
        self.api = Api(self.bridge.port, self.new_key(rate=rate)["key"], ca=self.ca)
        for number in range(1, devices + 1):
            self.add_device(f"phone-{number}", rules, settings)
        for name in list(self.devices):
            self.wait_online(name)

    def close(self):
        """Ends what runs and deletes the folder. Nothing that ends badly passes unseen."""
        codes = {device.name: device.stop() for device in self.devices.values()}
        codes["bridge"] = self.bridge.stop()
        self.broker.stop()
        self.store.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        bad = {name: code for name, code in codes.items() if code not in (0, None)}
        assert not bad, f"ended with an error: {bad}"

    # --- its parts

    def start_bridge(self):
        """Starts the bridge and waits until it serves."""
        self.bridge.start()
        until(self._ready, "the bridge is ready")

    def _ready(self):
        assert self.bridge.process.poll() is None, "\n".join(["the bridge has ended:"] + self.bridge.log)
        try:
            return Api(self.bridge.port, timeout=2, ca=self.ca).get("/readyz").status == 200
        except OSError:
            return False

    def restart_bridge(self, kill=False):
        self.bridge.kill() if kill else self.bridge.stop()
        self.start_bridge()

    def forget_broker_state(self):
        """Deletes what the broker had saved, while it is down: its sessions and queues are gone."""
        for file in (self.folder / "state").iterdir():
            file.unlink()

    def new_key(self, rate=0, scopes=None, **fields):
        body = {"name": "test", "rate_per_minute": rate, **fields}
        if scopes is not None:
            body["scopes"] = scopes
        return self.admin.ok("POST", "/v1/keys", body)

    def add_device(self, name, rules=None, settings=None, start=True, radio=None):
        key = self.admin.ok("POST", "/v1/devices", {"id": name, "name": name})["key"]
        self.devices[name] = Device(self, name, key, rules, radio, settings)
        if start:
            self.devices[name].start()
        return self.devices[name]

    def wait_online(self, name, online=True):
        """Waits until the bridge shows the device online, and has had its hello once; or offline."""
        def look():
            shown = self.admin.ok("GET", f"/v1/devices/{name}")
            return shown if shown["online"] == online and (not online or shown["software"]) else None
        return until(look, f"{name} is {'online' if online else 'offline'}")

    # --- messages

    def send(self, to="+4915112345678", text="hello", headers=None, **fields):
        """Sends one text (to: a number) or a batch (to: a list); returns the JSON of the answer."""
        return self.api.ok("POST", "/v1/messages", {"to": to, "text": text, **fields}, headers=headers)

    def message(self, id):
        return self.api.ok("GET", f"/v1/messages/{id}")

    def wait_state(self, id, *states, timeout=DEADLINE):
        """Waits until the message is in one of the states; fails at once when it ended in another."""
        def look():
            shown = self.message(id)
            if shown["state"] in states:
                return shown
            assert shown["state"] not in FINAL, f"wanted {states}: {shown}"
            return None
        return until(look, f"{id} is {' or '.join(states)}: {self.message(id)}", timeout)

    def wait_reason(self, id, reason):
        def look():
            shown = self.message(id)
            return shown if shown.get("waiting", {}).get("code") == reason else None
        return until(look, f"{id} waits for {reason}: {self.message(id)}")

    def all_messages(self, query=""):
        """Every message of the account, newest first, page by page."""
        found, cursor = [], ""
        while True:
            page = self.api.ok("GET", f"/v1/messages?limit=100{query}{cursor}")
            found += page["messages"]
            if not page["next_cursor"]:
                return found
            cursor = "&cursor=" + page["next_cursor"]

    def air(self, id=None):
        """What went on the air, all or of one message: dictionaries with ref (the id), to, parts, at and device."""
        lines = [{**line, "device": device.name} for device in self.devices.values() for line in json_lines(device.air_path)]
        return [line for line in lines if id is None or line["ref"] == id]


__all__ = ["World", "Device", "Bridge", "until", "before_the_hour_ends", "broker_module"]
