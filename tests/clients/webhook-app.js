// An app as docs/webhooks.md describes it: checks each delivery with the standardwebhooks package, says 204 or 401.
// Prints its port, then a line of JSON for each delivery. Each line of its input is a secret: it trusts that one from
// then on.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { Webhook } from "standardwebhooks";

let secret = null;

function say(entry) {
  process.stdout.write(JSON.stringify(entry) + "\n");
}

function answer(request, response, body) {
  try {
    const event = new Webhook(secret).verify(body, request.headers);
    say({ event });
    response.writeHead(204).end();
  } catch (error) {
    say({ refused: error.message, id: request.headers["webhook-id"] });
    response.writeHead(401).end();
  }
}

const server = createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => answer(request, response, Buffer.concat(parts).toString()));
});
server.listen(0, "127.0.0.1", () => say({ port: server.address().port }));
const input = createInterface({ input: process.stdin });
input.on("line", (line) => {
  secret = line;
  say({ trusts: true });
});
input.on("close", () => process.exit(0));
