"""The stack: the compose file is sound, secrets are made once, and the broker lets each role do its part only."""

import os
import re
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode
from servers import Mosquitto, mosquitto_server

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = "CITYBEAT_COMPOSE"
GRAFANA = "CITYBEAT_GRAFANA_SCRIPT"
WAIT_S = 10.0


def make(folder: Path, *arguments: str) -> str:
    """Run the secrets' script as the stack does."""
    command = [sys.executable, str(ROOT / "docker" / "make_secrets.py"), *arguments]
    done = subprocess.run(command, env={**os.environ, "CITYBEAT_SECRETS": str(folder)}, capture_output=True, text=True, check=True)
    return done.stdout


def secrets_in(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of secrets, made."""
    folder = tmp_path_factory.mktemp("secrets")
    make(folder)
    return folder


def test_secrets_are_long_differ_and_can_be_read_by_their_owner_only(secrets: Path, tmp_path: Path) -> None:
    found = secrets_in(secrets)
    assert len(found) == 9
    assert found["grafana/influxdb_token"] == found["influxdb/admin_token"] == found["citybeat/influxdb_token"]
    assert len(set(found.values())) == 7
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
    assert len(named) == 6
    assert all(name.endswith("_FILE") and value.startswith("/secrets/") for name, value in named)
    images = re.findall(r"^ +image: (\S+)$", text, re.MULTILINE)
    assert all(re.search(r":\d+\.\d+\.\d+$", image) for image in images)


def test_compose_accepts_the_file() -> None:
    binary = os.environ.get(COMPOSE)
    if binary is None:
        pytest.skip(f"no Docker Compose: name its binary in {COMPOSE}")
    done = subprocess.run([binary, "-f", str(ROOT / "docker-compose.yml"), "config", "-q"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture(scope="module")
def broker(mosquitto_installed: str, secrets: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """The stack's mosquitto: its own configuration, with paths and the listener put where a test may have them."""
    del mosquitto_installed
    folder = tmp_path_factory.mktemp("stack-mosquitto")
    text = (ROOT / "docker" / "mosquitto" / "mosquitto.conf").read_text()
    for inside, here in (("/secrets", secrets), ("/mosquitto/config", ROOT / "docker" / "mosquitto"), ("/mosquitto/data", folder)):
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
    made = {user: Role(broker, user, found[f"citybeat/mqtt_{user}_password"]) for user in ("devices", "ingest", "viewer")}
    assert [role.refused for role in made.values()] == [False, False, False]
    yield made
    for role in made.values():
        role.close()


EVENT, STATUS = "city/Pudong/buses/stop_event/bus-1", "citybeat/run/ingest/main"


def forge(broker: Mosquitto, user: str, secrets: Path, topic: str) -> None:
    """Publish where the role may not, over a connection of its own: mosquitto 2.0.11 closes it, later ones drop the message."""
    forger = Role(broker, user, secrets_in(secrets)[f"citybeat/mqtt_{user}_password"])
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
            file.read_text().replace("/secrets/", f"{secrets}/").replace("/var/lib/grafana/dashboards", str(ROOT / "dashboards" / "json"))
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
    import requests  # noqa: PLC0415 - only where a Grafana is

    ask = requests.Session()
    ask.auth = ("admin", "admin")
    source = ask.get(f"{url}/api/datasources/uid/citybeat").json()
    assert (source["database"], source["readOnly"], source["secureJsonFields"]) == ("city", True, {"httpHeaderValue1": True})
    boards = ask.get(f"{url}/api/search?type=dash-db").json()
    assert {each["uid"]: each["folderTitle"] for each in boards} == {"citybeat-buses": "citybeat", "citybeat-pipeline": "citybeat"}
