"""The gammu radio with gammu's dummy phone: a real SMS library from the bridge's word to the phone, and back."""
import pathlib
import shutil
import subprocess
import tempfile

import pytest
from at_modem import AtModem
from broker import BUILD
from device import Device

GAMMURC = "[gammu]\nmodel = dummy\nconnection = none\ndevice = {folder}/phone\nlogformat = nothing\n"
REPORT = """
[SMSBackup000]
PDU = Status_Report
DateTime = 20260102T030405
Number = "{number}"
MessageReference = {reference}
State = UnRead
Coding = Default_No_Compression
Folder = 1
Length = 0
Text00 =
Class = -1
ReplySMSC = False
SMSC = ""
SentSMSCDateTime = 20260102T030405
OtherDateTime = 20260102T030406
RejectDuplicates = False
ReplaceMessage = 0
"""


@pytest.fixture
def phone():
    with tempfile.TemporaryDirectory(prefix="smsq-") as name:  # short: a radio's command has 255 bytes
        folder = pathlib.Path(name)
        (folder / "phone" / "sms" / "1").mkdir(parents=True)
        yield folder


def device_of(bridge, phone, *flags):
    return Device(bridge.broker, "phone-1",
                  radio=f"{BUILD}/device/smsquitto-radio-gammu --model dummy --connection none "
                        f"--device {phone}/phone --state {phone}/pending.json --poll 50 " + " ".join(flags))


def plant(phone, sender, *text):
    """A text in the phone, whole from the first moment on: it is written into another phone, and moved."""
    with tempfile.TemporaryDirectory(dir=phone) as name:
        other = pathlib.Path(name)
        (other / "phone" / "sms" / "1").mkdir(parents=True)
        (other / "gammurc").write_text(GAMMURC.format(folder=other))
        subprocess.run(["gammu", "-c", other / "gammurc", "savesms", "TEXT", "-folder", "1", "-unread", "-sender", sender,
                        "-text", *text], check=True, stdout=subprocess.DEVNULL)
        written, = (other / "phone" / "sms" / "1").iterdir()
        place = 1 + max((int(file.name) for file in (phone / "phone" / "sms" / "1").iterdir()), default=0)
        written.rename(phone / "phone" / "sms" / "1" / str(place))


def plant_report(phone, place, reference, number="+15551234567"):
    """A status report that says "delivered": the dummy's files cannot say anything else."""
    (phone / "report").write_text(REPORT.format(number=number, reference=reference))
    (phone / "report").rename(phone / "phone" / "sms" / "1" / str(place))


def test_texts_are_sent_in_parts(bridge, phone):
    with device_of(bridge, phone):
        bridge.wait_hello()
        assert bridge.hellos()[0]["radio"] == "gammu" and bridge.hellos()[0]["sims"][0]["signal"] == 42
        short, long = bridge.send(), bridge.send(text="x" * 200 + " ü€☃")
        bridge.wait(lambda: bridge.state(short) == "sent" and bridge.state(long) == "sent")
        parts = [(report["state"], report["part"], report["parts"]) for report in bridge.of(long)]
        assert parts == [("accepted", 0, 1), ("sent", 1, 4), ("sent", 2, 4), ("sent", 3, 4), ("sent", 0, 4)]


def test_status_report_ends_the_message(bridge, phone):
    with device_of(bridge, phone) as device:
        bridge.wait_hello()
        id = bridge.send()
        bridge.wait(lambda: bridge.state(id) == "sent")
        device.restart()  # the references are remembered
        bridge.wait_hello(2)
        plant_report(phone, 3, 255, number="+15557654321")  # of another text
        plant_report(phone, 4, 255)
        bridge.wait(lambda: bridge.state(id) == "delivered")


def test_two_equal_texts_of_one_second_are_two(bridge, phone):
    plant(phone, "+15557654321", "Yes")
    folder = phone / "phone" / "sms" / "1"
    first, = folder.iterdir()
    shutil.copy(first, folder / str(int(first.name) + 1))
    with device_of(bridge, phone):
        bridge.wait(lambda: len(bridge.inbound) == 2)
        one, two = bridge.inbound.values()
        assert one["uid"] != two["uid"]
        assert (one["from"], one["text"], one["received_at"]) == (two["from"], two["text"], two["received_at"])


def test_inbound_text_arrives_once(bridge, phone):
    with device_of(bridge, phone, "--keep") as device:
        bridge.wait_hello()
        plant(phone, "+15550001111", "Grüße ☃", "-unicode")
        bridge.wait(lambda: bridge.inbound)
        text, = bridge.inbound.values()
        assert (text["from"], text["text"]) == ("+15550001111", "Grüße ☃")
        device.restart()
        bridge.wait_hello(2)
        plant(phone, "Bank", "second")
        bridge.wait(lambda: len(bridge.inbound) == 2)
        assert [text["seq"] for text in bridge.inbound.values()] == [1, 2]


def test_stored_texts_leave_the_phone(bridge, phone):
    with device_of(bridge, phone):
        bridge.wait_hello()
        plant(phone, "+15550001111", "hello")
        bridge.wait(lambda: bridge.inbound)
        folder = phone / "phone" / "sms" / "1"
        bridge.wait(lambda: not list(folder.iterdir()), "the text is still in the phone")


def test_modem_by_at_commands(bridge, phone):
    modem = AtModem(phone.name)
    with Device(bridge.broker, "phone-1",
                radio=f"{BUILD}/device/smsquitto-radio-gammu --device {modem.serial()} --connection at115200 "
                      f"--state {phone}/pending.json --poll 100"):
        bridge.wait_hello()
        short, long = bridge.send(text="Grüße ☃"), bridge.send(text="x" * 400)
        bridge.wait(lambda: bridge.state(short) == "sent" and bridge.state(long) == "sent")
        assert len(modem.submits) == 4 and "Grüße ☃".encode("utf-16-be") in modem.submits[0]
        modem.report(254, "+15551234567", 0x46)
        for reference in (255, 0, 1):
            modem.report(reference, "+15551234567")
        bridge.wait(lambda: bridge.state(long) == "delivered" and bridge.of(short)[-1]["state"] == "undelivered")
        modem.receive("+15557654321", "Hallo ü")
        bridge.wait(lambda: bridge.inbound)
        text, = bridge.inbound.values()
        assert (text["from"], text["text"], text["received_at"]) == ("+15557654321", "Hallo ü", 1767319445000)
        bridge.wait(lambda: not modem.stored, "the text is still in the modem")
        modem.refuse = 28
        bad = bridge.send(text="no")
        bridge.wait(lambda: bridge.state(bad) == "failed")
        error = bridge.of(bad)[-1]["error"]
        assert (error["code"], error["kind"]) == ("cause-28", "permanent")
    modem.close()
