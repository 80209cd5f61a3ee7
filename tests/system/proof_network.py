"""A broker that has forgotten everything, and networks that stop without a word."""
import contextlib
import pathlib
import tempfile
import time

from proof import LOCAL_HOOKS, RULES, all_told, closed_books, load_for, through, wait_accepted
from proxy import Proxy
from receiver import Receiver
from world import World

THROUGH_S = 60.0


def lost_sessions(dice, rounds):
    """The broker is killed and comes back without sessions, queues and subscriptions."""
    longest = 0.0
    with Receiver() as receiver, World(devices=2, rules=RULES, bridge=LOCAL_HOOKS) as world:
        world.admin.ok("POST", "/v1/webhooks", {"url": receiver.url})
        load = load_for(world, dice, pause=0.3)
        for _ in range(rounds):
            wait_accepted(load, dice.randint(1, 60))
            world.broker.kill()
            world.forget_broker_state()
            time.sleep(dice.choice([0.0, 0.0, 0.5]))
            world.broker.start()
            longest = max(longest, through(world, load, THROUGH_S))
        figures, messages = closed_books(world, load)
        all_told(receiver, messages)
    return {"restarts": rounds, **figures, "s until all was through, longest": round(longest, 1)}


@contextlib.contextmanager
def cut_world(rules):
    """A world in which the bridge and phone-1 reach the broker through proxies."""
    with tempfile.TemporaryDirectory(prefix="smsq-proxy-") as folder:
        path = str(pathlib.Path(folder) / "broker.sock")
        with Proxy(path) as bridge, Proxy() as device:
            world = World(devices=2, rules=rules, bridge={("mqtt", "socket"): path, ("mqtt", "keepalive"): 5, **LOCAL_HOOKS},
                          device={("broker", "port"): device.port, ("broker", "keepalive"): "5s"})
            bridge.upstream, device.upstream = str(world.broker.socket), ("127.0.0.1", world.broker.port)
            with world:
                yield world, bridge, device


def half_open(dice, rounds, seconds, ways=12):
    """rounds: of so many ways to stop, picked by the dice. seconds: the longest stop."""
    plan = [(side, up, down, end) for side in ("bridge", "device") for up, down in ((True, True), (True, False), (False, True))
            for end in ("go", "reset")]
    plan = dice.sample(plan, ways) * rounds
    dice.shuffle(plan)
    longest = 0.0
    with Receiver() as receiver, cut_world(RULES) as (world, bridge, device):
        world.admin.ok("POST", "/v1/webhooks", {"url": receiver.url})
        load = load_for(world, dice, pause=0.5)
        for side, up, down, end in plan:
            wait_accepted(load, 5)
            proxy = bridge if side == "bridge" else device
            proxy.stop(up, down)
            # How long nothing moves is the fault.
            time.sleep(dice.uniform(0.5, seconds))
            getattr(proxy, end)()
            longest = max(longest, through(world, load, THROUGH_S))
        figures, messages = closed_books(world, load)
        all_told(receiver, messages)
    return {"stops": len(plan), **figures, "s until all was through, longest": round(longest, 1)}
