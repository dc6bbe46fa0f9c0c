"""`citybeat tail --broker`: events as they pass, and what else passes there counted with its reason."""

import signal
from collections.abc import Iterator

import orjson
import pytest

from brokers.codec.messages import Reason
from brokers.codec.strict import Unusable
from citybeat.__main__ import main
from citybeat.running.passing import event_line, read_event
from tests.mqtt import opened
from tests.servers import Mosquitto

EVENT = {"run": "0a1b2c3d", "t": 1, "seq": 0, "watts": 3.5}
FOREIGN = {
    "lots/too/many/levels/of/topic": b"{}",
    "short": b"{}",
    "d/lamps/lamp_power/%zz": orjson.dumps(EVENT),
    "d/lamps/lamp_power/a": b"23.5 C",
    "d/lamps/lamp_power/b": b"[1]",
    "d/lamps/lamp_power/c": b'{"t": 1}',
}
REASONS = [Reason.FOREIGN_TOPIC, Reason.FOREIGN_TOPIC, Reason.FOREIGN_TOPIC, Reason.MALFORMED, Reason.MALFORMED, Reason.MISSING_FIELD]


@pytest.fixture
def busy(mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A broker that keeps two events and six messages of strangers under `tailed/city`."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    client = opened(mosquitto.url, "tailed-publisher")
    events = {f"Pu%20dong/lamps/lamp_power/lamp%20{number}": orjson.dumps(EVENT | {"seq": number}) for number in range(2)}
    topics = [f"tailed/city/{topic}" for topic in (*events, *FOREIGN)]
    client.publish(topics, [*events.values(), *FOREIGN.values()], 1, retain=True)
    client.drain(10)
    yield mosquitto.url
    client.publish(topics, [b""] * len(topics), 1, retain=True)
    client.drain(10)
    client.close(discard_session=True)


@pytest.mark.mosquitto
def test_what_is_no_event_is_told_by_reason_and_the_events_are_shown(busy: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tail", "--broker", busy, "--root", "tailed/city", "--for", "600ms", "--json"]) == 0
    out, err = capsys.readouterr()
    shown = sorted((orjson.loads(line) for line in out.splitlines()), key=lambda event: event["seq"])
    assert shown == [
        EVENT | {"seq": number, "kind": "lamp_power", "district": "Pu dong", "device": f"lamp {number}"} for number in range(2)
    ]
    told = err.splitlines()[-1]
    assert told.startswith("citybeat: passed over 6 messages: 3 on topics of no kind (first: tailed/city/")
    assert "2 no JSON objects (first: tailed/city/d/lamps/lamp_power/" in told
    assert "1 without run, time or seq (first: tailed/city/d/lamps/lamp_power/c)" in told


@pytest.mark.mosquitto
def test_a_filter_listens_to_nothing_else(busy: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tail", "--broker", busy, "--root", "tailed/city", "--for", "500ms", "--district", "Pu dong", "--device", "lamp 1"]) == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 1
    assert err == ""


@pytest.mark.parametrize(("topic", "reason"), list(zip(FOREIGN, REASONS, strict=True)))
def test_a_stranger_is_known_by_topic_or_payload(topic: str, reason: Reason) -> None:
    with pytest.raises(Unusable) as told:
        read_event(f"city/{topic}", FOREIGN[topic], "city")
    assert told.value.reason is reason


@pytest.mark.parametrize("value", [None, [], {"a": 1}, "x\x1b[2J\ny", True])
def test_a_line_holds_whatever_a_payload_says_and_moves_no_cursor(value: object) -> None:
    said = orjson.dumps({**EVENT, "watts": value, "district": value, "kind": "other"})
    line = event_line(read_event("city/Xuhui/lamps/lamp_power/lamp", said, "city"))
    assert line.isprintable()
    assert line.split()[1:4] == ["lamp_power", "Xuhui", "lamp"]
    assert event_line({"kind": value, "district": None, "device": value, "t": [1]}).isprintable()
