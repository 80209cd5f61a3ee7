"""The wall clock is stepped, far and near, forth and back, for the bridge, for a device, or for the whole machine."""
from proof import LOCAL_HOOKS, RULES, all_told, closed_books, load_for, through, wait_accepted
from receiver import Receiver
from shim import Shim
from world import World

HOUR = 3_600_000
STEPS_MS = [90_000, -90_000, 2 * HOUR, -2 * HOUR, -24 * HOUR]
SIDES = ["bridge", "device", "machine"]

# Some texts wait for their next attempt when the clock is stepped.
FLAKY = {**RULES, "rules": [{"chance": 0.2, "fail": {"kind": "temporary", "code": "NO_SERVICE", "text": "no network"}}]}
STALL_S = 60.0  # a text that was accepted before or after a step has to be through by then, and not in hours


def clock_steps(dice, rounds, steps=len(SIDES) * len(STEPS_MS)):
    """rounds: of so many steps, picked by the dice. The device's are to one of two."""
    plan = dice.sample([(side, step) for side in SIDES for step in STEPS_MS], steps) * rounds
    dice.shuffle(plan)
    longest = 0.0
    with Receiver() as receiver, World(devices=2, rules=FLAKY, bridge={**LOCAL_HOOKS, ("engine", "retry-delay"): "1s",
                                                                       ("engine", "telemetry-interval"): "2s", ("engine", "default-ttl"): "72h"}) as world:
        world.admin.ok("POST", "/v1/webhooks", {"url": receiver.url})
        parts = {"bridge": world.bridge, "device": world.devices["phone-1"], "phone-2": world.devices["phone-2"]}
        shims = {name: Shim(world.folder / f"{name}.control") for name in parts}
        for name, part in parts.items():
            part.stop()
            part.environment = shims[name].environment()
        world.start_bridge()
        for device in world.devices.values():
            device.start()
        load = load_for(world, dice, pause=0.5)
        for side, step in plan:
            wait_accepted(load, 10)
            for name in [side] if side != "machine" else list(shims):
                shims[name].set(clock_offset_ms=step)
            wait_accepted(load, 10)
            longest = max(longest, through(world, load, STALL_S))
            for shim in shims.values():
                shim.set(clock_offset_ms=0)
        wait_accepted(load, 10)
        longest = max(longest, through(world, load, STALL_S))
        figures, messages = closed_books(world, load, allowed_ends=frozenset({"failed"}))
        all_told(receiver, messages)
    return {"steps": len(plan), **figures, "s until a text was through, longest": round(longest, 1)}
