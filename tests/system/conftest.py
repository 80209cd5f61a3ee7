"""What tests of one device share: a broker that lets phone-1 in, and a bridge that the test plays."""
import pytest
from broker import Broker
from fake_bridge import FakeBridge


@pytest.fixture
def broker():
    broker = Broker()
    broker.add_login("bridge-1", "bridge")
    broker.add_login("bridge-2", "bridge")
    broker.add_login("phone-1")
    with broker:
        yield broker


@pytest.fixture
def bridge(broker):
    bridge = FakeBridge(broker, "phone-1")
    bridge.broker = broker
    yield bridge
    bridge.close()
