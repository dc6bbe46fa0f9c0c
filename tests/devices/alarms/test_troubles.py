"""What befalls paths and power has the rates of the figures, and a neighbourhood is hit by the severity of an incident."""

import numpy as np
import pytest

from devices.alarms.choices import ContactId, DeviceClass, Qualifier, TroubleCause
from devices.alarms.homes.installed import installed
from devices.alarms.homes.parameters import InstalledParameters
from devices.alarms.supervision import figures
from devices.alarms.supervision.batteries import Batteries
from devices.alarms.supervision.parameters import SupervisionParameters
from devices.alarms.supervision.paths import Paths, registered
from devices.alarms.supervision.troubles import REACH_DAYS, Troubles
from devices.alarms.system import Alarms
from sim.arrays import Records
from sim.city.incidents import Incident
from sim.city.site import Site
from sim.units import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from tests.devices.alarms.alarm_runs import HERE, is_share
from tests.devices.buses.timetabled import a_site

DAYS = 30


def planned(
    parameters: SupervisionParameters | None = None, *, days: int = DAYS, incidents: tuple[Incident, ...] = ()
) -> tuple[Paths, Records, Records, Site]:
    """Return the paths, and what befalls them in so many days from the start of the run."""
    parameters = parameters or SupervisionParameters()
    site = Site(a_site((HERE,), scale=0.05, incidents=incidents).city, Alarms.declared)
    paths = registered(site, installed(site, InstalledParameters()), parameters.spare)
    troubles = Troubles(site, paths, parameters, Batteries(site, paths.units, parameters.neglected_batteries))
    troubles.before(site.start_us)
    cuts, signals = troubles.before(site.start_us + days * DAY_US)
    return paths, cuts, signals, site


def quiet(**given: float) -> SupervisionParameters:
    return SupervisionParameters(
        **{"line_troubles_per_day": 0, "mains_losses_per_year": 0, "neglected_batteries": 0, "jams_per_year": 0, **given}
    )  # type: ignore[arg-type]


def test_lines_are_in_trouble_as_often_and_as_long_as_the_figures_say() -> None:
    paths, cuts, _, _ = planned()
    cuts = cuts[cuts["cause"] == TroubleCause.LINE]
    first = np.unique(np.stack([paths.lines.of_row[cuts["row"]], cuts["time_us"]]), axis=1)  # one line cuts all paths on it
    assert is_share(first.shape[1] / (len(paths.lines) * DAYS), float(figures.LINE_TROUBLES), len(paths.lines) * DAYS)
    hours = (cuts["end_us"] - cuts["time_us"]) / HOUR_US
    assert np.median(hours) == pytest.approx(float(figures.LINE_TROUBLE), rel=0.05)
    assert hours.mean() == pytest.approx(float(figures.LINE_TROUBLE) * np.exp(0.5), rel=0.1)


def test_two_of_a_hundred_devices_are_cut_off_at_any_time() -> None:
    paths, cuts, _, site = planned()
    instants = site.start_us + (REACH_DAYS + np.arange(DAYS - REACH_DAYS)) * DAY_US
    share = np.mean([len(np.unique(cuts["row"][(cuts["time_us"] <= at) & (at < cuts["end_us"])])) / len(paths) for at in instants])
    assert share == pytest.approx(float(figures.OFFLINE), abs=0.003)


def test_all_devices_of_a_home_on_one_line_fall_silent_together() -> None:
    paths, cuts, _, _ = planned(quiet(line_troubles_per_day=0.05))
    line = paths.lines.of_row[cuts["row"]]
    sizes = np.bincount(paths.lines.of_row)
    together, counts = np.unique(np.stack([line, cuts["time_us"]]), axis=1, return_counts=True)
    assert sizes.max() > 1
    np.testing.assert_array_equal(counts, sizes[together[0]])


def test_homes_lose_their_mains_at_the_rate_of_the_figure_and_their_gateways_with_it() -> None:
    paths, cuts, signals, _ = planned(quiet(mains_losses_per_year=24))
    falls = ~paths.over_the_air & (paths.units.device_class[paths.unit] != DeviceClass.GAS_DETECTOR)  # which fall with any mains
    cuts = cuts[falls[cuts["row"]]]
    lost = np.unique(np.stack([paths.homes.of_row[cuts["row"]], cuts["end_us"]]), axis=1)
    homes = len(np.unique(paths.homes.of_row[falls]))
    share = 1.0 - float(figures.GATEWAYS_ON_RESERVE)
    expected = homes * DAYS * 24 / 365.25
    assert abs(lost.shape[1] / expected - share) < 0.05
    told = signals[signals["code"] == ContactId.AC_LOSS]
    new, over = (told[told["qualifier"] == each] for each in (Qualifier.NEW, Qualifier.RESTORE))
    delay_us = new["time_us"] - new["began_us"]
    assert 5 * MINUTE_US <= delay_us.min() < delay_us.max() <= 15 * MINUTE_US
    assert abs(len(new) - len(over)) < 0.02 * len(new) + 5  # but for those that lasted into the next month
    assert set(paths.units.device_class[new["unit"]].tolist()) <= {DeviceClass.PANEL, DeviceClass.CALL_HUB}  # a gas detector has no reserve


def test_a_device_on_mains_falls_silent_when_its_reserve_is_spent() -> None:
    paths, cuts, signals, site = planned(quiet(mains_losses_per_year=24, mains_loss=20 * HOUR_US, gateways_on_reserve=1.0))
    device_class = paths.units.device_class[paths.unit[cuts["row"]]]
    panels = cuts[(device_class == DeviceClass.PANEL) & (cuts["time_us"] > site.start_us + 13 * HOUR_US)]
    began_us = signals[(signals["code"] == ContactId.AC_LOSS) & (signals["qualifier"] == Qualifier.NEW)]
    begins = dict.fromkeys(zip(began_us["unit"].tolist(), began_us["began_us"].tolist(), strict=True))
    assert len(panels) > 20
    for row, at_us in zip(panels["row"].tolist(), panels["time_us"].tolist(), strict=True):
        assert (int(paths.unit[row]), at_us - 12 * HOUR_US) in begins
    assert not np.isin(device_class, [DeviceClass.SMOKE_DETECTOR, DeviceClass.PENDANT]).any()
    assert (signals["code"] == ContactId.LOW_SYSTEM_BATTERY).any()


def test_batteries_are_reported_low_once_in_their_life_and_the_neglected_ones_run_empty() -> None:
    paths, cuts, signals, site = planned(quiet(neglected_batteries=0.5), days=300)
    low = signals[(signals["code"] == ContactId.RADIO_LOW_BATTERY) & (signals["qualifier"] == Qualifier.NEW)]
    units = np.flatnonzero(~paths.units.on_mains)
    assert set(low["unit"].tolist()) <= set(units.tolist())
    smoke = paths.units.device_class == DeviceClass.SMOKE_DETECTOR
    a_year = smoke[low["unit"]].sum() / smoke.sum() * 365.25 / 300
    changed_y = 0.8 * 3.0 + 14 / 365.25  # of those that are not neglected; the others live on
    assert a_year == pytest.approx(0.5 / changed_y + 0.5 / (3.0 + 7 / 365.25), rel=0.08)
    assert (cuts["cause"] == TroubleCause.BATTERY).all()
    assert (cuts["end_us"] - cuts["time_us"] <= figures.EMPTY.us + SECOND_US).all()
    batteries = Batteries(site, paths.units, 0.5)
    at_low = batteries.percent(low["unit"], low["time_us"])
    assert set(at_low.tolist()) <= {20, 21}
    empty = cuts[:200]
    assert (batteries.percent(paths.unit[empty["row"]], empty["time_us"] + 1) == 0).all()
    assert (batteries.percent(paths.unit[empty["row"]], empty["end_us"] + 1) == 100).all()


@pytest.mark.parametrize("severity", [0.2, 0.6])
def test_a_power_cut_takes_so_many_buildings_and_gives_them_back_at_its_end(severity: float) -> None:
    cut = Incident(what="power_cut", after="1h", lasting="2h", severity=severity)
    paths, cuts, signals, site = planned(quiet(), days=1, incidents=(cut,))
    building = paths.units.building[paths.unit]
    hit = np.unique(building[cuts["row"]])
    fixed = np.unique(building[~paths.over_the_air])
    assert is_share(len(hit) / len(fixed), severity, len(fixed))
    start_us, end_us = site.start_us + HOUR_US, site.start_us + 3 * HOUR_US
    assert (cuts["cause"] == TroubleCause.MAINS).all()
    assert (cuts["time_us"] == start_us).mean() > 0.9  # all but gas detectors on gateways with a reserve, which are cut as well
    assert ((cuts["end_us"] > end_us - 13 * MINUTE_US) & (cuts["end_us"] <= end_us)).all()
    assert (signals["code"] == ContactId.AC_LOSS).any()


def test_a_storm_cuts_lines_and_mains_of_a_share_and_another_district_is_spared() -> None:
    storm = Incident(what="storm", after="1h", lasting="2h", severity=0.5)
    paths, cuts, _, _ = planned(quiet(), days=1, incidents=(storm,))
    lines = cuts[cuts["cause"] == TroubleCause.LINE]
    assert is_share(len(np.unique(paths.lines.of_row[lines["row"]])) / len(paths.lines), 0.5 * float(figures.STORM_LINES), len(paths.lines))
    assert (cuts["cause"] == TroubleCause.MAINS).any()
    elsewhere = Incident(what="storm", after="1h", lasting="2h", districts=("Xuhui",))
    assert not len(planned(quiet(), days=1, incidents=(elsewhere,))[1])


def test_jamming_cuts_what_is_over_the_air_and_the_panel_says_so() -> None:
    paths, cuts, signals, _ = planned(quiet(jams_per_year=36.525, jam=30 * MINUTE_US))
    assert (cuts["cause"] == TroubleCause.JAMMING).all()
    assert paths.over_the_air[cuts["row"]].all()
    jammed = signals[(signals["code"] == ContactId.RADIO_JAM) & (signals["qualifier"] == Qualifier.NEW)]
    assert (paths.units.device_class[jammed["unit"]] == DeviceClass.PANEL).all()
    panels = int((paths.units.device_class == DeviceClass.PANEL).sum())
    assert is_share(len(jammed) / (panels * DAYS), 0.1, panels * DAYS)
