"""Lanes: who goes first when a slow radio has much to do."""
from world import World, until

SLOW = {"window": 1, "otherwise": {"sent_ms": 40, "delivered_ms": 1}}
SLOWER = {"window": 1, "otherwise": {"sent_ms": 200, "delivered_ms": 1}}  # the way to the radio is short against it


def send_many(world, count, lane, prefix):
    """So many texts, in requests of 1,000; returns their ids."""
    ids = []
    for start in range(0, count, 1000):
        to = [f"+4915{prefix}{n:07}" for n in range(start, min(start + 1000, count))]
        ids += [message["id"] for message in world.send(to=to, text="offer", lane=lane, ttl=86400)["messages"]]
    return ids


def in_air(world):
    return [entry["ref"] for entry in world.air()]


def test_code_waits_a_slot_behind_a_burst_of_bulk():
    """10,000 bulk texts wait for a phone that sends one at a time; a code is among the next few that it sends."""
    with World(devices=1, rules=SLOWER) as world:
        send_many(world, 10000, "bulk", 11)
        until(lambda: len(in_air(world)) > 10, "the burst is going out")
        for n in range(5):
            code = world.api.ok("POST", "/v1/otp", {"to": f"+491522000000{n}"})
            before = len(in_air(world))
            until(lambda: code["message"] in in_air(world), "the code is sent")
            assert in_air(world).index(code["message"]) - before <= 4


def test_code_at_qos_0_does_not_wait_behind_other_lanes():
    with World(devices=1, rules={"window": 1, "otherwise": {"sent_ms": 300, "delivered_ms": 1}}) as world:
        for n in range(8):
            world.send(to=f"+491511100000{n}", text="x", lane="bulk", qos=0)
        for n in range(8):
            world.send(to=f"+491511200000{n}", text="x")
        code = world.send(to="+4915122222222", text="x", lane="otp", qos=0)["id"]
        before = len(in_air(world))
        until(lambda: code in in_air(world), "the code is sent")
        assert in_air(world).index(code) - before <= 3


def test_bulk_goes_on_while_normal_texts_keep_coming():
    """A phone that never gets done with normal texts still sends some bulk, and more normal ones."""
    with World(devices=1, rules=SLOW) as world:
        world.admin.ok("POST", "/v1/devices/phone-1/pause")
        bulk = set(send_many(world, 200, "bulk", 11))
        normal = set(send_many(world, 1000, "normal", 22))
        world.admin.ok("POST", "/v1/devices/phone-1/resume")
        until(lambda: len(in_air(world)) >= 200, "many were sent", 60)
        sent = in_air(world)[:200]
        assert 3 <= len(bulk.intersection(sent)) <= 40
        assert len(normal.intersection(sent)) > 150


def test_order_within_a_lane_is_that_of_acceptance():
    with World(devices=1, rules=SLOW) as world:
        world.admin.ok("POST", "/v1/devices/phone-1/pause")
        ids = [world.send(to="+4915112345678", text=str(n))["id"] for n in range(30)]
        high = [world.send(to="+4915112345678", text=str(n), lane="high")["id"] for n in range(3)]
        world.admin.ok("POST", "/v1/devices/phone-1/resume")
        until(lambda: len(in_air(world)) == 33, "all were sent")
        assert in_air(world) == high + ids
