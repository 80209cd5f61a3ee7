"""Devices that do not keep to the protocol: silent, repeating, in the wrong order, speaking for others."""
import json
import threading
import time

from books import record
from proof import check
from raw_mqtt import PINGREQ, Client, Closed
from reconcile import FINAL, Accepted, Air, reconcile
from world import World, until

SENT = ["accepted", "sent", "delivered"]

# What becomes of a text: the reports that its device makes, in that order, and how it may end.
MANNERS = {
    "keeps to it": (SENT, {"delivered"}),
    "says everything twice": ([state for state in SENT for _ in (1, 2)], {"delivered"}),
    "says it backwards": (SENT[::-1], {"delivered"}),
    "leaves out all but the last": (["delivered"], {"delivered"}),
    "leaves out the first": (["sent", "delivered"], {"delivered"}),
    "fails what it delivered": ([*SENT, "failed", "expired", "accepted"], {"delivered"}),
    "delivers what it failed": (["accepted", "failed", "sent", "delivered"], {"failed"}),
    "never reports": ([], {"unknown", "expired"}),
    "stops after the first": (["accepted"], {"unknown", "expired"}),
}


class ScriptedDevice:
    """A device without a radio that says of each text what the test wants. air: ids that it says it has sent."""

    def __init__(self, world, name):
        self.name = name
        self.key = world.admin.ok("POST", "/v1/devices", {"id": name, "name": name})["key"]
        self.manners, self.got, self.air, self.seq = {}, [], [], 0
        self.questions = 0
        self._lock = threading.Lock()
        self._over = False

        def login():
            self.client = Client(("127.0.0.1", world.broker.port))
            try:
                return self.client.connect(name, name, self.key) == 0
            except Closed:
                return False
        until(login, f"{name} may log in")
        self.client.subscribe(*(f"sms/v1/{name}/{leaf}" for leaf in ("send", "cancel", "query", "receipt", "config")))
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.configured = threading.Event()
        self._thread.start()
        until(self._hello, f"{name} is heard")

    def _hello(self):
        """Says hello until it is answered: the bridge may not have been there."""
        self.say("status", {"hello": True, "journal": "scripted", "oldest": 1, "next": 1, "software": "scripted/1",
                            "radio": "none", "queue": 0, "at": self._now(), "sims": []})
        return self.configured.wait(1)

    def _now(self):
        return int(time.time() * 1000)

    def say(self, leaf, body):
        payload = body if isinstance(body, (str, bytes)) else json.dumps(body)
        with self._lock:
            self.client.send_bytes(self.client.publish_bytes(f"sms/v1/{self.name}/{leaf}", payload))

    def report(self, id, states, lease=1):
        """Reports of one text in that order, all in one payload."""
        reports = []
        for state in states:
            self.seq += 1
            report = {"seq": self.seq, "id": id, "lease": lease, "state": state, "part": 0, "parts": 1, "at": self._now()}
            if state == "failed":
                report["error"] = {"kind": "permanent", "code": "NO", "text": "no"}
            reports.append(report)
        if reports:
            self.say("report", {"journal": "scripted", "reports": reports})

    def _run(self):
        ping_at = time.monotonic()
        while not self._over:
            if time.monotonic() >= ping_at:
                ping_at += 20
                with self._lock:
                    self.client.send(PINGREQ)
            try:
                self.client.read(0.2)
            except TimeoutError:
                pass
            except (Closed, OSError):
                return
            while self.client.messages:
                self._take(self.client.messages.popleft())

    def _take(self, message):
        leaf, body = message.topic.split("/")[-1], json.loads(message.payload)
        if leaf == "config":
            self.configured.set()
        if leaf == "query":
            self.questions += 1
        if leaf != "send" or body["id"] in self.got:
            return
        self.got.append(body["id"])
        states = MANNERS[self.manners.get(body["text"], "keeps to it")][0]
        if "sent" in states or "delivered" in states:
            self.air.append(body["id"])
        # One payload for each, so that they are separate batches too; or all in one.
        if self.seq % 2:
            self.report(body["id"], states, body["lease"])
        else:
            for state in states:
                self.report(body["id"], [state], body["lease"])

    def close(self):
        self._over = True
        self._thread.join(5)
        self.client.close()


def lies(dice, other, ids):
    """What a hostile device says of texts that another one holds, and of nothing at all."""
    for id in ids:
        for lease in (0, 1, 2, 99):
            other.report(id, dice.sample(["accepted", "sent", "delivered", "failed", "expired", "cancelled", "none"], 3), lease)
    for nonsense in ("{", "[]", "null", "", json.dumps({"journal": "x" * 60_000, "reports": []}), b"\xff\xfe\x00" * 20_000,
                     json.dumps({"journal": "scripted", "reports": [{"seq": 1, "id": "SM" + "0" * 32, "lease": 1,
                                                                     "state": "delivered", "at": 1}] * 50}),
                     "[" * 20_000):
        for leaf in ("report", "inbound", "status"):
            other.say(leaf, nonsense)


def odd_devices(dice, rounds):
    """rounds: texts of each manner."""
    settings = {("engine", "answer-wait"): "2s", ("engine", "confirm"): "200ms", ("engine", "window-out"): 64,
                ("engine", "window-unaccepted"): 19}
    plan = list(MANNERS) * rounds
    dice.shuffle(plan)
    # It never says again what the plugin refused as too fast, and says it as fast as it can.
    with World(devices=0, bridge=settings, broker="plugin_opt_uplink_burst 10000\n") as world:
        odd, other = ScriptedDevice(world, "odd"), ScriptedDevice(world, "other")
        for device in (odd, other):
            world.wait_online(device.name)
        wanted, accepted = {}, []
        for number, manner in enumerate(plan):
            odd.manners[f"text {number}"] = manner
            qos = dice.choice([1, 2])
            # Only those that nobody reports have to run out of time; others may wait behind them.
            more = {"ttl": 3} if "delivered" not in MANNERS[manner][0] else {}
            id = world.send(text=f"text {number}", device="odd", qos=qos, **more)["id"]
            wanted[id] = manner
            accepted.append(Accepted(id, qos))
            if dice.random() < 0.2:
                lies(dice, other, dice.sample(list(wanted), min(len(wanted), 3)))
        until(lambda: all(shown["state"] in FINAL for shown in world.all_messages()), "every text has ended", 60 + 3 * rounds)
        lies(dice, other, list(wanted)[:20])
        probe = world.send(device="odd", text="probe")
        world.wait_state(probe["id"], "delivered")
        messages = []
        for shown in world.all_messages():
            messages.append(record(world, shown["id"]))
            ends = MANNERS[wanted.get(shown["id"], "keeps to it")][1]
            check(shown["state"] in ends, f"{wanted.get(shown['id'])}: ended as {shown['state']}: {world.message(shown['id'])}")
        check(not other.air and not other.got, "a text went to the other device")
        air = [Air(id, "odd", 1, 0.0) for id in odd.air]
        findings = reconcile(accepted, air, messages, allowed_ends=frozenset({"failed", "unknown", "expired"}))
        check(not findings, "\n".join(findings))
        refused = int(world.admin.get("/metrics").body.split("\nsmsquitto_bad_reports_total ")[1].split()[0])
        check(refused > 0, "nothing of what the other device said was refused")
        for device in (odd, other):
            device.close()
    return {"manners": len(MANNERS), "accepted": len(accepted), "lost": 0, "ended otherwise than it may": 0,
            "unknown": sum(message.state == "unknown" for message in messages),
            "payloads and reports refused": refused, "times asked": odd.questions}
