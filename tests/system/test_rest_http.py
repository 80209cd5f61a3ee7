"""HTTP itself: framing, limits of size, time and number, keep-alive, pipelining, the local socket, the end."""
import contextlib
import http.client
import json
import re
import socket
import threading
import time

import pytest

from broker import ROOT
from lone_bridge import LoneBridge, read_all, read_response, request, text_body
from rest import Api

PROBLEM = "urn:smsquitto:problem:"


@pytest.fixture(scope="module")
def bridge():
    with LoneBridge(idle_timeout="2s", body_timeout="2s", cors_origins="https://app.example") as bridge:
        yield bridge


def problem(data):
    """Status and kind of the one problem document in these bytes."""
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)["type"].removeprefix(PROBLEM)


def send_text(bridge, *headers, body=text_body(), path="/v1/messages"):
    return request("POST", path, body, bridge.api.key, headers)


def test_pipelined_requests_are_answered_in_order(bridge):
    before = bridge.rows()["message"]
    with bridge.raw() as sock:
        sock.sendall(b"".join(send_text(bridge, body=text_body(str(i))) for i in range(5)))
        kept, texts = b"", []
        for _ in range(5):
            status, _, body, kept = read_response(sock, kept)
            assert status == 202
            texts.append(json.loads(body)["text"])
    assert texts == ["0", "1", "2", "3", "4"]
    assert bridge.rows()["message"] == before + 5


def test_chunked_body_is_taken(bridge):
    body = text_body("in two pieces")
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:])) + b"0\r\n\r\n"
    with bridge.raw() as sock:
        sock.sendall(send_text(bridge, "Transfer-Encoding: chunked", body=b"") + chunks)
        status, _, answer, _ = read_response(sock)
    assert status == 202 and json.loads(answer)["text"] == "in two pieces"


SMUGGLED = b"DELETE /v1/devices/phone-1 HTTP/1.1\r\nHost: bridge\r\n\r\n"


@pytest.mark.parametrize("headers", [
    ("Content-Length: 5", "Content-Length: 6"),
    ("Content-Length: 5", "Content-Length: 5"),
    ("Content-Length: 5", "Transfer-Encoding: chunked"),
    ("Transfer-Encoding: chunked", "Content-Length: 5"),
    ("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
    ("Transfer-Encoding: gzip, chunked",),
    ("Transfer-Encoding: identity",),
    ("Content-Length: 5, 5",),
    ("Content-Length: +5",),
    ("Content-Length: -5",),
    ("Content-Length: 0x5",),
    ("Content-Length: 99999999999999999999",),
])
def test_ambiguous_length_ends_the_connection(bridge, headers):
    before = bridge.rows()
    answer = bridge.exchange(send_text(bridge, *headers, body=b"") + b"5\r\nhello\r\n0\r\n\r\n" + SMUGGLED)
    # libmicrohttpd 0.9.75 writes the head of its own refusals twice; an answer to the second request would be 401.
    assert set(re.findall(rb"HTTP/1.1 (\d+)", answer)) in ({b"400"}, {b"413"}), answer
    assert bridge.rows() == before


def test_blank_before_colon_is_no_second_length(bridge):
    answer = bridge.exchange(send_text(bridge, "Content-Length : 3", "Content-Length: 0", "Connection: close",
                                       body=b"") + b"abc")
    assert set(re.findall(rb"HTTP/1.1 (\d+)", answer)) <= {b"400"}, answer


@pytest.mark.parametrize("size", [80 * 1024 + 1, 300 * 1024, 2 * 1024 * 1024])
def test_body_too_large_is_refused_and_the_answer_arrives(bridge, size):
    before = bridge.rows()
    body = text_body("x" * size)
    with bridge.raw() as sock:
        sock.sendall(send_text(bridge, body=body))
        status, _, answer, _ = read_response(sock)
    assert (status, json.loads(answer)["type"]) == (413, PROBLEM + "too-large")
    assert bridge.rows() == before


def test_chunked_body_too_large_is_refused(bridge):
    piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    with bridge.raw() as sock:
        sock.sendall(send_text(bridge, "Transfer-Encoding: chunked", body=b"") + piece * 8 + b"0\r\n\r\n")
        status, _, answer, _ = read_response(sock)
    assert (status, json.loads(answer)["type"]) == (413, PROBLEM + "too-large")


def test_endless_body_is_cut(bridge):
    with bridge.raw() as sock:
        sock.sendall(send_text(bridge, "Transfer-Encoding: chunked", body=b""))
        with pytest.raises(OSError):
            for _ in range(4000):  # 256 MB, far more than is read
                sock.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")


def test_large_list_is_taken(bridge):
    before = bridge.rows()["message"]
    numbers = [f"+4915112{i:06}" for i in range(1000)]
    padded = json.dumps({"to": numbers, "text": "x" * 1600, "metadata": {"a": "b" * 4000}}).encode()
    answer = bridge.api.post("/v1/messages", padded + b" " * (200 * 1024 - len(padded)),
                             headers={"Content-Type": "application/json"})
    assert answer.status == 202 and answer.json["count"] == 1000
    assert bridge.rows()["message"] == before + 1000


def test_refusal_reaches_a_client_that_sends_on(bridge):
    """The body comes after the head, and is large: a refusal by the head alone must still be read."""
    before = bridge.rows()
    with bridge.raw() as sock:
        sock.sendall(request("POST", "/v1/messages", key="sqk_wrong", headers=["Content-Length: 70000"]))
        for _ in range(70):
            sock.sendall(b"x" * 1000)
        status, _, answer, _ = read_response(sock)
        assert (status, json.loads(answer)["type"]) == (401, PROBLEM + "unauthorized")
        sock.sendall(request("GET", "/healthz"))  # the connection goes on
        assert read_response(sock)[0] == 200
    assert bridge.rows() == before


def test_expect_continue(bridge):
    body = text_body("waits for leave")
    with bridge.raw() as sock:
        sock.sendall(send_text(bridge, "Expect: 100-continue", f"Content-Length: {len(body)}", body=b""))
        assert sock.recv(100).startswith(b"HTTP/1.1 100 ")
        sock.sendall(body)
        assert read_response(sock)[0] == 202


def test_expect_continue_is_refused_before_the_body(bridge):
    with bridge.raw() as sock:
        sock.sendall(request("POST", "/v1/messages", key="sqk_wrong",
                             headers=["Expect: 100-continue", "Content-Length: 70000"]))
        assert read_response(sock)[0] == 401


def test_large_header_is_refused(bridge):
    answer = bridge.exchange(send_text(bridge, "X-Large: " + "x" * 100_000))
    assert answer.startswith(b"HTTP/1.1 431 "), answer[:80]


def cut_after(sock, trickle, begin=0.0):
    """Feeds a byte now and then until the bridge closes, which it has to in 15 s; returns the seconds since begin."""
    end = time.monotonic() + 15
    sock.settimeout(0.2)
    while time.monotonic() < end:
        try:
            if not sock.recv(1000):
                return time.monotonic() - begin
        except TimeoutError:
            with contextlib.suppress(OSError):
                sock.sendall(trickle)
        except OSError:
            return time.monotonic() - begin
    raise AssertionError("was not cut")


def test_slow_head_is_cut(bridge):
    begin = time.monotonic()
    with bridge.raw() as sock:
        sock.sendall(b"GET /healthz HTTP/1.1\r\nX-Slow: ")
        assert cut_after(sock, b"x", begin) > 1.5


def test_slow_head_on_a_kept_connection_is_cut(bridge):
    with bridge.raw() as sock:
        sock.sendall(request("GET", "/healthz"))
        assert read_response(sock)[0] == 200
        sock.sendall(b"GET /healthz HTTP/1.1\r\nX-Slow: ")
        cut_after(sock, b"x")


def test_slow_body_is_cut(bridge):
    before, begin = bridge.rows(), time.monotonic()
    with bridge.raw() as sock:
        sock.sendall(send_text(bridge, "Content-Length: 1000", body=b""))
        assert cut_after(sock, b"x", begin) > 1.5
    assert bridge.rows() == before


def test_silent_connection_is_closed(bridge):
    with bridge.raw() as sock:
        cut_after(sock, b"")


def test_client_that_leaves_while_its_request_is_stored(bridge):
    before = bridge.rows()["message"]
    for i in range(200):
        with bridge.raw() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            sock.sendall(send_text(bridge, body=text_body(f"gone {i}")))
    assert bridge.api.ok("POST", "/v1/messages", {"to": "+4915112345678", "text": "still here"})
    assert bridge.rows()["message"] > before


@pytest.mark.parametrize("method, path, status, kind", [
    ("GET", "/", 404, "not-found"),
    ("GET", "/v1", 404, "not-found"),
    ("GET", "/v1/messages/", 404, "not-found"),
    ("GET", "//v1/messages", 404, "not-found"),
    ("GET", "/v1/messages/x/y", 404, "not-found"),
    ("GET", "/v1/messages/" + "x" * 1000, 404, "not-found"),
    ("GET", "/v1/messages/%00", 404, "not-found"),
    ("GET", "/v1/messages/%ff%fe", 404, "not-found"),
    ("GET", "/v1/devices/..%2f..", 404, "not-found"),
    ("PUT", "/v1/messages", 405, "method-not-allowed"),
    ("TRACE", "/healthz", 405, "method-not-allowed"),
    ("POST", "/healthz", 405, "method-not-allowed"),
])
def test_path_and_method(bridge, method, path, status, kind):
    answer = bridge.exchange(request(method, path, key=bridge.api.key, headers=["Connection: close"]))
    assert problem(answer) == (status, kind)
    if status == 405:
        assert b"\r\nAllow: " in answer


def test_allow_names_the_methods(bridge):
    assert bridge.api.call("PUT", "/v1/messages").headers["allow"] == "POST, GET"


def test_head_has_no_body(bridge):
    answer = bridge.exchange(request("HEAD", "/healthz", headers=["Connection: close"]))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ") and body == b""


def test_http_1_0(bridge):
    answer = bridge.exchange(b"GET /healthz HTTP/1.0\r\n\r\n")
    assert answer.startswith((b"HTTP/1.0 200", b"HTTP/1.1 200"))


@pytest.mark.parametrize("data", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), b"\0" * 100, b"GET\r\n\r\n",
                                  b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 50 + b"x\r\n\r\n"],
                         ids=["tls", "zeros", "no version", "version 9.9", "empty lines"])
def test_what_is_no_http_does_no_harm(bridge, data):
    assert not bridge.exchange(data).startswith(b"HTTP/1.1 2")
    assert bridge.api.get("/healthz").status == 200


def test_cors(bridge):
    allowed = bridge.api.call("OPTIONS", "/v1/messages", headers={"Origin": "https://app.example"})
    assert allowed.status == 204
    assert allowed.headers["access-control-allow-origin"] == "https://app.example"
    assert "Idempotency-Key" in allowed.headers["access-control-allow-headers"]
    other = bridge.api.get("/healthz", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers


def test_connections_per_address():
    with LoneBridge(connections_per_address=3) as bridge:
        bridge.api.close()
        with contextlib.ExitStack() as stack:
            socks = [stack.enter_context(bridge.raw()) for _ in range(3)]
            for sock in socks:
                sock.sendall(request("GET", "/healthz"))
                assert read_response(sock)[0] == 200
            fourth = stack.enter_context(bridge.raw())
            with contextlib.suppress(OSError):
                fourth.sendall(request("GET", "/healthz"))
            assert read_all(fourth) == b""
            assert bridge.admin.get("/healthz").status == 200  # the local socket is not counted


# --- who may

def test_local_socket_is_administrator(bridge):
    assert bridge.admin.ok("GET", "/v1/account")["name"] == "main"
    other = bridge.admin.ok("POST", "/v1/accounts", {"name": "other"})
    shown = bridge.admin.ok("GET", "/v1/account", headers={"X-Account": other["id"]})
    assert shown == other
    wrong = bridge.admin.get("/v1/account", headers={"X-Account": "AC" + "0" * 32})
    assert wrong.status == 404 and wrong.json["field"] == "X-Account"


def test_x_account_means_nothing_over_tcp(bridge):
    other = bridge.admin.ok("POST", "/v1/accounts", {"name": "not yours"})
    assert bridge.api.ok("GET", "/v1/account", headers={"X-Account": other["id"]})["name"] == "main"


def test_revoked_key_ends_at_once(bridge):
    client = bridge.with_key()
    assert client.get("/v1/account").status == 200
    key = next(key for key in bridge.admin.ok("GET", "/v1/keys?limit=200")["keys"] if client.key.startswith(key["hint"]))
    assert bridge.admin.call("DELETE", f"/v1/keys/{key['id']}").status == 204
    assert client.get("/v1/account").status == 401


def test_expired_key_is_refused(bridge):
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 5))
    client = bridge.with_key(expires_at=soon)
    assert client.get("/v1/account").status == 200
    end = time.monotonic() + 60
    while client.get("/v1/account").status == 200:
        assert time.monotonic() < end
    assert client.get("/v1/account").json["type"] == PROBLEM + "unauthorized"


def test_last_use_of_a_key_is_kept(bridge):
    made = bridge.admin.ok("POST", "/v1/keys", {"name": "used"})
    assert made["used_at"] is None
    assert Api(bridge.port, made["key"]).get("/v1/account").status == 200
    end = time.monotonic() + 60
    while True:
        keys = bridge.admin.ok("GET", "/v1/keys?limit=200")["keys"]
        if next(key for key in keys if key["id"] == made["id"])["used_at"]:
            break
        assert time.monotonic() < end


def test_rate_limit_counts_recipients(bridge):
    client = bridge.with_key(rate=5)
    first = client.post("/v1/messages", {"to": ["+4915112345671", "+4915112345672"], "text": "a"})
    assert first.status == 202
    assert first.headers["ratelimit-policy"] == '"sends";q=5;w=60'
    assert first.headers["ratelimit"].startswith('"sends";r=3;')
    debt = client.post("/v1/messages", {"to": [f"+491511234560{i}" for i in range(8)], "text": "b"})
    assert debt.status == 202  # the bucket was above zero
    before = bridge.rows()
    refused = client.post("/v1/messages", {"to": "+4915112345678", "text": "c"})
    assert refused.status == 429 and refused.json["type"] == PROBLEM + "rate-limited"
    assert 60 <= int(refused.headers["retry-after"]) <= 80  # five to pay back, and one
    assert bridge.rows() == before
    assert client.get("/v1/account").status == 200  # reading is not limited


def test_metrics_need_a_key_over_tcp(bridge):
    assert Api(bridge.port).get("/metrics").status == 401
    assert bridge.with_key(scopes=["messages:read"]).get("/metrics").status == 403
    text = bridge.admin.get("/metrics").body
    assert "smsquitto_messages_accepted_total" in text
    for line in text.splitlines():
        assert line.startswith("# ") or len(line.rsplit(" ", 1)) == 2 and float(line.rsplit(" ", 1)[1]) >= 0, line


def test_metrics_are_what_page_alerts_and_dashboard_say(bridge):
    """Nothing is shown, or alerted on, that is not there; and every metric is explained."""
    text = bridge.admin.get("/metrics").body
    there = set(re.findall(r"^# TYPE (smsquitto_\w+) ", text, re.M))
    named = {name: set(re.findall(r"smsquitto_[a-z_]+", (ROOT / name).read_text()))
             for name in ("docs/figures.md", "packaging/prometheus-alerts.yml", "packaging/grafana-dashboard.json")}
    assert named["docs/figures.md"] == there
    assert named["packaging/prometheus-alerts.yml"] <= there and named["packaging/grafana-dashboard.json"] <= there


def test_metrics_open_by_configuration():
    with LoneBridge(metrics_open="true") as bridge:
        assert Api(bridge.port).get("/metrics").status == 200
        assert Api(bridge.port).get("/v1/status").status == 401


# --- the end

def test_stop_answers_what_is_under_way():
    """SIGTERM under load: every request gets its whole answer, or the connection closes before it was taken; what
    was accepted is stored."""
    with LoneBridge() as bridge:
        accepted, bad, begun = [], [], threading.Barrier(9)

        def load():
            sock = http.client.HTTPConnection("127.0.0.1", bridge.port, timeout=60)
            begun.wait()
            with contextlib.suppress(OSError, http.client.RemoteDisconnected):
                while True:
                    sock.request("POST", "/v1/messages", text_body(), {"Authorization": f"Bearer {bridge.api.key}"})
                    answer = sock.getresponse()
                    body = json.loads(answer.read())
                    if answer.status == 202:
                        accepted.append(body["id"])
                    elif answer.status != 503:
                        bad.append(body)

        threads = [threading.Thread(target=load) for _ in range(8)]
        for thread in threads:
            thread.start()
        begun.wait()
        end = time.monotonic() + 60
        while len(accepted) < 200:
            assert time.monotonic() < end
            time.sleep(0.01)
        begin = time.monotonic()
        assert bridge.process.stop() == 0
        assert time.monotonic() - begin < 10
        for thread in threads:
            thread.join(60)
        assert not bad
        assert bridge.rows()["message"] >= len(accepted)
        bridge.process.start("bridge ready")
        for id in accepted[-20:]:
            assert bridge.api.get(f"/v1/messages/{id}").status == 200


def test_stop_ends_streams_and_idle_connections():
    with LoneBridge() as bridge:
        stream = bridge.api.events()
        idle = bridge.raw()
        begin = time.monotonic()
        assert bridge.process.stop() == 0
        assert time.monotonic() - begin < 10
        with pytest.raises(AssertionError, match="has ended"):
            stream.wait(lambda event: False)
        idle.close()
