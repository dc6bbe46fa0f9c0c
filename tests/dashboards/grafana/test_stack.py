"""The stack: the compose file is sound, secrets are made once, and the broker lets each role do its part only."""

import json
import os
import re
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
import requests
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from brokers.influx.api import InfluxSettings
from brokers.influx.store import InfluxStore
from dashboards.boards.of_systems import shipped_boards
from sim.errors import ServiceError
from sim.ports import OpsRow
from tests.servers import InfluxDB, Mosquitto, mosquitto_server

ROOT = Path(__file__).resolve().parents[3]
COMPOSE = "CITYBEAT_COMPOSE"
GRAFANA = "CITYBEAT_GRAFANA_SCRIPT"
WAIT_S = 10.0
PLACES = {"devices": "simulator", "ingest": "ingest", "viewer": "viewer"}


def make(folder: Path, *arguments: str, script: str = "make_secrets.py", **environment: str) -> str:
    """Run a script of the stack as it does."""
    command = [sys.executable, str(ROOT / "docker" / script), *arguments]
    given = {**os.environ, "CITYBEAT_SECRETS": str(folder), "PYTHONPATH": str(ROOT), **environment}
    done = subprocess.run(command, env=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def secrets_in(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of secrets, made."""
    folder = tmp_path_factory.mktemp("secrets")
    make(folder)
    return folder


def test_each_service_has_a_folder_of_its_own(secrets: Path) -> None:
    assert {name.split("/")[0] for name in secrets_in(secrets)} == {"mosquitto", "influxdb", "grafana", "ingest", "simulator", "viewer"}
    assert all(stat.S_IMODE(folder.stat().st_mode) == 0o500 for folder in secrets.iterdir())


def test_secrets_are_long_differ_and_can_be_read_by_their_owner_only(secrets: Path, tmp_path: Path) -> None:
    found = secrets_in(secrets)
    assert len(found) == 9
    assert found["ingest/ingest_key"] == found["simulator/ingest_key"]
    assert len(set(found.values())) == 8
    assert all(len(content) >= 32 for content in found.values())
    for name in found:
        assert stat.S_IMODE((secrets / name).stat().st_mode) == 0o400
    make(tmp_path)
    assert not set(found.values()) & set(secrets_in(tmp_path).values())


def test_a_second_start_keeps_them(secrets: Path) -> None:
    before = secrets_in(secrets)
    make(secrets)
    assert secrets_in(secrets) == before


def test_a_person_is_told_how_to_log_in(secrets: Path) -> None:
    assert secrets_in(secrets)["grafana/admin_password"] in make(secrets, "show")


def test_no_secret_and_no_open_port_stands_in_the_compose_file() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    assert re.findall(r'^ +- "(?!127\.0\.0\.1:)[\d.]*:?\d+:\d+"', text, re.MULTILINE) == []
    assert len(re.findall(r'^ +- "127\.0\.0\.1:\d+:\d+"', text, re.MULTILINE)) == 3
    named = re.findall(r"^ +(\w*(?:PASSWORD|TOKEN)\w*): (.+)$", text, re.MULTILINE)
    assert len(named) == 5
    assert all(name.endswith("_FILE") and value.startswith("/secrets/") for name, value in named)
    images = re.findall(r"^ +image: (\S+)$", text, re.MULTILINE)
    assert all(re.search(r":\d+\.\d+\.\d+$", image) for image in images)


def test_compose_accepts_the_file() -> None:
    binary = os.environ.get(COMPOSE)
    if binary is None:
        pytest.skip(f"no Docker Compose: name its binary in {COMPOSE}")
    done = subprocess.run([binary, "-f", str(ROOT / "docker-compose.yml"), "config", "-q"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def services() -> dict[str, dict[str, Any]]:
    """Return the services as Compose reads them."""
    binary = os.environ.get(COMPOSE)
    if binary is None:
        pytest.skip(f"no Docker Compose: name its binary in {COMPOSE}")
    command = [binary, "-f", str(ROOT / "docker-compose.yml"), "config", "--format", "json"]
    return dict(json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["services"])


def test_each_service_sees_its_own_secrets_only_and_can_change_none() -> None:
    mounted = {
        name: {each["source"]: each for each in service["volumes"] if "secrets" in each["source"]} for name, service in services().items()
    }
    makers = {name: mounted.pop(name) for name in ("secrets", "tokens")}
    assert {name: list(volumes) for name, volumes in mounted.items()} == {name: [f"secrets-{name}"] for name in mounted}
    assert all(each["target"] == "/secrets" and each["read_only"] for volumes in mounted.values() for each in volumes.values())
    assert [source for source, each in makers["tokens"].items() if each.get("read_only")] == ["secrets-influxdb"]


def test_no_service_has_rights_it_does_not_use() -> None:
    for name, service in services().items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["read_only"], name
        assert not service.get("privileged"), name
        if name in ("secrets", "tokens"):
            assert service["cap_add"] == ["CHOWN", "DAC_OVERRIDE", "FOWNER"]
        else:
            assert "cap_add" not in service
            assert service.get("user") != "0:0"


@pytest.fixture(scope="module")
def tokens(influxdb: InfluxDB, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Secrets with tokens made on a real InfluxDB."""
    folder = tmp_path_factory.mktemp("tokens")
    make(folder)
    operator = folder / "influxdb" / "admin_token"
    operator.chmod(0o600)
    operator.write_text(influxdb.token)
    make(folder, script="make_tokens.py", INFLUXDB_URL=influxdb.url)
    return folder


def may(influxdb: InfluxDB, token: str, method: str, path: str, body: str | None = None) -> bool:
    """Ask InfluxDB by itself, without code of ours; return whether it did what was asked."""
    answer = requests.request(method, influxdb.url + path, data=body, headers={"Authorization": f"Token {token}"}, timeout=WAIT_S)
    assert answer.status_code in (200, 201, 204, 401, 403, 404), answer.text
    return answer.ok and '"error"' not in answer.text


def write(bucket: str) -> tuple[str, str, str]:
    return "POST", f"/api/v2/write?org=city&bucket=city/{bucket}", "token_test value=1"


def read(policy: str) -> tuple[str, str]:
    return "GET", f"/query?db=city&q=SELECT%20COUNT(value)%20FROM%20{policy}.token_test"


@pytest.mark.influxdb
@pytest.mark.parametrize(
    ("service", "rights"),
    [
        ("ingest", (True, False, False, False)),
        ("grafana", (False, False, True, True)),
        ("simulator", (False, True, True, True)),
        ("influxdb", (True, True, True, True)),
    ],
)
def test_each_token_can_do_its_part_only(influxdb: InfluxDB, tokens: Path, service: str, rights: tuple[bool, ...]) -> None:
    token = secrets_in(tokens)[f"{service}/{'admin' if service == 'influxdb' else 'influxdb'}_token"]
    assert tuple(may(influxdb, token, *each) for each in (write("raw"), write("ops"), read("raw"), read("ops"))) == rights
    assert may(influxdb, token, "POST", "/api/v2/orgs", json.dumps({"name": f"by {service}"})) == (service == "influxdb")


@pytest.mark.influxdb
def test_an_ingest_needs_no_more_than_to_write_and_boards_and_runs_no_more_than_theirs(influxdb: InfluxDB, tokens: Path) -> None:
    found = secrets_in(tokens)
    row = OpsRow("token_test", 1_700_000_000_000_000, {"run": "abcdefgh"}, {"value": 1})
    for service, may_write_ops in (("ingest", False), ("simulator", True)):
        store = InfluxStore(InfluxSettings(influxdb.url, "city", found[f"{service}/influxdb_token"]))
        store.prepare(())
        if may_write_ops:
            store.write_ops([row])
            assert store.count("abcdefgh", ["vehicle_position"]) == {"vehicle_position": 0}
        else:
            with pytest.raises(ServiceError, match="may not"):
                store.write_ops([row])
        store.close()


@pytest.mark.influxdb
def test_a_second_start_keeps_tokens_that_work_and_replaces_one_that_does_not(influxdb: InfluxDB, tokens: Path) -> None:
    before = secrets_in(tokens)
    stale = tokens / "grafana" / "influxdb_token"
    stale.chmod(0o600)
    stale.write_text("of another InfluxDB")
    make(tokens, script="make_tokens.py", INFLUXDB_URL=influxdb.url)
    after = secrets_in(tokens)
    assert after.pop("grafana/influxdb_token") not in ("of another InfluxDB", before.pop("grafana/influxdb_token"))
    assert after == before


@pytest.fixture(scope="module")
def broker(mosquitto_installed: str, secrets: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """The stack's mosquitto: its own configuration, with paths and the listener put where a test may have them."""
    del mosquitto_installed
    folder = tmp_path_factory.mktemp("stack-mosquitto")
    text = (ROOT / "docker" / "mosquitto" / "mosquitto.conf").read_text()
    for inside, here in (
        ("/secrets", secrets / "mosquitto"),
        ("/mosquitto/config", ROOT / "docker" / "mosquitto"),
        ("/mosquitto/data", folder),
    ):
        text = text.replace(f" {inside}/", f" {here}/")
    lines = [line for line in text.splitlines() if line and not line.startswith(("#", "listener"))]
    with mosquitto_server(folder, *lines) as server:
        yield server


class Role:
    """A client of one role that remembers what it heard."""

    def __init__(self, broker: Mosquitto, user: str, password: str) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.refused: bool | None = None
        self.client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self.client.username_pw_set(user, password) if user else None
        self.client.on_connect = self._connected
        self.client.on_message = lambda _client, _data, message: self.heard.append((message.topic, message.payload))
        self.client.connect("127.0.0.1", broker.port)
        self.client.loop_start()
        self.until(lambda: self.refused is not None)

    def _connected(self, _client: object, _data: object, _flags: object, reason: ReasonCode, _properties: object) -> None:
        self.refused = reason.is_failure

    def listen(self) -> None:
        """Subscribe to everything; what the role may not read is not delivered."""
        confirmed: list[bool] = []
        self.client.on_subscribe = lambda *_: confirmed.append(True)
        self.client.subscribe([("#", 1)])
        self.until(lambda: bool(confirmed))

    def until(self, happened: Callable[[], bool]) -> None:
        deadline = time.monotonic() + WAIT_S
        while not happened() and time.monotonic() < deadline:
            time.sleep(0.01)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def roles(broker: Mosquitto, secrets: Path) -> Iterator[dict[str, Role]]:
    """One client of each role."""
    found = secrets_in(secrets)
    made = {user: Role(broker, user, found[f"{place}/mqtt_password"]) for user, place in PLACES.items()}
    assert [role.refused for role in made.values()] == [False, False, False]
    yield made
    for role in made.values():
        role.close()


EVENT, STATUS = "city/Pudong/buses/stop_event/bus-1", "citybeat/run/ingest/main"


def forge(broker: Mosquitto, user: str, secrets: Path, topic: str) -> None:
    """Publish where the role may not, over a connection of its own: mosquitto 2.0.11 closes it, later ones drop the message."""
    forger = Role(broker, user, secrets_in(secrets)[f"{PLACES[user]}/mqtt_password"])
    forger.client.publish(topic, b"forged", 0).wait_for_publish(WAIT_S)
    forger.close()


@pytest.mark.mosquitto
def test_devices_publish_events_and_ingest_and_viewers_hear_them(broker: Mosquitto, secrets: Path, roles: dict[str, Role]) -> None:
    for role in roles.values():
        role.listen()
    for user, topic in (("ingest", EVENT), ("viewer", EVENT), ("viewer", STATUS), ("devices", "other/topic")):
        forge(broker, user, secrets, topic)
    roles["devices"].client.publish(EVENT, b"true", 1).wait_for_publish(WAIT_S)
    roles["ingest"].client.publish(STATUS, b"true", 1).wait_for_publish(WAIT_S)
    for role in roles.values():
        role.until(lambda heard=role.heard: (STATUS, b"true") in heard)
    assert roles["viewer"].heard == [(EVENT, b"true"), (STATUS, b"true")]
    assert roles["ingest"].heard == [(EVENT, b"true"), (STATUS, b"true")]
    assert roles["devices"].heard == [(STATUS, b"true")]


@pytest.mark.mosquitto
@pytest.mark.parametrize(("user", "password"), [("", ""), ("devices", "guessed"), ("nobody", "guessed")])
def test_nobody_else_gets_in(broker: Mosquitto, user: str, password: str) -> None:
    stranger = Role(broker, user, password)
    stranger.close()
    assert stranger.refused is True


def test_grafana_takes_the_provisioned_source_and_boards(secrets: Path, tmp_path: Path) -> None:
    script = os.environ.get(GRAFANA)
    if script is None:
        pytest.skip(f"no Grafana: name a script in {GRAFANA} that starts one in a folder, writing `url` and `pid` there")
    for file in (ROOT / "docker" / "grafana" / "provisioning").rglob("*.yaml"):
        text = (
            file.read_text()
            .replace("/secrets/", f"{secrets}/grafana/")
            .replace("/var/lib/grafana/dashboards", str(ROOT / "dashboards" / "json"))
        )
        target = tmp_path / "data" / "provisioning" / file.parent.name / file.name
        target.parent.mkdir(parents=True)
        target.write_text(text)
    with (tmp_path / "log").open("wb") as log:
        subprocess.run([script, str(tmp_path / "data")], check=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=90)
    try:
        url = (tmp_path / "data" / "url").read_text().strip()
        _provisioned(url)
    finally:
        os.kill(int((tmp_path / "data" / "pid").read_text()), 15)


def _provisioned(url: str) -> None:
    ask = requests.Session()
    ask.auth = ("admin", "admin")
    source = ask.get(f"{url}/api/datasources/uid/citybeat").json()
    assert (source["database"], source["readOnly"], source["secureJsonFields"]) == ("city", True, {"httpHeaderValue1": True})
    boards = ask.get(f"{url}/api/search?type=dash-db").json()
    assert {each["uid"]: each["folderTitle"] for each in boards} == {each.uid: "citybeat" for each in shipped_boards()}
