#!/usr/bin/python3
"""A small but honest device by docs/protocol.md: phone.py HOST PORT DEVICE KEY-FILE JOURNAL RADIO

RADIO is a program that sends one text: the number is its argument, the text its standard input; exit code 0 means sent.
Lines on standard input, "number text", are texts that came in. Needs python3-paho-mqtt (1.6). Left out: lanes and gaps
between texts, parts and delivery reports (RADIO knows none), and waits that double.
"""
import json, os, queue, re, secrets, subprocess, sys, threading, time
import paho.mqtt.client as mqtt
import paho.mqtt.properties as properties

host, port, device, key_file, path, radio = sys.argv[1:]
TOPICS, now = ("send", "cancel", "query", "receipt", "config"), lambda: int(time.time() * 1000)
events = queue.Queue()  # (topic, payload) from MQTT's thread and standard input; the loop at the end does everything
book = {"journal": secrets.token_hex(16), "next": 1, "messages": {}, "uplinks": [], "paused": False}
link = {"saved": "", "published": 0, "progress": 0, "status": 0, "heard": True}

def save():  # the journal is the old one or the new one, whatever happens
    if (text := json.dumps(book)) != link["saved"]:
        with open(path + ".new", "w") as file:
            file.write(text), file.flush(), os.fsync(file.fileno())
        os.replace(path + ".new", path)
        link["saved"] = text

def publish(topic, **body):
    client.publish(f"sms/v1/{device}/{topic}", json.dumps({"journal": book["journal"], **body}), qos=1)

def uplink(topic, name, item):  # kept, and said again, until a receipt covers it
    book["uplinks"].append([topic, name, {"seq": book["next"], **item}])
    book["next"] += 1

def view(m):
    shown = ("id", "lease", "state", "at", "error")
    return {"part": 0, **{name: m[name] for name in shown if m.get(name) is not None}}

def become(m, state, kind=None, code=None):  # and report it
    if m.get("resent") and state in ("sent", "failed") and not kind:
        kind, code = "temporary", "resent-after-crash"
    m.update(state=state, radio=False, at=now(), error={"kind": kind, "code": code} if kind else None)
    uplink("report", "reports", view(m))

def on_send(new):
    new = {name: new[name] for name in ("id", "lease", "to", "text", "qos", "expires_at", "lease_until")}
    m = book["messages"].get(new["id"])
    if not m or new["lease"] > m["lease"] and m["state"] in ("accepted", "failed", "expired", "cancelled"):
        resent = bool(m and m["state"] == "accepted" and m.get("resent"))
        book["messages"][new["id"]] = m = {**new, "resent": resent}
        become(m, "accepted")
        for old in list(book["messages"])[:-1000]:  # questions may come late, but not for ever
            book["messages"].pop(old) if book["messages"][old]["state"] != "accepted" else None
    elif new["lease"] >= m["lease"]:  # it is or was in the radio: never again
        m["lease"] = new["lease"]
        uplink("report", "reports", view(m))

def on_cancel(new):
    m = book["messages"].setdefault(new["id"], {"id": new["id"], "lease": new["lease"], "state": "accepted"})
    if new["lease"] >= m["lease"]:
        m["lease"] = new["lease"]
        if m["state"] != "accepted":
            uplink("report", "reports", view(m))
        else:
            become(m, *(("unknown", "permanent", "in-doubt") if m.get("resent") else ("cancelled",)))

def on_query(new):
    nothing = {"lease": 0, "state": "none", "at": now()}
    publish("report", reports=[{"seq": 0, **view(book["messages"].get(id, {**nothing, "id": id}))} for id in new["ids"]])

def on_receipt(new):
    if new["journal"] == book["journal"] and new["up_to"] >= book["next"]:  # an old journal was put back
        book["journal"] = secrets.token_hex(16)
        on_hello({})
    elif new["journal"] == book["journal"]:
        kept = [one for one in book["uplinks"] if one[2]["seq"] > new["up_to"]]
        stuck = len(kept) == len(book["uplinks"]) and link["published"] > new["up_to"]
        if stuck and time.monotonic() > link["progress"] + 2:
            link["published"] = 0  # the bridge asks
        elif not stuck:
            link["progress"] = time.monotonic()
        book["uplinks"] = kept

def on_config(new):
    book["paused"] = new["paused"]

def on_text(new):
    uplink("inbound", "texts", {"uid": secrets.token_hex(8), "received_at": now(), **new})

def on_hello(_, first=True):
    oldest = book["uplinks"][0][2]["seq"] if book["uplinks"] else book["next"]
    publish("status", hello=first, oldest=oldest, next=book["next"], software="phone.py/1", radio="script", at=now(),
            sims=[{"slot": 1}], queue=sum(m["state"] == "accepted" for m in book["messages"].values()))
    link.update(status=time.monotonic(), **({"published": 0, "heard": False} if first else {}))

def feed():  # one text into the radio
    for m in [m for m in book["messages"].values() if m["state"] == "accepted"]:
        if now() >= m["expires_at"] or now() >= m["lease_until"] and not m["resent"]:
            become(m, *(("unknown", "permanent", "in-doubt") if m["resent"] else ("expired", "temporary", "lease")))
        elif not re.fullmatch(r"\+[0-9]{1,15}", m["to"]):
            become(m, "failed", "permanent", "bad-number")
        elif not book["paused"]:
            m["radio"] = True
            save()  # before the radio: after a crash we know that it may be out
            done = subprocess.run([radio, m["to"]], input=m["text"].encode(), check=False)
            return become(m, *(("sent",) if done.returncode == 0 else ("failed", "temporary", "radio-failed")))

def tell():  # what has no receipt, in order; all of it again after ten seconds without progress
    if time.monotonic() > link["status"] + (60 if link["heard"] else 5):
        on_hello({}, first=not link["heard"])
    if not book["uplinks"] or link["published"] < book["uplinks"][0][2]["seq"]:
        link["progress"] = time.monotonic()
    elif time.monotonic() > link["progress"] + 10:
        link.update(published=0, progress=time.monotonic())
    for topic, name, item in book["uplinks"][:200]:
        if item["seq"] > link["published"]:
            publish(topic, **{name: [item]})
            link["published"] = item["seq"]

def read_texts():
    for line in sys.stdin:
        number, _, text = line.strip().partition(" ")
        events.put(("text", json.dumps({"from": number, "text": text})))

if os.path.exists(path):
    book.update(json.load(open(path)))
for one in book["messages"].values():
    if one.get("radio"):  # in doubt: we died while the radio had it
        become(one, "unknown", "permanent", "in-doubt") if one["qos"] != 1 else one.update(radio=False, resent=True)
client = mqtt.Client(device, protocol=mqtt.MQTTv5)
client.username_pw_set(device, open(key_file).read().strip())
client.tls_set() if port == "8883" else None
client.on_connect = lambda *_: client.subscribe([(f"sms/v1/{device}/{topic}", 1) for topic in TOPICS])
client.on_subscribe = lambda *_: events.put(("hello", "{}"))
client.on_message = lambda _client, _data, message: events.put((message.topic.split("/")[3], message.payload))
session = properties.Properties(properties.PacketTypes.CONNECT)
session.SessionExpiryInterval = 3600
client.reconnect_delay_set(1, 60)
client.connect_async(host, int(port), keepalive=30, clean_start=False, properties=session)
client.loop_start()
threading.Thread(target=read_texts, daemon=True).start()
while True:
    try:
        topic, payload = events.get(timeout=0.1)
        link["heard"] |= topic in TOPICS
        globals()["on_" + topic](json.loads(payload))
    except queue.Empty:
        pass
    except (ValueError, KeyError, TypeError) as problem:  # malformed: never guess
        print("ignored:", topic, repr(problem), file=sys.stderr)
    feed()
    save()  # before anything of it is said
    if client.is_connected():
        tell()
