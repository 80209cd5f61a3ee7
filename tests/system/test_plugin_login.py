"""Who may log in, where and how; and starts that are refused."""
import subprocess

import pytest
from broker import MOSQUITTO, Broker, Roster, certificate, key_of, sanitizer_environment
from raw_mqtt import CONNACK, Client, Closed, text

VERSIONS = pytest.mark.parametrize("version", [4, 5], ids=["mqtt311", "mqtt5"])


def refused(version):
    return 0x87 if version == 5 else 5


@pytest.fixture(scope="module")
def broker():
    broker = Broker()
    broker.add_login("bridge-1", "bridge")
    broker.add_login("bridge-2", "bridge")
    broker.add_login("phone-1")
    broker.add_login("revoked")
    broker.add_login("boss", "operator")
    broker.roster.disable("revoked")
    with broker:
        yield broker


LONGEST = "a" * 21
CASES = {
    "welcome": (0, {}),
    "longest keepalive": (0, {"keepalive": 1200}),
    "wrong key": (1, {"password": "sqd_wrong"}),
    "another's key": (1, {"password": key_of("bridge-1")}),
    "no key": (1, {"password": None}),
    "empty key": (1, {"password": ""}),
    "key and more": (1, {"password": key_of("phone-1") + "x"}),
    "key with a line end": (1, {"password": key_of("phone-1") + "\n"}),
    "key after NUL": (1, {"password": "\0" + key_of("phone-1")}),
    "NUL in a wrong key": (1, {"password": "sqd_wrong\0" + key_of("phone-1")}),
    # A limit of the broker's interface, as documented: what follows a NUL is not seen.
    "NUL after the key": (0, {"password": key_of("phone-1") + "\0x"}),
    "overlong key": (1, {"password": "k" * 129}),
    "very long key": (1, {"password": "k" * 65535}),
    "no user name": (1, {"username": None, "password": None}),
    "empty user name": (1, {"username": ""}),
    "unknown name": (1, {"username": "phone-2", "client_id": "phone-2"}),
    "longest name": (1, {"username": LONGEST, "client_id": LONGEST}),
    "overlong name": (1, {"username": LONGEST + "a", "client_id": LONGEST + "a"}),
    "disabled": (1, {"username": "revoked", "client_id": "revoked", "password": key_of("revoked")}),
    "another client id": (1, {"client_id": "phone-2"}),
    "longer client id": (1, {"client_id": "phone-1x"}),
    "empty client id": (1, {"client_id": ""}),
    "name in capitals": (1, {"username": "PHONE-1", "client_id": "PHONE-1"}),
    "plus": (1, {"username": "+", "client_id": "+"}),
    "hash": (1, {"username": "#", "client_id": "#"}),
    "slash": (1, {"username": "phone-1/send", "client_id": "phone-1/send"}),
    "dollar": (1, {"username": "$SYS", "client_id": "$SYS"}),
    "control character": (1, {"username": "phone-1\x01", "client_id": "phone-1\x01"}),
    "no keepalive": (1, {"keepalive": 0}),
    "overlong keepalive": (1, {"keepalive": 1201}),
    "bridge by TCP": (1, {"username": "bridge-1", "client_id": "bridge-1", "password": key_of("bridge-1")}),
    "operator by default": (1, {"username": "boss", "client_id": "boss", "password": key_of("boss")}),
}


@VERSIONS
@pytest.mark.parametrize("case", CASES)
def test_login(broker, version, case):
    is_refused, changes = CASES[case]
    client = Client(("127.0.0.1", broker.port), version=version)
    connect = {"client_id": "phone-1", "username": "phone-1", "password": key_of("phone-1")}
    try:
        code = client.connect(**{**connect, **changes})
    except Closed:
        code = "closed"
    if case == "control character":
        # The broker itself may drop such names, before the plugin is asked.
        assert code != 0
    else:
        assert code == (refused(version) if is_refused else 0)
    if is_refused:
        client.closed()
    client.close()


@VERSIONS
def test_several_bridges_and_a_device_on_the_socket(broker, version):
    for name in ("bridge-1", "bridge-2", "phone-1"):
        client = Client(broker.socket, version=version)
        assert client.connect(name, name, key_of(name)) == 0
        client.disconnect()


def test_enhanced_authentication_refused(broker):
    client = Client(("127.0.0.1", broker.port))
    assert client.connect("phone-1", "phone-1", key_of("phone-1"), properties=b"\x15" + text("PLAIN")) == 0x87


def test_refusals_leave_no_key_in_the_log(broker):
    client = Client(("127.0.0.1", broker.port))
    assert client.connect("phone-1", "phone-1", "sqd_secret-in-the-log") == 0x87
    broker.connect("phone-1").ping()
    assert not any("sqd_" in line for line in broker.log)


@VERSIONS
def test_operator_may_do_all_where_allowed(version):
    broker = Broker(options={"allow_operator": "true"})
    broker.add_login("boss", "operator")
    with broker:
        boss = broker.connect("boss", version)
        assert boss.subscribe("#", "$SYS/broker/uptime") == [1, 1]
        assert boss.publish("any/topic", "x", retain=True) == 0
        assert boss.message(lambda message: message.topic == "any/topic").payload == b"x"


@VERSIONS
def test_closed_without_answer_until_there_is_a_table(version):
    with Broker(roster=False) as broker:
        client = Client(("127.0.0.1", broker.port), version=version)
        client.send_connect("phone-1", "phone-1", key_of("phone-1"))
        assert client.closed() is None
        broker.roster = Roster(broker.roster_path)
        broker.change_roster(lambda roster: roster.add("phone-1"))
        broker.connect("phone-1", version).ping()


def test_broken_and_newer_files_keep_the_old_table():
    broker = Broker()
    broker.add_login("phone-1")
    with broker:
        for damage in (b"not a database at all", b""):
            seen = len(broker.log)
            fresh = broker.folder / "fresh.db"
            fresh.write_bytes(damage)
            fresh.replace(broker.roster_path)
            broker.wait_log("roster not read .* table=kept", seen)
            broker.connect("phone-1").disconnect()
        seen = len(broker.log)
        newer = Roster(broker.folder / "newer.db")
        newer.add("phone-2")
        newer.change("PRAGMA user_version = 2")
        newer.path.replace(broker.roster_path)
        broker.wait_log("roster not read .*schema version 2", seen)
        broker.connect("phone-1").disconnect()
        newer.path = broker.roster_path
        seen = len(broker.log)
        newer.change("PRAGMA user_version = 1")
        broker.wait_log("roster loaded .* logins=1", seen)
        broker.connect("phone-2").disconnect()


def test_a_file_put_in_place_of_the_old_is_read():
    broker = Broker()
    broker.add_login("phone-1")
    with broker:
        seen = len(broker.log)
        other = Roster(broker.folder / "other.db")
        other.add("phone-2")
        other.path.replace(broker.roster_path)
        broker.wait_log("roster loaded", seen)
        broker.connect("phone-2").disconnect()
        client = Client(("127.0.0.1", broker.port))
        assert client.connect("phone-1", "phone-1", key_of("phone-1")) == 0x87


@pytest.mark.parametrize("options, complaint", [
    ({"surprise": "1"}, "unknown option surprise"),
    ({"uplink_rate": "many"}, "option uplink_rate must be a number"),
    ({"keepalive_max": "0"}, "option keepalive_max must be a number"),
    ({"allow_operator": "yes"}, "option allow_operator must be true or false"),
    ({"roster": "relative.db"}, "option roster must be an absolute path"),
])
def test_bad_option_refuses_to_start(options, complaint):
    broker = Broker(options=options)
    try:
        done = subprocess.run([MOSQUITTO, "-c", str(broker.configuration)], capture_output=True, text=True, timeout=60,
                              env=sanitizer_environment())
        assert done.returncode != 0
        assert complaint in done.stderr
    finally:
        broker.close()


@VERSIONS
def test_tls_and_websockets(tmp_path, version):
    import ssl
    ca, cert, key = certificate(tmp_path)
    trust = ssl.create_default_context(cafile=str(ca))
    broker = Broker(tls=(cert, key), websocket=True)
    broker.add_login("bridge-1", "bridge")
    broker.add_login("phone-1")
    with broker:
        bridge = broker.connect("bridge-1", version)
        bridge.subscribe("sms/v1/+/report")
        for websocket in (False, True):
            port = broker.websocket_port if websocket else broker.port
            stranger = Client(("127.0.0.1", port), version=version, tls=trust, websocket=websocket)
            stranger.send_connect("phone-1", "phone-1", "sqd_wrong")
            assert stranger.expect(CONNACK).body[1] == refused(version)
            phone = broker.connect("phone-1", version, tls=trust, websocket=websocket)
            assert phone.subscribe("sms/v1/phone-1/send", "sms/v1/+/send") == [1, 0x87 if version == 5 else 0x80]
            assert bridge.publish("sms/v1/phone-1/send", "down") == 0
            assert phone.message().payload == b"down"
            assert phone.publish("sms/v1/phone-1/report", "up" * 1000) == 0
            assert bridge.message().payload == b"up" * 1000
            phone.disconnect()


@VERSIONS
def test_plain_websockets(version):
    broker = Broker(websocket=True)
    broker.add_login("phone-1")
    with broker:
        phone = broker.connect("phone-1", version, websocket=True)
        assert phone.subscribe("sms/v1/phone-1/send", "#") == [1, 0x87 if version == 5 else 0x80]
        phone.disconnect()
