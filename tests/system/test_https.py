"""The bridge's own HTTPS: whole journeys, streams, a certificate that is renewed, and what must not get in."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
import warnings

import pytest

from broker import BUILD, certificate, next_certificate, openssl
from lone_bridge import LoneBridge, read_response, request
from smsgate_phone import Phone
from world import World, until

PERSON = "+4915112345678"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """(ca, certificate, key), the certificate for localhost."""
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def world(files):
    ca, pair, key = files
    with World(bridge={("http", "tls-certificate-file"): pair, ("http", "tls-key-file"): key}, ca=ca) as world:
        yield world


@pytest.fixture
def bridge(files, tmp_path):
    """A bridge of whose certificate the test may do what it likes."""
    pair, key = (shutil.copy(file, tmp_path) for file in files[1:])
    bridge = LoneBridge(tls_certificate_file=pair, tls_key_file=key)
    bridge.ca, bridge.pair, bridge.key = files[0], pair, key
    bridge.process.start("bridge ready .*speaks=https")
    try:
        yield bridge
    finally:
        bridge.close()


def connect(bridge, **versions):
    """A raw connection with TLS."""
    context = ssl.create_default_context(cafile=bridge.ca)
    for name, version in versions.items():
        setattr(context, name, version)
    return context.wrap_socket(bridge.raw(), server_hostname="localhost")


def serial(sock):
    return sock.getpeercert()["serialNumber"]


def alive(sock):
    sock.sendall(request("GET", "/healthz"))
    return read_response(sock)[0] == 200


def curl(world, *arguments):
    done = subprocess.run(["curl", "-sS", "--cacert", world.ca, "-H", f"Authorization: Bearer {world.api.key}", *arguments],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_text_goes_out(world):
    base = f"https://localhost:{world.bridge.port}"
    stream = world.api.events()
    sent = curl(world, "-d", json.dumps({"to": PERSON, "text": "hello"}), base + "/v1/messages")
    stream.wait(lambda event: event["event"] == "message.delivered" and event["data"]["message"]["id"] == sent["id"])
    stream.close()
    assert curl(world, f"{base}/v1/messages/{sent['id']}")["state"] == "delivered"
    assert len(world.air(sent["id"])) == 1
    many = curl(world, "--compressed", base + "/openapi.json")  # much more than one record of TLS
    assert "/v1/messages" in many["paths"]


def test_a_phone_of_smsgate(world):
    phone = Phone(world.bridge.port, ca=world.ca)
    assert phone.register({"Authorization": f"Bearer {world.new_key()['key']}"}).status == 201
    phone.start()
    until(lambda: world.admin.ok("GET", f"/v1/devices/{phone.id}")["online"], "the phone is online")
    sent = world.send(device=phone.id)
    world.wait_state(sent["id"], "delivered")
    assert phone.receives("hello back").status == 200
    hook, = phone.call("GET", "/webhooks").json
    assert hook["url"].startswith(f"https://localhost:{world.bridge.port}/")
    phone.stop()


def test_who_leaves_with_a_word_is_missed(world):
    """The farewell of TLS stays unread while a stream is silent; that it has gone is seen all the same."""
    phone = Phone(world.bridge.port, ca=world.ca)
    assert phone.register({"Authorization": f"Bearer {world.new_key()['key']}"}).status == 201
    raw = socket.create_connection(("127.0.0.1", world.bridge.port), 60)
    sock = phone.api.tls.wrap_socket(raw, server_hostname="localhost")
    sock.sendall(request("GET", "/mobile/v1/events", key=phone.token))
    assert b" 200 " in sock.recv(4096)
    until(lambda: world.admin.ok("GET", f"/v1/devices/{phone.id}")["online"], "the phone is online")
    sock.settimeout(0.1)
    with contextlib.suppress(OSError):
        sock.unwrap()  # no farewell comes back
    sock.close()
    until(lambda: not world.admin.ok("GET", f"/v1/devices/{phone.id}")["online"], "the phone is offline")


def test_a_renewed_certificate_is_taken(bridge, tmp_path):
    first = connect(bridge)
    old = serial(first)
    for number, tell in enumerate((lambda: None, lambda: bridge.process.process.send_signal(signal.SIGHUP))):
        seen = len(bridge.process.log)  # it looks by itself, and may have seen the new ones before the next line here
        for source, target in zip(next_certificate(bridge.ca.parent, f"next{number}"), (bridge.pair, bridge.key)):
            shutil.copy(source, tmp_path / "new")
            os.replace(tmp_path / "new", target)
        tell()
        bridge.process.wait_log("the certificate is taken .*expires=", seen)
        text = bridge.admin.get("/metrics").body
        left = int(re.search(r"^smsquitto_certificate_expires_seconds (\d+)$", text, re.M)[1]) - time.time()
        assert 86400 < left < 3 * 86400
        later = connect(bridge)
        assert serial(later) != old and alive(later)
        assert alive(first) and serial(first) == old
        later.close()
    first.close()


def test_a_bad_pair_is_refused_and_the_old_one_stays(bridge):
    with connect(bridge) as sock:
        old = serial(sock)
        for file, setting in ((bridge.key, "tls-key-file"), (bridge.pair, "tls-certificate-file")):
            pathlib.Path(file).write_text("no PEM at all")
            bridge.process.process.send_signal(signal.SIGHUP)
            bridge.process.wait_log(f"not taken, the old one stays .*{setting}: {file}: ")
            with connect(bridge) as later:
                assert serial(later) == old and alive(later) and alive(sock)


def encrypt(key, target):
    openssl(key.parent, "pkey", "-in", str(key), "-aes256", "-passout", "pass:x", "-out", str(target))


def test_a_bad_pair_at_the_start(files, tmp_path):
    _, pair, key = files
    foreign = next_certificate(pair.parent, "foreign")[1]
    locked, garbage = tmp_path / "locked.key", tmp_path / "garbage.pem"
    encrypt(key, locked)
    garbage.write_text("-----BEGIN CERTIFICATE-----\nhello\n-----END CERTIFICATE-----\n")
    for certificate_file, key_file, words in (
            (tmp_path / "none.pem", key, "tls-certificate-file: %s/none.pem: No such file" % tmp_path),
            (garbage, key, "tls-certificate-file: %s: is no chain" % garbage),
            (pair, pair, "tls-key-file: %s: is no private key" % pair),
            (pair, locked, "tls-key-file: %s: has a passphrase" % locked),
            (pair, foreign, "tls-key-file: %s: is not the key of that certificate" % foreign),
            (pair, "", "tls-certificate-file, tls-key-file: give both or none")):
        environment = dict(os.environ, SMSQUITTO_HTTP_TLS_CERTIFICATE_FILE=str(certificate_file),
                           SMSQUITTO_HTTP_TLS_KEY_FILE=str(key_file), SMSQUITTO_STORE_PATH=str(tmp_path / "no.db"))
        for option in ([], ["--check"]):
            done = subprocess.run([BUILD / "bridge/smsquitto-bridge", *option], env=environment, capture_output=True,
                                  text=True, timeout=60)
            assert done.returncode == 3 and words in done.stderr, done.stderr
    assert not (tmp_path / "no.db").exists()


def test_what_is_no_tls_or_too_old_is_closed(bridge):
    assert bridge.exchange(request("GET", "/healthz")) == b""
    with pytest.raises((ssl.SSLError, ConnectionError)):
        context = ssl.create_default_context(cafile=bridge.ca)
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        context.wrap_socket(bridge.raw(), server_hostname="localhost")
    with connect(bridge, maximum_version=ssl.TLSVersion.TLSv1_2) as sock:
        assert alive(sock) and sock.version() == "TLSv1.2"


def test_a_handshake_that_stops_costs_nothing(bridge):
    waiting = [bridge.raw() for _ in range(20)]
    for sock in waiting:
        sock.sendall(b"\x16\x03")
    with connect(bridge) as sock:
        assert alive(sock)
        before = bridge.process.processor_seconds()
        threading.Event().wait(0.5)  # what is measured is this time: a loop without a pause takes all of it
        assert bridge.process.processor_seconds() - before < 0.25
        assert alive(sock)
    for sock in waiting:
        sock.close()
