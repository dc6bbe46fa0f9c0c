"""Who is on duty: shifts, breaks, and the limits of what may be asked of a centre."""

from collections.abc import Iterator

import pytest
import simpy
from pydantic import ValidationError

from devices.alarms.centre.centre import Centre
from devices.alarms.centre.parameters import CentreParameters, Shift
from devices.alarms.centre.rota import Rota
from sim.city.site import Site
from sim.units import DAY_US, HOUR_US, MINUTE_US
from tests.devices.alarms.centre.alone import empty, run


def test_three_shifts_cover_the_day_and_the_night_is_half_as_strong() -> None:
    rota = Rota(CentreParameters(operators=20))
    on_duty = {hour: sum(rota.strength(hour * HOUR_US).at_work) + rota.strength(hour * HOUR_US).on_break for hour in range(24)}
    assert {hour for hour, count in on_duty.items() if count == 10} == {22, 23, 0, 1, 2, 3, 4, 5}
    assert {count for hour, count in on_duty.items() if 6 <= hour < 22} == {20}


def test_shifts_can_be_written_in_one_line() -> None:
    written = CentreParameters(shifts="06:00-14:00, 14:00-22:00, 22:00-06:00=50%")
    assert written.shifts == CentreParameters().shifts
    assert CentreParameters(shifts="08:00-08:00").shifts == (Shift(begins="08:00", lasting="24h"),)


def test_a_shift_is_so_many_people_or_a_share_of_the_full_strength() -> None:
    """Two of fifty-two fall ill at 18:00: fifty stay to the end, two go home."""
    rota = Rota(CentreParameters(operators=52, shifts="06:00-14:00, 14:00-22:00=50, 14:00-18:00=2, 22:00-06:00=25%", break_lasting=0))
    assert [sum(rota.strength(hour * HOUR_US).at_work) for hour in (7, 15, 18, 23)] == [52, 52, 50, 13]


def test_a_shift_is_told_as_it_is_written() -> None:
    written = "06:00-14:00, 14:00-22:00=50, 22:00-06:00=25%"
    assert ", ".join(map(str, CentreParameters(shifts=written).shifts)) == written


def test_every_operator_has_one_break_within_the_shift() -> None:
    rota = Rota(CentreParameters(operators=20))
    off = sum(rota.strength(minute * MINUTE_US).on_break for minute in range(24 * 60))
    assert off == (20 + 20 + 10) * 30
    assert max(rota.strength(minute * MINUTE_US).on_break for minute in range(24 * 60)) <= 4


def test_so_many_are_trained_for_care_as_is_asked() -> None:
    strength = Rota(CentreParameters(operators=20, care_trained=0.75)).strength(7 * HOUR_US)
    assert strength.at_work == (5, 15)


def test_the_team_follows_the_rota_to_the_minute() -> None:
    centre = empty(10, shifts=(Shift(begins="08:00", lasting="1h"),))
    once = run(centre, start="07:55", duration="80m")
    idle = [row.count for piece in once.pieces for row in piece.census if (row.thing, row.state) == ("operator", "idle")]
    assert idle == [0] * 5 + [10] * 60 + [0] * 15


def test_operators_who_go_home_finish_the_call_in_hand() -> None:
    centre = empty(1, shifts=(Shift(begins="00:00", lasting="10m"),))

    def raises(site: Site, centre: Centre) -> None:
        def come() -> Iterator[simpy.Event]:
            yield site.wait(9 * MINUTE_US)
            answer = yield from centre.operators.team.take("care")
            yield site.wait(5 * MINUTE_US)
            centre.operators.team.leave(answer.group)

        site.process(come())

    busy = [row.count for piece in run(centre, raises).pieces for row in piece.census if (row.thing, row.state) == ("operator", "busy")]
    assert busy[:15] == [0] * 9 + [1] * 5 + [0]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"operators": -1}, "greater than or equal to 0"),
        ({"shifts": [{"begins": DAY_US}]}, "outside the day"),
        ({"shifts": [{"begins": "25:00"}]}, "not a time of day"),
        ({"shifts": "06:00-14:00, 25:00-06:00"}, "not a time of day"),
        ({"shifts": "all day"}, "is no shift"),
        ({"shifts": "14:00-22:00=2000"}, "less than or equal to 1000"),
        ({"shifts": [{"begins": "06:00", "lasting": "25h"}]}, "at most 24h"),
        ({"shifts": [{"begins": "06:00", "share": -0.5}]}, "greater than or equal to 0"),
        ({"policy": {"false_calls": 0}}, "greater than or equal to 1"),
        ({"callers": {"patience": 1}}, "greater than or equal to 1000000"),
        ({"callers": {"redial_pause": 0}}, "greater than or equal to 1000000"),
        ({"policy": {"false_calls": 10**30}}, "less than or equal to 1000"),  # or a run went on for ever
        ({"policy": {"within": 0}}, "greater than 0"),
        ({"responders": {"community_units": -1}}, "greater than or equal to 0"),
        ({"talk": {"distribution": "normal"}}, "lognormal or exponential"),
        ({"operator": 5}, "Extra inputs"),
    ],
)
def test_what_no_centre_can_be_is_refused_with_one_message(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        CentreParameters(**given)
    (error,) = refused.value.errors()
    assert said in error["msg"]
