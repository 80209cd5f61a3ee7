"""A phone that is connected and does nothing any more: its texts wait with the reason, and go on when it wakes."""
import datetime
import os
import signal

from world import World, until

QUICK = {("engine", "heartbeat"): "6s", ("engine", "telemetry-interval"): "1s"}


def test_frozen_phone_is_offline_and_comes_back():
    with World(devices=1, bridge=QUICK) as world:
        phone = world.devices["phone-1"]
        world.wait_state(world.send(text="before")["id"], "delivered")
        stream = world.api.events()
        os.kill(phone.process.pid, signal.SIGSTOP)
        try:
            event = stream.wait(lambda event: event["event"] == "device.offline")
            assert event["data"]["reason"] == "no_heartbeat"
            held = [world.send(to=f"+49151123456{n}", text="x") for n in range(10, 15)]
            assert held[0]["waiting"]["code"] == "device_offline"
            assert world.api.ok("GET", "/v1/devices/phone-1")["state"] == "offline"
        finally:
            os.kill(phone.process.pid, signal.SIGCONT)
        stream.wait(lambda event: event["event"] == "device.online")
        stream.close()
        for message in held:
            world.wait_state(message["id"], "delivered")
        until(lambda: world.api.ok("GET", "/v1/devices/phone-1")["state"] == "online", "it is online")


def test_quiet_phone_that_tells_its_state_stays_online():
    with World(devices=1, bridge=QUICK) as world:
        def seen():
            return world.api.ok("GET", "/v1/devices/phone-1")
        stream = world.api.events()
        first = datetime.datetime.fromisoformat(seen()["seen_at"])
        longer = datetime.timedelta(seconds=8)
        until(lambda: datetime.datetime.fromisoformat(seen()["seen_at"]) > first + longer, "it goes on telling its state")
        assert seen()["state"] == "online"
        stream.close()
        assert not [event for event in stream.events if event["event"] == "device.offline"]
