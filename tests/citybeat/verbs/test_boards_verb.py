"""`citybeat boards` as people use it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from dashboards.boards.of_systems import boards_of, shipped_boards
from tests.citybeat.commands import citybeat, street
from tests.lamps import Lamps
from tests.servers import InfluxDB

NOWHERE = {"INFLUXDB_URL": "http://127.0.0.1:1", "INFLUXDB_ORG": "city", "INFLUXDB_TOKEN": "token"}


def test_build_writes_every_board_and_then_says_that_they_are_current(tmp_path: Path) -> None:
    first = citybeat("boards", "build", "--out", "boards", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert sorted(path.name for path in (tmp_path / "boards").iterdir()) == sorted(board.file for board in shipped_boards())
    again = citybeat("boards", "build", "--out", "boards", cwd=tmp_path)
    assert again.stdout.strip() == "the boards in boards are current"


def test_a_scripts_own_system_has_its_board_from_the_script_and_from_its_run(tmp_path: Path) -> None:
    script = street(tmp_path, duration='"1m"')
    assert citybeat("boards", "build", "--scenario", script, "--out", "script", cwd=tmp_path).returncode == 0
    assert citybeat("run", script, "--broker", "none", cwd=tmp_path).returncode == 0
    done = citybeat("boards", "build", "--run", "last", "--out", "run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["lamps.json", "pipeline.json"]
    for path in (tmp_path / "run").iterdir():
        assert path.read_text() == (tmp_path / "script" / path.name).read_text()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("build", "--scenario", "street.py"), "name a folder for these boards with --out"),
        (("push", "--run", "last", "--scenario", "street.py"), "name the systems once: with --run or with --scenario"),
        (("push", "--run", "nothing"), "no run 'nothing'"),
        (("push", "--scenario", "stret.py"), "did you mean 'street.py'?"),
        (("check", "0123abcd", "--scenario", "stret.py"), "did you mean 'street.py'?"),
    ],
)
def test_systems_that_cannot_be_known_are_one_clear_message(tmp_path: Path, options: tuple[str, ...], told: str) -> None:
    street(tmp_path)
    done = citybeat("boards", *options, cwd=tmp_path, **NOWHERE)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert told in done.stderr


def test_push_without_an_address_names_the_variable(tmp_path: Path) -> None:
    done = citybeat("boards", "push", cwd=tmp_path, **NOWHERE)
    assert done.returncode == 2
    assert "GRAFANA_URL" in done.stderr


def test_push_to_a_grafana_that_is_away_is_a_service_error(tmp_path: Path) -> None:
    away = NOWHERE | {"GRAFANA_URL": "http://127.0.0.1:1", "GRAFANA_TOKEN": "token"}
    done = citybeat("boards", "push", cwd=tmp_path, **away)
    assert done.returncode == 5
    assert "http://127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_of_an_unknown_run_says_how_to_find_one(tmp_path: Path) -> None:
    done = citybeat("boards", "check", "nothing", cwd=tmp_path, **NOWHERE)
    assert done.returncode == 2
    assert "citybeat runs list" in done.stderr


@pytest.mark.influxdb
def test_check_of_a_run_that_influxdb_does_not_hold_is_bad_usage(tmp_path: Path, influxdb: InfluxDB) -> None:
    settings = {"INFLUXDB_URL": influxdb.url, "INFLUXDB_ORG": influxdb.org, "INFLUXDB_TOKEN": influxdb.token}
    prepared = citybeat("doctor", cwd=tmp_path, **settings)
    assert prepared.returncode == 0, prepared.stdout
    done = citybeat("boards", "check", "0123abcd", cwd=tmp_path, **settings)
    assert done.returncode == 2
    assert "0123abcd" in done.stderr


@pytest.mark.influxdb
def test_check_of_a_run_asks_the_boards_of_its_own_systems(tmp_path: Path, influxdb: InfluxDB) -> None:
    settings = {"INFLUXDB_URL": influxdb.url, "INFLUXDB_ORG": influxdb.org, "INFLUXDB_TOKEN": influxdb.token}
    done = citybeat("run", street(tmp_path), "--store", "influx", "--quiet", cwd=tmp_path, **settings)
    assert done.returncode == 0, done.stdout + done.stderr
    done = citybeat("boards", "check", "last", cwd=tmp_path, **settings)
    asked = sum(len(board.panels) for board in boards_of([Lamps.declared]))
    assert (done.returncode, done.stdout) == (0, f"{asked} panels asked, 0 problems\n")


class Grafana(BaseHTTPRequestHandler):
    """As much of a Grafana as is asked when boards are pushed; it keeps the uids of the boards it is given."""

    kept: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self._answer([])

    def do_POST(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "dashboard" in content:
            self.kept.append(content["dashboard"]["uid"])
            self._answer({"status": "success", "id": 1, "url": f"/d/{self.kept[-1]}/x", "uid": self.kept[-1], "version": 1})
        else:
            self._answer({"id": 1, "uid": "citybeat", "title": "citybeat", "message": "Datasource added"})

    def _answer(self, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


def test_push_brings_the_boards_of_a_scripts_own_system(tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Grafana) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        grafana = {"GRAFANA_URL": f"http://127.0.0.1:{server.server_port}", "GRAFANA_TOKEN": "token"}
        done = citybeat("boards", "push", "--scenario", street(tmp_path), cwd=tmp_path, **NOWHERE, **grafana)
        server.shutdown()
    assert done.returncode == 0, done.stderr
    assert Grafana.kept == ["citybeat-lamps", "citybeat-pipeline"]
    assert done.stdout.split() == [f"{grafana['GRAFANA_URL']}/d/{uid}/x" for uid in Grafana.kept]
