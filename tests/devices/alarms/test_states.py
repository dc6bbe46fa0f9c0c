"""What is wrong with a device adds up to one state, and the states of a district to its number of devices."""

from itertools import product

import numpy as np
import pytest

from devices.alarms.choices import Availability, DeviceClass, SupervisionClass
from devices.alarms.homes.installed import Units
from devices.alarms.supervision.states import BACKUP_LOST, JAMMED, LOW_BATTERY, PRIMARY_LOST, WITHOUT_MAINS, WORN_OUT, States

BITS = np.array([PRIMARY_LOST, BACKUP_LOST, WITHOUT_MAINS, LOW_BATTERY, JAMMED, WORN_OUT])


def units(two_paths: list[bool]) -> Units:
    count = len(two_paths)
    return Units(
        district=np.arange(count, dtype=np.int16) % 2,
        home=np.arange(count),
        building=np.zeros(count, dtype=np.int64),
        device_class=np.full(count, DeviceClass.PANEL, dtype=np.int8),
        supervision=np.full(count, SupervisionClass.MIN3, dtype=np.int8),
        network=np.zeros(count, dtype=np.int8),
        two_paths=np.array(two_paths),
    )


@pytest.mark.parametrize("two_paths", [False, True])
def test_a_device_is_offline_when_no_path_is_left_and_the_worse_word_wins(two_paths: bool) -> None:  # noqa: FBT001
    for wrong in product((False, True), repeat=len(BITS)):
        chosen = np.flatnonzero(wrong)
        _, after = States(units([two_paths])).change(np.zeros(len(chosen), dtype=np.intp), BITS[chosen], np.ones(len(chosen), dtype=bool))
        primary, backup, mains, battery, jammed, worn_out = wrong
        if primary and (backup or not two_paths):
            expected = Availability.OFFLINE
        elif primary or backup or mains or jammed:
            expected = Availability.TROUBLE
        elif worn_out:
            expected = Availability.END_OF_LIFE
        else:
            expected = Availability.LOW_BATTERY if battery else Availability.ONLINE
        assert not len(after) or after[-1] == expected


def test_changes_of_one_device_follow_each_other_and_leave_what_was_before() -> None:
    states = States(units([True, False, True]))
    unit = np.array([0, 1, 0, 0, 1, 0, 2])
    bit = np.array([PRIMARY_LOST, PRIMARY_LOST, BACKUP_LOST, PRIMARY_LOST, PRIMARY_LOST, BACKUP_LOST, LOW_BATTERY])
    before, after = states.change(unit, bit, np.array([True, True, True, False, False, False, True]))
    online, low, _, trouble, offline = Availability
    assert before.tolist() == [online, online, trouble, offline, offline, trouble, online]
    assert after.tolist() == [trouble, offline, offline, trouble, online, online, low]


def test_counts_are_those_of_the_devices_after_any_changes() -> None:
    rng = np.random.default_rng(3)
    states, now = States(units([False, True] * 20)), np.zeros(40, dtype=np.int64)
    for _ in range(50):
        unit = rng.integers(0, 40, 30)
        _, after = states.change(unit, BITS[rng.integers(0, len(BITS), 30)], rng.random(30) < 0.5)
        now[unit] = after  # of equal indices numpy keeps the last
        for district in (0, 1):
            np.testing.assert_array_equal(states.counts[district], np.bincount(now[np.arange(40) % 2 == district], minlength=5))


def test_of_troubles_of_one_sort_that_overlap_the_first_is_news_and_the_last_restore() -> None:
    states = States(units([False, False]))
    unit = np.array([0, 0, 1, 0, 0, 0])
    bit = np.array([WITHOUT_MAINS, WITHOUT_MAINS, WITHOUT_MAINS, JAMMED, WITHOUT_MAINS, WITHOUT_MAINS])
    on = np.array([True, True, True, True, False, False])
    assert states.news(unit, bit, on).tolist() == [True, False, True, True, False, True]
    assert states.news(np.array([0, 1]), np.array([0, WITHOUT_MAINS]), np.array([True, False])).tolist() == [True, True]
