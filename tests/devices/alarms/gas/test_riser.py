"""A leak in the riser of a building reaches its flats floor by floor, until the utility isolates it."""

from functools import cache

import numpy as np
import pytest

from devices.alarms.centre.choices import ResponseStep, Service
from devices.alarms.choices import AlarmState, Qualifier
from devices.alarms.gas.choices import GasLevel, Valve
from devices.alarms.homes.parameters import InstalledParameters
from devices.alarms.system import Alarms
from devices.causes import GAS_LEAK
from sim.city.incidents import Incident
from sim.engine.engine import Engine
from sim.errors import UsageError
from sim.scenario import Scenario
from tests.devices.alarms.gas.gas_alone import HERE, Left, ran

MINUTES = 60


@cache
def leaking(operators: int = 10, severity: float = 1.0, building: str = "", also: tuple[str, ...] = ()) -> Left:
    place = {"building": building} if building else {"districts": (HERE,)}
    leak = Incident(what=GAS_LEAK, after="10m", lasting="2h", severity=severity, **place)  # type: ignore[arg-type]
    return ran(districts=(*also, HERE), hours=2, start="14:30", operators=operators, incidents=(leak,))


def raised(left: Left) -> dict[str, float]:
    """Return when each home's alarm was raised, s."""
    return {
        row["home"]: row["at_s"]
        for row in left.rows["alarm"]
        if (row["alarm_state"], row["qualifier"]) == (AlarmState.RAISED, Qualifier.NEW)
    }


def utility(left: Left, step: ResponseStep) -> list[float]:
    """Return when the gas utility took a step, s, in order."""
    return [row["at_s"] for row in left.rows["response"] if (row["service"], row["response_step"]) == (Service.UTILITY, step)]


def with_detector(left: Left) -> list[int]:
    """Return the homes of the building of the leak that have a detector."""
    (mark,) = [text for text in left.marks if text.startswith("gas leaks into")]
    residents, detectors = left.gas.scene.site.residents(HERE), left.gas.scene.detectors
    building = residents.building(mark.split()[3].rstrip(":"))
    district = left.gas.scene.site.districts.code(HERE)
    homes = detectors.home[(detectors.building == building) & (detectors.district == district)].tolist()
    assert f": {len(homes)} of its flats" in mark
    return [int(home) for home in homes]


def test_every_flat_of_the_building_with_a_detector_alarms_and_nobody_else_does() -> None:
    left = leaking(operators=0)
    residents = left.gas.scene.site.residents(HERE)
    assert set(raised(left)) == {residents.home_id(home) for home in with_detector(left)}
    assert len(raised(left)) < int((residents.homes.building == residents.homes.building[with_detector(left)[0]]).sum())  # others have none
    assert {row["real"] for row in left.rows["alarm"]} == {True}


def test_gas_comes_floor_by_floor_from_where_the_riser_leaks() -> None:
    left = leaking(operators=0)
    residents = left.gas.scene.site.residents(HERE)
    at_s = {residents.homes.floor[home]: raised(left)[residents.home_id(home)] for home in with_detector(left)}
    origin = min(at_s, key=lambda floor: at_s[floor])
    away, after = np.array([[abs(int(floor) - int(origin)), seconds] for floor, seconds in at_s.items()]).T
    assert len(set(away.tolist())) > 3
    assert np.corrcoef(away, after)[0, 1] > 0.6


def test_a_closed_valve_does_not_keep_out_what_comes_from_the_building_until_the_utility_isolates_it() -> None:
    left = leaking()
    closed = [row for row in left.rows["valve_state"] if row["valve"] == Valve.CLOSED]
    assert closed
    isolated = [text for text in left.marks if text.startswith("the utility isolates the gas of")]
    assert len(isolated) == 1
    arrived_s = utility(left, ResponseStep.ARRIVED)[0]
    home = closed[0]["home"]
    mine = [
        (row["at_s"], row["gas_percent"]) for row in left.rows["gas_sample"] if row["home"] == home and row["gas_level"] != GasLevel.NORMAL
    ]
    shut = [gas for at_s, gas in mine if closed[0]["at_s"] < at_s < arrived_s]
    assert max(shut) > shut[0] + 1.0
    late = [gas for at_s, gas in mine if at_s > arrived_s + 15 * MINUTES]
    assert late == sorted(late, reverse=True)


def test_alarms_are_restored_once_the_building_is_isolated_and_the_gas_gone_and_not_before() -> None:
    left = leaking()
    restored = {row["home"]: row["at_s"] for row in left.rows["alarm"] if row["alarm_state"] == AlarmState.RESTORED}
    shown = {row["home"]: row["gas_level"] for row in left.rows["gas_sample"]}  # the last of each home
    assert len(restored) > 5
    assert min(restored.values()) > utility(left, ResponseStep.ARRIVED)[0]
    assert {home for home in raised(left) if shown[home] == GasLevel.NORMAL} == set(restored)
    assert len(left.samples["alarms.gas_peak_percent", "riser"]) == len(restored)


def test_once_the_utility_is_asked_for_nobody_further_is_sent_to_the_building() -> None:
    left = leaking()
    requests = utility(left, ResponseStep.REQUESTED)
    later = [home for home, at_s in raised(left).items() if at_s > min(requests)]
    assert 1 <= len(requests) <= len(raised(left)) - len(later)
    assert len(later) > 3


def test_the_building_may_be_named_and_a_leak_of_no_severity_is_none() -> None:
    left = leaking(operators=0)
    other = next(
        each
        for each in left.gas.scene.detectors.building.tolist()
        if each != left.gas.scene.site.residents(HERE).homes.building[with_detector(left)[0]]
    )
    name = left.gas.scene.site.residents(HERE).building_id(int(other))
    named = leaking(0, 1.0, name)
    assert any(text.startswith(f"gas leaks into {name}") for text in named.marks)
    assert set(raised(named)) == {named.gas.scene.site.residents(HERE).home_id(home) for home in with_detector(named)}
    assert not raised(leaking(0, 0.0))


def test_a_building_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(UsageError, match=r"no building 'Putuo-building-09999': Putuo has Putuo-building-00000 to Putuo-building-00128"):
        leaking(0, 1.0, "Putuo-building-09999")
    with pytest.raises(UsageError, match=r"the district 'Putou' is not in this city \(did you mean 'Putuo'\?\)"):
        leaking(0, 1.0, "Putou-building-00001")


def test_a_building_without_a_detector_is_refused_with_the_nearest_that_has_one() -> None:
    left = leaking(operators=0)
    residents = left.gas.scene.site.residents(HERE)
    without = set(range(int(residents.homes.building.max()) + 1)) - set(left.gas.scene.detectors.building.tolist())
    with pytest.raises(UsageError, match=r"no home of Putuo-building-\d+ has a gas detector \(did you mean 'Putuo-building-\d+'\?\)"):
        leaking(0, 1.0, residents.building_id(min(without)))


def test_a_district_without_a_detector_is_refused_with_the_remedy() -> None:
    leak = Incident(what=GAS_LEAK, after=0, lasting=60, districts=(HERE,))
    none = Scenario(name="none", systems=[Alarms(installed=InstalledParameters(more=0))], districts=[HERE], incidents=[leak])
    with pytest.raises(UsageError, match=r"no home of Putuo has a gas detector: raise the scale or alarms\.installed\.more"):
        Engine(none)


def test_another_district_changes_nothing_of_the_leak() -> None:
    alone, both = leaking(operators=0), leaking(0, also=("Xuhui",))
    assert [(row["home"], row["at_s"], row["severity"]) for row in alone.rows["alarm"]] == [
        (row["home"], row["at_s"], row["severity"]) for row in both.rows["alarm"]
    ]
    assert [row for row in alone.rows["gas_sample"] if row["gas_level"]] == [row for row in both.rows["gas_sample"] if row["gas_level"]]
