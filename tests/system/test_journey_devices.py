"""Devices that come, go, rest, change their key and are removed; and who of several sends."""
import collections

import cli
from world import World, before_the_hour_ends, until


def test_a_text_for_an_offline_device_is_held_with_its_reason_and_released():
    with World(devices=1) as world:
        world.devices["phone-1"].stop()
        world.wait_online("phone-1", online=False)
        made = world.send(device="phone-1")
        shown = world.wait_reason(made["id"], "device_offline")
        assert shown["state"] == "held" and "phone-1" in shown["waiting"]["text"]
        world.devices["phone-1"].start()
        world.wait_state(made["id"], "delivered")
        assert len(world.air(made["id"])) == 1


def test_an_account_without_devices_holds_its_texts_for_the_first():
    with World(devices=0) as world:
        made = world.send()
        world.wait_reason(made["id"], "no_device")
        world.add_device("late")
        shown = world.wait_state(made["id"], "delivered")
        assert shown["device"] == "late"


def test_a_paused_device_sends_nothing_until_it_resumes():
    with World(devices=1) as world:
        world.api.ok("POST", "/v1/devices/phone-1/pause")
        made = world.send()
        world.wait_reason(made["id"], "device_paused")
        assert world.api.ok("GET", "/v1/devices/phone-1")["state"] == "paused"
        assert not world.air()
        world.api.ok("POST", "/v1/devices/phone-1/resume")
        world.wait_state(made["id"], "delivered")


def test_a_rotated_key_ends_the_old_connection_and_the_new_one_works():
    with World(devices=1) as world:
        phone = world.devices["phone-1"]
        key = world.api.ok("POST", "/v1/devices/phone-1/rotate")["key"]
        world.wait_online("phone-1", online=False)
        phone.wait_log("refuse")
        phone.stop()
        phone.set_key(key)
        phone.start()
        world.wait_online("phone-1")
        world.wait_state(world.send()["id"], "delivered")


def test_a_removed_device_is_thrown_out_and_its_texts_end():
    with World(devices=2) as world:
        world.devices["phone-1"].stop()
        world.wait_online("phone-1", online=False)
        waits = world.send(device="phone-1")
        world.wait_reason(waits["id"], "device_offline")
        assert world.api.call("DELETE", "/v1/devices/phone-1").status == 204
        shown = world.wait_state(waits["id"], "failed")
        assert shown["error"]["code"] == "device_removed"
        assert world.api.get("/v1/devices/phone-1").status == 404
        phone = world.devices["phone-2"]
        assert world.api.call("DELETE", "/v1/devices/phone-2").status == 204
        phone.wait_log("refuse")


def test_presence_follows_the_device_s_connection():
    with World(devices=1) as world:
        world.devices["phone-1"].kill()
        world.wait_online("phone-1", online=False)
        world.devices["phone-1"].start()
        world.wait_online("phone-1")
        stream = world.api.events()
        world.broker.kill()
        world.broker.start()
        stream.wait(lambda event: event["event"] == "device.offline")
        stream.wait(lambda event: event["event"] == "device.online")
        stream.close()
        world.wait_online("phone-1")


def test_a_device_shows_its_sims_battery_and_signal():
    rules = {"battery": 55, "charging": False,
             "sims": [{"slot": 1, "number": "+15550000001", "carrier": "One", "signal": 40},
                      {"slot": 2, "carrier": "Two", "signal": 90}]}
    with World(devices=1, rules=rules) as world:
        shown = world.api.ok("GET", "/v1/devices/phone-1")
        assert shown["battery"] == {"level": 55, "charging": False}, shown
        assert [(sim["slot"], sim["carrier"], sim["signal"]) for sim in shown["sims"]] == [(1, "One", 40), (2, "Two", 90)]


def test_a_device_that_needs_somebody_says_so():
    """A warning is an event when it begins, stands on the device's page, and ends by itself."""
    before_the_hour_ends()
    fine = {"battery": 80, "charging": False, "sims": [{"slot": 1, "signal": 40}]}
    with World(devices=1, rules=fine) as world:
        stream = world.api.events()
        phone = world.devices["phone-1"]
        warnings = lambda: world.api.ok("GET", "/v1/devices/phone-1")["warnings"]
        assert warnings() == []
        phone.rules_now({**fine, "power_saver": True, "airplane": True, "battery": 12})
        for kind, reason in ("low_battery", "battery_low"), ("warning", "airplane"), ("warning", "power_saver"):
            stream.wait(lambda event: (event["event"], event["data"].get("reason")) == (f"device.{kind}", reason))
        assert len(warnings()) == 3 and "the phone is in airplane mode" in warnings()
        phone.rules_now({**fine, "power_saver": False, "airplane": False, "sims": []})
        stream.wait(lambda event: event["data"].get("reason") == "sim_missing")
        until(lambda: warnings() == ["the battery is low", "a SIM that was there is missing"]
              or warnings() == ["a SIM that was there is missing"], "the others are over")
        stream.close()
        hour = world.api.ok("GET", "/v1/devices/phone-1/telemetry")["hours"][-1]
        assert (hour["battery"]["min"], hour["signal"]["min"]) == (12, 40) and hour["told"] >= 3
        shown = cli.run("device", "telemetry", "phone-1", "--socket", world.bridge.socket)
        assert shown.code == 0 and "12" in shown.out, shown
        answer = world.api.call("GET", "/v1/devices/phone-1/telemetry?from=2020-01-01T00:00:00Z")
        assert (answer.status, answer.json["field"]) == (400, "from")


def test_many_texts_are_shared_and_a_recipient_keeps_its_device():
    with World(devices=3, rules={"otherwise": {"sent_ms": [50, 100], "delivered_ms": 10}}) as world:
        numbers = [f"+491511234{n:04}" for n in range(60)]
        first = {}
        for message in world.send(to=numbers, text="first")["messages"]:
            shown = world.wait_state(message["id"], "delivered")
            first[shown["to"]] = shown["device"]
        share = collections.Counter(first.values())
        assert len(share) == 3 and min(share.values()) >= 10, share
        for number in numbers[:9]:
            shown = world.wait_state(world.send(to=number, text="again")["id"], "delivered")
            assert shown["device"] == first[number]


def test_a_named_device_sends_also_when_others_are_idle():
    with World(devices=2) as world:
        for _ in range(4):
            shown = world.wait_state(world.send(device="phone-2")["id"], "delivered")
            assert shown["device"] == "phone-2"


def test_another_device_takes_over_what_the_first_never_accepted():
    settings = {("engine", "lease"): "2s"}
    with World(devices=1, bridge=settings, rules={"otherwise": {"sent_ms": 10, "delivered_ms": 10}}) as world:
        world.devices["phone-1"].kill()
        world.wait_online("phone-1", online=False)
        made = world.send()
        world.wait_reason(made["id"], "device_offline")
        world.add_device("phone-2")
        shown = world.wait_state(made["id"], "delivered")
        assert shown["device"] == "phone-2" and len(world.air(made["id"])) == 1
        world.devices["phone-1"].start()
        world.wait_online("phone-1")
        until(lambda: world.message(made["id"])["state"] == "delivered", "nothing changes")
        assert len(world.air(made["id"])) == 1


def test_nobody_is_said_to_be_online_while_the_broker_is_down():
    with World(devices=2) as world:
        world.api.ok("POST", "/v1/devices/phone-2/pause")
        assert world.wait_online("phone-1")["reason"] is None
        world.broker.kill()

        def shown():
            return {device["id"]: (device["state"], device["online"], device["reason"])
                    for device in world.api.ok("GET", "/v1/devices")["devices"]}
        away = {"phone-1": ("unknown", False, "no_broker"), "phone-2": ("paused", False, "no_broker")}
        until(lambda: shown() == away, "the broker is away")
        assert cli.run("--socket", world.bridge.socket, "device", "show", "phone-1").out.count("no_broker") == 1
        world.broker.start()
        until(lambda: shown() == {"phone-1": ("online", True, None), "phone-2": ("paused", True, None)}, "they are back")
