// The SMS gateway that somebody writes in an afternoon: express takes texts, better-sqlite3 keeps them with
// synchronous=FULL, mqtt brings them to the devices of smsquitto-fleet, and a POST tells the app when one was delivered.
//
//   node service.js {"database", "key", "mqtt", "report", "batch"}
//
// What the API says is on the disk before it is said: a text before its 202, a report before its receipt. With batch,
// what one turn of the event loop has to write goes into one transaction. Prints its port when all is ready.
import { createHash, timingSafeEqual } from "node:crypto";
import http from "node:http";
import Database from "better-sqlite3";
import express from "express";
import mqtt from "mqtt";
import { store } from "./store.js";

const settings = JSON.parse(process.argv[2]);
const db = store(new Database(settings.database), settings.batch);
const keyHash = sha256(settings.key);
const agent = new http.Agent({ keepAlive: true, maxSockets: 32 });
const devices = [];
let turn = 0;

function sha256(text) {
  return createHash("sha256").update(text).digest();
}

// --- devices

const broker = mqtt.connect(settings.mqtt, { protocolVersion: 5, clientId: "service", username: "service" });

function publish(device, leaf, payload) {
  broker.publish(`sms/v1/${device}/${leaf}`, JSON.stringify(payload), { qos: 1 });
}

function dispatch(message) {
  const { id, receiver, text, device, expires } = message;
  publish(device, "send", {
    id, lease: 1, to: receiver, text, sim: 0, qos: 1, expires_at: expires, lease_until: expires, report: true,
  });
}

function welcome(device, status) {
  if (!status.hello) return;
  if (!devices.includes(device)) devices.push(device);
  publish(device, "receipt", { journal: status.journal, up_to: status.oldest - 1 });
  db.waiting(device).forEach(dispatch);
}

function take(device, payload) {
  db.progress(payload.reports, () => {
    publish(device, "receipt", { journal: payload.journal, up_to: Math.max(...payload.reports.map((report) => report.seq)) });
    payload.reports.filter((report) => report.state === "delivered").forEach((report) => tell(report.id));
  });
}

broker.on("connect", () => {
  broker.stream.setNoDelay(true);
  broker.subscribe(["sms/v1/+/status", "sms/v1/+/report"], { qos: 1 }, listen);
});

broker.on("message", (topic, payload) => {
  const [, , device, leaf] = topic.split("/");
  const json = JSON.parse(payload);
  if (leaf === "status") welcome(device, json);
  else take(device, json);
});

// --- the app that wants to know

function tell(id) {
  const { receiver, text, state } = db.message(id);
  const body = JSON.stringify({ id, to: receiver, text, state });
  const headers = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) };
  const request = http.request(settings.report, { method: "POST", agent, headers }, (response) => {
    response.resume();
    if (response.statusCode < 300) db.told(id);
    else again(id);
  });
  request.on("error", () => again(id));
  request.end(body);
}

function again(id) {
  setTimeout(tell, 5000, id);
}

// --- the app that sends

const app = express();
app.disable("x-powered-by");
app.use(express.json());

app.use((request, response, next) => {
  const key = (request.headers.authorization ?? "").replace("Bearer ", "");
  if (timingSafeEqual(sha256(key), keyHash)) next();
  else response.status(401).json({ title: "no valid key" });
});

app.post("/v1/messages", (request, response) => {
  const { to, text } = request.body;
  if (!/^\+[1-9]\d{6,14}$/.test(to)) return response.status(400).json({ title: "is not a phone number", field: "to" });
  if (typeof text !== "string" || text.length === 0 || text.length > 1600)
    return response.status(400).json({ title: "must be 1 to 1600 characters", field: "text" });
  if (devices.length === 0) return response.status(503).json({ title: "no device" });
  db.accept(to, text, devices[turn++ % devices.length], (message) => {
    response.status(202).json({ id: message.id, to, state: "queued" });
    dispatch(message);
  });
});

app.get("/v1/status", (_, response) => {
  response.json({ devices: devices.length });
});

function listen() {
  const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
}
