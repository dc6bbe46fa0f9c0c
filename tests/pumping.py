"""A thread that does a client's network work while a test does something else."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from brokers.mqtt.clients import MqttClient

PUMP_S = 0.05  # how late the thread may notice that it is to stop


@contextmanager
def pumped(client: MqttClient) -> Iterator[None]:
    """Pump the client in the background; raises at the end what the thread met."""
    stop = threading.Event()
    met: list[Exception] = []

    def work() -> None:
        try:
            while not stop.is_set():
                client.pump(PUMP_S)
        except Exception as error:  # noqa: BLE001 - handed to the thread that leaves the block
            met.append(error)

    thread = threading.Thread(target=work, name="mqtt-pump", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        if met:
            raise met[0]
