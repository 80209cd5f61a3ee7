"""HTTP clients that mean harm, with and without a key: what they try, what they are told, and that nobody else feels it.

Beside each attack stands the expected answer. An honest app goes on all the time, and the memory of the bridge stays flat.
test_rest_http.py and test_rest_input.py have the single cases; here they come in masses, and many at a time.
"""
import concurrent.futures
import contextlib
import json
import re
import socket
import threading
import time

import pytest

from honest import SANITIZED, Flat, Honest
from lone_bridge import read_all, request, text_body
from receiver import Receiver
from rest import Api
from world import World, until

GROW_KB = 8 * 1024  # what a round of attacks may leave behind
QUICK_S = 3.0 if SANITIZED else 1.0  # the longest that one request may take the bridge's attention
SETTINGS = {("http", "idle-timeout"): "2s", ("http", "body-timeout"): "2s", ("http", "connections"): "700",
            ("otp", "per-number"): "0", ("otp", "per-range"): "0", ("http", "streams"): "20"}


@pytest.fixture(scope="module")
def world():
    with World(devices=1, rules={"otherwise": {"sent_ms": 5, "delivered_ms": 5}}, bridge=SETTINGS) as world:
        with Honest(world) as honest:  # caches and pools fill up
            connections = [dial(world) for _ in range(300)]
            until(lambda: len(honest.took) >= 50, "honest texts go through")
            for sock in connections:
                sock.close()
        yield world


@pytest.fixture(autouse=True)
def bystanders(world):
    with Flat({"bridge": world.bridge.process.pid}, GROW_KB), Honest(world):
        yield


def dial(world, timeout=60):
    return socket.create_connection(("127.0.0.1", world.bridge.port), timeout)


def exchange(world, data):
    """Sends bytes on a new connection and reads until the bridge closes it."""
    with dial(world) as sock:
        with contextlib.suppress(OSError):
            sock.sendall(data)
        return read_all(sock)


def statuses(data):
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d+)", data)]


def message_count(world):
    return len(world.all_messages("&to=%2B4915112345000"))


# --- framing

VICTIM = b"DELETE /v1/devices/phone-1 HTTP/1.1\r\nHost: bridge\r\n\r\n"


def post(world, headers, body, path="/v1/messages"):
    return request("POST", path, b"", world.api.key, headers) + body


CHUNKED = "Transfer-Encoding: chunked"
SMUGGLED = {
    "two lengths": (["Content-Length: 0", f"Content-Length: {len(VICTIM)}"], VICTIM),
    "length and chunks": ([f"Content-Length: {len(VICTIM)}", CHUNKED], b"0\r\n\r\n" + VICTIM),
    "chunks and length": ([CHUNKED, "Content-Length: 5"], b"0\r\n\r\n" + VICTIM),
    "tab before chunked": (["Transfer-Encoding:\tchunked", "Content-Length: 4"], b"0\r\n\r\n" + VICTIM),
    "chunked, spelled oddly": (["Transfer-Encoding: xchunked", "Content-Length: 4"], b"0\r\n\r\n" + VICTIM),
    "chunked and identity": (["Transfer-Encoding: chunked, identity"], b"0\r\n\r\n" + VICTIM),
    "blank before the colon": (["Content-Length : 0", f"Content-Length: {len(VICTIM)}"], VICTIM),
    "folded header": (["X-A: b", f" Content-Length: {len(VICTIM)}", "Content-Length: 0"], VICTIM),
    "chunk size too large": ([CHUNKED], b"10000000000000000\r\n" + VICTIM),
    "negative chunk size": ([CHUNKED], b"-1\r\n" + VICTIM),
    "chunk size with 0x": ([CHUNKED], b"0x0\r\n\r\n" + VICTIM),
    "chunk without an end": ([CHUNKED], b"5\r\nhelloXX0\r\n\r\n" + VICTIM),
    "only line feeds in chunks": ([CHUNKED], b"5\nhello\n0\n\n" + VICTIM),
    "length with a sign": ([f"Content-Length: +{len(VICTIM)}"], VICTIM),
    "length with NUL": (["Content-Length: 5\0"], b"hello" + VICTIM),
    "length in a list": (["Content-Length: 5, 5"], b"hello" + VICTIM),
}


@pytest.mark.parametrize("headers, body", SMUGGLED.values(), ids=SMUGGLED.keys())
def test_smuggled_requests(world, headers, body):
    """400 (413 for what claims to be huge), or the one request in full; what is hidden behind is never obeyed."""
    answer = exchange(world, post(world, ["Connection: close"] + headers, body))
    assert set(statuses(answer)) <= {400, 413, 401}, answer
    assert b'"deleted"' not in answer and not re.search(rb"HTTP/1.1 2", answer), answer
    assert world.admin.call("GET", "/v1/devices/phone-1").status == 200


def test_chunked_trailers_are_no_headers(world):
    """Credentials behind the body count for nothing: 401."""
    data = request("POST", "/v1/messages", b"", None, ["Connection: close", CHUNKED, "Trailer: Authorization"])
    body = text_body(to="+4915112345000")
    answer = exchange(world, data + b"%x\r\n%s\r\n0\r\nAuthorization: Bearer %s\r\n\r\n" %
                      (len(body), body, world.api.key.encode()))
    assert statuses(answer) == [401], answer


PATHS = {"/v1/../v1/messages": 404, "/v1//messages": 404, "/v1/messages/": 404, "/V1/messages": 404,
         "/v1/messages%00": 404, "/v1/messages/x%00y": 404, "/v1/%6dessages": 200, "/v1/messages%2fx": 404,
         "/v1/messages/..%2f..%2fv1%2fkeys": 404, "/v1/messages/%ff%fe": 404, "http://other.example/v1/messages": 404,
         "*": 404, "/v1/messages?limit=1%00": 400, "/v1/messages?limit=1&limit=2": 400, "/v1/messages?%00=1": 400,
         "/v1/messages?a": 400, "/v1/messages/" + "a" * 3000: 404, "/v1/messages?cursor=" + "%27OR%201=1--": 400}


@pytest.mark.parametrize("path, status", PATHS.items(), ids=lambda value: str(value)[:40])
def test_odd_paths(world, path, status):
    answer = exchange(world, request("GET", path, b"", world.api.key, ["Connection: close"]))
    assert statuses(answer) == [status], answer[:300]


# --- masses

def test_endless_chunks_side_by_side(world):
    """100 bodies without an end: each is cut, and none is kept whole."""
    piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"

    def bomb(_):
        with dial(world) as sock:
            sock.sendall(post(world, [CHUNKED], b""))
            with contextlib.suppress(OSError):
                for _ in range(400):  # 26 MB, if it were taken
                    sock.sendall(piece)
                pytest.fail("26 MB were taken")
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        list(pool.map(bomb, range(100)))


def test_bodies_at_the_limit_of_all_paths(world):
    """The largest and worst body that a path takes does not hold up the others."""
    numbers = [f"+4915{100000000 + i}" for i in range(12000)]
    bodies = {
        "/v1/messages": [
            b"[" * 200000, b'{"to":' + b"[" * 100000, b'{"a":1,' * 30000, b'{"' + b"a" * 200000 + b'":1}',
            b"{" + b",".join(b'"k%d":0' % i for i in range(18000)) + b"}", b'"' + b"\\ud83d\\ude00" * 20000 + b'"',
            json.dumps({"to": numbers[:15000], "text": "x"}).encode()[:200000],
            json.dumps({"to": numbers[:1000] + numbers[:1], "text": "x"}).encode(),
            json.dumps({"to": ["+4915112345000"] * 15000, "text": "x"}).encode()[:250000],
            b'{"to":"+4915112345000","text":"' + b"\xf0\x9f\x98\x80" * 60000 + b'"}', b"1" * 250000,
            b'{"ttl":' + b"9" * 250000 + b"}", b'{"ttl":1e' + b"9" * 250000 + b"}"],
        "/v1/suppressions/import": [json.dumps({"numbers": [numbers[0]] * 12000 + ["x"]}).encode()],
        "/v1/schedules": [json.dumps({"name": "x", "cron": "0 0 31 2 *", "zone": "Europe/Berlin", "message":
                                      {"to": numbers[:1000] + ["x"], "text": "x"}}).encode()],
        "/v1/pools": [json.dumps({"name": "x", "carriers": {f"+{i}": "c" for i in range(4000)}}).encode()[:80000]],
    }
    for path, each in bodies.items():
        for body in each:
            begin = world.bridge.processor_seconds()
            answer = world.api.post(path, body, headers={"Content-Type": "application/json"})
            took = world.bridge.processor_seconds() - begin
            assert answer.status in (400, 413), (path, body[:40], answer)
            assert took < QUICK_S, f"{path} {body[:40]}: {took:.2f} s"


def test_slow_senders(world):
    """300 clients that send a byte now and then are cut after idle-timeout or body-timeout; nobody waits for them."""
    sockets = [dial(world) for _ in range(300)]
    whole = post(world, ["Content-Length: 100"], b"x" * 100)
    over = time.monotonic() + 12
    at, open_ = 0, list(sockets)
    while open_ and time.monotonic() < over:
        for sock in list(open_):
            try:
                sock.sendall(whole[at:at + 1] if sockets.index(sock) % 2 else (whole[:-50] if at == 0 else b"x"))
            except OSError:
                open_.remove(sock)
        at += 1
        until_next = time.monotonic() + 0.3
        while time.monotonic() < until_next:
            Api(world.bridge.port, world.api.key).get("/v1/messages?limit=1")
    assert not open_, f"{len(open_)} slow clients are still there"


def test_clients_that_do_not_read(world):
    """Thousands of requests on few connections without reading an answer: they fill their own buffers only."""
    one = request("GET", "/openapi.json", b"", None)
    sockets = []
    for _ in range(30):
        sock = dial(world)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        with contextlib.suppress(BlockingIOError, ConnectionError):
            for _ in range(300):
                sock.send(one)
        sockets.append(sock)
    assert world.api.get("/v1/messages?limit=1").status == 200
    for sock in sockets:
        sock.close()


def test_header_floods(world):
    """Heads over 8 KB: 431 from libmicrohttpd (as HTML, before our code sees them), or the connection is closed."""
    floods = [[f"X-{i}: {i}" for i in range(5000)], ["X: " + "a" * 100000], ["Cookie: " + "a=b; " * 3000],
              ["Authorization: Bearer " + "a" * 7000], ["Accept-Language: de"] * 3000, ["a" * 20000 + ": b"],
              [f"Authorization: Bearer {i}" for i in range(200)]]
    for flood in floods * 5:
        answer = exchange(world, request("GET", "/v1/messages", b"", None, ["Connection: close"] + flood))
        assert set(statuses(answer)) <= {431, 413, 414, 400, 401}, answer[:200]


def test_churn(world):
    """Connections that come and go at once, some with a reset."""
    for number in range(2000):
        sock = dial(world)
        if number % 3 == 0:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        elif number % 3 == 1:
            sock.sendall(b"POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{")
        sock.close()


def test_all_connections_taken(world):
    """A client that takes every connection holds others up for idle-timeout at most."""
    sockets = []
    for _ in range(900):
        with contextlib.suppress(OSError):
            sockets.append(dial(world, 2))
    until(lambda: answered(world), "somebody else is served", 20)
    for sock in sockets:
        sock.close()


def answered(world):
    with contextlib.suppress(OSError):
        return Api(world.bridge.port, world.api.key, timeout=3).get("/v1/messages?limit=1").status == 200
    return False


def test_streams_are_bounded(world):
    """Over [http] streams: 503. A reader that does not read is cut by its own full buffer."""
    streams, refused = [], 0
    for _ in range(40):
        sock = dial(world)
        sock.sendall(request("GET", "/v1/events", b"", world.api.key))
        code = statuses(sock.recv(4096))
        refused += code != [200]
        streams.append(sock)
    assert refused >= 20
    for sock in streams:
        sock.close()


# --- secrets

def test_wrong_keys_cost_little(world):
    """A thousand guesses at app keys: 401 each, and no slower for others."""
    for number in range(1000):
        answer = world.api.call("GET", "/v1/messages", headers={"Authorization": f"Bearer sqk_{number:043d}"})
        assert answer.status == 401


def test_pairing_codes_cannot_be_guessed(world):
    """Ten wrong ones a minute from one address, then 429, also for the right one."""
    def guess(number):
        return Api(world.bridge.port).post("/v1/devices/pair", {"code": f"K3F7-9QXM-2B8R-{number:04d}"}).status
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        codes = list(pool.map(guess, range(200)))
    assert set(codes) == {404, 429} and codes.count(404) <= 10 + 20, codes  # those under way may end


def test_one_time_codes_cannot_be_guessed(world):
    """All codes of four digits at once against one verification: three are looked at, whoever is first."""
    one = world.api.ok("POST", "/v1/otp", {"to": "+4915112345777", "length": 4})
    text = until(lambda: (world.air(one["message"]) or [None])[0], "it is in the air")["text"]
    right = re.search(r"\b[0-9]{4}\b", text).group()
    wrong = [f"{code:04d}" for code in range(400) if f"{code:04d}" != right]

    def guess(code):
        return Api(world.bridge.port, world.api.key).ok("POST", f"/v1/otp/{one['id']}/check", {"code": code})["valid"]
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        assert not any(pool.map(guess, wrong))
    answer = world.api.ok("POST", f"/v1/otp/{one['id']}/check", {"code": right})
    assert (answer["valid"], answer["state"]) == (False, "failed"), answer


def test_races_for_one_idempotency_key(world):
    """50 at once with one key and body: one message. With other bodies: one wins, the others get 422."""
    for round_ in range(3):
        headers = {"Idempotency-Key": f"race-{round_}", "Content-Type": "application/json"}
        gate = threading.Barrier(50)

        def send(number, same):
            body = text_body(f"race {round_}" + ("" if same else f" {number}"), "+4915112345000")
            gate.wait()
            return Api(world.bridge.port, world.api.key).post("/v1/messages", body, headers=headers)
        before = message_count(world)
        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(send, range(50), [round_ < 2] * 50))
        made = [answer for answer in answers if answer.status == 202]
        assert len({answer.json["id"] for answer in made}) == 1
        assert len(made) == (50 if round_ < 2 else 1)
        assert all(answer.status in (202, 422) for answer in answers)
        assert message_count(world) == before + 1


# --- addresses of webhooks

def spellings(port):
    """Ways to write this machine, its network and clouds' metadata."""
    hosts = ["127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001",
             "127.0.0.1.", "127.255.255.254", "0", "0.0.0.0", "0x0", "localhost", "LOCALHOST", "localhost.",
             "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
             "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[fe80::1%25lo]", "[fd00::1]", "[ff02::1]",
             "%31%32%37.0.0.1", "127%2e0%2e0%2e1", "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1",
             "169.254.169.254", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "2852039166", "198.18.0.1", "224.0.0.1",
             "255.255.255.255", "[2001::f5ff:fefe]"]
    urls = [f"http://{host}:{port}/hook" for host in hosts]
    urls += [f"https://127.0.0.1:{port}/", f"http://127.0.0.1:{port}", f"http://a.example@127.0.0.1:{port}/",
             f"http://127.0.0.1:{port}\\@a.example/", f"http://a.example\\@127.0.0.1:{port}/",
             f"http://127.0.0.1:{port}#@a.example/", f"http:127.0.0.1:{port}/", f"http:///127.0.0.1:{port}/",
             f"//127.0.0.1:{port}/", f"http://a.example:80@127.0.0.1:{port}/", f"HTTP://127.0.0.1:{port}/",
             f"http://\uff11\uff12\uff17.0.0.1:{port}/", f"http://127。0。0。1:{port}/", f"http://127.0.0.1:{port}/\r\nX: y",
             f" http://127.0.0.1:{port}/", f"http://[::1:{port}/", f"http://127.0.0.1:{port + 65536}/",
             f"gopher://127.0.0.1:{port}/_POST", f"file://127.0.0.1/etc/passwd", f"dict://127.0.0.1:{port}/x",
             f"unix:///run/x.sock", f"http://127.0.0.1:{port}/?\0", "http://" + "a." * 300 + "example/"]
    return urls


def test_webhooks_reach_no_private_address(world):
    """Each spelling is refused when it is given (400), or when it is to be connected to; nothing arrives."""
    six = socket.socket(socket.AF_INET6)
    with Receiver() as receiver, contextlib.closing(six):
        with contextlib.suppress(OSError):  # the same port on ::1, if this machine has IPv6
            six.bind(("::1", receiver.port))
            six.listen()
        hooks = {}
        for url in spellings(receiver.port):
            answer = world.admin.post("/v1/webhooks", {"url": url})
            assert answer.status in (201, 400), (url, answer)
            if answer.status == 201:
                hooks[url] = answer.json["id"]
                world.admin.ok("POST", f"/v1/webhooks/{answer.json['id']}/test")
        assert 20 < len(hooks) < len(spellings(receiver.port))
        for url, id in hooks.items():
            def failed(id=id):
                rows = world.admin.ok("GET", f"/v1/webhooks/{id}/deliveries")["deliveries"]
                return next((row["error"] for row in rows if row["error"]), None)
            assert until(failed, f"{url} was tried", 40), url
            world.admin.ok("DELETE", f"/v1/webhooks/{id}")
        assert not receiver.tried
        six.settimeout(0.1)
        with contextlib.suppress(OSError):
            peer = six.accept()
            pytest.fail(f"somebody connected to ::1: {peer}")
