// What the service keeps, and its two ways to write.
import { randomBytes } from "node:crypto";

const TTL_MS = 86400000;

// SM and a UUIDv7, as devices want it.
function newId(at) {
  const random = randomBytes(10);
  random[0] = 0x70 | (random[0] & 0x0f);
  random[2] = 0x80 | (random[2] & 0x3f);
  return `SM${at.toString(16).padStart(12, "0")}${random.toString("hex")}`;
}

const TABLES = `
  CREATE TABLE IF NOT EXISTS message (
    id TEXT PRIMARY KEY, receiver TEXT NOT NULL, text TEXT NOT NULL, device TEXT NOT NULL,
    state TEXT NOT NULL, told INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL, expires INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS message_waiting ON message (device) WHERE state = 'queued';`;

export function store(db, batch) {
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.exec(TABLES);
  const insert = db.prepare(
    "INSERT INTO message (id, receiver, text, device, state, created, expires) VALUES (?, ?, ?, ?, 'queued', ?, ?)");
  const update = db.prepare("UPDATE message SET state = ? WHERE id = ?");
  const tell = db.prepare("UPDATE message SET told = 1 WHERE id = ?");
  const select = db.prepare("SELECT * FROM message WHERE id = ?");
  const waiting = db.prepare("SELECT * FROM message WHERE device = ? AND state = 'queued'");
  const write = batch ? inBatches(db) : atOnce(db);

  return {
    accept(receiver, text, device, then) {
      const created = Date.now();
      const id = newId(created);
      const expires = created + TTL_MS;
      write(() => insert.run(id, receiver, text, device, created, expires), () => then({ id, receiver, text, device, expires }));
    },
    progress(reports, then) {
      write(() => reports.forEach((report) => update.run(report.state, report.id)), then);
    },
    told: (id) => write(() => tell.run(id), () => {}),
    message: (id) => select.get(id),
    waiting: (device) => waiting.all(device),
  };
}

// The usual way: one transaction for each thing that happens.
function atOnce(db) {
  const transaction = db.transaction((change) => change());
  return (change, then) => {
    transaction(change);
    then();
  };
}

// The careful way: one transaction for all that a turn of the event loop brings.
function inBatches(db) {
  let queue = [];
  const transaction = db.transaction((batch) => batch.forEach(({ change }) => change()));
  const flush = () => {
    const batch = queue;
    queue = [];
    transaction(batch);
    batch.forEach(({ then }) => then());
  };
  return (change, then) => {
    if (queue.push({ change, then }) === 1) setImmediate(flush);
  };
}
