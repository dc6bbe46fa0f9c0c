"""Calendar: city time read as the local clock, also where the clock jumps."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.city.calendar import Calendar, DayKind, parse_clock_us, parse_date
from sim.errors import UsageError
from sim.units import DAY_US, HOUR_US, MINUTE_US, SECOND_US

SHANGHAI = Calendar()
BERLIN = Calendar("Europe/Berlin")
MONDAY = date(2015, 3, 2)


def utc_us(*clock: int) -> int:
    return int(datetime(*clock, tzinfo=UTC).timestamp()) * SECOND_US


def clock_us(local: datetime) -> int:
    return ((local.hour * 60 + local.minute) * 60 + local.second) * SECOND_US + local.microsecond


def test_shanghai_is_eight_hours_ahead() -> None:
    assert SHANGHAI.instant_us(MONDAY, 7 * HOUR_US) == utc_us(2015, 3, 1, 23)
    assert SHANGHAI.clock(utc_us(2015, 3, 1, 23)) == "07:00:00"


@given(st.dates(date(1993, 1, 1), date(2100, 1, 1)), st.integers(0, DAY_US - 1))
def test_day_and_clock_read_back_what_made_an_instant(day: date, after_us: int) -> None:
    at_us = SHANGHAI.instant_us(day, after_us)
    local = SHANGHAI.local(at_us)
    assert local.date() == day
    assert SHANGHAI.day_start_us(at_us) == at_us - after_us
    assert clock_us(local) == after_us


def test_times_past_midnight_belong_to_the_next_day_as_in_gtfs() -> None:
    assert SHANGHAI.clock(SHANGHAI.instant_us(MONDAY, 25 * HOUR_US + 35 * MINUTE_US)) == "01:35:00"


def test_weekends_are_free_days_by_the_local_date() -> None:
    kinds = [SHANGHAI.day_kind(SHANGHAI.instant_us(date(2015, 3, day))) for day in range(2, 9)]
    assert kinds == [DayKind.WORKDAY] * 5 + [DayKind.FREE_DAY] * 2
    assert SHANGHAI.day_kind(utc_us(2015, 3, 6, 16)) is DayKind.FREE_DAY


@pytest.mark.parametrize(("day", "noon_utc"), [(date(2015, 3, 29), 10), (date(2015, 10, 25), 11)])
def test_timetable_times_keep_noon_on_days_with_a_clock_change(day: date, noon_utc: int) -> None:
    noon_us = BERLIN.instant_us(day, 12 * HOUR_US)
    assert noon_us == utc_us(day.year, day.month, day.day, noon_utc)
    assert BERLIN.clock(noon_us) == "12:00:00"


@pytest.mark.parametrize(("day", "hours"), [(date(2015, 3, 29), 23), (date(2015, 10, 25), 25), (date(2015, 6, 1), 24)])
def test_a_local_day_begins_at_midnight_and_is_as_long_as_its_clock_says(day: date, hours: int) -> None:
    noon_us = BERLIN.instant_us(day, 12 * HOUR_US)
    start_us = BERLIN.day_start_us(noon_us)
    assert BERLIN.clock(start_us) == "00:00:00"
    assert BERLIN.local(start_us).date() == day
    assert BERLIN.day_start_us(start_us) == start_us
    assert BERLIN.day_start_us(start_us - 1) < start_us
    assert BERLIN.day_start_us(start_us + hours * HOUR_US) == start_us + hours * HOUR_US


def test_local_hours_are_the_clocks_through_a_clock_change() -> None:
    start_us = BERLIN.day_start_us(BERLIN.instant_us(date(2015, 3, 29), 12 * HOUR_US))
    assert [BERLIN.local(start_us + hour * HOUR_US).hour for hour in range(4)] == [0, 1, 3, 4]


@pytest.mark.parametrize("zone", ["Asia/Shangai", "Asia", "", "../etc", "/etc/localtime", "x" * 300])
def test_an_unknown_time_zone_is_refused_with_an_example(zone: str) -> None:
    with pytest.raises(UsageError, match="use an IANA name such as Asia/Shanghai"):
        Calendar(zone)


def test_dates_are_read_and_nonsense_refused() -> None:
    assert parse_date("2015-03-02") == MONDAY
    for text in ("2015-02-30", "2.3.2015", "", "today"):
        with pytest.raises(UsageError, match="write it as 2015-03-02"):
            parse_date(text)


@pytest.mark.parametrize(("text", "seconds"), [("07:00", 25_200), ("7:05", 25_500), ("23:59:59", 86_399), ("00:00", 0)])
def test_times_of_day_are_read(text: str, seconds: int) -> None:
    assert parse_clock_us(text) == seconds * SECOND_US


@pytest.mark.parametrize("text", ["24:00", "7", "07:60", "07:00:60", "7:0:0:0", "", "ab:cd", "-1:00", "007:00", "²:00"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="write it as 07:00"):
        parse_clock_us(text)


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/New_York", "Australia/Sydney", "America/Santiago", "Africa/Cairo", "Asia/Kathmandu"]
)
@given(day=st.dates(date(1950, 1, 1), date(2036, 12, 31)), after_us=st.integers(0, DAY_US - 1))
def test_a_time_on_the_clock_is_of_its_day_and_read_back_unless_the_clock_leapt_over_it(zone: str, day: date, after_us: int) -> None:
    calendar = Calendar(zone)
    at_us = calendar.on_clock_us(day, after_us)
    local = calendar.local(at_us)
    assert local.date() == day
    assert 0 <= clock_us(local) - after_us <= 2 * HOUR_US


def test_of_a_time_that_comes_twice_the_first_is_meant() -> None:
    assert BERLIN.on_clock_us(date(2015, 10, 25), 2 * HOUR_US) == utc_us(2015, 10, 25, 0)
