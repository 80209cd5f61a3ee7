#!/usr/bin/python3
"""The smallest honest device by docs/protocol.md, in 60 lines without this text and what is blank:
smallest.py HOST PORT DEVICE KEY-FILE JOURNAL RADIO. RADIO is a program that sends one text: the number is its argument,
the text its input, 0 means sent. phone.py has what is left out here: texts that come in, cancel and pause, TLS, a queue
that goes on while the radio works, forgetting. What is accepted goes to the radio at once, so that a message which a
restart finds accepted is in doubt."""
import json, queue, re, secrets, sqlite3, subprocess, sys, time
import paho.mqtt.client as mqtt

host, port, device, key_file, path, radio, topic = *sys.argv[1:], ""  # topic: of what came last
fresh = {"journal": secrets.token_hex(16), "next": 1, "known": {}, "reports": []}
store = sqlite3.connect(path, isolation_level=None)  # has the old book or the new one, whatever happens
store.execute("CREATE TABLE IF NOT EXISTS journal AS SELECT ? AS book", [json.dumps(fresh)])
book = json.loads(store.execute("SELECT book FROM journal").fetchone()[0])
events = queue.Queue()  # (topic, payload) from MQTT's thread; the loop at the end does everything

def publish(topic, **body):
    client.publish(f"sms/v1/{device}/{topic}", json.dumps({"journal": book["journal"], **body}), qos=1)

def report(m, lease, state, **error):  # journaled, then said, and again after each hello until a receipt covers it
    m["said"] = {"id": m["id"], "lease": lease, "state": state, "at": time.time_ns() // 10**6, "error": error or None}
    book["reports"].append({"seq": book["next"], **m["said"]})
    book["next"] += 1
    store.execute("UPDATE journal SET book = ?", [json.dumps(book)])
    publish("report", reports=book["reports"][-1:])

def dial(m, lease, doubt):  # doubt: we died while the radio had it
    if time.time_ns() // 10**6 >= min(m["expires_at"], m["lease_until"]) or doubt and m["qos"] != 1:
        state, code = ("unknown", "in-doubt") if doubt else ("expired", "lease")
        return report(m, lease, state, kind="temporary", code=code)
    if not re.fullmatch(r"\+[0-9]{1,15}", m["to"]):
        return report(m, lease, "failed", kind="permanent", code="bad-number")
    sent = subprocess.run([radio, m["to"]], input=m["text"].encode(), check=False).returncode == 0
    error = {"kind": "temporary", "code": "resent-after-crash" if doubt else "radio-failed"}
    report(m, lease, "sent" if sent else "failed", **(error if doubt or not sent else {}))

def said_of(id):
    return book["known"].get(id, {"said": {"id": id, "lease": 0, "state": "none", "at": 0}})["said"]

def on_send(new):
    said = said_of(new["id"])
    if new["lease"] > said["lease"] and said["state"] in ("none", "failed", "expired"):
        m = book["known"][new["id"]] = {key: new[key] for key in "id to text qos expires_at lease_until".split()}
        report(m, new["lease"], "accepted")
        dial(m, new["lease"], doubt=False)
    elif new["lease"] >= said["lease"]:  # it was in the radio: told again, never sent again
        report(book["known"][new["id"]], new["lease"], said["state"], **(said["error"] or {}))

on_query = lambda new: publish("report", reports=[{"seq": 0, **said_of(id)} for id in new["ids"]])

def on_receipt(new):
    book["reports"] = [r for r in book["reports"] if r["seq"] > new["up_to"] or new["journal"] != book["journal"]]

def on_hello(_):
    publish("status", hello=True, oldest=book["next"] - len(book["reports"]), next=book["next"], queue=0,
            software="smallest.py/1", radio="script", sims=[{"slot": 1}], at=time.time_ns() // 10**6)
    for one in book["reports"][:200]:
        publish("report", reports=[one])

client = mqtt.Client(device, clean_session=False)
client.username_pw_set(device, open(key_file).read().strip())
topics = [(f"sms/v1/{device}/{topic}", 1) for topic in ("send", "query", "receipt", "config")]
client.on_connect = lambda *_: client.subscribe(topics)
client.on_subscribe = lambda *_: events.put(("hello", "{}"))
client.on_message = lambda _client, _data, message: events.put((message.topic.split("/")[3], message.payload))
for m in [m for m in book["known"].values() if m["said"]["state"] == "accepted"]:
    dial(m, m["said"]["lease"], doubt=True)
client.connect_async(host, int(port), keepalive=30)
client.loop_start()
while True:
    try:
        topic, payload = events.get(timeout=5 if topic == "hello" else 10 if book["reports"] else 60)
        globals().get("on_" + topic, str)(json.loads(payload))  # config: the hello was heard
    except (queue.Empty, ValueError, KeyError, TypeError) as problem:  # nothing heard, or malformed: never guess
        print("all is said again after", repr(problem), file=sys.stderr)
        client.is_connected() and events.put(("hello", "{}"))
