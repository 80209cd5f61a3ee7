"""The ModemManager radio with Debian's ModemManager, in its test mode, and a modem of ours that speaks AT."""
import os
import shutil
import subprocess
import sysconfig
import tempfile

import pytest
from at_modem import AtModem
from broker import BUILD
from device import Device
from fake_modemmanager import FakeModemManager
from world import until

PROGRAM = shutil.which("ModemManager", path="/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", ""))
PLUGINS = f"/usr/lib/{sysconfig.get_config_var('MULTIARCH')}/ModemManager"
NUMBER = "+15551234567"
SRR, UDHI = 0x20, 0x40  # of a PDU's first octet: a status report is asked for; there is a header

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="Debian's package modemmanager is not installed")


def call(bus, method, *arguments):
    done = subprocess.run(["dbus-send", f"--bus={bus.address}", "--print-reply",
                           "--dest=org.freedesktop.ModemManager1", "/org/freedesktop/ModemManager1",
                           f"org.freedesktop.{method}", *arguments], capture_output=True, text=True, check=False)
    return done.returncode == 0


@pytest.fixture
def modem(monkeypatch):
    """A modem that a ModemManager has found; both on a bus of their own."""
    modem = AtModem(f"smsq-{os.getpid()}")
    with FakeModemManager() as bus:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
        process = subprocess.Popen([PROGRAM, "--test-session", "--test-enable", "--test-no-udev", "--test-no-qrtr",
                                    "--test-no-suspend-resume", f"--test-plugin-dir={PLUGINS}"],
                                   env=dict(os.environ, DBUS_SESSION_BUS_ADDRESS=bus.address),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until(lambda: call(bus, "ModemManager1.Test.SetProfile", "string:t", "string:generic",
                               f"array:string:{modem.port}"), "ModemManager takes the modem")
            yield modem
        finally:
            process.terminate()
            process.wait(60)
            modem.close()


def test_a_modem_sends_and_receives(bridge, modem):
    with tempfile.TemporaryDirectory(prefix="smsq-") as name:
        radio = f"{BUILD}/device/smsquitto-radio-modemmanager --modem 490154203237518 --state {name}/pending.json"
        with Device(bridge.broker, "phone-1", radio=radio) as device:
            device.wait_log("radio ready")
            bridge.wait_hello()
            short, long = bridge.send(text="Grüße ☃"), bridge.send(text="x" * 400)
            bridge.wait(lambda: bridge.state(short) == "sent" and bridge.state(long) == "sent")
            assert "Grüße ☃".encode("utf-16-be") in modem.submits[0]
            # What the radio relies on: of a long text, a report is asked for the last part alone.
            assert [(pdu[1] & SRR, pdu[1] & UDHI) for pdu in modem.submits] == [
                (SRR, 0), (0, UDHI), (0, UDHI), (SRR, UDHI)]
            modem.report(254, NUMBER, 0x46)
            modem.report(1, NUMBER)
            bridge.wait(lambda: bridge.state(short) == "undelivered" and bridge.state(long) == "delivered")

            modem.receive("+15557654321", "Hallo ü")
            bridge.wait(lambda: bridge.inbound)
            text, = bridge.inbound.values()
            assert (text["from"], text["text"], text["received_at"]) == ("+15557654321", "Hallo ü", 1767319445000)
            until(lambda: not modem.stored, "the text leaves the SIM")

            modem.refuse = 28
            bad = bridge.send(text="no")
            bridge.wait(lambda: bridge.state(bad) == "failed")
            error = bridge.of(bad)[-1]["error"]
            assert (error["code"], error["kind"]) == ("cause-28", "permanent")
            bridge.configure(telemetry_interval_ms=1000)
            bridge.wait(lambda: bridge.statuses[-1]["sims"][0]["carrier"] == "Home Mobile", "the carrier is told")
