"""Arming: the laws of a panel's states, whatever falls due, and what is said of them."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from devices.alarms.burglar import figures
from devices.alarms.burglar.arming import ALLOWED, KEYHOLDER, Armings
from devices.alarms.burglar.choices import Arming
from devices.alarms.burglar.panels import MAIN, SECOND, Panels
from devices.alarms.burglar.parameters import BurglarParameters
from devices.alarms.choices import ContactId, Qualifier
from devices.alarms.system import DECLARED
from sim.city.site import Site
from sim.units import SECOND_US
from tests.devices.alarms.alarm_runs import is_share
from tests.devices.alarms.burglar.homes import HERE, NoRegister, Seen, drawn, seen
from tests.devices.buses.timetabled import a_site

ERRING = BurglarParameters(per_year=10)


@cache
def a_day() -> Seen:
    return seen(ERRING, scale=0.005)


def panels_of(found: Seen) -> set[str]:
    """Return the names of the panels in a run's roster."""
    return {name for name in found.engine.city.roster("alarms").names if "panel" in name and "backup" not in name}


def by_area(found: Seen) -> list[dict[str, NDArray[np.generic]]]:
    """Return the rows of `panel_state` of each partition, in order of time."""
    rows = found.columns["panel_state"]
    area = rows["home"].astype(np.int64) * 4 + rows["partition"]
    order = np.lexsort((np.arange(len(area)), rows["time_us"], area))
    ends = np.flatnonzero(np.diff(area[order])) + 1
    return [{name: column[part] for name, column in rows.items()} for part in np.split(order, ends)]


@cache
def a_quiet_site() -> Site:
    return Site(a_site((HERE,), hour=0, scale=0.001).city, DECLARED)


def two_panels() -> Armings:
    site = a_quiet_site()
    one, no = np.array([1, 1]), np.array([False, True])
    of_homes = Panels(
        unit=np.array([0, 1]),
        district=np.full(2, site.districts.code(HERE), dtype=np.int16),
        home=np.array([0, 1]),
        users=one,
        wireless=no,
        annex=no,
        perimeter=one,
        interior=one,
        arms=one.astype(float),
        arms_at_night=one.astype(float),
        arms_itself=no,
    )
    return Armings(site, NoRegister(), of_homes)  # type: ignore[arg-type]  # all that it asks for


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from([*Arming, -1])), max_size=40))
def test_whatever_falls_due_a_partition_goes_only_where_it_may_and_the_census_agrees(due: list[tuple[int, int]]) -> None:
    armings = two_panels()
    held = armings.state.tolist()
    for number, (area, to) in enumerate(due):
        armings.put(number, np.array([area]), to)
    allowed, after = armings._moved(armings._moves.take_before(len(due)))
    for (area, to), may, then in zip(due, allowed.tolist(), after.tolist(), strict=True):
        assert may == (held[area] != Arming.DISARMED if to < 0 else ALLOWED[held[area], to])
        held[area] = to if may and to >= 0 else held[area]
        assert then == held[area]
    assert armings.state.tolist() == held
    assert armings.counts.sum(axis=0).tolist() == [held[:2].count(each) for each in Arming]


def test_every_state_can_be_left_for_disarmed_and_nothing_is_armed_away_without_an_exit_delay() -> None:
    assert ALLOWED[1:, Arming.DISARMED].all()
    assert not ALLOWED[Arming.DISARMED, Arming.ARMED_AWAY]
    assert not ALLOWED[Arming.ARMED_STAY, Arming.ARMED_AWAY]


def test_each_row_follows_from_the_one_before_of_its_partition() -> None:
    for rows in by_area(a_day()):
        for before, after in zip(rows["arming"][:-1].tolist(), rows["arming"][1:].tolist(), strict=True):
            assert before == after or ALLOWED[before, after]


def test_every_exit_delay_and_every_entry_delay_ends_in_its_time() -> None:
    delays = {Arming.EXIT_DELAY: ERRING.exit_delay, Arming.ENTRY_DELAY: ERRING.entry_delay}
    seen_delays = dict.fromkeys(delays, 0)
    end_us = a_day().engine.hours.end_us
    for rows in by_area(a_day()):
        changes = np.flatnonzero(np.diff(rows["arming"], prepend=-1))
        times, states = rows["time_us"][changes], rows["arming"][changes].tolist()
        for number, state in enumerate(states):
            if state in delays:
                until_us = times[number + 1] if number + 1 < len(times) else end_us
                assert until_us - times[number] <= delays[Arming(state)] + 10  # ties are moved by a µs
                seen_delays[Arming(state)] += 1
    assert min(seen_delays.values()) > 50


def test_openings_and_closings_have_the_codes_of_contact_id() -> None:
    rows = a_day().columns["panel_state"]
    said = set(zip(rows["arming"].tolist(), rows["code"].tolist(), rows["qualifier"].tolist(), strict=True))
    opened, closed = (Arming.DISARMED, ContactId.OPEN_CLOSE, Qualifier.NEW), (Arming.ARMED_AWAY, ContactId.OPEN_CLOSE, Qualifier.RESTORE)
    assert {opened, closed, (Arming.ARMED_STAY, ContactId.ARMED_STAY, Qualifier.RESTORE)} <= said
    assert {code for arming, code, _ in said if arming == Arming.DISARMED} == {ContactId.OPEN_CLOSE}
    assert {code for arming, code, _ in said if arming == Arming.ARMED_STAY} == {ContactId.ARMED_STAY}
    assert (Arming.ARMED_AWAY, ContactId.AUTOMATIC_OPEN_CLOSE, Qualifier.RESTORE) in said
    assert ContactId.EXIT_ERROR in rows["code"]


def test_a_bypass_lasts_until_the_panel_is_disarmed() -> None:
    bypassed = 0
    for rows in by_area(a_day()):
        codes = rows["code"] == ContactId.BYPASS
        new, over = (np.flatnonzero(codes & (rows["qualifier"] == each)) for each in (Qualifier.NEW, Qualifier.RESTORE))
        for one in over.tolist():
            opened = rows["arming"][one + 1 :]
            assert not len(opened) or opened[0] == Arming.DISARMED
        assert len(new) >= len(over)
        bypassed += len(new)
    assert bypassed > 0


def test_a_second_partition_is_armed_with_the_home_and_by_night_while_the_home_is_part_set() -> None:
    rows = a_day().columns["panel_state"]
    assert set(rows["arming"][rows["partition"] == SECOND].tolist()) == {Arming.DISARMED, Arming.EXIT_DELAY, Arming.ARMED_AWAY}
    assert (rows["arming"][rows["partition"] == MAIN] == Arming.ARMED_STAY).any()
    assert not (rows["arming"][rows["partition"] == SECOND] == Arming.ARMED_STAY).any()


def test_so_many_armed_homes_await_who_comes_back_as_the_parameters_say() -> None:
    armed = a_day().of("armed_when_empty")
    expected = ERRING.arms + (1 - ERRING.arms) * ERRING.auto_arm
    assert is_share(armed.mean(), expected, len(armed))


@pytest.mark.parametrize("hour", ["03:00", "14:00"])
def test_states_are_right_at_the_beginning_of_a_run_in_the_middle_of_the_night_or_of_an_absence(hour: str) -> None:
    late = seen(ERRING, hours=0.05, scale=0.005, start=hour)
    minute = round(int(hour[:2]) * 60)
    whole = {(row.state, row.count) for row in a_day().census[minute] if row.thing == "home"}
    assert {(row.state, row.count) for row in late.census[0] if row.thing == "home"} == whole
    armed = dict(whole)
    assert armed["armed_stay" if hour == "03:00" else "armed_away"] > 50


def test_homes_by_arming_are_all_homes_with_a_panel_in_every_minute() -> None:
    totals = {sum(row.count for row in census if row.thing == "home") for census in a_day().census}
    assert totals == {len(panels_of(a_day()))}


def test_a_detector_tells_its_panel_within_two_seconds_by_wire_and_three_without() -> None:
    for where, median, limit in (("wired", figures.WIRED, 2), ("wireless", figures.RADIO, 3)):
        after_s = a_day().of("detector_to_panel_s", where)
        assert np.median(after_s) == pytest.approx(float(median), rel=0.12)
        assert np.mean(after_s <= limit) >= 0.99


def test_users_are_numbered_and_a_keyholder_has_a_code_of_their_own() -> None:
    users = set(a_day().columns["panel_state"]["user_code"].tolist())
    assert users <= {*range(10), KEYHOLDER}
    assert {0, 1, 2} <= users


def test_exit_errors_are_as_many_as_the_rate_needs() -> None:
    errors = a_day().of("exit_errors")
    assert 0.005 < errors.mean() < 0.15
    rows = a_day().columns["panel_state"]
    assert (rows["code"] == ContactId.EXIT_ERROR).sum() <= errors.sum()


def test_how_far_a_panel_is_armed_is_known_within_a_slice_whoever_disarmed_it() -> None:
    panels, found, armings = drawn(days=1)
    first = next(each for each in found if each.code == ContactId.ENTRY_EXIT and panels.annex[each.panel])
    panel, at_us = np.array([first.panel]), first.sent_us - 10 * SECOND_US
    assert armings.held(first.panel, MAIN, at_us) is Arming.ARMED_AWAY
    armings.disarm(np.array([at_us]), panel, np.array([KEYHOLDER]))
    assert {armings.held(first.panel, each, at_us) for each in (MAIN, SECOND)} == {Arming.DISARMED}
    armings.arm(np.array([at_us + 1]), np.array([at_us + 9 * SECOND_US]), panel, ContactId.OPEN_CLOSE, KEYHOLDER)
    assert armings.held(first.panel, MAIN, at_us + 1) is Arming.EXIT_DELAY
    assert armings.held(first.panel, MAIN, first.sent_us) is Arming.ARMED_AWAY
