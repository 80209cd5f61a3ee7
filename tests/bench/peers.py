"""Other gateways, as somebody would run them. scripts/bench --peers puts them into build/peers."""
import json
import pathlib
import shutil
import socket
import subprocess
import tempfile

from gateway import BUILD, Broker, Fleet, Service, end, free_port, wait_until

PEERS = BUILD.parent / "peers"
DEVICES = 1000

KANNEL = """
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = bench
smsbox-port = {smsbox}
smsbox-interface = 127.0.0.1
store-type = file
store-location = "{folder}/store"
dlr-storage = internal
{bearerbox_log}

group = smsc
smsc = fake
smsc-id = fake
port = {smsc}
our-host = 127.0.0.1
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {port}
sendsms-interface = 127.0.0.1
global-sender = 13013
{smsbox_log}

group = sendsms-user
username = bench
password = bench
"""


def listens(port):
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


class Kannel(Service):
    """bearerbox and smsbox with the file store, and the fake SMSC unless it is down. Its reports say that the SMSC has the
    text, before any phone. With log, each box has a log file at the default level, as in Debian's kannel.conf: what became of a
    text stands nowhere else."""

    api = "kannel"
    key = "bench"

    def __init__(self, receiver=None, smsc=True, log=True):
        super().__init__()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="smsq-"))
        self.ends.callback(shutil.rmtree, self.folder)
        ports = {name: free_port() for name in ("admin", "smsbox", "smsc", "port")}
        logs = {f"{box}_log": f'log-file = "{self.folder}/{box}.log"' if log else "" for box in ("bearerbox", "smsbox")}
        (self.folder / "kannel.conf").write_text(KANNEL.format(folder=self.folder, **ports, **logs))
        self.port = ports["port"]
        self.report_port = receiver.port if receiver else 0
        for name, port in (("bearerbox", ports["smsbox"]), ("smsbox", self.port)):
            self._start(f"usr/sbin/{name}", "-v", "4", self.folder / "kannel.conf")
            wait_until(lambda: listens(port), name)
        if smsc:
            self._start("usr/lib/kannel/test/fakesmsc", "-H", "127.0.0.1", "-r", ports["smsc"], "-m", "0", "1 2 text -")

    def _start(self, program, *arguments):
        process = subprocess.Popen([PEERS / "kannel" / program, *map(str, arguments)], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.ends.callback(self._kill, process)  # with texts that wait it takes its time to end

    @staticmethod
    def _kill(process):
        process.kill()
        process.wait()


class Node(Service):
    """tests/bench/node/service.js on a broker of its own with the same fleet."""

    key = "bench"

    def __init__(self, receiver, batch):
        super().__init__()
        broker = self.ends.enter_context(Broker(plugin=False))
        settings = {"database": str(broker.folder / "service.db"), "key": self.key, "batch": batch,
                    "mqtt": f"mqtt://127.0.0.1:{broker.port}", "report": receiver.url}
        process = subprocess.Popen(["node", "service.js", json.dumps(settings)], cwd=PEERS / "node", stdout=subprocess.PIPE,
                                   text=True)
        self.ends.callback(end, process)
        self.port = int(process.stdout.readline())
        (broker.folder / "keys").write_text("".join(f"d{n:05d} none\n" for n in range(DEVICES)))
        self.ends.callback(Fleet(broker.port, broker.folder / "keys", DEVICES).end)
        wait_until(self._all_there, "devices of the Node service")

    def _all_there(self):
        words = ["curl", "-s", "-H", f"Authorization: Bearer {self.key}", f"http://127.0.0.1:{self.port}/v1/status"]
        return json.loads(subprocess.check_output(words))["devices"] == DEVICES
