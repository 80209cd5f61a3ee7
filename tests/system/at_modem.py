"""A modem that speaks AT commands, on a socket as the real ModemManager takes one in its test mode, or on a serial
device: enough of TS 27.007 and 27.005 to be found, to register, and to send and receive texts in PDU mode.

    modem = AtModem("name")            # ModemManager's port is modem.port
    modem.serial()                     # path of a serial device that leads to it
    modem.submits                      # what went on the air: SUBMIT PDUs as bytes
    modem.receive("+1555", "hello")    # a text lands in the SIM
    modem.report(7, "+1555", 0x00)     # a status report for reference 7
    modem.refuse = 28                  # +CMS ERROR from now on
"""
import os
import pty
import re
import socket
import threading
import tty

ANSWERS = {
    "+CGMI": "Vendor", "+CGMM": "Model", "+CGMR": "Revision", "+CGSN": "490154203237518", "+CIMI": "998899889988997",
    "+GCAP": "+GCAP: +CGSM,+DS,+ES", "+WS46=?": "+WS46: (12,22)", "+CGDCONT=?": '+CGDCONT: (1-11),"IP",,,(0-2),(0-3)',
    "+CRSM=176,12258,0,0,10": '+CRSM: 144,0,"98101430121181157002"', "+CPIN?": "+CPIN: READY",
    "+CLCK=?": '+CLCK: ("SC","FD","PS")', '+CLCK="SC",2': "+CLCK: 0", '+CLCK="FD",2': "+CLCK: 0",
    '+CLCK="PS",2': "+CLCK: 0", "+CFUN?": "+CFUN: 1", "+CSQ": "+CSQ: 21,99", "+CNUM": '+CNUM: "","+15550000001",145',
    "+CSCS=?": '+CSCS: ("IRA","UCS2","GSM")', "+CSCS?": '+CSCS: "UCS2"', "+CREG?": '+CREG: 2,1,"1234","001122BB"',
    "+CGREG?": '+CGREG: 2,1,"31C5","0083F7CD"', "+COPS=3,2;+COPS?": '+COPS: 0,2,"21401",2',
    "+COPS=3,0;+COPS?": '+COPS: 0,0,"Home Mobile"', "+COPS?": '+COPS: 0,0,"Home Mobile"',
    "+CMGF=?": "+CMGF: (0,1)", "+CSMS?": "+CSMS: 0,1,1,1",
    "+CSCA?": '+CSCA: "+15550009999",145', "+CBC": "+CBC: 0,80",
    "+CNMI=?": "+CNMI: (0,1,2),(0,1,2,3),(0,2),(0,1,2),(0,1)", "+CPMS=?": '+CPMS: ("SM"),("SM"),("SM")',
    "+CPMS?": '+CPMS: "SM",0,20,"SM",0,20,"SM",0,20',
}
PLAIN = ("", "V1", "X4", "&C1", "+CMEE=", "+IFC=1,1", "+CFUN=", "+CSCS=", "+CREG=", "+CGREG=", "+CMGF=0", "+COPS=3")
STAMP = "62102030405040"  # 2026-01-02 03:04:05 +01


def address(number):
    digits = number.lstrip("+")
    padded = digits + "F" * (len(digits) % 2)
    return f"{len(digits):02X}91" + "".join(padded[at + 1] + padded[at] for at in range(0, len(padded), 2))


class Terminal:
    """The modem's end of a serial line, with what is used of a socket."""

    def __init__(self):
        self.ours, self.theirs = pty.openpty()
        tty.setraw(self.theirs)

    def recv(self, size):
        return os.read(self.ours, size)

    def sendall(self, data):
        while data:
            data = data[os.write(self.ours, data):]


class AtModem:
    def __init__(self, name):
        self.port = f"abstract:{name}"
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind("\0" + self.port)
        self.socket.listen()
        self.lock = threading.Lock()
        self.line, self.reference, self.refuse, self.echo = None, 253, None, False
        self.tells_reports = False
        self.submits, self.stored = [], {}
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self.socket.close()

    def receive(self, number, text):
        data = text.encode("utf-16-be")
        index = max(self.stored, default=0) + 1
        self.stored[index] = f"0004{address(number)}0008{STAMP}{len(data):02X}{data.hex().upper()}"
        self._say(f'+CMTI: "SM",{index}')

    def serial(self):
        terminal = Terminal()
        threading.Thread(target=self._run, args=(terminal,), daemon=True).start()
        return os.ttyname(terminal.theirs)

    def report(self, reference, number, status=0):
        """As a modem does, it drops a report that nobody has asked it to tell."""
        if not self.tells_reports:
            return
        pdu = f"0006{reference:02X}{address(number)}{STAMP}{STAMP}{status:02X}"
        self._say(f"+CDS: {len(pdu) // 2 - 1}\r\n{pdu}")

    def _say(self, *lines):
        with self.lock:
            self.line.sendall("".join(f"\r\n{line}\r\n" for line in lines).encode())

    def _serve(self):
        while True:
            try:
                line, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._run, args=(line,), daemon=True).start()

    def _run(self, line):
        self.line, waiting = line, b""
        while data := line.recv(4096):
            waiting += data
            if self.echo:
                with self.lock:
                    line.sendall(data)
            while found := re.search(rb"[\r\n\x1a]", waiting):
                word, end, waiting = waiting[:found.start()].decode().strip(), found[0], waiting[found.end():]
                if end == b"\x1a":
                    self._submit(word)
                elif word.startswith("AT"):
                    self._command(word[2:])

    def _submit(self, pdu):
        if self.refuse is not None:
            self._say(f"+CMS ERROR: {self.refuse}")
            return
        self.submits.append(bytes.fromhex(pdu))
        self.reference = (self.reference + 1) % 256
        self._say(f"+CMGS: {self.reference}", "OK")

    def _command(self, word):
        if word in ("E0", "E1"):
            self.echo = word == "E1"
            self._say("OK")
        elif re.fullmatch(r"\+CNMI=\d,\d,\d,\d,\d", word):
            self.tells_reports = word.split(",")[3] == "1"
            self._say("OK")
        elif word.startswith("+CMGS="):
            with self.lock:
                self.line.sendall(b"\r\n> ")
        elif word in ANSWERS:
            self._say(ANSWERS[word], "OK")
        elif word.startswith("+CPMS="):
            self._say("+CPMS: 0,20,0,20,0,20", "OK")
        elif word == "+CMGL=4":
            self._say(*(f"+CMGL: {at},1,,{len(pdu) // 2 - 1}\r\n{pdu}" for at, pdu in self.stored.items()), "OK")
        elif word.startswith("+CMGR=") and int(word[6:]) in self.stored:
            pdu = self.stored[int(word[6:])]
            self._say(f"+CMGR: 1,,{len(pdu) // 2 - 1}\r\n{pdu}", "OK")
        elif word.startswith("+CMGD="):
            self.stored.pop(int(word[6:].split(",")[0]), None)
            self._say("OK")
        elif any(word == plain or plain.endswith("=") and word.startswith(plain) for plain in PLAIN):
            self._say("OK")
        else:
            self._say("ERROR")
