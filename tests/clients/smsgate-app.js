// An app as SMSGate's users write them: the android-sms-gateway package over fetch, as its README shows it.
// Arguments: base URL, login, password. Each line of input is [method, ...arguments]; each line of output what came of
// it: {"value": …} or {"error": …}. Strings of the form "date:…" become Dates.
import { createInterface } from "node:readline";
import gateway from "android-sms-gateway";

const Client = gateway.default ?? gateway;
const [base, login, password] = process.argv.slice(2);

async function ask(method, url, headers, body) {
  const response = await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  return response.json();
}

const http = {
  get: (url, headers) => ask("GET", url, headers),
  post: (url, body, headers) => ask("POST", url, headers, body),
  put: (url, body, headers) => ask("PUT", url, headers, body),
  patch: (url, body, headers) => ask("PATCH", url, headers, body),
  delete: (url, headers) => ask("DELETE", url, headers),
};

const client = new Client(login, password, http, base);

function revive(key, value) {
  return typeof value === "string" && value.startsWith("date:") ? new Date(value.slice(5)) : value;
}

for await (const line of createInterface({ input: process.stdin })) {
  const [method, ...words] = JSON.parse(line, revive);
  let said;
  try {
    said = { value: (await client[method](...words)) ?? null };
  } catch (error) {
    said = { error: error.message };
  }
  process.stdout.write(JSON.stringify(said) + "\n");
}
