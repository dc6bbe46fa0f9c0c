"""The default centre keeps its promises on a winter evening, and not by much: it is staffed for it."""

from collections.abc import Sequence

import numpy as np

from devices.alarms.centre.parameters import CentreParameters
from devices.alarms.system import Alarms
from scenarios.shipped.home_alarms import scenario as home_alarms
from sim.engine.engine import Engine

SEEDS = range(3)
WANTED = ("alarms.answered_in_60_s", "alarms.answered_in_180_s")


def evening(seed: int, operators: int | None = None) -> Sequence[float]:
    """Return the shares answered in 60 s and in 180 s on the evening of `home_alarms`, with next to no homes simulated one by one."""
    centre = CentreParameters() if operators is None else CentreParameters(operators=operators)
    changes = {"systems": (Alarms(centre=centre),), "scale": 1e-4, "districts": ("Xuhui",), "seed": seed}
    scenario = home_alarms.model_copy(update=changes)
    pieces = [piece for piece in Engine(scenario).slices() if not piece.span.warm]
    samples = [sample for piece in pieces for sample in piece.samples]
    return [float(np.concatenate([np.ravel(each.values) for each in samples if each.measure == name]).mean()) for name in WANTED]


def test_the_default_staffing_answers_in_time_on_most_winter_evenings() -> None:
    kept = [soon >= 0.975 and late >= 0.99 for soon, late in map(evening, SEEDS)]
    assert sum(kept) >= len(SEEDS) - 1


def test_a_quarter_less_is_too_few() -> None:
    assert evening(seed=0, operators=36)[0] < 0.975
