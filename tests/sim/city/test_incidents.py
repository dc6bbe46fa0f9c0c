"""Incidents: drawn once, heard where and when they hold."""

import pytest
from pydantic import ValidationError

from sim.city.incidents import Incident, Incidents
from sim.streams import Streams
from sim.units import HOUR_US, MINUTE_US

START_US = 1_425_250_800_000_000
STREAMS = Streams(3)


def drawn(*declared: Incident, streams: Streams = STREAMS) -> Incidents:
    return Incidents(declared, START_US, streams)


def test_an_incident_begins_after_its_delay_and_holds_with_its_end_exclusive() -> None:
    storm = drawn(Incident(what="storm", after=10 * MINUTE_US, lasting=5 * MINUTE_US, severity=0.4))
    begin_us, end_us = START_US + 10 * MINUTE_US, START_US + 15 * MINUTE_US
    severities = [storm.severity("storm", "buses", "Pudong", at_us) for at_us in (begin_us - 1, begin_us, end_us - 1, end_us)]
    assert severities == [0.0, 0.4, 0.4, 0.0]


def test_durations_are_read_with_their_units() -> None:
    incident = Incident.model_validate({"what": "outage", "after": "20m", "lasting": "90s"})
    assert (incident.after, incident.lasting) == (20 * MINUTE_US, 90_000_000)


def test_the_draw_falls_within_its_bound_and_differs_by_seed() -> None:
    declared = Incident(what="outage", after=0, lasting=1, within=HOUR_US)
    starts = [drawn(declared, streams=Streams(seed)).occurrences[0].start_us - START_US for seed in range(200)]
    assert 0 <= min(starts) < max(starts) < HOUR_US
    assert len(set(starts)) == 200
    assert sum(starts) / 200 == pytest.approx(HOUR_US / 2, rel=0.13)  # 3 sd of a mean of 200 uniforms


def test_the_same_seed_draws_the_same_and_a_further_incident_leaves_it_alone() -> None:
    outage = Incident(what="outage", after=0, lasting=1, within=HOUR_US)
    assert drawn(outage).occurrences[0] == drawn(outage, outage).occurrences[0]
    assert drawn(outage, outage).occurrences[1] != drawn(outage).occurrences[0]


def test_only_the_districts_and_systems_named_hear_it() -> None:
    incidents = drawn(Incident(what="outage", after=0, lasting=9, districts=("Pudong",), systems=("buses",)))
    heard = [bool(incidents.of("outage", system, district)) for system in ("buses", "cards") for district in ("Pudong", "Putuo")]
    assert heard == [True, False, False, False]
    assert not incidents.of("storm", "buses", "Pudong")


def test_the_strongest_of_several_holds_and_they_come_in_order_of_start() -> None:
    late = Incident(what="storm", after=10, lasting=20, severity=0.9)
    early = Incident(what="storm", after=0, lasting=20, severity=0.2)
    incidents = drawn(late, early)
    assert [each.severity for each in incidents.of("storm", "buses", "Pudong")] == [0.2, 0.9]
    assert [incidents.severity("storm", "buses", "Pudong", START_US + at_us) for at_us in (5, 15, 25)] == [0.2, 0.9, 0.9]


def test_marks_name_what_begins_and_ends_in_a_stretch_in_order_of_time() -> None:
    incidents = drawn(
        Incident(what="outage", after=50, lasting=100, districts=("Pudong", "Putuo")),
        Incident(what="storm", after=0, lasting=60),
    )
    marks = incidents.marks(START_US, START_US + 100)
    assert [(mark.at_us - START_US, mark.text) for mark in marks] == [
        (0, "storm begins in the whole city"),
        (50, "outage begins in Pudong, Putuo"),
        (60, "storm ends in the whole city"),
    ]
    assert [mark.text for mark in incidents.marks(START_US + 100, START_US + 200)] == ["outage ends in Pudong, Putuo"]


def test_what_happens_in_a_building_holds_in_its_district_and_its_marks_name_the_building() -> None:
    leak = drawn(Incident(what="gas_leak", after=0, lasting=9, building="Putuo-building-00012"))
    assert [each.building for each in leak.of("gas_leak", "alarms", "Putuo")] == ["Putuo-building-00012"]
    assert not leak.of("gas_leak", "alarms", "Xuhui")
    assert [mark.text for mark in leak.marks(START_US, START_US + 1)] == ["gas_leak begins in Putuo-building-00012"]


@pytest.mark.parametrize(
    "wrong", [{"building": "12"}, {"building": "Putuo-home-00012"}, {"building": "Putuo-building-00012", "districts": ["Putuo"]}]
)
def test_a_building_without_its_district_or_beside_others_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="name a building as Putuo-building-00012, without districts: not "):
        Incident.model_validate({"what": "gas_leak", "after": 0, "lasting": 1} | wrong)


@pytest.mark.parametrize("wrong", [{"severity": 1.5}, {"after": -1}, {"lasting": "5 parsecs"}, {"where": "Pudong"}])
def test_an_impossible_or_unknown_setting_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Incident.model_validate({"what": "storm", "after": 0, "lasting": 1} | wrong)
