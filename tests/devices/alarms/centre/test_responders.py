"""Who is sent: how long they take, and how many there are."""

from collections.abc import Iterator

import numpy as np
import pytest
import simpy
from numpy.typing import NDArray

from devices.alarms.centre import figures
from devices.alarms.centre.cases import Case, Conduct
from devices.alarms.centre.centre import Centre
from devices.alarms.centre.choices import Service
from devices.alarms.centre.parameters import CareParameters, ResponderParameters
from devices.alarms.centre.responders import distances
from devices.alarms.choices import AlarmType
from sim.city.districts import DISTRICTS
from sim.city.site import Site
from sim.units import MINUTE_US, SECOND_US
from tests.devices.alarms.centre.alone import Run, empty, run

DRAWS = 20_000


def travels_min(service: Service) -> NDArray[np.float64]:
    """Return travel times to people drawn at random from the whole city."""
    responders = run(empty(0), duration="1m").centre.responders
    rng, people = np.random.default_rng(11), np.array([each.population for each in DISTRICTS])
    districts = rng.choice([each.name for each in DISTRICTS], size=DRAWS, p=people / people.sum())
    return np.array([responders.travel_us(service, str(name), rng) for name in districts]) / MINUTE_US


def test_an_ambulance_is_there_as_fast_as_in_shanghai_in_the_mean() -> None:
    mean = travels_min(Service.AMBULANCE).mean() + float(figures.ACCEPTING) / 60
    assert mean == pytest.approx(12.4, abs=0.2)


def test_police_are_there_as_the_bulletins_say() -> None:
    minutes = travels_min(Service.POLICE) + float(figures.POLICE_ACCEPTING) / 60
    assert 0.62 <= np.mean(minutes <= 5) <= 0.71
    assert 0.11 <= np.mean((minutes > 5) & (minutes <= 10)) <= 0.14  # the bulletins: 11-13 %
    assert 0.08 <= np.mean(minutes > 30) <= 0.12


def test_no_police_car_is_there_in_a_moment() -> None:
    assert travels_min(Service.POLICE).min() > 0.5


def test_travel_is_short_downtown_and_long_on_the_island() -> None:
    found = distances()
    assert min(found, key=found.__getitem__) in ("Huangpu", "Hongkou", "Jingan")
    assert max(found, key=found.__getitem__) == "Chongming"
    people = sum(each.population for each in DISTRICTS)
    assert sum(found[each.name] * each.population for each in DISTRICTS) / people == pytest.approx(1)


def visits(count: int, units: int) -> Run:
    """Send a community worker to so many presses at once, in a district that has few."""

    def raises(site: Site, centre: Centre) -> None:
        for number in range(count):
            site.process(centre.case(Case(f"p{number}", AlarmType.PERSONAL, "Jingan", real=True)))

    responders = ResponderParameters(community_units=units, accepting=SECOND_US, travel_cv=0, on_the_spot="10m", community="10m")
    return run(empty(count, responders=responders), raises, duration="3h", districts=("Jingan",))


def test_a_unit_is_out_for_the_way_there_the_spot_and_the_way_back() -> None:
    once = visits(count=1, units=10_000)
    out = sum(row.count for piece in once.pieces for row in piece.census if (row.thing, row.state) == ("responder", "community"))
    assert out == pytest.approx(2 * 10 * distances()["Jingan"] + 10, abs=1)


def test_when_all_units_are_out_help_waits_and_nobody_is_forgotten() -> None:
    once = visits(count=3, units=100)  # of which one is in Jingan
    arrived = sorted(once.of("attendance_s"))
    turn_s = (2 * 10 * distances()["Jingan"] + 10) * 60
    assert len(arrived) == 3
    assert np.diff(arrived) == pytest.approx([turn_s, turn_s], abs=1_500)
    assert np.diff(arrived).min() > 300


def test_care_calls_leave_operators_for_those_who_call_and_end_with_the_day() -> None:
    care = CareParameters(per_day=2_000, spare=4)
    once = run(empty(10, care=care), duration="3h", start="15:00")
    busy = [row.count for piece in once.pieces for row in piece.census if (row.thing, row.state) == ("operator", "busy")]
    assert max(busy[:120]) == 6
    assert np.mean(busy[10:120]) > 4
    assert max(busy[150:]) == 0  # after 17 h
    assert once.centre.ledger.offered == 0


def test_nobody_is_called_for_care_while_somebody_waits() -> None:
    def raises(site: Site, centre: Centre) -> None:
        def come() -> Iterator[simpy.Event]:
            for number in range(200):
                yield site.wait(10 * SECOND_US)
                site.process(centre.case(Case(f"p{number}", AlarmType.PERSONAL, "Xuhui", real=False, conduct=Conduct(patience_us=10**12))))

        site.process(come())

    once = run(empty(3, care=CareParameters(per_day=2_000, spare=0)), raises, duration="30m", start="10:00")
    waits = [row.count for piece in once.pieces for row in piece.census if (row.thing, row.state) == ("call", "waiting")]
    assert waits[-1] > 50
    care = [batch.columns["purpose"] == 4 for batch in once.rows("call") if batch.time_us[0] > once.pieces[5].span.end_us]
    assert not np.concatenate(care).any()
