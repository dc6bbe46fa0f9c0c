"""`citybeat tail`: events of a run or of a broker as they pass.

Owns the verb and the line an event becomes.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import orjson
import polars as pl

from brokers.mqtt.clients import open_client
from brokers.tape.ledger import TapeLedger
from brokers.wire.topics import check_root, level, plain
from citybeat import folder as folders
from citybeat.places import RUNS
from citybeat.plumbing import broker_of
from citybeat.settings import RunSettings
from citybeat.verbs.options import DURATION
from sim.calendar import Calendar
from sim.errors import UsageError
from sim.units import SECOND_US, nearest

LEVELS = 5
WAIT_S = 0.2
EVERYTHING = 2**62


@click.command()
@click.argument("name", metavar="[RUN]", required=False)
@click.option("--broker", envvar="CITYBEAT_BROKER", help="Listen to this broker instead of reading a run.")
@click.option("--runs", type=click.Path(path_type=Path), default=RUNS, show_default=True, help="Folder of runs.")
@click.option("--root", default="city", show_default=True, help="First level of every topic.")
@click.option("--kind", help="Only this kind.")
@click.option("--district", help="Only this district.")
@click.option("--device", help="Only this device.")
@click.option("-n", "count", type=click.IntRange(min=1), help="Stop after so many events (a run: show the last so many).")
@click.option("--for", "duration", type=DURATION, help="Stop listening after so long, such as 10s.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
def tail(
    name: str | None,
    broker: str | None,
    runs: Path,
    root: str,
    kind: str | None,
    district: str | None,
    device: str | None,
    count: int | None,
    duration: int | None,
    *,
    as_json: bool,
) -> None:
    """Show the events of RUN (an id, a path, or `last`), or with --broker those that pass now."""
    wanted = {"kind": kind, "district": district, "device": device, "system": None}
    if name is None and broker is None:
        msg = "name a run (`citybeat tail last`) or a broker (`citybeat tail --broker mqtt://host`)"
        raise UsageError(msg)
    events = of_run(name, runs, wanted, count) if name else of_broker(str(broker), root, wanted, duration)
    for number, event in enumerate(events, start=1):
        click.echo(orjson.dumps(event, default=str).decode() if as_json else line_of(event))
        if count is not None and number >= count:
            return


def of_run(name: str, runs: Path, wanted: dict[str, str | None], count: int | None) -> Iterator[dict[str, Any]]:
    """Yield the events of a finished run in order of time, the last `count` of them."""
    folder = folders.find(name, runs)
    ledger = TapeLedger(folder.path)
    kinds = list(ledger.kinds())
    if wanted["kind"] and wanted["kind"] not in kinds:
        msg = f"run {folder.run} has no events of kind {wanted['kind']!r}{nearest(wanted['kind'], kinds)}; it has {', '.join(kinds)}"
        raise UsageError(msg)
    calendar = Calendar(ledger.header.zone)
    chosen = [kind for kind in kinds if wanted["kind"] in (None, kind)]
    frames = [_filtered(ledger.frame(kind), wanted).tail(count or EVERYTHING).collect() for kind in chosen]
    if not frames:
        return
    order = pl.concat(
        frame.select("time").with_columns(place=pl.lit(place), row=pl.int_range(pl.len())) for place, frame in enumerate(frames)
    )
    picked = order.sort("time").tail(count or EVERYTHING)
    for moment, place, row in picked.iter_rows():
        event = {key: value for key, value in frames[place].row(row, named=True).items() if value is not None}
        stamp = calendar.local(int(moment.timestamp() * SECOND_US)).strftime("%H:%M:%S.%f")[:-3]
        shown = {key: value for key, value in event.items() if key not in ("time", "release")}
        yield {"city_time": stamp, "kind": chosen[place], **shown}


def _filtered(frame: pl.LazyFrame, wanted: dict[str, str | None]) -> pl.LazyFrame:
    for column in ("district", "device"):
        if wanted[column] is not None:
            frame = frame.filter(pl.col(column) == wanted[column])
    return frame


def of_broker(url: str, root: str, wanted: dict[str, str | None], lasting_us: int | None) -> Iterator[dict[str, Any]]:
    """Yield events as they pass; QoS 0, so that listening never holds anything up."""
    check_root(root)
    client = open_client(broker_of(url, RunSettings(broker=url)), f"citybeat-tail-{folders.new_run_id()}")
    levels = [level(word) if (word := wanted[name]) else "+" for name in ("district", "system", "kind", "device")]
    limit = time.monotonic() + (float("inf") if lasting_us is None else lasting_us / SECOND_US)
    try:
        client.subscribe(["/".join([root, *levels])], 0)
        while time.monotonic() < limit:
            inbox = client.receive(WAIT_S)
            for topic, payload in zip(inbox.topics, inbox.payloads, strict=True):
                if not payload:
                    continue  # a rehearsal or a retained message that was cleared: no event
                parts = topic.removeprefix(root + "/").split("/")
                yield {"kind": parts[2], "district": plain(parts[0]), "device": plain(parts[3]), **_content(payload)}
    finally:
        client.close(forget_session=True)


def _content(payload: bytes) -> dict[str, Any]:
    try:
        content = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return {"unreadable": payload[:80].decode(errors="replace")}
    return content if isinstance(content, dict) else {"unreadable": str(content)[:80]}


def line_of(event: dict[str, Any]) -> str:
    """Return an event as one readable line: time, kind, where, then its fields."""
    when = event.get("city_time", event.get("t", ""))
    place = f"{event.get('district', ''):<10} {event.get('device', ''):<22}"
    head = f"{when:<14} {event['kind']:<18} {place}"
    hidden = ("city_time", "t", "kind", "district", "device", "seq", "due", "sent", "run", "fault_delay_us")
    fields = " ".join(f"{key}={value}" for key, value in event.items() if key not in hidden)
    return f"{head} {fields}"
