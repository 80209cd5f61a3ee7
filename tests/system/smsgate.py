"""A client of SMSGate's API, for tests: basic credentials, under a base that the real clients are given."""
import base64

from rest import Api

BASE = "/3rdparty/v1"


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


class Smsgate:
    """key: the answer of POST /v1/keys. Every call returns the Answer, whatever it is."""

    def __init__(self, port, key, base=BASE):
        self.api = Api(port)
        self.base = base
        self.headers = basic(key["id"], key["key"])

    def call(self, method, path, body=None, headers=None):
        self.api.close()
        return self.api.call(method, self.base + path, body, headers=headers or self.headers)

    def get(self, path):
        return self.call("GET", path)

    def post(self, path, body):
        return self.call("POST", path, body)

    def send(self, text="hello", to="+4915112345678", **fields):
        """Sends to one number or a list; the MessageState of the answer."""
        numbers = to if isinstance(to, list) else [to]
        answer = self.post("/messages", {"textMessage": {"text": text}, "phoneNumbers": numbers, **fields})
        assert answer.status == 202, answer
        return answer.json

    def state(self, id):
        answer = self.get(f"/messages/{id}")
        assert answer.status == 200, answer
        return answer.json
