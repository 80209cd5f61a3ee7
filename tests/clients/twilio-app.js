// An app as Twilio's users write them: the twilio package, with credentials and base URL changed and nothing else.
// Arguments: user, password, account SID, base URL. Each line of input is [what, ...arguments]; each line of output what
// came of it: {"value": …} or {"error": {code, status, message}}. Strings of the form "date:…" become Dates.
import { createInterface } from "node:readline";
import twilio from "twilio";

const [user, password, accountSid, base] = process.argv.slice(2);
const client = twilio(user, password, { accountSid });
client.api.baseUrl = base;
client.verify.baseUrl = base;

const ACTIONS = {
  create: (fields) => client.messages.create(fields),
  fetch: (sid) => client.messages(sid).fetch(),
  list: (filter) => client.messages.list(filter),
  update: (sid, fields) => client.messages(sid).update(fields),
  remove: (sid) => client.messages(sid).remove(),
  media: (sid) => client.messages(sid).media.list(),
  feedback: (sid, outcome) => client.messages(sid).feedback.create({ outcome }),
  createService: (fields) => client.verify.v2.services.create(fields),
  listServices: (filter) => client.verify.v2.services.list(filter),
  updateService: (sid, fields) => client.verify.v2.services(sid).update(fields),
  removeService: (sid) => client.verify.v2.services(sid).remove(),
  verify: (sid, fields) => client.verify.v2.services(sid).verifications.create(fields),
  fetchVerification: (sid, name) => client.verify.v2.services(sid).verifications(name).fetch(),
  cancelVerification: (sid, name) =>
    client.verify.v2.services(sid).verifications(name).update({ status: "canceled" }),
  check: (sid, fields) => client.verify.v2.services(sid).verificationChecks.create(fields),
  createRateLimit: (sid, fields) => client.verify.v2.services(sid).rateLimits.create(fields),
  listRateLimits: (sid) => client.verify.v2.services(sid).rateLimits.list(),
  createBucket: (sid, limit, fields) => client.verify.v2.services(sid).rateLimits(limit).buckets.create(fields),
  updateBucket: (sid, limit, bucket, fields) =>
    client.verify.v2.services(sid).rateLimits(limit).buckets(bucket).update(fields),
  removeRateLimit: (sid, limit) => client.verify.v2.services(sid).rateLimits(limit).remove(),
  validate: (token, signature, url, fields) => twilio.validateRequest(token, signature, url, fields),
};

function revive(key, value) {
  return typeof value === "string" && value.startsWith("date:") ? new Date(value.slice(5)) : value;
}

for await (const line of createInterface({ input: process.stdin })) {
  const [what, ...words] = JSON.parse(line, revive);
  let said;
  try {
    said = { value: (await ACTIONS[what](...words)) ?? null };
  } catch (error) {
    said = { error: { code: error.code, status: error.status, message: error.message } };
  }
  process.stdout.write(JSON.stringify(said) + "\n");
}
