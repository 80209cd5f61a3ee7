"""Exactly 128 and 256 clients in lock step: all ask, all wait for their answer, again and again.

These numbers of busy connections hang libmicrohttpd's own epoll thread; under our loop they must not.
"""
import select
import time

import pytest

from lone_bridge import LoneBridge, request, text_body

ROUNDS = 200
ROUND_DEADLINE = 60.0


@pytest.fixture(scope="module")
def bridge():
    with LoneBridge() as bridge:
        yield bridge


def whole(data):
    """Whether data is one whole response."""
    head, end, body = data.partition(b"\r\n\r\n")
    if not end:
        return False
    length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    return len(body) >= length


def one_round(poll, socks, ask, status):
    """Sends everywhere, then reads everywhere."""
    answers = {fd: b"" for fd in socks}
    for sock in socks.values():
        sock.sendall(ask)
    end = time.monotonic() + ROUND_DEADLINE
    waiting = set(answers)
    while waiting:
        left = end - time.monotonic()
        assert left > 0, f"{len(waiting)} of {len(socks)} have no answer"
        for fd, _ in poll.poll(left * 1000):
            piece = socks[fd].recv(65536)
            assert piece, "closed"
            answers[fd] += piece
            if whole(answers[fd]):
                waiting.discard(fd)
    for data in answers.values():
        assert data.startswith(b"HTTP/1.1 %d " % status), data


@pytest.mark.parametrize("clients", [128, 256])
@pytest.mark.parametrize("kind", ["stored", "read"])
def test_lock_step(bridge, clients, kind):
    stored = kind == "stored"
    ask = (request("POST", "/v1/messages", text_body(), bridge.api.key) if stored
           else request("GET", "/v1/account", key=bridge.api.key))
    before = bridge.rows()["message"]
    opened = [bridge.raw() for _ in range(clients)]
    try:
        socks = {sock.fileno(): sock for sock in opened}
        poll = select.poll()
        for fd in socks:
            poll.register(fd, select.POLLIN)
        for _ in range(ROUNDS):
            one_round(poll, socks, ask, 202 if stored else 200)
    finally:
        for sock in opened:
            sock.close()
    assert bridge.rows()["message"] == before + (clients * ROUNDS if stored else 0)
