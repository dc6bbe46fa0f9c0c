"""Events of a run or of a broker as they pass, for `citybeat tail`.

Owns what is read, and the line an event becomes.
"""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import orjson
import polars as pl

from brokers.codec.messages import REQUIRED, Reason
from brokers.codec.passed_over import PassedOver
from brokers.codec.strict import Unusable
from brokers.codec.topics import check_root, level, plain
from brokers.mqtt.clients import open_client
from brokers.tape.source import TapeSource
from citybeat.kept import folder as folders
from citybeat.kept.folder import RunFolder
from citybeat.kept.record import what_became_of
from citybeat.running.connections import broker_settings
from citybeat.running.settings import RunSettings
from sim.city.calendar import Calendar
from sim.errors import UsageError
from sim.units import SECOND_US, nearest

LEVELS = ("district", "system", "kind", "device")  # of a topic below the root
WAIT_S = 0.2
FEW = 20  # names that a message lists
TELL_S = 1.0  # the least time between two words about what is passed over


def events_of_run(name: str, runs: Path, wanted: Mapping[str, str | None], count: int | None) -> Iterator[dict[str, Any]]:
    """Yield the events of a run in order of time: all of them, or the last `count`. A slice of them is in memory at a time."""
    folder = folders.find(name, runs)
    source = TapeSource(folder.path)
    if not folder.summary.exists():
        click.echo(f"citybeat: run {folder.run} is unfinished: {what_became_of(folder)}; this is what its tape holds", err=True)
    kinds = list(source.kinds)
    if wanted["kind"] and wanted["kind"] not in kinds:
        msg = f"run {folder.run} has no events of kind {wanted['kind']!r}{nearest(wanted['kind'], kinds)}; it has {', '.join(kinds)}"
        raise UsageError(msg)
    calendar = Calendar(source.header.zone)
    _check_places(folder, source, wanted)
    first, before = (0, 0) if count is None else _first_of_last(source, wanted, count)
    for index in range(first, source.count):
        yield from _events(_chosen(source, index, wanted), calendar, before if index == first else 0)


def _check_places(folder: RunFolder, source: TapeSource, wanted: Mapping[str, str | None]) -> None:
    """Raise UsageError for a district or device of which the run has no event, with the nearest that it has."""
    for column in ("district", "device"):
        if (word := wanted[column]) is None:
            continue
        known: set[str] = set()
        for index in range(source.count):
            known.update(name for frame in source.frames(index).values() for name in frame[column].cast(pl.String).unique())
            if word in known:
                break
        else:
            msg = f"run {folder.run} has no events of the {column} {word!r}{nearest(word, known)}"
            raise UsageError(msg + (f"; it has {', '.join(sorted(known))}" if len(known) <= FEW else ""))


def _first_of_last(source: TapeSource, wanted: Mapping[str, str | None], count: int) -> tuple[int, int]:
    """Return the slice with which the last `count` events begin, and how many of its events stand before them."""
    held = 0
    for index in reversed(range(source.count)):
        held += sum(frame.height for frame in _chosen(source, index, wanted).values())
        if held >= count:
            return index, held - count
    return 0, 0


def _chosen(source: TapeSource, index: int, wanted: Mapping[str, str | None]) -> dict[str, pl.DataFrame]:
    """Return the wanted rows of a slice by kind."""
    frames = {kind: frame for kind, frame in source.frames(index).items() if wanted["kind"] in (None, kind)}
    for column in ("district", "device"):
        if (word := wanted[column]) is not None:
            frames = {kind: frame.filter(pl.col(column) == word) for kind, frame in frames.items()}
    return frames


def _events(frames: Mapping[str, pl.DataFrame], calendar: Calendar, before: int) -> Iterator[dict[str, Any]]:
    """Yield the rows of a slice in order of time, without the first `before`."""
    if not frames:
        return
    kinds = list(frames)
    order = pl.concat(
        frames[kind].select(at_us=pl.col("time").dt.epoch("us")).with_columns(kind=pl.lit(place), row=pl.int_range(pl.len()))
        for place, kind in enumerate(kinds)
    )
    for at_us, place, row in order.sort("at_us", maintain_order=True).slice(before).iter_rows():
        kept = {key: value for key, value in frames[kinds[place]].row(row, named=True).items() if value is not None}
        shown = {key: value for key, value in kept.items() if key not in ("time", "release")}
        yield {"city_time": calendar.local(at_us).strftime("%H:%M:%S.%f")[:-3], "kind": kinds[place], **shown}


def events_of_broker(url: str, root: str, wanted: Mapping[str, str | None], lasting_us: int | None) -> Iterator[dict[str, Any]]:
    """Yield events as they pass; QoS 0, so that listening never holds anything up. What is no event is counted, and told on stderr."""
    check_root(root)
    client = open_client(broker_settings(url, RunSettings(broker=url)), f"citybeat-tail-{folders.new_run_id()}")
    levels = [level(word) if (word := wanted.get(name)) else "+" for name in LEVELS]
    limit = time.monotonic() + (float("inf") if lasting_us is None else lasting_us / SECOND_US)
    passed_over, told_s = PassedOver(), 0.0
    try:
        client.subscribe(["/".join([root, *levels]) if any(wanted.values()) else f"{root}/#"], 0)
        while time.monotonic() < limit:
            received = client.receive(WAIT_S)
            for topic, payload in zip(received.topics, received.payloads, strict=True):
                try:
                    event = read_event(topic, payload, root)
                except Unusable as reason:
                    passed_over.add(reason.reason, topic)
                else:
                    yield event
            if time.monotonic() - told_s > TELL_S:
                told_s = time.monotonic()
                _tell(passed_over)
    finally:
        _tell(passed_over)
        client.close(discard_session=True)


def _tell(passed_over: PassedOver) -> None:
    if news := passed_over.news():
        click.echo(f"citybeat: {news}", err=True)


def read_event(topic: str, payload: bytes, root: str) -> dict[str, Any]:
    """Return an event of whatever kind: where it came from and what it says. Raises Unusable for what is none."""
    levels = topic.removeprefix(f"{root}/").split("/")
    try:
        district, _, kind, device = (plain(each) for each in levels)
    except ValueError:
        raise Unusable(Reason.FOREIGN_TOPIC, topic) from None
    try:
        content = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise Unusable(Reason.MALFORMED, str(error)) from None
    if not isinstance(content, dict):
        raise Unusable(Reason.MALFORMED, f"a JSON {type(content).__name__}")
    if missing := [name for name in REQUIRED if name not in content]:
        raise Unusable(Reason.MISSING_FIELD, ", ".join(missing))
    place = {"kind": kind, "district": district, "device": device}
    return {**place, **{key: value for key, value in content.items() if key not in place}}


def event_line(event: Mapping[str, Any]) -> str:
    """Return an event as one readable line: time, kind, where, then its fields. Nothing in it moves a terminal's cursor."""
    when = str(event.get("city_time", event.get("t", "")))
    place = f"{event.get('district', '')!s:<10} {event.get('device', '')!s:<22}"
    head = f"{when:<14} {event['kind']!s:<18} {place}"
    hidden = ("city_time", "t", "kind", "district", "device", "seq", "due", "sent", "run", "fault_delay_us")
    fields = " ".join(f"{key}={value}" for key, value in event.items() if key not in hidden)
    return printable(f"{head} {fields}")


def printable(line: str) -> str:
    """Return a line in which nothing moves a terminal's cursor."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)
