"""A network that stops: a proxy for TCP and unix sockets that keeps connections open and moves nothing.

    with Proxy(listen=None, upstream=("127.0.0.1", port)) as proxy:   # listen: a path, or None = a TCP port
        proxy.stop(up=True, down=True)    # half-open: nobody is told
        proxy.go()                        # what was stuck comes through; or
        proxy.reset()                     # every connection ends with a reset
"""
import os
import select
import socket
import struct
import threading

CHUNK = 65536
TICK_S = 0.2


class Proxy:
    def __init__(self, listen=None, upstream=None):
        self.upstream = upstream
        self.path = listen
        self._server = socket.socket(socket.AF_UNIX if listen else socket.AF_INET)
        self._server.bind(str(listen) if listen else ("127.0.0.1", 0))
        self._server.listen(64)
        self.port = None if listen else self._server.getsockname()[1]
        self._pairs = set()
        self._lock = threading.Lock()
        self._free = {"up": threading.Event(), "down": threading.Event()}
        self.go()
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self, up=True, down=True):
        """up: from the client to the server."""
        for name, stopped in (("up", up), ("down", down)):
            if stopped:
                self._free[name].clear()

    def go(self):
        for event in self._free.values():
            event.set()

    def reset(self):
        """Ends every connection as a router that has forgotten them does."""
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            for sock in pair:
                self._end(sock, abruptly=True)
        self.go()

    def close(self):
        self._server.close()
        self.reset()
        if self.path and os.path.exists(self.path):
            os.unlink(self.path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _end(self, sock, abruptly=False):
        try:
            if abruptly and sock.family == socket.AF_INET:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the other thread was faster
        sock.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX if isinstance(self.upstream, str) else socket.AF_INET)
            try:
                server.connect(self.upstream)
            except OSError:
                client.close()
                server.close()
                continue
            pair = (client, server)
            with self._lock:
                self._pairs.add(pair)
            for source, target, name in ((client, server, "up"), (server, client, "down")):
                threading.Thread(target=self._pump, args=(pair, source, target, self._free[name]), daemon=True).start()

    def _pump(self, pair, source, target, free):
        """Moves bytes one way. What was read before a stop stays here until it ends."""
        data = None
        try:
            # Not blocked in recv: a socket is reset only once nobody waits in it.
            while not select.select([source], [], [], TICK_S)[0] or (data := source.recv(CHUNK)):
                if data is not None:
                    free.wait()
                    target.sendall(data)
                data = None
        except (OSError, ValueError):
            pass
        free.wait()
        with self._lock:
            self._pairs.discard(pair)
        for sock in pair:
            self._end(sock)
