"""The live stream: no gap and no repetition over breaks, filters, slow readers, the end of a key."""
import contextlib
import re
import socket
import threading
import time

import pytest

from lone_bridge import LoneBridge, request
from rest import Api

NUMBERS = [f"+4915112{i:06}" for i in range(1000)]


@pytest.fixture(scope="module")
def bridge():
    with LoneBridge(streams=30) as bridge:
        yield bridge


def send(client, count=1, text="hello"):
    """A batch of so many; returns the ids."""
    answer = client.ok("POST", "/v1/messages", {"to": NUMBERS[:count], "text": text})
    return [message["id"] for message in answer["messages"]]


def ids_of(stream):
    return [int(event["id"]) for event in stream.events if "id" in event]


def messages_of(stream):
    return [event["data"]["message"]["id"] for event in stream.events if event.get("data")]


def test_live_events(bridge):
    stream = bridge.api.events()
    try:
        id, = send(bridge.api)
        event = stream.wait(lambda event: event["data"]["message"]["id"] == id)
        assert event["event"] == event["data"]["event"] == "message.held"
        assert event["data"]["reason"] == "no_device"
    finally:
        stream.close()


def test_resume_without_gap_or_repetition(bridge):
    """Breaks the stream off again and again while messages come in."""
    first = bridge.api.events()
    wanted = send(bridge.api)
    last = int(first.wait(lambda event: event["data"]["message"]["id"] == wanted[0])["id"])
    first.close()
    wanted, got, numbers = [], [], []
    feeder = threading.Thread(target=lambda: [wanted.extend(send(bridge.with_key(), 7)) for _ in range(60)])
    feeder.start()
    for i in range(12):
        stream = bridge.api.events(after=last) if i % 2 else bridge.api.events(query=f"?after={last}")
        stream.wait(lambda event, target=last + 20: int(event["id"]) >= target)
        stream.close()
        seen = [event for event in list(stream.events) if "id" in event]
        got += [event["data"]["message"]["id"] for event in seen]
        numbers += [int(event["id"]) for event in seen]
        last = numbers[-1]
    feeder.join()
    stream = bridge.api.events(after=last)
    stream.wait(lambda event: event["data"]["message"]["id"] == wanted[-1])
    stream.close()
    got += messages_of(stream)
    assert got == wanted
    assert numbers == sorted(set(numbers))


def test_many_streams_see_the_same(bridge):
    """From the start, from the middle and from now; all see every event once, in order."""
    middle = newest_event(bridge)
    ids = send(bridge.api, 1000)
    streams = [open_stream(bridge, after) for after in [0] * 5 + [middle] * 5 + [None] * 10]
    try:
        more = send(bridge.api, 1000) + send(bridge.api, 1000, "again")
        for stream in streams:
            stream.wait(lambda event: event["data"] and event["data"]["message"]["id"] == more[-1])
            numbers = ids_of(stream)
            assert numbers == sorted(set(numbers))
        for stream in streams[:10]:
            got = messages_of(stream)
            assert got[got.index(ids[0]):] == ids + more
        for stream in streams[10:]:
            assert messages_of(stream) == more
    finally:
        for stream in streams:
            stream.close()


def test_filter(bridge):
    stream = bridge.api.events(query="?types=message.cancelled,device.added")
    try:
        id, = send(bridge.api)
        assert bridge.api.call("DELETE", f"/v1/messages/{id}").status == 200
        bridge.api.ok("POST", "/v1/devices", {"id": "phone-1", "name": "Phone"})
        assert stream.wait(lambda event: event["event"] == "device.added")["data"]["device"] == "phone-1"
        assert [event["event"] for event in stream.events] == ["message.cancelled", "device.added"]
        assert bridge.api.call("DELETE", "/v1/devices/phone-1").status == 204
    finally:
        stream.close()


def test_other_accounts_are_not_seen(bridge):
    other = bridge.admin.ok("POST", "/v1/accounts", {"name": "other"})
    made = bridge.admin.ok("POST", "/v1/keys", {"name": "other", "rate_per_minute": 0},
                           headers={"X-Account": other["id"]})
    stream = Api(bridge.port, made["key"]).events(after=0)
    try:
        send(bridge.api, 50)
        theirs, = send(Api(bridge.port, made["key"]))
        stream.wait(lambda event: event["data"]["message"]["id"] == theirs)
        assert messages_of(stream) == [theirs]
    finally:
        stream.close()


def test_place_behind_the_last_event_starts_now(bridge):
    stream = bridge.api.events(after=10 ** 17)
    try:
        id, = send(bridge.api)
        stream.wait(lambda event: event["data"]["message"]["id"] == id)
    finally:
        stream.close()


def test_others_are_served_while_a_stream_catches_up(bridge):
    """A filter that nothing passes, from the oldest event on, with some ten thousand to look at."""
    for _ in range(10):
        send(bridge.api, 1000)
    stream = bridge.api.events(after=0, query="?types=device.paused")
    try:
        begin = time.monotonic()
        for _ in range(20):
            assert bridge.api.get("/healthz").status == 200
        assert time.monotonic() - begin < 10
    finally:
        stream.close()


def test_streams_are_limited(bridge):
    with contextlib.ExitStack() as stack:
        for _ in range(30):
            stack.callback(open_stream(bridge).close)
        answer = bridge.api.get("/v1/events")
        assert answer.status == 503 and "retry-after" in answer.headers
    open_stream(bridge).close()  # those that were closed are soon forgotten


def open_stream(bridge, after=None):
    """A stream, as soon as there is room for one: those that were closed are not forgotten at once."""
    end = time.monotonic() + 60
    while True:
        try:
            return bridge.api.events(after)
        except AssertionError:
            assert time.monotonic() < end
            time.sleep(0.05)


def test_silent_stream_is_kept_alive(bridge):
    with bridge.raw(timeout=25) as sock:
        sock.sendall(request("GET", "/v1/events", key=bridge.api.key))
        data = sock.recv(12)
        assert data == b"HTTP/1.1 200"
        begin = time.monotonic()
        while b": still here" not in data:
            piece = sock.recv(4096)
            assert piece
            data += piece
        assert 10 < time.monotonic() - begin < 20


def test_stream_ends_with_its_key(bridge):
    client = bridge.with_key()
    key = next(key for key in bridge.admin.ok("GET", "/v1/keys?limit=200")["keys"] if client.key.startswith(key["hint"])
               and key["used_at"] is None and key["revoked_at"] is None)
    stream = client.events()
    send(client)
    assert bridge.admin.call("DELETE", f"/v1/keys/{key['id']}").status == 204
    with pytest.raises(AssertionError, match="has ended"):
        stream.wait(lambda event: False)
    assert client.get("/v1/events").status == 401


def test_slow_reader_is_cut_and_can_resume(bridge):
    """A reader that takes nothing is cut; others do not notice; nothing is lost to it."""
    last = newest_event(bridge)
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.settimeout(60)
        sock.connect(("127.0.0.1", bridge.port))
        sock.sendall(request("GET", f"/v1/events?after={last}", key=bridge.api.key))
        ids = sum((send(bridge.api, 1000) for _ in range(20)), [])
        watch = bridge.api.events()
        marker, = send(bridge.api)
        watch.wait(lambda event: event["data"]["message"]["id"] == marker)
        watch.close()
        wait_until_cut(bridge, sock)
        data = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := sock.recv(65536):
                data += piece
    seen = [int(number) for number in re.findall(rb"^id: (\d+)$", data, re.M)]
    assert 0 < len(seen) < len(ids)
    stream = bridge.api.events(after=seen[-1])
    stream.wait(lambda event: event["data"]["message"]["id"] == marker, 60)
    stream.close()
    assert ids_of(stream)[0] == seen[-1] + 1


def newest_event(bridge):
    """The number of an event that is the newest one now."""
    stream = open_stream(bridge)
    id, = send(bridge.api)
    event = stream.wait(lambda event: event["data"]["message"]["id"] == id)
    stream.close()
    return int(event["id"])


def wait_until_cut(bridge, sock):
    """Waits until the bridge's side of the connection is not open any more. Ours cannot tell: it has data to read."""
    ours, theirs = sock.getsockname()[1], bridge.port

    def is_open():
        with open("/proc/net/tcp") as table:
            lines = [line.split() for line in table.readlines()[1:]]
        ends = f":{theirs:04X}", f":{ours:04X}"
        return any(words[1].endswith(ends[0]) and words[2].endswith(ends[1]) and words[3] == "01" for words in lines)

    end = time.monotonic() + 60
    while is_open():
        assert time.monotonic() < end, "was not cut"
        time.sleep(0.2)
