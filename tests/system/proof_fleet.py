"""Many at once: a device that was away while thousands of texts waited for it, and a fleet that comes back together."""
import collections
import concurrent.futures
import time

from broker import BUILD
from process import Process, json_lines
from proof import check
from rest import Api
from world import World, until

BATCH = 500
SERVED_S = 300.0
SENDERS = 4
OPEN = {"accepted", "queued", "held", "dispatched", "sent"}


def numbers(count):
    return [f"+49151{10_000_000 + number}" for number in range(count)]


def check_once(ids, lines):
    """Every text is on the air once, and nothing else."""
    times = collections.Counter(line["ref"] for line in lines)
    check(not set(ids) - set(times), f"{len(set(ids) - set(times))} texts were never on the air")
    check(not set(times) - set(ids), "something else was on the air")
    twice = [id for id, count in times.items() if count > 1]
    check(not twice, f"{len(twice)} texts were on the air twice, such as {twice[:1]}")


def all_delivered(world, count, timeout):
    """Waits until every text has ended, and that as delivered. A look at what has not comes first, as it is one page; only
    the whole list tells the end, as a text may go from one state to another between two looks."""
    def ended():
        for state in OPEN:
            if world.api.ok("GET", f"/v1/messages?limit=1&state={state}")["messages"]:
                return None
        states = collections.Counter(shown["state"] for shown in world.all_messages())
        return None if OPEN & states.keys() else states
    states = until(ended, f"{count} texts are delivered", timeout)
    check(states == {"delivered": count}, f"ended as {dict(states)}")


def backlog(dice, texts):
    """texts: how many wait for a device that is away."""
    rules = {"otherwise": {"sent_ms": 0, "delivered_ms": 0}, "window": 16}
    with World(devices=1, rules=rules) as world:
        phone = world.devices["phone-1"]
        phone.stop()
        world.wait_online("phone-1", online=False)
        ids, begin = [], time.monotonic()
        for at in range(0, texts, BATCH):
            to = numbers(texts)[at:at + BATCH]
            answer = world.send(to=to, device="phone-1", qos=dice.choice([1, 2]))
            ids += [message["id"] for message in answer["messages"]]
        accepted_s = time.monotonic() - begin
        begin = time.monotonic()
        phone.start()
        until(world.air, "the first is on the air", 30)
        first_s = time.monotonic() - begin
        # Somebody new is not made to wait behind them.
        urgent = world.send(device="phone-1", lane="otp")["id"]
        world.wait_state(urgent, "delivered", timeout=60)
        urgent_s = time.monotonic() - begin - first_s
        all_delivered(world, texts + 1, SERVED_S)
        total_s = time.monotonic() - begin
        check_once([*ids, urgent], world.air())
    return {"accepted": len(ids) + 1, "on the air": len(ids) + 1, "lost": 0, "twice at QoS 0 and 2": 0,
            "s to accept them": round(accepted_s, 2), "s until the first was sent": round(first_s, 2),
            "s until an urgent one was through": round(urgent_s, 2), "s until all were delivered": round(total_s, 1)}


class Fleet(Process):
    """smsquitto-fleet with devices of the world."""

    def __init__(self, world, keys):
        self.air_path = world.folder / "fleet.jsonl"
        path = world.folder / "fleet.keys"
        path.write_text("".join(f"{name} {key}\n" for name, key in keys.items()))
        super().__init__("fleet", [BUILD / "device/smsquitto-fleet", "--port", world.broker.port, "--keys", path, "--air",
                                   self.air_path, "--connect-rate", "2000"])

    def air(self):
        return json_lines(self.air_path)


def in_parallel(jobs):
    with concurrent.futures.ThreadPoolExecutor(SENDERS) as pool:
        return list(pool.map(lambda job: job(), jobs))


def storm(dice, devices):
    """The broker is killed, comes back with nothing, and every device connects at once, each with a text that waits."""
    with World(devices=0) as world:
        names = [f"fleet-{number:05}" for number in range(devices)]
        admin = Api(world.bridge.socket)
        keys = dict(zip(names, in_parallel([lambda name=name: admin.ok("POST", "/v1/devices", {"id": name, "name": name})["key"]
                                            for name in names])))
        fleet = Fleet(world, keys)

        def online():
            return int(world.admin.get("/metrics").body.split("\nsmsquitto_devices_online ")[1].split()[0])

        fleet.start()
        until(lambda: online() == devices, f"{devices} are online", 120)
        world.broker.kill()
        world.forget_broker_state()
        answers = in_parallel([lambda name=name: world.send(device=name, qos=dice.choice([1, 2])) for name in names])
        begin = time.monotonic()
        world.broker.start()
        all_delivered(world, devices, SERVED_S)
        served_s = time.monotonic() - begin
        check(fleet.stop() == 0, "the fleet ended with an error")
        check_once([answer["id"] for answer in answers], fleet.air())
    return {"devices": devices, "accepted": devices, "on the air": devices, "lost": 0, "twice at QoS 0 and 2": 0,
            "s from the broker's start until all texts were delivered": round(served_s, 1)}
