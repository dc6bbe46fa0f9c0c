import numpy as np
import pytest

from devices.buses.journal import Journal
from devices.buses.signs.calibration import PLACES
from devices.buses.signs.eta_judge import EtaJudge, leave_verdicts
from sim.events.batches import Span
from sim.units import MINUTE_US, SECOND_US
from tests.devices.buses.timetabled import a_site


def verdicts(ahead_s: list[float], late_s: list[float]) -> dict[str, list[float]]:
    out = a_site()
    leave_verdicts((np.array(ahead_s) * SECOND_US).astype(np.int64), (np.array(late_s) * SECOND_US).astype(np.int64), out)
    return {each.where: each.values.tolist() for each in out.city.out.take_samples() if each.measure == "buses.eta_accuracy"}


@pytest.mark.parametrize(
    ("bucket", "ahead_s", "earliest_s", "latest_s"),
    [("0-3", 60, -30, 90), ("3-6", 240, -60, 150), ("6-10", 480, -60, 210), ("10-15", 800, -90, 270)],
)
def test_a_bus_within_the_benchmarks_bounds_was_predicted_right(bucket: str, ahead_s: int, earliest_s: int, latest_s: int) -> None:
    late_s = [earliest_s - 0.001, earliest_s, 0, latest_s, latest_s + 0.001]
    assert verdicts([ahead_s] * 5, late_s) == {bucket: [0, 1, 1, 1, 0]}


def test_buckets_go_by_the_time_to_the_actual_arrival_and_end_at_15_minutes() -> None:
    assert verdicts([0, 179, 180, 359, 360, 600, 899, 900, 5000], [0] * 9) == {
        "0-3": [1, 1],
        "3-6": [1, 1],
        "6-10": [1],
        "10-15": [1, 1],
    }


def test_a_prediction_is_judged_once_and_only_when_its_bus_has_come() -> None:
    journal, out = Journal(), a_site()
    judge = EtaJudge(journal)
    judge.operate({70: 3}, 0)
    judge.add(np.array([70 * PLACES + 5]), np.array([0]), np.array([2 * MINUTE_US]), np.array([40]))
    judge.judge(Span(0, 0, MINUTE_US), out)
    assert out.city.out.take_samples() == ()
    journal.arrivals[3, 5] = 2 * MINUTE_US + 40 * SECOND_US
    judge.judge(Span(1, MINUTE_US, 2 * MINUTE_US), out)
    assert len(judge) == 1
    judge.judge(Span(2, 2 * MINUTE_US, 3 * MINUTE_US), out)
    samples = {(each.measure, each.where): each.values.tolist() for each in out.city.out.take_samples()}
    assert samples["buses.eta_bias_s", "0-3"] == [40]
    assert samples["buses.phantom_arrival", ""] == [0]
    assert samples["buses.eta_covered", ""] == [1]
    assert len(judge) == 0


def test_a_prediction_whose_bus_never_comes_is_a_phantom_after_half_an_hour() -> None:
    judge, out = EtaJudge(Journal()), a_site()
    judge.add(np.array([7 * PLACES + 1]), np.array([0]), np.array([MINUTE_US]), np.array([20]))
    judge.judge(Span(30, 30 * MINUTE_US, 31 * MINUTE_US), out)
    assert len(judge) == 1
    judge.judge(Span(31, 31 * MINUTE_US, 32 * MINUTE_US), out)
    assert [each.values.tolist() for each in out.city.out.take_samples() if each.measure == "buses.phantom_arrival"] == [[1]]
    assert len(judge) == 0
