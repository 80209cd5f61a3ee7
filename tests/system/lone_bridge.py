"""The bridge by itself, without a broker: for tests of its REST side. Accepts and stores, sends nothing."""
import contextlib
import json
import pathlib
import shutil
import socket
import tempfile

from broker import BUILD, free_port
from process import Process
from rest import Api
from store import Store

DEADLINE = 60.0


class LoneBridge:
    """Attributes: port, folder, admin (over the bridge's own socket), api (with an unlimited key of all scopes)."""

    def __init__(self, **http):
        """http: settings of the section [http], with '_' for '-'."""
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="smsq-"))
        self.port = free_port()
        self.socket = self.folder / "bridge.sock"
        self.store = Store(self.folder)
        values = {"bind": "127.0.0.1", "port": self.port, "socket": self.socket, **http}
        lines = ["[http]"] + [f"{name.replace('_', '-')} = {value}" for name, value in values.items()]
        lines += ["[store]", *(f"{name} = {value}" for (_, name), value in self.store.settings.items())]
        lines += ["[mqtt]", f"socket = {self.folder / 'no-broker.sock'}",
                  f"key-file = {self.folder / 'bridge.key'}", f"roster = {self.folder / 'roster.db'}",
                  "[log]", "level = debug"]
        (self.folder / "smsquitto.conf").write_text("\n".join(lines) + "\n")
        self.process = Process("bridge", [BUILD / "bridge/smsquitto-bridge", "-c", self.folder / "smsquitto.conf"])
        self.admin = Api(self.socket)
        self.api = None

    def __enter__(self):
        try:
            self.process.start("bridge ready")
            self.api = self.with_key()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        code = self.process.stop()
        self.store.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        assert code in (0, None), "\n".join(self.process.log[-30:])

    def with_key(self, rate=0, admin=None, **fields):
        """A client over TCP with a new key."""
        made = (admin or self.admin).ok("POST", "/v1/keys", {"name": "test", "rate_per_minute": rate, **fields})
        return Api(self.port, made["key"])

    def rows(self):
        """How many rows each table has, except those that reading changes."""
        return self.store.counts(["message", "event", "idempotency", "device", "app_key", "account"])

    def raw(self, timeout=DEADLINE):
        """A bare connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def exchange(self, data, timeout=DEADLINE):
        """Sends bytes on a new connection and reads until the bridge closes it."""
        with self.raw(timeout) as sock:
            sock.sendall(data)
            return read_all(sock)


def read_all(sock):
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := sock.recv(65536):
            data += piece
    return data


def request(method, path, body=b"", key=None, headers=()):
    """The bytes of one request; its Content-Length is right, unless headers brings another."""
    lines = [f"{method} {path} HTTP/1.1", "Host: bridge"]
    lines += [f"Authorization: Bearer {key}"] if key else []
    lines += list(headers)
    if body and not any(line.lower().startswith(("content-length", "transfer-encoding")) for line in lines):
        lines += [f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def read_response(sock, kept=b""):
    """One response with a Content-Length: status, headers (lower-case names), body, what came behind it."""
    while b"\r\n\r\n" not in kept:
        piece = sock.recv(65536)
        assert piece, f"closed in the head: {kept!r}"
        kept += piece
    head, _, rest = kept.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    length = int(headers.get("content-length", 0))
    while len(rest) < length:
        piece = sock.recv(65536)
        assert piece, f"closed in the body: {rest!r}"
        rest += piece
    return int(lines[0].split()[1]), headers, rest[:length], rest[length:]


def text_body(text="hello", to="+4915112345678", **fields):
    return json.dumps({"to": to, "text": text, **fields}).encode()
