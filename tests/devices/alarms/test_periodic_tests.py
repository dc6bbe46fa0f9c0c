"""Every panel reports a test (602) once a day at an instant of its own, late where no path is up."""

import numpy as np
import pytest
from pydantic import ValidationError

from devices.alarms.choices import ContactId, DeviceClass, Qualifier
from devices.alarms.homes.installed import installed
from devices.alarms.homes.parameters import InstalledParameters
from devices.alarms.supervision.parameters import SupervisionParameters
from devices.alarms.supervision.paths import Paths, registered
from devices.alarms.supervision.periodic_tests import PeriodicTests
from devices.alarms.system import Alarms
from sim.city.incidents import Incident
from sim.city.site import Site
from sim.events.batches import Span
from sim.units import DAY_US, HOUR_US, MINUTE_US
from tests.devices.alarms.alarm_runs import HERE, ran
from tests.devices.buses.timetabled import a_site

CALM = SupervisionParameters(line_troubles_per_day=0, mains_losses_per_year=0, jams_per_year=0, periodic_test=HOUR_US)


def paths() -> tuple[Site, Paths]:
    site = Site(a_site((HERE,), scale=0.05).city, Alarms.declared)
    return site, registered(site, installed(site, InstalledParameters()), 0.1)


def test_each_panel_reports_once_in_each_period_at_the_same_phase() -> None:
    site, of_all = paths()
    tests = PeriodicTests(of_all, DAY_US)
    slices = [
        tests.during(Span(each, site.start_us + each * MINUTE_US, site.start_us + (each + 1) * MINUTE_US)) for each in range(2 * 1440)
    ]
    told = np.concatenate(slices)
    panels = np.flatnonzero(of_all.units.device_class == DeviceClass.PANEL)
    first, second = (told[(told["time_us"] - site.start_us) // DAY_US == day] for day in (0, 1))
    assert sorted(first["unit"].tolist()) == sorted(second["unit"].tolist()) == panels.tolist()
    np.testing.assert_array_equal(second["time_us"] - first["time_us"], DAY_US)
    by_hour = np.bincount((first["time_us"] - site.start_us) // HOUR_US, minlength=24)
    assert by_hour.max() < 3 * by_hour.mean()
    assert not len(PeriodicTests(of_all, 0).during(Span(0, site.start_us, site.end_us)))


def test_a_test_that_falls_into_an_outage_comes_after_it_and_changes_no_state() -> None:
    outage = Incident(what="outage", after="10m", lasting="20m")
    left = ran(Alarms(supervision=CALM), hours=1, scale=0.05, incidents=(outage,))
    states = left["device_state"]
    tests = (states["code"] == ContactId.PERIODIC_TEST) & (states["qualifier"] == Qualifier.NEW)
    panels = sum(name.endswith("-panel") for name in left.engine.city.roster("alarms").names)
    about = left.about(states["about"][tests])
    assert len(set(about)) == len(about) == panels > 50
    minute = (states["time_us"][tests] - left.engine.hours.start_us) / MINUTE_US
    assert not ((minute > 10) & (minute < 30)).any()
    assert ((minute >= 30) & (minute < 32)).mean() > 0.25
    assert not states["real"][tests].any()


def test_a_period_that_no_panel_has_is_refused_and_none_at_all_is_not() -> None:
    with pytest.raises(ValidationError, match="no panel tests every 1us: write 1m or more, or 0s for none"):
        SupervisionParameters(periodic_test=1)
    assert SupervisionParameters(periodic_test=0).periodic_test == 0
