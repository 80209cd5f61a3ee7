#!/usr/bin/python3
"""The smallest honest device by docs/protocol.md: smallest.py HOST PORT DEVICE KEY-FILE JOURNAL RADIO. RADIO is a
program that sends one text: the number is its argument, the text its input, 0 means sent. phone.py has what is left out here:
texts that come in, cancel and pause, TLS, a queue that goes on while the radio works, forgetting."""
import json, os, queue, re, secrets, subprocess, sys, time
import paho.mqtt.client as mqtt

host, port, device, key_file, path, radio = sys.argv[1:]
fresh = {"journal": secrets.token_hex(16), "next": 1, "messages": {}, "reports": [], "busy": None}
book = json.load(open(path)) if os.path.exists(path) else fresh
FIELDS = ("id", "lease", "to", "text", "qos", "expires_at", "lease_until")
events = queue.Queue()  # (topic, payload) from MQTT's thread; the loop at the end does everything

now = lambda: int(time.time() * 1000)

def save():  # the journal is the old one or the new one, whatever happens
    with open(path + ".new", "w") as file:
        json.dump(book, file), file.flush(), os.fsync(file.fileno())
    os.replace(path + ".new", path)

def publish(topic, **body):
    client.publish(f"sms/v1/{device}/{topic}", json.dumps({"journal": book["journal"], **body}), qos=1)

def report(m, lease, state, **error):  # journaled, then said; said again after each hello until a receipt covers it
    m["said"] = {"id": m["id"], "lease": lease, "state": state, "part": 0, "at": now(), **({"error": error} if error else {})}
    book["reports"].append({"seq": book["next"], **m["said"]})
    book["next"] += 1
    save()
    publish("report", reports=book["reports"][-1:])

def dial(m):
    doubt, late = book["busy"] == m["id"], now() >= m["expires_at"]  # doubt: we died while the radio had it
    if doubt and (late or m["qos"] != 1):
        report(m, m["lease"], "unknown", kind="permanent", code="in-doubt")
    elif late or not doubt and now() >= m["lease_until"]:
        report(m, m["lease"], "expired", kind="temporary", code="lease")
    elif not re.fullmatch(r"\+[0-9]{1,15}", m["to"]):
        report(m, m["lease"], "failed", kind="permanent", code="bad-number")
    else:
        book["busy"] = m["id"]
        save()  # before the radio: after a crash we know that it may be out
        sent = subprocess.run([radio, m["to"]], input=m["text"].encode(), check=False).returncode == 0
        why = {"kind": "temporary", "code": "resent-after-crash" if doubt else "radio-failed"}
        report(m, m["lease"], "sent" if sent else "failed", **(why if doubt or not sent else {}))

def on_send(new):
    said = book["messages"].get(new["id"], {}).get("said", {"lease": 0, "state": "failed"})
    if new["lease"] > said["lease"] and said["state"] in ("failed", "expired"):
        m = book["messages"][new["id"]] = {name: new[name] for name in FIELDS}
        report(m, m["lease"], "accepted"), dial(m)
    elif new["lease"] >= said["lease"]:  # it was in the radio: told again, never sent again
        report(book["messages"][new["id"]], new["lease"], said["state"], **said.get("error", {}))

def on_query(new):
    none = {"lease": 0, "state": "none", "part": 0, "at": now()}
    said = [book["messages"].get(id, {}).get("said", {**none, "id": id}) for id in new["ids"]]
    publish("report", reports=[{"seq": 0, **one} for one in said])

def on_receipt(new):
    if new["journal"] == book["journal"]:
        book["reports"] = [one for one in book["reports"] if one["seq"] > new["up_to"]]

def on_hello(_):
    oldest = book["reports"][0]["seq"] if book["reports"] else book["next"]
    publish("status", hello=True, oldest=oldest, next=book["next"], software="smallest.py/1", radio="script",
            sims=[{"slot": 1}], queue=0, at=now())
    [publish("report", reports=[one]) for one in book["reports"][:200]]

client = mqtt.Client(device, clean_session=False)
client.username_pw_set(device, open(key_file).read().strip())
client.on_connect = lambda *_: client.subscribe([(f"sms/v1/{device}/{topic}", 1) for topic in ("send", "query", "receipt")])
client.on_subscribe = lambda *_: events.put(("hello", "{}"))
client.on_message = lambda _client, _data, message: events.put((message.topic.split("/")[3], message.payload))
for one in [one for one in book["messages"].values() if one["said"]["state"] == "accepted"]:
    dial(one)
client.connect_async(host, int(port), keepalive=30)
client.loop_start()
while True:
    try:
        topic, payload = events.get(timeout=10 if book["reports"] else 60)
        globals()["on_" + topic](json.loads(payload))
    except queue.Empty:
        on_hello({})  # nothing heard: all is said again
    except (ValueError, KeyError, TypeError) as problem:  # malformed: never guess
        print("ignored:", repr(problem), file=sys.stderr)
