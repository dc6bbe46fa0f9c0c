"""Whether devices work follows from failures, troubles of links and outages, at any instant and from slice to slice."""

import numpy as np
import pytest

from sim.city.incidents import Incident
from sim.city.site import Site
from sim.events.batches import Span
from sim.toolkit.availability import Availability, DeviceState
from sim.toolkit.draws import Draws, Window
from sim.units import DAY_US, HOUR_US, MINUTE_US
from tests.devices.buses.timetabled import a_site

NONE = Window(DAY_US, 0.0, HOUR_US, 0.5)
STALE_AFTER_US = 3 * MINUTE_US


def minutes(site: Site, count: int) -> list[Span]:
    return [Span(each, site.start_us + each * MINUTE_US, site.start_us + (each + 1) * MINUTE_US) for each in range(count)]


def at_start(states: Availability, span: Span, count: int) -> np.ndarray:
    states.enter(span)
    return states.states(np.arange(count), np.full(count, span.start_us))


def test_so_many_devices_are_down_as_their_failures_and_repairs_say() -> None:
    site, homes = a_site(hour=12), ["Jingan"] * 20_000
    failures = Window(DAY_US, 0.2, 6 * HOUR_US, 0.1, reach=2)
    states = Availability(site, Draws(site, "trouble", homes), homes, failures)
    down = at_start(states, minutes(site, 1)[0], len(homes)) == DeviceState.OFFLINE
    assert down.mean() == pytest.approx(0.2 * 6 / 24, rel=0.1)
    assert not states.works(np.flatnonzero(down), np.full(int(down.sum()), site.start_us)).any()


def test_a_device_that_is_cut_off_is_stale_after_a_while_and_not_at_once() -> None:
    homes = ["Jingan"] * 50 + ["Pudong"] * 50
    outage = Incident(what="outage", after=5 * MINUTE_US, lasting=10 * MINUTE_US, districts=("Pudong",))
    site = a_site(("Jingan", "Pudong"), incidents=[outage])
    states = Availability(site, Draws(site, "trouble", homes), homes, NONE, stale_after_us=STALE_AFTER_US)
    seen = [at_start(states, span, len(homes)) for span in minutes(site, 20)]
    stale = np.array([each == DeviceState.STALE for each in seen])
    assert stale[:, 50:].all(axis=1).tolist() == [8 <= minute < 15 for minute in range(20)]
    assert not stale[:, :50].any()
    states.enter(minutes(site, 20)[6])
    assert states.works(np.array([0, 99]), np.full(2, site.start_us + 6 * MINUTE_US)).tolist() == [True, False]


def test_the_changes_of_all_slices_lead_from_each_state_to_the_next() -> None:
    site, homes = a_site(hours=6), ["Jingan"] * 2_000
    failures, troubles = Window(HOUR_US, 0.3, 10 * MINUTE_US, 0.7), Window(HOUR_US, 0.3, 8 * MINUTE_US, 0.7)
    states = Availability(site, Draws(site, "trouble", homes), homes, failures, troubles, STALE_AFTER_US)
    spans = minutes(site, 120)
    now = at_start(states, spans[0], len(homes))
    for span in spans:
        assert now.tolist() == at_start(states, span, len(homes)).tolist()
        change = states.changes(span)
        assert ((span.start_us <= change.at_us) & (change.at_us < span.end_us)).all()
        assert (change.since_us <= change.at_us).all()
        order = np.argsort(change.at_us, kind="stable")
        now[change.row[order]] = change.state[order]
        troubled = change.state == DeviceState.STALE
        assert (change.at_us - change.since_us >= STALE_AFTER_US)[troubled].all()
    assert set(now.tolist()) == {0, 1, 2}
