"""What the tests of MQTT look at from outside."""

import socket
from collections.abc import Iterator

import pytest

from brokers.mqtt.sockets import second_handle


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[socket.socket]]:
    """Second handles of the TCP connections that are opened, for a look at their options."""
    create, handles = socket.create_connection, []

    def noted(*args: object, **options: object) -> socket.socket:
        connection = create(*args, **options)
        handles.append(second_handle(connection))
        return connection

    monkeypatch.setattr(socket, "create_connection", noted)
    yield handles
    for handle in handles:
        handle.close()
