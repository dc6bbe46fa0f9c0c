"""Runs that are killed, without a chance to close anything: their processes end, and what they left on a broker is cleaned."""

import os
import signal
from pathlib import Path

import psutil
import pytest

from brokers.mqtt.broker_settings import parse_broker
from brokers.mqtt.clients import ClientOptions, open_client
from citybeat.kept.leftovers import FILE, Leftovers, left_by
from tests.citybeat.commands import citybeat, inside, started, street, summary_of, until
from tests.citybeat.running.test_endings import has_stored
from tests.citybeat.running.test_whole_line import assert_nothing_left_on
from tests.servers import Mosquitto


def retaining_street(folder: Path, **changes: str) -> str:
    """Write a scenario whose lamps retain their state."""
    script = street(folder, **changes)
    lamps = folder / "lamps.py"
    words = 'doc="a lamp was switched",'
    assert words in lamps.read_text()
    lamps.write_text(lamps.read_text().replace(words, f"{words} retain=True,"))
    return script


def retained_on(url: str, name: str) -> list[str]:
    """Return the topics on which the broker retains something."""
    listener = open_client(parse_broker(url), name)
    listener.subscribe(["city/#"], 0)
    found = listener.receive(1.0).topics
    listener.close(discard_session=True)
    return list(found)


def has_session(url: str, client_id: str) -> bool:
    """Return whether the broker keeps a session; it is taken over and left again."""
    client = open_client(parse_broker(url), client_id, ClientOptions(persistent_s=60))
    present = client.session.present
    client.close(discard_session=False)
    return present


def killed(folder: Path, script: str, url: str) -> str:
    """Kill a run and its ingest at once when both have something on the broker; return the run's id."""
    before = set((folder / "runs").iterdir()) if (folder / "runs").is_dir() else set()
    with started("run", script, "--broker", url, cwd=folder) as run:
        until(lambda: set((folder / "runs").glob("*")) - before, "its folder")
        (mine,) = set((folder / "runs").iterdir()) - before
        until(lambda: any((mine / "store/lamp_state").glob("*.parquet")), "something stored")
        children = psutil.Process(run.pid).children(recursive=True)
        for process in (run, *children):
            process.send_signal(signal.SIGKILL)
        run.communicate(timeout=30)
    return mine.name


def test_children_end_with_a_killed_run_and_leave_no_folder(tmp_path: Path) -> None:
    script = street(tmp_path, duration='"30m"')
    (tmp_path / "tmp").mkdir()
    with started("run", script, cwd=tmp_path, TMPDIR=str(tmp_path / "tmp")) as run:
        until(lambda: has_stored(tmp_path), "something stored")
        children = psutil.Process(run.pid).children(recursive=True)
        assert len(children) == 3  # a guard with its server, and an ingest
        assert any((tmp_path / "tmp").glob("citybeat-broker-*"))
        run.kill()
        gone, alive = psutil.wait_procs(children, timeout=30)
        assert (len(gone), alive) == (3, [])
    until(lambda: not any((tmp_path / "tmp").glob("citybeat-broker-*")), "the broker's folder is gone")


@pytest.mark.mosquitto
def test_what_killed_runs_left_on_a_broker_is_cleaned_by_the_next_run_and_by_delete(tmp_path: Path, mosquitto: Mosquitto) -> None:
    script = retaining_street(tmp_path, duration='"30m"')
    first, second = (killed(tmp_path, script, mosquitto.url) for _ in range(2))
    assert has_session(mosquitto.url, f"citybeat-ingest-{first}-child") is False  # the second run cleaned
    assert left_by(tmp_path / "runs" / first) is None
    assert retained_on(mosquitto.url, "listener-1") != []
    assert has_session(mosquitto.url, f"citybeat-ingest-{second}-child")
    away = citybeat("runs", "delete", second, "--broker", "mqtt://127.0.0.1:1", cwd=tmp_path)
    assert away.returncode == 0, away.stderr  # another broker than the run's is not asked
    assert_nothing_left_on(mosquitto.url, second)
    assert not (tmp_path / "runs" / second).exists()
    assert first in inside(tmp_path, "runs", "delete", first)


@pytest.mark.mosquitto
def test_the_session_of_a_killed_ingest_is_cleared_by_its_run(tmp_path: Path, mosquitto: Mosquitto) -> None:
    script = retaining_street(tmp_path, duration='"30m"')
    with started("run", script, "--broker", mosquitto.url, cwd=tmp_path) as run:
        until(lambda: has_stored(tmp_path), "something stored")
        (ingest,) = psutil.Process(run.pid).children()
        os.kill(ingest.pid, signal.SIGKILL)
        _, err = run.communicate(timeout=60)
    assert run.returncode == 5, err
    summary = summary_of(tmp_path)
    assert (summary["verdict"], summary["exit_code"]) == ("aborted", 5)
    assert_nothing_left_on(mosquitto.url, summary["run"])
    assert not (tmp_path / "runs" / summary["run"] / FILE).exists()


def test_a_broker_that_is_away_keeps_the_run_from_being_forgotten(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "0a1b2c3d"
    (folder / "tape").mkdir(parents=True)
    (folder / "tape/schema.json").write_text('{"run": "0a1b2c3d"}')
    left = Leftovers(folder / FILE, "0a1b2c3d", "mqtt://127.0.0.1:1", ["citybeat-ingest-0a1b2c3d-child"])
    left.begin()
    left.expect(["city/a", "city/b"])
    left.expect(["city/b"])
    with (folder / FILE).open("ab") as file:
        file.write(b'{"retained": ["city/to')  # the run was killed while it wrote
    assert left_by(folder) == Leftovers(left.path, left.run, left.broker, left.sessions, {"city/a", "city/b"})
    ended = citybeat("runs", "delete", "0a1b2c3d", cwd=tmp_path)
    assert ended.returncode == 5
    assert "left 1 sessions and 2 retained messages on mqtt://127.0.0.1:1" in ended.stderr
    assert folder.exists()
    assert citybeat("runs", "delete", "0a1b2c3d", "--keep-messages", cwd=tmp_path).returncode == 0
    assert not folder.exists()
