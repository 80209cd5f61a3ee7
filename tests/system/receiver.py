"""A webhook receiver for tests: keeps what it gets, and answers as it is told."""
import contextlib
import http.server
import json
import socketserver
import sys
import threading
import time

DEADLINE = 60.0


class Receiver:
    """answer(path, body) gives the status, or (status, headers), or (status, headers, text); None answers only when the receiver closes."""

    def __init__(self, answer=lambda path, body: 204):
        self.answer = answer
        self.got = []  # (path, headers, body as text), of deliveries that were answered with 2xx
        self.tried = []  # all of them
        self._changed = threading.Condition()
        self._over = threading.Event()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                receiver._take(self, body)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 512
            daemon_threads = True

            def handle_error(self, request, client_address):
                """A bridge that is killed resets its connections: nothing to tell."""
                if not isinstance(sys.exc_info()[1], ConnectionError):
                    super().handle_error(request, client_address)

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _take(self, handler, body):
        entry = (handler.path, {name.lower(): value for name, value in handler.headers.items()}, body)
        answer = self.answer(handler.path, body)
        status, headers, text = (*answer, "")[:3] if isinstance(answer, tuple) else (answer, {}, "")
        with self._changed:
            self.tried.append(entry)
            if status is not None and 200 <= status < 300:
                self.got.append(entry)
            self._changed.notify_all()
        if status is None:
            self._over.wait()
            return
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(text.encode())))
        handler.end_headers()
        handler.wfile.write(text.encode())

    def events(self):
        return [json.loads(body) for _, _, body in self.got]

    def wait(self, check, what, timeout=DEADLINE):
        """Waits until check(self) gives something true; returns it."""
        end = time.monotonic() + timeout
        with self._changed:
            while not (found := check(self)):
                assert self._changed.wait(end - time.monotonic()), f"not in time: {what}"
        return found

    def close(self):
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Liar:
    """A receiver that says anything: answer(connection) gets the socket once a post has come, and writes what it likes."""

    def __init__(self, answer):
        self.posts = 0
        liar = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                with contextlib.suppress(OSError):  # the bridge had enough
                    length = 0
                    while (line := self.rfile.readline().strip()):
                        name, _, value = line.partition(b":")
                        length = int(value) if name.lower() == b"content-length" else length
                    self.rfile.read(length)
                    liar.posts += 1
                    answer(self.connection)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
