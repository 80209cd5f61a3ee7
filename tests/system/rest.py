"""A REST client of the bridge, for tests: JSON in and out, over TCP with a key or over the bridge's own socket, by HTTP
or HTTPS."""
import http.client
import json
import socket
import ssl
import threading
import time

DEADLINE = 60.0


class Answer:
    """What came back: status, headers (lower-case names), body as text, json (None when it is none)."""

    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read().decode("utf-8", "replace")
        self.json = None
        if "json" in self.headers.get("content-type", ""):
            self.json = json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body}"


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Api:
    """address: a TCP port of 127.0.0.1, or the path of the bridge's socket. ca: the file of who signed the bridge's
    certificate, for HTTPS. Each thread has its own connection."""

    def __init__(self, address, key=None, timeout=DEADLINE, ca=None):
        self.address = address
        self.key = key
        self.timeout = timeout
        self.tls = ssl.create_default_context(cafile=ca) if ca else None
        self._local = threading.local()

    def _new_connection(self):
        if self.tls:
            return http.client.HTTPSConnection("localhost", self.address, timeout=self.timeout, context=self.tls)
        if isinstance(self.address, int):
            return http.client.HTTPConnection("127.0.0.1", self.address, timeout=self.timeout)
        return UnixConnection(self.address, self.timeout)

    def _headers(self, more):
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        headers.update(more or {})
        return headers

    def call(self, method, path, body=None, headers=None):
        """One request. A connection that the bridge closed while idle is opened anew for what may be repeated."""
        headers = self._headers(headers)
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        for last in (False, True):
            connection = getattr(self._local, "connection", None) or self._new_connection()
            self._local.connection = connection
            try:
                connection.request(method, path, body, headers)
                return Answer(connection.getresponse())
            except (OSError, http.client.HTTPException):
                self.close()
                if last or method != "GET":
                    raise

    def close(self):
        connection = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            connection.close()

    def get(self, path, **more):
        return self.call("GET", path, **more)

    def post(self, path, body=None, **more):
        self.close()  # a POST is never repeated, so it takes no connection that may have been closed
        return self.call("POST", path, body, **more)

    def ok(self, method, path, body=None, **more):
        """The JSON of an answer that must be 2xx."""
        if method != "GET":
            self.close()
        answer = self.call(method, path, body, **more)
        assert 200 <= answer.status < 300, f"{method} {path}: {answer}"
        return answer.json

    def events(self, after=None, query=""):
        return Events(self, after, query)


class Events:
    """The live stream, read in a thread. events: dictionaries with id, event and data (JSON), in order."""

    def __init__(self, api, after, query):
        self.events = []
        self._more = threading.Condition()
        self._connection = api._new_connection()
        headers = api._headers({"Accept": "text/event-stream"})
        if after is not None:
            headers["Last-Event-ID"] = str(after)
        self._connection.request("GET", "/v1/events" + query, headers=headers)
        self.response = self._connection.getresponse()
        assert self.response.status == 200, Answer(self.response)
        self._connection.sock and self._connection.sock.settimeout(None)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        event = {}
        try:
            for raw in self.response:
                line = raw.decode().rstrip("\r\n")
                if line:
                    name, _, value = line.partition(":")
                    event[name] = value.removeprefix(" ")
                elif "data" in event:
                    event["data"] = json.loads(event["data"])
                    with self._more:
                        self.events.append(event)
                        self._more.notify_all()
                    event = {}
                else:
                    event = {}
        except (OSError, http.client.HTTPException, ValueError, AttributeError):
            pass
        with self._more:
            self.events.append({"event": "(end of stream)", "data": None})
            self._more.notify_all()

    def wait(self, wanted, timeout=DEADLINE):
        """Waits for an event for which wanted(event) is true, from the first one on; returns it."""
        until = time.monotonic() + timeout
        at = 0
        with self._more:
            while True:
                while at < len(self.events):
                    if self.events[at]["event"] == "(end of stream)":
                        raise AssertionError(f"the stream has ended: {self.events}")
                    if wanted(self.events[at]):
                        return self.events[at]
                    at += 1
                left = until - time.monotonic()
                assert left > 0, f"no such event in time: {self.events}"
                self._more.wait(left)

    def close(self):
        sock = self._connection.sock
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._connection.close()
