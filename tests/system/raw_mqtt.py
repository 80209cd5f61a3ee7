"""A small MQTT 3.1.1 and 5 client on bare sockets, for tests that look at every byte that comes back."""
import base64
import collections
import os
import select
import socket
import ssl
import struct
import time

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = 1, 2, 3, 4, 5, 6, 7
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT, AUTH = 8, 9, 10, 11, 12, 13, 14, 15

Packet = collections.namedtuple("Packet", "type flags body")
Message = collections.namedtuple("Message", "topic payload qos retain dup")

DEADLINE = 60.0


class Closed(Exception):
    """The other side closed the connection."""


def text(value):
    """An MQTT string or binary field."""
    data = value.encode() if isinstance(value, str) else value
    return struct.pack("!H", len(data)) + data


def varint(value):
    out = bytearray()
    while True:
        byte, value = value % 128, value // 128
        out.append(byte | (128 if value else 0))
        if not value:
            return bytes(out)


def read_varint(data, at):
    value, shift = 0, 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if not byte & 128:
            return value, at


class Client:
    """One connection. version is 4 (MQTT 3.1.1) or 5. Incoming publishes are acknowledged and kept in order."""

    def __init__(self, address, version=5, tls=None, websocket=False):
        """address is (host, port) or the path of a unix socket; tls an ssl.SSLContext."""
        self.version = version
        self.websocket = websocket
        self.messages = collections.deque()
        self.packets = collections.deque()
        self._in = b""
        self._frames = b""
        self._mid = 0
        if isinstance(address, str):
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(DEADLINE)
            self.sock.connect(address)
        else:
            self.sock = socket.create_connection(address, DEADLINE)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.sock = tls.wrap_socket(self.sock, server_hostname="localhost")
        if websocket:
            self._upgrade()

    # --- bytes

    def _upgrade(self):
        key = base64.b64encode(os.urandom(16)).decode()
        self.sock.sendall((f"GET /mqtt HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
                           f"Sec-WebSocket-Protocol: mqtt\r\n\r\n").encode())
        while b"\r\n\r\n" not in self._frames:
            data = self.sock.recv(4096)
            if not data:
                raise Closed
            self._frames += data
        head, self._frames = self._frames.split(b"\r\n\r\n", 1)
        assert b" 101 " in head.split(b"\r\n")[0], head

    def _wrap(self, data):
        mask = os.urandom(4)
        size = len(data)
        head = (bytes([0x82, 0x80 | size]) if size < 126 else
                bytes([0x82, 0xFE]) + struct.pack("!H", size) if size < 65536 else
                bytes([0x82, 0xFF]) + struct.pack("!Q", size))
        return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))

    def _unwrap(self):
        """Moves the payload of whole frames to the stream of MQTT bytes."""
        while len(self._frames) >= 2:
            opcode, size, at = self._frames[0] & 15, self._frames[1] & 127, 2
            if size == 126:
                at, size = 4, int.from_bytes(self._frames[2:4], "big")
            elif size == 127:
                at, size = 10, int.from_bytes(self._frames[2:10], "big")
            if len(self._frames) < at + size:
                return
            if opcode == 8:
                raise Closed
            if opcode in (0, 2):
                self._in += self._frames[at:at + size]
            self._frames = self._frames[at + size:]

    def send_bytes(self, data):
        self.sock.sendall(self._wrap(data) if self.websocket else data)

    def send(self, kind, body=b"", flags=0):
        self.send_bytes(bytes([kind << 4 | flags]) + varint(len(body)) + body)

    def _receive(self, until):
        """Reads more bytes; TimeoutError when until (monotonic) has passed, Closed at the end."""
        pending = isinstance(self.sock, ssl.SSLSocket) and self.sock.pending()
        if not pending:
            left = until - time.monotonic()
            poll = select.poll()
            poll.register(self.sock, select.POLLIN)
            if left <= 0 or not poll.poll(left * 1000):
                raise TimeoutError("nothing came in time")
        try:
            data = self.sock.recv(65536)
        except (ConnectionError, ssl.SSLError) as error:
            raise Closed from error
        if not data:
            raise Closed
        if self.websocket:
            self._frames += data
            self._unwrap()
        else:
            self._in += data

    def _take(self):
        """The first whole packet among the bytes read, or None."""
        try:
            size, at = read_varint(self._in, 1)
        except IndexError:
            return None
        if len(self._in) < at + size:
            return None
        packet = Packet(self._in[0] >> 4, self._in[0] & 15, self._in[at:at + size])
        self._in = self._in[at + size:]
        return packet

    def read(self, timeout=DEADLINE):
        """The next packet, whatever it is; publishes are acknowledged and also kept in .messages."""
        until = time.monotonic() + timeout
        if self.websocket:
            self._unwrap()
        while True:
            packet = self._take()
            if packet:
                break
            self._receive(until)
        if packet.type == PUBLISH:
            self._on_publish(packet)
        elif packet.type == PUBREL:
            self.send(PUBCOMP, packet.body[:2])
        return packet

    def _on_publish(self, packet):
        size, = struct.unpack_from("!H", packet.body)
        topic, at, qos = packet.body[2:2 + size].decode(), 2 + size, packet.flags >> 1 & 3
        mid = packet.body[at:at + 2]
        at += 2 if qos else 0
        if self.version == 5:
            length, at = read_varint(packet.body, at)
            at += length
        self.messages.append(Message(topic, packet.body[at:], qos, bool(packet.flags & 1), bool(packet.flags & 8)))
        if qos:
            self.send(PUBACK if qos == 1 else PUBREC, mid)

    def expect(self, kind, timeout=DEADLINE):
        """The next packet of a type; others on the way (but publishes) are an error."""
        until = time.monotonic() + timeout
        while True:
            packet = self.read(max(0.0, until - time.monotonic()))
            if packet.type == kind:
                return packet
            assert packet.type in (PUBLISH, PUBREL), f"packet type {packet.type} came instead of {kind}"

    def message(self, wanted=lambda message: True, timeout=DEADLINE):
        """The next message that is wanted; those before it are dropped."""
        until = time.monotonic() + timeout
        while True:
            while self.messages:
                message = self.messages.popleft()
                if wanted(message):
                    return message
            self.read(max(0.0, until - time.monotonic()))

    # --- what clients do

    def mid(self):
        self._mid = self._mid % 65535 + 1
        return self._mid

    def _properties(self, data=b""):
        return varint(len(data)) + data if self.version == 5 else b""

    def send_connect(self, client_id, username=None, password=None, clean=True, keepalive=60, expiry=0, will=None,
                     properties=b""):
        """will is (topic, payload, qos, retain). expiry in seconds is for MQTT 5 only."""
        flags = (2 if clean else 0) | (0x80 if username is not None else 0) | (0x40 if password is not None else 0)
        if will:
            flags |= 4 | will[2] << 3 | (0x20 if will[3] else 0)
        if expiry:
            properties += b"\x11" + struct.pack("!I", expiry)
        body = text("MQTT") + bytes([self.version, flags]) + struct.pack("!H", keepalive)
        body += self._properties(properties) + text(client_id)
        if will:
            body += self._properties() + text(will[0]) + text(will[1])
        body += (text(username) if username is not None else b"") + (text(password) if password is not None else b"")
        self.send(CONNECT, body)

    def connect(self, *args, **kwargs):
        """Returns the code of the CONNACK; Closed when there is none. .session says if the broker had one."""
        self.send_connect(*args, **kwargs)
        body = self.expect(CONNACK).body
        self.session = bool(body[0] & 1)
        return body[1]

    def subscribe(self, *filters, qos=1):
        """Returns the codes of the SUBACK, one a filter."""
        mid = self.mid()
        self.send(SUBSCRIBE, struct.pack("!H", mid) + self._properties() +
                  b"".join(text(one) + bytes([qos]) for one in filters), 2)
        return list(self.expect(SUBACK).body[-len(filters):])

    def unsubscribe(self, *filters):
        """Returns the codes of the UNSUBACK (MQTT 5), one a filter."""
        mid = self.mid()
        self.send(UNSUBSCRIBE, struct.pack("!H", mid) + self._properties() + b"".join(map(text, filters)), 2)
        body = self.expect(UNSUBACK).body
        return list(body[-len(filters):]) if self.version == 5 else []

    def publish_bytes(self, topic, payload, qos=1, retain=False):
        """A whole PUBLISH packet, for sending many at once."""
        body = text(topic) + (struct.pack("!H", self.mid()) if qos else b"") + self._properties()
        body += payload.encode() if isinstance(payload, str) else payload
        return bytes([PUBLISH << 4 | qos << 1 | retain]) + varint(len(body)) + body

    def ack(self, qos=1):
        """The code of the next PUBACK or PUBREC; 0 when it has none. A PUBREC is answered to the end."""
        packet = self.expect(PUBACK if qos == 1 else PUBREC)
        code = packet.body[2] if len(packet.body) > 2 else 0
        if qos == 2 and code < 0x80:
            self.send(PUBREL, packet.body[:2], 2)
            self.expect(PUBCOMP)
        return code

    def publish(self, topic, payload="{}", qos=1, retain=False):
        """Returns the code of the acknowledgement (0 for QoS 0)."""
        self.send_bytes(self.publish_bytes(topic, payload, qos, retain))
        return self.ack(qos) if qos else 0

    def ping(self):
        self.send(PINGREQ)
        self.expect(PINGRESP)

    def closed(self, timeout=DEADLINE):
        """Waits until the other side closes; returns the type of the last packet before, or None."""
        last = None
        until = time.monotonic() + timeout
        try:
            while True:
                last = self.read(max(0.0, until - time.monotonic())).type
        except Closed:
            return last

    def disconnect(self):
        self.send(DISCONNECT)
        self.close()

    def close(self):
        """Drops the connection without a word."""
        self.sock.close()
