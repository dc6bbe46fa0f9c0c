"""`citybeat ingest`: a process that reads a broker into a store; `run` starts one of its own.

Owns the verb and its signals. Reading and storing is `brokers.ingest.reader`'s.
"""

import os
import signal
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from citybeat.kept.places import RUNS
from citybeat.running.ingest_process import WITH_PARENT
from citybeat.running.interruption import heard
from citybeat.verbs.options import (
    PATH,
    ROOT_OPTION,
    broker_option,
    for_option,
    out_option,
    run_settings,
    scenario_option,
    settings_in,
    store_option,
)
from citybeat.verbs.wrong_options import Verb
from sim.errors import DiskError, Exit, UsageError
from sim.units import SECOND_US

if TYPE_CHECKING:
    from brokers.influx.store import InfluxStore
    from brokers.ingest.settings import IngestSettings
    from brokers.parquet.store import ParquetStore
    from citybeat.running.settings import RunSettings
    from sim.events.kinds import Kind

ORPHAN_S = 20.0  # longer than an ingest takes to keep what it holds


@click.command(cls=Verb)
@click.option("--run", help="Keep only this run's events and count others apart; all runs when left out.")
@broker_option("URL of the broker; none to bring in only what waits in the spool.", required=True)
@store_option("influx", "Where rows go.")
@ROOT_OPTION
@out_option("Folder for spool, dead letters and the embedded store; runs/ingest-NAME.")
@click.option("--name", default="main", show_default=True, help="Name of this ingest in its status messages.")
@scenario_option("Script or name of a scenario whose systems' kinds are read too.")
@for_option("Stop after this long; until SIGTERM or Ctrl-C when left out.")
@click.option("--last-status", type=PATH, hidden=True, help="File for the last status.")
@click.option(WITH_PARENT, is_flag=True, hidden=True, help="End when stdin closes: when whoever started us is no more.")
@click.option("--window", type=click.IntRange(min=0), default=0, hidden=True, help="Unacknowledged deliveries the broker allows.")
def ingest(scenario: str | None, duration: int | None, *, with_parent: bool, **options: Any) -> None:  # noqa: ANN401 - click's own way
    """Read events from the broker into the store until SIGTERM, SIGHUP, Ctrl-C or the given time."""
    from brokers.ingest.settings import IngestSettings
    from citybeat.running.connections import ingest_key

    check_name(options["name"])
    settings = run_settings(options)
    folder = settings.out or RUNS / f"ingest-{options['name']}"
    make_folder(folder)
    wanted = IngestSettings(
        **settings_in(options, IngestSettings),
        letters=folder / "dead_letters.jsonl",
        spool=folder / "spool",
        key=ingest_key(settings),
        say=quiet if with_parent else say,
    )
    stop = stop_on_signals()
    if with_parent:
        threading.Thread(target=stop_with_parent, args=(stop,), name="parent", daemon=True).start()
    read(settings, wanted, folder, kinds_for(folder, scenario), stop, float("inf") if duration is None else duration / SECOND_US)


def read(
    settings: "RunSettings", wanted: "IngestSettings", folder: Path, kinds: "tuple[Kind, ...]", stop: threading.Event, seconds: float
) -> None:
    """Read events of these kinds into the store, or bring in what waits in the spool when there is no broker."""
    from brokers.ingest.emptying import empty
    from brokers.ingest.reader import Ingest
    from brokers.ingest.status import ALL
    from brokers.mqtt.clients import open_client
    from citybeat.running.connections import broker_settings, ingest_session, options_for_reader

    with ExitStack() as stack:
        writer = writer_of(settings, folder)
        stack.callback(writer.close)
        writer.prepare(kinds)  # before there is a session that a refusal would leave behind
        if settings.broker == "none":
            click.echo(f"brought in {empty(kinds, writer, wanted, stop, seconds):,} rows from {wanted.spool}")
            return
        client = open_client(
            broker_settings(settings.broker, settings), ingest_session(wanted.run or ALL, wanted.name), options_for_reader()
        )
        stack.callback(client.close, discard_session=wanted.run is not None)
        Ingest(client, kinds, writer, wanted).run(stop, seconds)


def writer_of(settings: "RunSettings", folder: Path) -> "InfluxStore | ParquetStore":
    """Return where rows go. Raises UsageError when the settings of InfluxDB are not there."""
    from brokers.influx.store import InfluxStore
    from brokers.parquet.store import ParquetStore
    from citybeat.running.connections import influx_settings

    return InfluxStore(influx_settings(settings)) if settings.store == "influx" else ParquetStore(folder / "store")


def check_name(name: str) -> None:
    """Raise UsageError for a name that a status cannot carry."""
    from brokers.ingest.status import LONGEST_NAME

    if not name.isprintable() or not 0 < len(name) <= LONGEST_NAME:
        msg = f"--name {name[:40]!r}: write a printable name of at most {LONGEST_NAME} letters"
        raise UsageError(msg)


def say(words: str) -> None:
    """Tell whoever watches the ingest, beside its output."""
    click.echo(f"citybeat ingest: {words}", err=True)


def quiet(_words: str) -> None:
    """Keep the output for last words: whoever started us reads the rest in our statuses."""


def make_folder(folder: Path) -> None:
    """Make a folder. Raises DiskError naming it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"cannot make {folder}: {error.strerror}; choose another --out"
        raise DiskError(msg) from error


def kinds_for(folder: Path, scenario: str | None) -> "tuple[Kind, ...]":
    """Return the kinds to read: those of the run whose tape lies in the folder, of a scenario, or of all shipped systems."""
    from brokers.tape.header import read_header
    from devices import SYSTEMS
    from scenarios.loader import load
    from sim.engine.engine import kinds_of

    if (folder / "tape" / "schema.json").is_file():
        return read_header(folder / "tape").kinds
    shipped = kinds_of(tuple(system() for system in SYSTEMS))
    if scenario is None:
        return shipped
    declared = kinds_of(load(scenario).systems)
    names = {kind.name for kind in declared}
    if len(names) != len(declared):
        msg = f"{scenario}: two systems declare a kind of the same name"
        raise UsageError(msg)
    return declared + tuple(kind for kind in shipped if kind.name not in names)


def stop_on_signals() -> threading.Event:
    """Return an event that SIGTERM, SIGHUP and SIGINT set: what is held is kept before the process leaves."""
    stop = threading.Event()

    def leave(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in heard():
        signal.signal(number, leave)
    return stop


def stop_with_parent(stop: threading.Event) -> None:
    """Wait until stdin closes, ask the ingest to leave, and end the process when it does not."""
    while os.read(sys.stdin.fileno(), 1):  # not by Python's own reader, whose lock a thread must not hold at exit
        pass
    stop.set()
    time.sleep(ORPHAN_S)
    os._exit(int(Exit.UNREACHABLE))
