"""A device with a key of its own that means harm: what it tries, what it is told, and that nobody else feels it.

Beside each attack stands the expected answer. An honest app and its phone go on all the time, and the memory of broker
and bridge stays flat.
"""
import json
import socket
import struct
import threading
import time

import pytest

import raw_mqtt
from honest import Flat, Honest, pids_of
from raw_mqtt import Closed
from world import World, until

REFUSED = 0x87  # not authorized
NOBODY = 0x10  # taken, and nobody has subscribed
GROW_KB = 6 * 1024  # what a round of attacks may leave behind in a process


@pytest.fixture(scope="module")
def world():
    with World(devices=1, rules={"otherwise": {"sent_ms": 5, "delivered_ms": 5}}) as world:
        world.evil_key = world.admin.ok("POST", "/v1/devices", {"id": "evil", "name": "Evil"})["key"]
        with Honest(world) as honest:  # caches and pools fill up
            login(world).disconnect()
            until(lambda: len(honest.took) >= 50, "honest texts go through")
        yield world


@pytest.fixture(autouse=True)
def bystanders(world):
    with Flat(pids_of(world), GROW_KB), Honest(world):
        yield


def login(world, version=5, client_id="evil", username="evil", **more):
    """A connection of the hostile device, once the broker knows its key."""
    def attempt():
        client = raw_mqtt.Client(("127.0.0.1", world.broker.port), version=version)
        if client.connect(client_id, username, world.evil_key, **more) == 0:
            return client
        client.close()
        return None
    return until(attempt, "evil has logged in")


def bad_reports(world):
    return world.admin.ok("GET", "/v1/status")["counters"]["bad_reports"]


def report(id, state="delivered", seq=1, journal="0" * 32, lease=1, **more):
    return json.dumps({"journal": journal, "reports": [
        {"seq": seq, "id": id, "lease": lease, "state": state, "part": 0, "parts": 1, "at": int(time.time() * 1000),
         **more}]})


# --- topics

OTHERS_TOPICS = [f"sms/v1/{device}/{leaf}" for device in ("phone-1", "bridge") for leaf in
                 ("send", "cancel", "query", "receipt", "config", "inbox", "report", "inbound", "status", "presence")]
NOBODYS_TOPICS = ["sms/v1/evil/send", "sms/v1/evil/presence", "sms/v1/evil/report/x", "sms/v1/evil", "sms/v1//report",
                  "sms/v1/evil\u00a0/report", "sms/v1/EVIL/report", "/sms/v1/evil/report", "$SYS/broker/version",
                  "$CONTROL/smsquitto/v1", "$CONTROL/dynamic-security/v1", "$share/g/sms/v1/phone-1/send", "x" * 60000]


def test_topics_of_others_are_refused(world):
    evil = login(world)
    for topic in OTHERS_TOPICS + NOBODYS_TOPICS:
        assert evil.publish(topic, report("SM1")) == REFUSED, topic[:60]
    assert evil.publish("sms/v1/evil/report", "{}") in (0, NOBODY)  # and it is still connected
    evil.disconnect()


FILTERS = ["#", "+/#", "sms/#", "sms/v1/+/send", "sms/v1/phone-1/send", "sms/v1/phone-1/#", "+/+/+/send", "$SYS/#",
           "$CONTROL/#", "$share/g/sms/v1/phone-1/send", "$share/g/#", "$share//#", "$share/evil/sms/v1/evil/send",
           "sms/v1/evil/#", "sms/v1/evil/+", "/".join("+" * 150)]


def test_filters_that_would_read_others_are_refused(world):
    evil = login(world)
    assert evil.subscribe(*FILTERS) == [REFUSED] * len(FILTERS)
    for _ in range(20):  # in single packets too, and again and again
        assert evil.subscribe("sms/v1/phone-1/send") == [REFUSED]
    evil.ping()
    assert not evil.messages, "something of another device was read"
    evil.disconnect()


def test_nothing_is_kept_for_later_readers(world):
    """Retained messages would tell lies to every later subscriber, and stay in the broker's memory for ever."""
    evil = login(world)
    for number in range(300):
        topic = ("sms/v1/evil/status", "sms/v1/evil/report", f"sms/v1/x{number}/status")[number % 3]
        assert evil.publish(topic, "x" * 5000, retain=True) == REFUSED
    evil.disconnect()


@pytest.mark.parametrize("topic, retain", [
    ("sms/v1/phone-1/status", False), ("sms/v1/phone-1/send", False), ("sms/v1/evil/presence", False),
    ("$CONTROL/smsquitto/v1", False), ("sms/v1/evil/status", True), ("sms/v1/evil/report", False)])
def test_wills_speak_for_nobody_else(world, topic, retain):
    """The login is taken and the will dropped: 2.0 has no way to say no. The will's text must reach nobody."""
    before = world.admin.ok("GET", "/v1/devices/phone-1")
    evil = login(world, will=(topic, json.dumps({"hello": True, "journal": "f" * 32, "software": "evil"}), 1, retain))
    evil.close()  # without a word, so that the will goes out
    world.wait_online("evil", online=False) if topic.startswith("sms/v1/evil") else None
    login(world).disconnect()
    after = world.admin.ok("GET", "/v1/devices/phone-1")
    assert after["online"] and after["software"] == before["software"]
    assert world.admin.ok("GET", "/v1/devices/evil")["software"] != "evil"


# --- who it is

@pytest.mark.parametrize("client_id, username", [
    ("phone-1", "evil"), ("evil", "phone-1"), ("phone-1", "phone-1"), ("bridge", "bridge"), ("", "evil"),
    ("evil\0", "evil"), ("evil/../phone-1", "evil"), ("+", "+"), ("#", "#"), ("EVIL", "EVIL"), ("evil ", "evil ")])
def test_takeover_by_another_name_is_refused(world, client_id, username):
    """No CONNACK with success, and the rightful owner stays connected: a takeover would have cut it."""
    seen = len(world.devices["phone-1"].log)
    client = raw_mqtt.Client(("127.0.0.1", world.broker.port))
    try:
        code = client.connect(client_id, username, world.evil_key)
        assert code >= 0x80, f"logged in as {client_id!r}"
    except (Closed, ConnectionError):
        pass  # names with NUL are malformed: the broker closes
    client.close()
    assert world.admin.ok("GET", "/v1/devices/phone-1")["online"]
    assert not any("lost" in line for line in world.devices["phone-1"].log[seen:])


def test_takeover_of_itself_leaves_one(world):
    """Logging in 200 times as oneself: each newcomer ends the one before it."""
    clients = [login(world) for _ in range(5)]
    for _ in range(195):
        clients.append(login(world))
        clients.pop(0).close()
    clients[-1].ping()
    for client in clients[:-1]:
        client.closed()
    clients[-1].disconnect()


# --- lies

def test_reports_about_others_messages_change_nothing(world):
    """P4: a report counts only from the device that holds the message. Each is counted as bad."""
    world.devices["phone-1"].rules_now({"rules": [{"to": "+4915112340*", "sent_ms": 600000}]})
    held = world.send(to="+4915112340001", device="phone-1")
    world.wait_state(held["id"], "accepted")
    evil = login(world)
    before = bad_reports(world)
    lies = [report(held["id"], state, seq=seq, lease=lease) for seq, (state, lease) in enumerate(
        [("delivered", 1), ("failed", 1), ("sent", 2), ("expired", 1), ("cancelled", 1), ("unknown", 1)], 1)]
    for lie in lies:
        assert evil.publish("sms/v1/evil/report", lie) == 0
    until(lambda: bad_reports(world) >= before + len(lies), "the lies are counted")
    assert world.message(held["id"])["state"] == "accepted"
    assert world.message(held["id"])["device"] == "phone-1"
    evil.disconnect()


MALFORMED = ["", "{", "[]", "null", "\0", "\ud7ff" * 100, "[" * 60000, '{"journal":"x","reports":{}}',
             '{"journal":"x","reports":[{}]}', '{"journal":"x","reports":[' + "{}," * 20000 + "{}]}",
             '{"journal":"","reports":[]}', report("SM1", seq=-1), report("SM1", seq=2**63), report("SM1", lease="1"),
             report("SM1", "flying"), report("../../etc"), report("SM1", parts=99), report("SM1", part=5),
             report("SM1").replace("}", ',"seq":2}', 1), '{"journal":"\\ud800","reports":[]}',
             '{"journal":"a\\u0000b","reports":[]}']


@pytest.mark.parametrize("leaf", ["report", "inbound", "status"])
def test_malformed_payloads_change_nothing(world, leaf):
    """They are acknowledged, as the broker cannot know better, counted, and logged at most once a second."""
    evil = login(world)
    before, seen, begin = bad_reports(world), len(world.bridge.log), time.monotonic()
    for payload in MALFORMED:
        assert evil.publish(f"sms/v1/evil/{leaf}", payload.encode("utf-8", "surrogatepass")) == 0
    until(lambda: bad_reports(world) >= before + len(MALFORMED) - 2, "they are counted")
    world.bridge.wait_log("malformed payload dropped")
    logged = ["malformed payload dropped" in line for line in world.bridge.log[seen:]]
    assert sum(logged) <= 10 + time.monotonic() - begin, world.bridge.log[seen:]
    evil.disconnect()


def test_jumping_journals_and_sequences(world):
    """A device that begins a new journal with every word loses only its own place."""
    evil = login(world)
    for number in range(100):
        body = json.dumps({"journal": f"{number:032x}", "texts": [
            {"seq": 2**53 - 1 - number, "uid": f"u{number}", "from": "+4915112345678", "sim": 1, "text": "x",
             "received_at": 1}]})
        assert evil.publish("sms/v1/evil/inbound", body) == 0
    evil.disconnect()


# --- floods

def test_flood_of_uplinks_is_bounded(world):
    """What goes over the rate is refused (0x97 or 0x87), and the connection lives."""
    evil = login(world)
    codes = []
    end = time.monotonic() + 60
    while len(codes) < 900 or REFUSED not in codes:  # a machine may take long for as many as are too many
        assert time.monotonic() < end, "nothing was refused"
        evil.send_bytes(b"".join(evil.publish_bytes("sms/v1/evil/status", "{}") for _ in range(90)))
        codes += [evil.ack() for _ in range(90)]
    assert codes.count(0) + codes.count(REFUSED) == len(codes), set(codes)
    evil.ping()
    evil.disconnect()


def test_large_payloads(world):
    """Over uplink_max_bytes: refused. Over the broker's packet limit: disconnected."""
    evil = login(world)
    for _ in range(50):
        assert evil.publish("sms/v1/evil/report", b"x" * 65537) == REFUSED
    evil.send_bytes(evil.publish_bytes("sms/v1/evil/report", b"x" * 140000))
    evil.closed()


def test_unreleased_qos_2(world):
    """Publishes without PUBREL fill the receive window, and not more: then the broker disconnects or waits."""
    evil = login(world)
    try:
        for _ in range(2000):
            evil.send_bytes(evil.publish_bytes("sms/v1/evil/report", "x" * 1000, qos=2))
    except OSError:
        pass  # disconnected: receive maximum exceeded
    evil.close()


def test_flood_of_unfinished_connections(world):
    """Connections that say nothing, half a CONNECT, or the head of an endless one. Others get in."""
    sockets = []
    for number in range(600):
        sock = socket.create_connection(("127.0.0.1", world.broker.port), 60)
        beginning = (b"", b"\x10", b"\x10\x7f\x00\x04MQ", b"\x10\xff\xff\xff\x7f", b"\x10\x80")[number % 5]
        sock.sendall(beginning)
        sockets.append(sock)
    login(world).disconnect()
    for sock in sockets:
        sock.close()
    login(world).disconnect()


GARBAGE = [b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 100, b"\xff" * 100, b"\x10\x00", b"\x30\x00", b"\xe0\x00",
           b"\x10\x0c\x00\x04MQTT\x09\x02\x00\x3c\x00\x00", b"\x10\x0c\x00\x04MQTT\x05\xff\x00\x3c\x00\x00",
           b"\x10" + raw_mqtt.varint(200000) + b"\x00\x04MQTT\x05\xc2\x00\x3c" + b"A" * 199990,
           b"\x10\x10\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x02id", b"\xf0\x02\x18\x00"]


def test_garbage_ends_its_connection_only(world):
    for number in range(len(GARBAGE) * 10):
        client = raw_mqtt.Client(("127.0.0.1", world.broker.port))
        try:
            client.send_bytes(GARBAGE[number % len(GARBAGE)])
            client.sock.shutdown(socket.SHUT_WR)
            client.closed()
        except OSError:
            pass  # reset while it was sent
        client.close()
    login(world).disconnect()


def test_garbage_behind_the_login(world):
    for tail in (b"\x30\x7f", b"\x82\x02\x00\x00", b"\x32\x03\x00\x01", b"\x3e\x05\x00\x01a\x00\x01", b"\x62\x00",
                 b"\x40\x02\x00\x00", b"\xa0\x00", b"\xf1\x00", b"\x30\x04\x00\x02\xff\xfe",
                 b"\x30\x05\x00\x03a/#", struct.pack("!BB", 0x30, 2) + b"\x00\x00"):
        evil = login(world)
        evil.send_bytes(tail)
        evil.sock.shutdown(socket.SHUT_WR)
        try:
            evil.closed()
        except OSError:
            pass
        evil.close()


def test_thousands_of_subscriptions(world):
    """The same filter again and again is one; longer and longer ones are refused."""
    evil = login(world)
    for _ in range(50):
        assert evil.subscribe(*["sms/v1/evil/send"] * 50) == [1] * 50
    for size in range(1, 10):  # over 200 levels the broker disconnects
        assert evil.subscribe("sms/v1/evil/" + "x/" * size * 20) == [REFUSED]
    evil.disconnect()


def test_everything_at_once(world):
    """Floods of uplinks, takeovers, garbage and half connections side by side for a while: the honest phone is served."""
    over = time.monotonic() + 4
    end, rounds = over + 60, {}

    def flood(client):
        client.send_bytes(b"".join(client.publish_bytes("sms/v1/evil/inbound", "{" * 500) for _ in range(200)))

    def going_on(name):
        now = time.monotonic()
        return now < over or (now < end and (rounds.get(name, 0) < 3 or len(honest.took) < 5))

    def repeat(name, attack):
        while going_on(name):
            try:
                attack()
            except (OSError, Closed, AssertionError):
                pass  # cut off, or taken over by the next one
            rounds[name] = rounds.get(name, 0) + 1

    def connected(attack):
        def run():
            client = login(world)
            try:
                attack(client)
            finally:
                client.close()
        return run

    def half():
        with socket.create_connection(("127.0.0.1", world.broker.port), 60) as sock:
            sock.sendall(GARBAGE[rounds.get("half", 0) % len(GARBAGE)][:5])

    attacks = {"flood": connected(flood), "filters": connected(lambda client: client.subscribe(*FILTERS)), "half": half,
               "retain": connected(lambda client: client.publish("sms/v1/evil/status", "x" * 60000, retain=True))}
    threads = [threading.Thread(target=repeat, args=attack) for attack in attacks.items()]
    with Honest(world) as honest:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
    assert all(rounds.get(name, 0) >= 3 for name in attacks), rounds
    assert len(honest.took) >= 5
