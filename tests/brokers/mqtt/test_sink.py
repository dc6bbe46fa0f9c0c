"""The MQTT sink with a real broker: what left, what was acknowledged, kind by kind, also while acknowledgements are withheld."""

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from brokers.codec import Encoder, stamped
from brokers.ingest.strangers import RUN_NAMED
from brokers.mqtt.broker_settings import parse_broker
from brokers.mqtt.clients import open_client
from brokers.mqtt.sink import MqttSink, torn
from sim.engine.engine import Engine
from sim.events.batches import Slice
from sim.play.faults import Faults, strike
from sim.play.pace import MAX, Pace
from sim.scenario import Scenario
from sim.streams import Streams
from sim.units import SECOND_US
from tests.lamps import LAMP_POWER, LAMP_STATE, Lamps
from tests.servers import UNLIMITED, Mosquitto, mosquitto_server

PATIENCE_S = 20.0
LIT = LAMP_STATE.name
POWER = LAMP_POWER.name


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.02)


def slices(minutes: int) -> list[Slice]:
    scenario = Scenario(name="lamps", systems=[Lamps(interval=SECOND_US)], districts=["Xuhui"], duration=f"{minutes}m", warm_up="0s")
    return list(Engine(scenario).slices())


def planned(piece: Slice) -> Counter[str]:
    return Counter({batch.kind.name: len(batch) for batch in piece.batches})


@pytest.fixture
def broker(mosquitto_installed: str, tmp_path: Path) -> Iterator[Mosquitto]:  # noqa: ARG001 - skips without it
    with mosquitto_server(tmp_path, *UNLIMITED) as server:
        yield server


@pytest.fixture
def sink(broker: Mosquitto) -> Iterator[MqttSink]:
    client = open_client(parse_broker(broker.url), "sink")
    made = MqttSink(client, Pace(MAX, 0, 1), "abcd1234", "city")
    yield made
    made.stop()
    client.close(discard_session=True)


def put(sink: MqttSink, piece: Slice) -> None:
    sink.stage(piece)
    sink.put(piece, 0, len(piece.send_order))


def test_a_torn_message_is_no_json_and_still_names_its_run() -> None:
    piece = slices(1)[0]
    for batch in piece.batches:
        bare = replace(batch, kind=replace(batch.kind, fields=()))  # the shortest there can be
        for each in (batch, bare):
            for payload in map(torn, stamped(Encoder().encode(each, run="abcd1234", shift_us=0, due_us=None), 1_700_000_000_000_000)):
                assert RUN_NAMED.search(payload)
                with pytest.raises(json.JSONDecodeError):
                    json.loads(payload)


@pytest.mark.mosquitto
def test_whatever_ends_the_networks_thread_ends_the_run_with_its_reason(sink: MqttSink, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_timeout_s: float) -> None:
        msg = "what nobody expects"
        raise ValueError(msg)

    monkeypatch.setattr(sink.client, "pump", broken)
    until(lambda: not sink._thread.is_alive())
    with pytest.raises(ValueError, match="what nobody expects"):
        put(sink, slices(1)[0])


@pytest.mark.mosquitto
def test_acknowledgements_are_exact_for_each_kind_while_the_broker_withholds_them(broker: Mosquitto, sink: MqttSink) -> None:
    first, second = slices(2)
    before, both = planned(first), planned(first) + planned(second)
    put(sink, first)
    until(lambda: sink.delivered(LIT).acked == before[LIT])
    os.kill(broker.pid, signal.SIGSTOP)
    try:
        put(sink, second)
        until(lambda: sink.delivered(LIT).sent == both[LIT] and sink.delivered(POWER).sent == both[POWER])
        assert both[LIT] > before[LIT] > 0
        assert (sink.delivered(LIT).acked, sink.delivered(POWER).acked) == (before[LIT], 0)
    finally:
        os.kill(broker.pid, signal.SIGCONT)
    receipt = sink.settle(PATIENCE_S)
    assert (sink.delivered(LIT).acked, sink.delivered(POWER).acked) == (both[LIT], 0)
    assert receipt.taken == both


@pytest.mark.mosquitto
def test_what_a_lost_broker_never_took_has_not_been_sent(broker: Mosquitto, sink: MqttSink) -> None:
    first, second = slices(2)
    put(sink, first)
    until(lambda: sink.delivered(LIT).acked == planned(first)[LIT])
    broker.stop()
    until(lambda: "lost" in sink.client.last_error)
    put(sink, second)
    assert (sink.delivered(LIT).sent, sink.delivered(POWER).sent) == (planned(first)[LIT], planned(first)[POWER])
    assert sink.in_flight == planned(second).total()


@pytest.mark.mosquitto
def test_injected_repeats_and_losses_do_not_change_what_counts_as_sent(sink: MqttSink) -> None:
    faults = Faults(duplicated=0.2, lost=0.1)
    struck = [strike(piece, faults, Streams(1)) for piece in slices(2)]
    for piece in struck:
        put(sink, piece)
    sink.settle(PATIENCE_S)
    lost = sum(int((batch.fault == 1).sum()) for piece in struck for batch in piece.batches if batch.kind.name == POWER)
    repeats = sum(int((batch.fault == 3).sum()) for piece in struck for batch in piece.batches)
    whole = sum((planned(piece) for piece in struck), Counter[str]())
    assert lost > 0
    assert sink.delivered(POWER).sent == whole[POWER] - lost
    counters = sink.client.counters
    assert counters.published_qos0 + counters.published_qos1 == sink.delivered(POWER).sent + sink.delivered(LIT).sent + repeats
