"""A receiver's log as an alarm engineer reads it: every law of the tape holds on an evening and in a storm, and can be broken."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from citybeat import run
from devices.alarms.burglar.parameters import BurglarParameters
from devices.alarms.centre.loads import Load
from devices.alarms.gas.parameters import GasParameters
from devices.alarms.homes.parameters import InstalledParameters
from devices.alarms.personal.parameters import PersonalParameters
from devices.alarms.smoke.parameters import SmokeParameters
from devices.alarms.supervision.parameters import SupervisionParameters
from devices.alarms.system import Alarms
from scenarios.shipped.home_alarms import scenario as home_alarms
from sim.city.incidents import Incident
from sim.city.site import Site
from sim.units import HOUR_US, MINUTE_US
from tests.devices.alarms.laws import broken
from tests.devices.alarms.laws.log import Log


class Alone(Alarms):
    """Alarms of homes of which no other calls the centre, so that much may go wrong in them."""

    def _loads(self, site: Site) -> list[Load]:  # noqa: ARG002 - the contract's
        return []


TROUBLED = Alone(
    installed=InstalledParameters(more=20),
    burglar=BurglarParameters(per_year=10),
    smoke=SmokeParameters(per_year=50, real=0.01),
    gas=GasParameters(per_year=60, sample_every=HOUR_US),
    personal=PersonalParameters(per_year=100, detectors=0.5, small_devices=1.0),
    supervision=SupervisionParameters(line_troubles_per_day=0.5, mains_losses_per_year=100, neglected_batteries=0.5),
)
WEATHER = (
    Incident(what="storm", after="5m", lasting="30m", severity=1),
    Incident(what="power_cut", after="10m", lasting="15m", severity=0.8),
)


def logged(folder: Path, **changes: object) -> Log:
    run(home_alarms.model_copy(update=changes), speed="max", broker="none", out=folder, quiet=True)
    return Log(folder / "tape")


@pytest.fixture(scope="module")
def storm(tmp_path_factory: pytest.TempPathFactory) -> Log:
    folder = tmp_path_factory.mktemp("runs") / "storm"
    return logged(folder, systems=(TROUBLED,), incidents=WEATHER, districts=("Yangpu",), duration=50 * MINUTE_US, scale=0.03)


def test_every_law_holds_on_a_short_evening(tmp_path: Path) -> None:
    log = logged(tmp_path / "evening", districts=("Huangpu", "Putuo"), duration=20 * MINUTE_US, scale=0.05)
    assert all(len(log.frame(kind)) > 10 for kind in ("case", "call", "response", "panel_state", "device_state", "heartbeat"))
    assert broken(log) == {}


def test_every_law_holds_in_a_storm_over_troubled_homes(storm: Log) -> None:
    alarms = storm.frame("alarm").filter(alarm_state="raised", qualifier="1")
    assert set(alarms["alarm_type"].unique()) == {"burglar", "smoke", "gas", "personal"}
    assert len(alarms) > 200
    assert {"301", "350", "356"} <= set(storm.frame("device_state")["code"].unique())
    assert broken(storm) == {}


def without(**row: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Return the frame without some rows."""
    return lambda frame: frame.filter(~pl.all_horizontal(pl.col(name) == value for name, value in row.items()))


def with_(**columns: object) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Return the frame with other values."""
    return lambda frame: frame.with_columns(**{name: pl.lit(value) for name, value in columns.items()})


@pytest.mark.parametrize(
    ("kind", "forged", "law"),
    [
        ("alarm", with_(qualifier="1"), "alarms.life"),
        ("alarm", with_(code="130"), "alarms.words"),
        ("alarm", lambda frame: frame.with_columns(zone=pl.int_range(pl.len())), "alarms.identity"),
        ("alarm", without(alarm_state="restored"), "panels.reset"),
        ("alarm", without(alarm_state="cancelled"), "cases.cancels"),
        ("case", with_(case_step="decided"), "cases.decisions"),
        ("case", lambda frame: frame.with_columns(pl.col("us") - 10**7), "cases.together"),
        ("call", with_(wait_s=99.0), "cases.calls"),
        ("response", with_(finding="real"), "cases.help_comes"),
        ("panel_state", without(arming="exit_delay"), "panels.moves"),
        ("panel_state", without(arming="disarmed"), "panels.reset"),
        (
            "panel_state",
            lambda frame: frame.with_columns(pl.when(arming="armed_away").then("us").otherwise(pl.col("us") - 10**6)),
            "panels.delays",
        ),
        ("detector_event", without(detector_step="pre_alarm"), "detectors.verified"),
        ("detector_event", without(detector_step="hushed"), "detectors.sounded"),
        ("gas_sample", with_(lel_percent=15.0), "detectors.levels"),
        ("gas_sample", without(gas_level="low"), "detectors.levels"),
        ("valve_state", without(valve="closed"), "detectors.valves"),
        ("heartbeat", lambda frame: frame.with_columns(pl.col("us") + pl.int_range(pl.len())), "supervision.rhythm"),
        ("device_state", without(code="350"), "supervision.silence"),
        ("device_state", with_(qualifier="3"), "supervision.reports"),
    ],
)
def test_a_log_that_breaks_a_law_is_found_out(storm: Log, kind: str, forged: Callable[[pl.DataFrame], pl.DataFrame], law: str) -> None:
    assert law in broken(storm.forged(kind, forged(storm.frame(kind))), law)
