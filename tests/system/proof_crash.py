"""kill -9 at named points of the bridge and of devices, under load, again and again."""
import signal
import time

from broker import BUILD
from process import DEADLINE
from proof import LOCAL_HOOKS, RULES, SHORT_LEASE, all_told, check, closed_books, load_for
from receiver import Receiver
from reconcile import Crash
from world import World

# Where the bridge's own work can be cut, in the order of a message's way, and where a device's can.
BRIDGE = ["before-commit", "after-commit", "after-publish", "before-answer", "after-answer", "published", "report-read",
          "webhook-begun", "webhook-answered"]
DEVICE = ["text-arrived", "before-journal", "after-journal", "before-radio", "after-radio", "before-report",
          "after-report"]
PASSES = 25  # the latest pass of a point at which a program dies


def why_not():
    """Why they cannot be tried here, or "" (CMake option SMSQUITTO_CRASH_POINTS)."""
    compiled_in = b"SMSQUITTO_CRASH_AT" in (BUILD / "bridge/smsquitto-bridge").read_bytes()
    return "" if compiled_in else "this build has no crash points (presets debug, asan and tsan have them)"


def die(part, point, dice):
    """Has a running part end and start again such that it dies at that point; waits for its death."""
    part.kill()
    part.environment = {"SMSQUITTO_CRASH_AT": f"{point}:{dice.randint(1, PASSES)}"}
    part.start()
    try:
        part.process.wait(DEADLINE)
    except Exception:
        check(False, f"{part.name} never comes to {point}")
    check(part.kill() == -signal.SIGKILL, f"{part.name} ended otherwise than at {point}:\n" + "\n".join(part.log[-20:]))
    part.environment = {}


def crash_points(dice, rounds, points):
    """rounds: deaths at each point; points: how many points, picked by the dice."""
    picked = dice.sample([("bridge", point) for point in BRIDGE] + [("device", point) for point in DEVICE], points)
    plan = picked * rounds
    dice.shuffle(plan)
    crashes = []
    with Receiver() as receiver, World(devices=2, rules=RULES, bridge={**LOCAL_HOOKS, **SHORT_LEASE}) as world:
        world.admin.ok("POST", "/v1/webhooks", {"url": receiver.url})
        load = load_for(world, dice)
        for part, point in plan:
            if part == "bridge":
                die(world.bridge, point, dice)
                world.start_bridge()
            else:
                device = dice.choice(list(world.devices.values()))
                begin = time.time()
                die(device, point, dice)
                device.start()
                crashes += [Crash(device.name, begin, time.time())] * 2 # killed to be armed, and at the point
        figures, messages = closed_books(world, load, crashes)
        repeats = all_told(receiver, messages)
    kills = {f"deaths of the {part}": sum(1 for one, _ in plan if one == part) for part in ("bridge", "device")}
    return {"points": points, **kills, **figures, "webhook deliveries": len(receiver.got), "of them repeated": repeats}
