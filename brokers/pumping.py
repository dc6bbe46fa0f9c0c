"""A thread that does a client's network work, for those who publish from a loop that also computes.

Owns the thread only: the client's own failures reach the caller through the client's next call.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from brokers.clients import MqttClient
from sim.errors import ServiceError

PUMP_S = 0.05  # how late the thread may notice that it is to stop


@contextmanager
def pumped(client: MqttClient) -> Iterator[None]:
    """Pump the client in the background: PUBACKs are read and the window refilled at once. Raises what the thread met, at the end.

    Inside, publish and acknowledge; drain and close after leaving.
    """
    stop = threading.Event()
    met: list[Exception] = []

    def work() -> None:
        try:
            while not stop.is_set():
                client.pump(PUMP_S)
        except ServiceError:
            return  # the client keeps it and raises it at every call
        except Exception as error:  # noqa: BLE001 - handed to the thread that leaves the block
            met.append(error)
            client.give_up(f"its thread failed: {error!r}")

    thread = threading.Thread(target=work, name="mqtt-pump", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        if met:
            raise met[0]
