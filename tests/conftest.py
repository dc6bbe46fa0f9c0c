"""Servers that many tests share, started once and only when a test asks; skipped with the reason when not installed."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.servers import (
    DEFAULTS,
    UNLIMITED,
    InfluxDB,
    Mosquitto,
    grafana_server,
    influxdb_script,
    influxdb_server,
    mosquitto_binary,
    mosquitto_server,
)

settings.register_profile("citybeat", deadline=None)  # a wall time, which a loaded machine breaks at will
settings.load_profile("citybeat")


@pytest.fixture(scope="session")
def mosquitto_installed() -> str:
    """The path of mosquitto, for tests that start their own."""
    binary = mosquitto_binary()
    if binary is None:
        pytest.skip("mosquitto is not installed (Debian: apt-get install mosquitto)")
    return binary


@pytest.fixture(scope="session")
def mosquitto(mosquitto_installed: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:  # noqa: ARG001 - skips without it
    """A mosquitto with unlimited queues and windows; do not stop it."""
    with mosquitto_server(tmp_path_factory.mktemp("mosquitto"), *UNLIMITED) as server:
        yield server


@pytest.fixture(scope="session")
def mosquitto_defaults(mosquitto_installed: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:  # noqa: ARG001 - skips without it
    """A mosquitto with its default limits (window 20, queue 1,000); do not stop it."""
    with mosquitto_server(tmp_path_factory.mktemp("mosquitto-defaults"), *DEFAULTS) as server:
        yield server


@pytest.fixture(scope="session")
def influxdb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxDB]:
    """A real InfluxDB; a test that stops it resumes it."""
    if influxdb_script() is None:
        pytest.skip("no InfluxDB: name a start script in CITYBEAT_INFLUXDB_SCRIPT")
    with influxdb_server(tmp_path_factory.mktemp("influxdb")) as server:
        yield server


@pytest.fixture(scope="module")
def grafana(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a fresh Grafana with admin/admin."""
    script = os.environ.get("CITYBEAT_GRAFANA_SCRIPT")
    if script is None:
        pytest.skip("no Grafana: name a script in CITYBEAT_GRAFANA_SCRIPT that starts one in a folder, writing `url` and `pid` there")
    with grafana_server(script, tmp_path_factory.mktemp("grafana")) as url:
        yield url
