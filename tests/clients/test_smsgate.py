"""SMSGate's own client package, pointed at the real gateway by its base URL and nothing else."""
import pytest

from node_app import NodeApp
from world import until

NO_BODY = {"error": "Unexpected end of JSON input"}  # what its README's HTTP layer makes of a 204


def app_of(world, key, base="/3rdparty/v1"):
    return NodeApp("smsgate-app.js", f"http://127.0.0.1:{world.bridge.port}{base}", key["id"], key["key"])


@pytest.fixture(scope="module", params=["/3rdparty/v1", "/api/3rdparty/v1"])
def app(world, request):
    with app_of(world, world.new_key(), request.param) as app:
        yield app


def test_send_and_follow(world, app):
    sent = app.value("send", {"message": "Grüße ☎", "phoneNumbers": ["+4915112345678"]}, {"skipPhoneValidation": False})
    assert sent["state"] == "Pending"
    shown = until(lambda: (state := app.value("getState", sent["id"]))["state"] == "Delivered" and state, "it arrived")
    assert shown["recipients"] == [{"phoneNumber": "+4915112345678", "state": "Delivered"}]
    assert len(world.air(sent["id"])) == 1


def test_devices_and_health(app):
    assert [device["id"] for device in app.value("getDevices")] == ["phone-1"]
    assert app.value("getHealth")["status"] == "pass"


def test_errors_are_told(world, app):
    assert "phoneNumbers" in app.value("send", {"message": "x", "phoneNumbers": ["1"]})["message"]
    assert app.value("getState", "nothing")["message"] == "there is no such message"
    with app_of(world, {"id": "nobody", "key": "wrong"}) as stranger:
        assert "password" in stranger.value("getDevices")["message"]


def test_webhooks_settings_and_logs(world, app):
    made = app.value("registerWebhook", {"url": "https://app.example/hook", "event": "sms:received"})
    assert made["event"] == "sms:received" and made["id"] in [hook["id"] for hook in app.value("getWebhooks")]
    assert app.ask("deleteWebhook", made["id"]) == NO_BODY
    assert app.value("getWebhooks") == []
    assert app.value("updateSettings", {"messages": {"limit_value": 5}}) == {"messages": {"limit_value": 5}}
    assert app.value("patchSettings", {"ping": {"interval_seconds": 60}})["messages"] == {"limit_value": 5}
    assert app.value("getSettings") == {"messages": {"limit_value": 5}, "ping": {"interval_seconds": 60}}
    typed = {"messages": {"limitValue": 6, "limitPeriod": "PerDay"}, "webhooks": {"retryCount": 3}}  # as its types have them
    assert app.value("patchSettings", typed)["messages"] == {"limit_value": 6, "limit_period": "PerDay"}
    assert "limit_valu" in app.value("patchSettings", {"messages": {"limitValu": 6}})["message"]
    assert "logs" in app.value("getLogs", "date:2026-01-01T00:00:00Z")["message"]
    times = {"since": "date:2026-01-01T00:00:00Z", "until": "date:2026-01-02T00:00:00Z"}
    assert "message" in app.value("exportInbox", {"deviceId": "nobody", **times})


def test_devices_are_deleted(world, app):
    world.admin.ok("POST", "/v1/devices", {"id": "old", "name": "old"})
    assert app.ask("deleteDevice", "old") == NO_BODY
    assert [device["id"] for device in app.value("getDevices")] == ["phone-1"]
