"""Brokers that the tests of this folder share."""

from collections.abc import Iterator

import pytest

from brokers.mqtt.embedded import EmbeddedBroker
from tests.mqtt import LIBRARIES


@pytest.fixture(scope="session")
def nats() -> Iterator[EmbeddedBroker]:
    """The embedded broker; it repeats unacknowledged deliveries after a second."""
    with EmbeddedBroker(repeat_s=1) as broker:
        yield broker


@pytest.fixture(params=[*LIBRARIES, "nats"])
def url(request: pytest.FixtureRequest) -> str:
    """A broker and the library to use with it: each library on mosquitto, and the embedded broker."""
    if request.param == "nats":
        return str(request.getfixturevalue("nats").url)
    return f"{request.getfixturevalue('mosquitto').url}?{request.param}"
