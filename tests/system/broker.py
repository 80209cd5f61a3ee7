"""The real Mosquitto with our plugin, in a fresh folder, for system tests.

    with Broker() as broker:                       # starts it, and ends it with its folder
        broker.add_login("phone-1", key="sqd_x")   # the broker knows it within a second, or ...
        broker.start()                             # ... at its start, when added before

Environment: SMSQUITTO_BUILD, the build folder; SMSQUITTO_SANITIZE, the sanitizers it was built with;
SMSQUITTO_MOSQUITTO, another broker than the installed one.
"""
import hashlib
import os
import pathlib
import pwd
import random
import re
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time

import raw_mqtt

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SMSQUITTO_BUILD", ROOT / "build" / "debug"))
MOSQUITTO = os.environ.get("SMSQUITTO_MOSQUITTO") or shutil.which(
    "mosquitto", path="/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", ""))
DEADLINE = 60.0

# Thousands of clients: as many open files as we may have, for the broker as well.
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65536) if most != resource.RLIM_INFINITY else 65536, most))


_ports = []  # what marks the ports that this process has, until it ends


def free_port():
    """A TCP port of 127.0.0.1 that nobody has, and that nobody gets while this process runs: no other test, as a name is
    bound that belongs to it, and no connection, as the kernel does not give it to those that ask for any port."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        first = int(file.read().split()[0])
    dice = random.SystemRandom()
    while True:
        port = dice.randrange(10000, first if first > 12000 else 32768)
        mark = socket.socket(socket.AF_UNIX)
        try:
            mark.bind(f"\0smsquitto-test-port-{port}")
            with socket.socket() as sock:
                sock.bind(("", port))
        except OSError:
            mark.close()
            continue
        _ports.append(mark)
        return port


def sanitizer_environment():
    """What a program that is not built with our sanitizers needs in order to load a library that is."""
    kinds = os.environ.get("SMSQUITTO_SANITIZE", "").split(",")
    runtimes = [name for kind, name in (("address", "libasan.so"), ("thread", "libtsan.so")) if kind in kinds]
    if not runtimes:
        return {}
    paths = [subprocess.check_output(["gcc", f"-print-file-name={name}"], text=True).strip() for name in runtimes]
    return {"LD_PRELOAD": " ".join(paths), "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=1",
            "UBSAN_OPTIONS": "print_stacktrace=1"}


class Roster:
    """roster.db as the bridge would write it."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        with self._open() as db:
            db.executescript((ROOT / "schemas/sql/roster/0001.sql").read_text())

    def _open(self):
        return sqlite3.connect(self.path, timeout=10)

    def change(self, statement, *values):
        """Runs one statement and raises the generation, in one transaction."""
        db = self._open()
        with db:
            db.execute(statement, values)
            db.execute("UPDATE roster SET generation = generation + 1")
        db.close()

    def add(self, name, role="device", key=None):
        self.change("INSERT INTO login (name, role, key_hash) VALUES (?, ?, ?)", name, role,
                    hashlib.sha256((key or key_of(name)).encode()).digest())

    def add_many(self, names, role="device"):
        """Adds many logins with the keys of key_of in one transaction."""
        db = self._open()
        with db:
            db.executemany("INSERT INTO login (name, role, key_hash) VALUES (?, ?, ?)",
                           ((name, role, hashlib.sha256(key_of(name).encode()).digest()) for name in names))
            db.execute("UPDATE roster SET generation = generation + 1")
        db.close()

    def remove(self, name):
        self.change("DELETE FROM login WHERE name = ?", name)

    def disable(self, name, disabled=True):
        self.change("UPDATE login SET disabled = ? WHERE name = ?", int(disabled), name)

    def rotate(self, name, key):
        self.change("UPDATE login SET key_hash = ? WHERE name = ?", hashlib.sha256(key.encode()).digest(), name)


def key_of(name):
    """The key of a login that was added without one."""
    return f"sqd_key-of-{name}"


CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def certificate(folder):
    """A CA that signs a certificate for localhost; returns (ca, certificate, key)."""
    openssl(folder, "req", "-x509", *CURVE, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=test CA")
    return folder / "ca.pem", *next_certificate(folder)


def next_certificate(folder, name="server"):
    """A further certificate for localhost of the CA in that folder; returns (certificate, key)."""
    openssl(folder, "req", *CURVE, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-out", f"{name}.pem",
            "-days", "2", "-copy_extensions", "copy")
    return folder / f"{name}.pem", folder / f"{name}.key"


class Broker:
    """One broker. Attributes: port (TCP, 127.0.0.1), socket (path, for bridges), folder, roster, process."""

    def __init__(self, extra="", options=None, plugin=True, tls=None, websocket=False, roster=True, folder=None):
        """extra: further lines at the end of the configuration. options: plugin options.
        tls: (certificate, key) for the TCP and websocket listeners. plugin False: a broker that lets anyone do
        anything. roster False: no roster.db yet. folder: a folder to use again (not deleted in the end)."""
        self._own_folder = folder is None
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="smsq-"))
        (self.folder / "state").mkdir(exist_ok=True)
        self.port = free_port()
        self.websocket_port = free_port() if websocket else None
        self.socket = str(self.folder / "broker.sock")
        self.roster_path = self.folder / "roster.db"
        self.roster = None
        if roster and not self.roster_path.exists():
            self.roster = Roster(self.roster_path)
        self.process = None
        self.log = []
        self._more_log = threading.Condition()
        self.configuration = self.folder / "mosquitto.conf"
        self.configuration.write_text(self._configure(extra, options or {}, plugin, tls))

    def _configure(self, extra, options, plugin, tls):
        text = (ROOT / "mosquitto.conf.example").read_text()
        if tls:
            text = re.sub(r"(?m)^#tls ", "", text)
        if self.websocket_port:
            text = re.sub(r"(?m)^#ws ", "", text)
            if tls:
                text = text.replace("protocol websockets", "protocol websockets\ncertfile @CERT@\nkeyfile @KEY@")
        if not plugin:
            text = re.sub(r"(?m)^plugin.*\n", "", text).replace("allow_anonymous false", "allow_anonymous true")
        words = {"PLUGIN": BUILD / "plugin/smsquitto.so", "DATA": self.folder, "STATE": self.folder / "state",
                 "SOCKET": self.socket, "ADDRESS": "127.0.0.1", "PORT": self.port, "WSPORT": self.websocket_port,
                 "USER": pwd.getpwuid(os.getuid()).pw_name, "CERT": tls and tls[0], "KEY": tls and tls[1]}
        text = re.sub(r"@([A-Z]+)@", lambda word: str(words[word[1]]), text.split("\n\n", 1)[1])
        text = text.replace("log_type error\n", "log_type error\nlog_type information\n")
        for key, value in options.items():
            text = re.sub(rf"(?m)^plugin_opt_{key} .*\n", "", text)
            text = text.replace("\n# Further", f"\nplugin_opt_{key} {value}\n# Further")
        return f"{text}{extra}\n"

    # --- its life

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.close()

    def launch(self):
        """Starts the process without waiting until it is ready."""
        environment = dict(os.environ, **sanitizer_environment())
        self.process = subprocess.Popen([MOSQUITTO, "-c", str(self.configuration)], env=environment,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        text=True, errors="replace")
        self._log_reader = threading.Thread(target=self._read_log, args=(self.process.stderr,), daemon=True)
        self._log_reader.start()

    def start(self):
        """Starts the broker and waits until it serves. Does nothing when it runs."""
        if self.process is None:
            seen = len(self.log)
            self.launch()
            self.wait_log(r"mosquitto version .* running", seen)
        return self

    def stop(self):
        """Ends the broker cleanly (SIGTERM) and returns its exit code, None when it did not run."""
        return self._end(signal.SIGTERM)

    def kill(self):
        """Ends it as a crash would (SIGKILL)."""
        return self._end(signal.SIGKILL)

    def _end(self, number):
        process, self.process = self.process, None
        if process is None:
            return None
        process.send_signal(number)
        code = process.wait(DEADLINE)
        self._log_reader.join(DEADLINE)
        return code

    def restart(self):
        self.stop()
        return self.start()

    def close(self):
        """Ends the broker, if it runs, and deletes its folder."""
        self.stop()
        if self._own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def reload(self):
        """Sends SIGHUP and waits until the broker reads its configuration again."""
        self._signal(signal.SIGHUP, "Reloading config")

    def save(self):
        """Has the broker write its state to disk, as it does now and then."""
        self._signal(signal.SIGUSR1, "Saving in-memory database")

    def _signal(self, number, answer):
        seen = len(self.log)
        self.process.send_signal(number)
        self.wait_log(answer, seen)

    def connect(self, name, version=5, key=None, websocket=False, tls=None, **connect):
        """A raw_mqtt.Client that is logged in: on the unix socket when the name begins with bridge, else by TCP."""
        address = self.socket if name.startswith("bridge") else ("127.0.0.1", self.port)
        if websocket:
            address = ("127.0.0.1", self.websocket_port)
        client = raw_mqtt.Client(address, version=version, websocket=websocket, tls=tls)
        code = client.connect(name, name, key or key_of(name), **connect)
        assert code == 0, f"login of {name} refused with code {code}"
        return client

    # --- its log

    def _read_log(self, stream):
        for line in stream:
            with self._more_log:
                self.log.append(line.rstrip("\n"))
                self._more_log.notify_all()
        with self._more_log:
            self.log.append("(end of log)")
            self._more_log.notify_all()

    def wait_log(self, pattern, start=0, timeout=DEADLINE):
        """Waits for a line from place start on that matches; returns it. Fails at once when the broker has ended."""
        until = time.monotonic() + timeout
        at = start
        with self._more_log:
            while True:
                while at < len(self.log):
                    if re.search(pattern, self.log[at]):
                        return self.log[at]
                    assert self.log[at] != "(end of log)", "\n".join(["the broker has ended:"] + self.log[start:])
                    at += 1
                left = until - time.monotonic()
                assert left > 0, "\n".join([f"no line in time matches {pattern}:"] + self.log[start:])
                self._more_log.wait(left)

    # --- who may log in

    def add_login(self, name, role="device", key=None):
        """Adds a login; when the broker runs, waits until it knows it. Returns the key."""
        self.change_roster(lambda roster: roster.add(name, role, key))
        return key or key_of(name)

    def change_roster(self, change):
        """Calls change(roster) and, when the broker runs, waits until it has the new table."""
        seen = len(self.log)
        change(self.roster)
        if self.process is not None:
            db = sqlite3.connect(self.roster_path)
            generation, = db.execute("SELECT generation FROM roster").fetchone()
            db.close()
            self.wait_log(rf"roster loaded generation={generation} ", seen)
