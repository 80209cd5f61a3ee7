"""The face of Twilio's API, as one of its clients speaks to it: forms in, JSON out, Basic credentials."""
import base64
import hashlib
import hmac
import urllib.parse

from rest import Api

TABLES = ("idempotency", "webhook", "hook_job", "verification", "otp_send", "suppression", "otp_service", "otp_quota",
          "otp_bucket", "otp_hit")
# Not what moves while a message that was accepted before goes its way.
QUERIES = {table: f"SELECT * FROM {table}" for table in TABLES} | {
    "message": "SELECT n, account, id, batch, direction, peer, text, want_device, metadata, created_at FROM message",
    "event": "SELECT * FROM event WHERE message IS NULL",
}


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def signature(token, url, fields):
    """What X-Twilio-Signature must be, by Twilio's rule for forms."""
    content = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), content.encode(), hashlib.sha1).digest()).decode()


class Twilio:
    """key: what POST /v1/keys gives with "twilio". Calls give the Answer; paths are below the account."""

    def __init__(self, port, key, user=None, password=None):
        self.key = key["twilio"]
        self.sid = self.key["account_sid"]
        self.api = Api(port)
        self.headers = {"Authorization": basic(user or self.sid, password or self.key["auth_token"])}
        self.root = f"/2010-04-01/Accounts/{self.sid}"

    def post(self, path, _headers=None, **fields):
        return self.post_body(path, urllib.parse.urlencode(fields, doseq=True), _headers)

    def post_body(self, path, body, headers=None):
        return self.api.post(self._path(path), body, headers={
            "Content-Type": "application/x-www-form-urlencoded", **self.headers, **(headers or {})})

    def get(self, path, **query):
        text = urllib.parse.urlencode(query)
        return self.api.get(self._path(path) + ("?" + text if text else ""), headers=self.headers)

    def delete(self, path):
        return self.api.call("DELETE", self._path(path), headers=self.headers)

    def _path(self, path):
        return path if path.startswith("/2010") or path.startswith("/v2") else self.root + path

    def send(self, **fields):
        """A message, by default to somebody; returns its JSON."""
        answer = self.post("/Messages.json", **{"To": "+4915112345678", "Body": "hello", **fields})
        assert answer.status == 201, answer
        return answer.json


def stored(world):
    """All that a refusal must leave alone."""
    return {table: sorted(world.store.sql(query), key=repr) for table, query in QUERIES.items()}


def check_error(answer, status, code):
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/json"
    assert (answer.json["code"], answer.json["status"]) == (code, status)
    assert answer.json["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert answer.json["message"]
