#!/usr/bin/python3
"""ModemManager with one modem, for tests: a private D-Bus and a service that has its name and interfaces.

    with FakeModemManager() as modem:       # modem.address is that of the bus
        modem.add()                         # the modem is plugged in
        modem.receive("Bank", "hello")      # a text comes in
        modem.report("+1555", 7)            # a status report for reference 7
        modem.air()                         # what went on the air: {"to", "text", "report", "reference"}
        modem.behave(error="Message.NoNetwork", message="No network")   # of Send from now on
        modem.texts()                       # how many texts lie in the modem

Run as a program it is the service: commands come as JSON lines, each is answered with one.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from process import json_lines

MM = "org.freedesktop.ModemManager1"
ROOT = "/org/freedesktop/ModemManager1"
PROPERTIES = "org.freedesktop.DBus.Properties"


class FakeModemManager:
    def __init__(self, **modem):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="smsq-bus-"))
        self.modem = modem
        self.service = None

    def __enter__(self):
        configuration = self.folder / "bus.conf"
        configuration.write_text(f"""<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><listen>unix:path={self.folder}/bus</listen><auth>EXTERNAL</auth><policy context="default">
<allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/><allow user="*"/></policy></busconfig>""")
        self.bus = subprocess.Popen(["dbus-daemon", "--config-file", configuration, "--nofork", "--print-address"],
                                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.address = self.bus.stdout.readline().strip()
        assert self.address, "dbus-daemon does not start"
        return self

    def __exit__(self, *_):
        self.stop()
        self.bus.terminate()
        self.bus.wait(60)
        self.bus.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        """ModemManager starts, without a modem."""
        self.service = subprocess.Popen(["/usr/bin/python3", __file__, self.address, self.folder / "air.jsonl"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.service.stdout.readline() == "ready\n"
        return self

    def stop(self):
        """ModemManager ends as in a crash."""
        if self.service is not None:
            self.service.kill()
            self.service.wait(60)
            self.service.stdin.close()
            self.service.stdout.close()
            self.service = None

    def ask(self, name, **arguments):
        self.service.stdin.write(json.dumps([name, arguments]) + "\n")
        self.service.stdin.flush()
        return json.loads(self.service.stdout.readline())

    def __getattr__(self, name):
        return lambda *words, **arguments: self.ask(name, words=words, **arguments)

    def air(self):
        return json_lines(self.folder / "air.jsonl")


def serve(address, air):
    import dbus
    import dbus.service
    from dbus.mainloop.glib import DBusGMainLoop
    from gi.repository import GLib

    DBusGMainLoop(set_as_default=True)
    bus = dbus.bus.BusConnection(address)
    state = {"sms": 0, "reference": 253, "behave": {}, "modem": None}

    class Error(dbus.DBusException):
        def __init__(self, name, message):
            super().__init__(message)
            self._dbus_error_name = f"{MM}.Error.{name}" if not name.startswith("org.") else name

    class Thing(dbus.service.Object):
        """An object with properties. interfaces: {name: {property: value}}."""

        def __init__(self, path, interfaces):
            super().__init__(bus, path)
            self.path, self.interfaces = path, interfaces

        @dbus.service.method(PROPERTIES, in_signature="s", out_signature="a{sv}")
        def GetAll(self, interface):
            return self.interfaces.get(interface, dbus.Dictionary({}, signature="sv"))

        @dbus.service.signal(PROPERTIES, signature="sa{sv}as")
        def PropertiesChanged(self, interface, changed, invalidated):
            pass

        def change(self, interface, **values):
            self.interfaces[interface].update(values)
            self.PropertiesChanged(interface, values, dbus.Array([], signature="s"))

    class Sms(Thing):
        def __init__(self, **properties):
            state["sms"] += 1
            values = {"State": dbus.UInt32(0), "PduType": dbus.UInt32(2), "Number": "", "Text": "", "SMSC": "",
                      "Class": dbus.Int32(-1), "Data": dbus.Array([], signature="y"), "MessageReference": dbus.UInt32(0),
                      "Validity": dbus.Struct((dbus.UInt32(0), dbus.UInt32(0, variant_level=1))),
                      "DeliveryReportRequest": False, "Timestamp": "", "DeliveryState": dbus.UInt32(256)}
            values.update(properties)
            super().__init__(f"{ROOT}/SMS/{state['sms']}", {f"{MM}.Sms": values})
            state["modem"].texts[self.path] = self

        @dbus.service.method(f"{MM}.Sms", async_callbacks=("done", "fail"))
        def Send(self, done, fail):
            values, behave = self.interfaces[f"{MM}.Sms"], state["behave"]
            if "error" in behave:
                return fail(Error(behave["error"], behave.get("message", "")))
            text = values["Text"]
            parts = 1 if len(text) <= 160 else -(-len(text) // 153)
            state["reference"] = (state["reference"] + parts) % 256
            with open(air, "a") as file:
                file.write(json.dumps({"to": values["Number"], "text": text, "report": bool(
                    values["DeliveryReportRequest"]), "reference": state["reference"]}) + "\n")
            if behave.get("hang"):
                return None
            self.change(f"{MM}.Sms", State=dbus.UInt32(5), MessageReference=dbus.UInt32(state["reference"]))
            return done()

    class Modem(Thing):
        def __init__(self, number=0, imei="490154203237518", modem_state=8, own="+15550000001"):
            self.texts = {}
            super().__init__(f"{ROOT}/Modem/{number}", {
                f"{MM}.Modem": {"State": dbus.Int32(modem_state), "EquipmentIdentifier": imei, "Device": "/sys/devices/x",
                                "DeviceIdentifier": "f00", "PrimaryPort": "ttyUSB2",
                                "SignalQuality": dbus.Struct((dbus.UInt32(70), True)),
                                "OwnNumbers": dbus.Array([own] if own else [], signature="s"),
                                "Bearers": dbus.Array([], signature="o")},
                f"{MM}.Modem.Modem3gpp": {"OperatorName": "Home Mobile", "RegistrationState": dbus.UInt32(1)},
                f"{MM}.Modem.Messaging": {"DefaultStorage": dbus.UInt32(1)}})

        @dbus.service.method(f"{MM}.Modem", in_signature="b")
        def Enable(self, on):
            GLib.idle_add(lambda: self.change(f"{MM}.Modem", State=dbus.Int32(8 if on else 3)))

        @dbus.service.method(f"{MM}.Modem.Messaging", out_signature="ao")
        def List(self):
            return list(self.texts)

        @dbus.service.method(f"{MM}.Modem.Messaging", in_signature="o")
        def Delete(self, path):
            if path not in self.texts:
                raise Error("Core.NotFound", "No SMS found")
            self.texts.pop(path).remove_from_connection()

        @dbus.service.method(f"{MM}.Modem.Messaging", in_signature="a{sv}", out_signature="o")
        def Create(self, properties):
            if state["behave"].get("unauthorized"):
                raise Error("Core.Unauthorized", "PolicyKit authorization failed")
            return Sms(Number=properties["number"], Text=properties["text"],
                       DeliveryReportRequest=properties["delivery-report-request"]).path

        @dbus.service.signal(f"{MM}.Modem.Messaging", signature="ob")
        def Added(self, path, received):
            pass

    class Root(dbus.service.Object):
        @dbus.service.method("org.freedesktop.DBus.ObjectManager", out_signature="a{oa{sa{sv}}}")
        def GetManagedObjects(self):
            modem = state["modem"]
            return {modem.path: modem.interfaces} if modem else dbus.Dictionary({}, signature="oa{sa{sv}}")

        @dbus.service.signal("org.freedesktop.DBus.ObjectManager", signature="oa{sa{sv}}")
        def InterfacesAdded(self, path, interfaces):
            pass

        @dbus.service.signal("org.freedesktop.DBus.ObjectManager", signature="oas")
        def InterfacesRemoved(self, path, interfaces):
            pass

    class Commands:
        def add(self, words, **modem):
            state["modem"] = Modem(**modem)
            root.InterfacesAdded(state["modem"].path, state["modem"].interfaces)

        def remove(self, words):
            modem, state["modem"] = state["modem"], None
            modem.remove_from_connection()
            root.InterfacesRemoved(modem.path, list(modem.interfaces))

        def behave(self, words, **behave):
            state["behave"] = behave

        def receive(self, words, at="2026-01-02T03:04:05+01", whole=True, announce=True):
            sms = Sms(State=dbus.UInt32(3 if whole else 2), PduType=dbus.UInt32(1), Number=words[0],
                      Text=words[1] if whole else "", Timestamp=at)
            if announce:
                state["modem"].Added(sms.path, True)
            return sms.path

        def complete(self, words):
            """The last part of a text has come: path, text."""
            state["modem"].texts[words[0]].change(f"{MM}.Sms", Text=words[1], State=dbus.UInt32(3))

        def report(self, words, delivery=0):
            sms = Sms(State=dbus.UInt32(3), PduType=dbus.UInt32(3), Number=words[0], DeliveryState=dbus.UInt32(delivery),
                      MessageReference=dbus.UInt32(words[1]), Timestamp="2026-01-02T03:04:05+01")
            state["modem"].Added(sms.path, True)

        def signal(self, words):
            state["modem"].change(f"{MM}.Modem", SignalQuality=dbus.Struct((dbus.UInt32(words[0]), True)))

        def texts(self, words):
            return len(state["modem"].texts)

    def on_line(*_):
        line = sys.stdin.readline()
        if not line:
            loop.quit()
            return False
        name, arguments = json.loads(line)
        print(json.dumps(getattr(Commands(), name)(**arguments)), flush=True)
        return True

    root = Root(bus, ROOT)
    name = dbus.service.BusName(MM, bus)
    loop = GLib.MainLoop()
    GLib.io_add_watch(0, GLib.IO_IN | GLib.IO_HUP, on_line)
    print("ready", flush=True)
    loop.run()
    del name


if __name__ == "__main__":
    serve(*sys.argv[1:])
    os._exit(0)
