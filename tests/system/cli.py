"""The admin command as a test runs it, and a REST server that answers as a test says."""
import http.server
import json
import os
import pathlib
import shutil
import socketserver
import subprocess
import tempfile
import threading

from broker import BUILD

SMSQUITTO = BUILD / "admin-cli/smsquitto"
DEADLINE = 60


class Result:
    def __init__(self, process, out, err):
        self.code, self.out, self.err = process.returncode, out, err

    @property
    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"exit code {self.code}\n--- out\n{self.out}--- err\n{self.err}"


def start(*words, environment=None):
    """Starts the command with nothing of this machine's own settings."""
    own = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC"}
    own.update({name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")})
    own.update(environment or {})
    return subprocess.Popen([SMSQUITTO, *map(str, words)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, env=own)


def run(*words, environment=None, stdin=""):
    process = start(*words, environment=environment)
    try:
        out, err = process.communicate(stdin, timeout=DEADLINE)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return Result(process, out, err)


class Request:
    def __init__(self, method, path, headers, body):
        self.method, self.path, self.headers = method, path, headers
        self.json = json.loads(body) if body else None

    def __repr__(self):
        return f"{self.method} {self.path} {self.json}"


class Answer:
    """What the fake says: JSON, or lines of an event stream. hold: keep the stream open until the client leaves."""

    def __init__(self, json=None, status=200, headers=None, stream=None, hold=False, raw=None):
        self.json, self.status, self.headers, self.stream, self.hold = json, status, headers or {}, stream, hold
        self.raw = raw


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def address_string(self):
        return "fake"

    def log_message(self, *_):
        pass

    def _serve(self):
        length = int(self.headers.get("Content-Length", 0))
        request = Request(self.command, self.path, dict(self.headers), self.rfile.read(length))
        answer = self.server.fake.answer(request)
        if answer.stream is not None:
            self._send_stream(answer)
        else:
            self._send(answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _serve

    def _send(self, answer):
        data = answer.raw if answer.raw is not None else json.dumps(answer.json).encode() if answer.json is not None else b""
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json" if answer.status < 400 else "application/problem+json")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _send_stream(self, answer):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for number, name, data in answer.stream:
            self.wfile.write(f"id: {number}\nevent: {name}\ndata: {json.dumps(data)}\n\n".encode())
        self.wfile.flush()
        if answer.hold:
            try:
                self.rfile.read(1)  # ends when the client closes
            except OSError:
                pass


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class TcpServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True


class FakeApi:
    """answers: {"METHOD /path": Answer, or a list of them for one request after another}. The last one stays."""

    def __init__(self, answers=None):
        self.answers = {}
        self.requests = []
        self._lock = threading.Lock()
        for what, answer in (answers or {}).items():
            self.on(what, answer)

    def on(self, what, answer):
        answers = answer if isinstance(answer, list) else [answer]
        self.answers[what] = [one if isinstance(one, Answer) else Answer(one) for one in answers]

    def answer(self, request):
        with self._lock:
            self.requests.append(request)
            answers = self.answers.get(f"{request.method} {request.path.split('?')[0]}")
            if not answers:
                return Answer({"detail": "there is nothing at this path", "status": 404}, 404)
            return answers.pop(0) if len(answers) > 1 else answers[0]

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="smsq-"))
        self.socket = self.folder / "api.sock"
        self._servers = [UnixServer(str(self.socket), Handler), TcpServer(("127.0.0.1", 0), Handler)]
        self.url = f"http://127.0.0.1:{self._servers[1].server_address[1]}"
        for server in self._servers:
            server.fake = self
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        for server in self._servers:
            server.shutdown()
            server.server_close()
        shutil.rmtree(self.folder)

    def run(self, *words, **more):
        return run("--socket", self.socket, *words, **more)

    def asked(self, what):
        return [request for request in self.requests if f"{request.method} {request.path}" == what]
