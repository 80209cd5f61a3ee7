"""What the tests with others' packages share: the gateway that they are pointed at."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "system"))
from world import World  # noqa: E402


@pytest.fixture(scope="module")
def world():
    with World(devices=1, bridge={("webhooks", "allow"): "127.0.0.1"}) as world:
        yield world
