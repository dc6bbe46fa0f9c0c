"""How good predictions were: each is kept until its bus has come, then judged by the ETA Accuracy Benchmark.

Owns the rule and the predictions under way. It alone, and no predictor, may look at true arrivals.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from devices.buses.journal import Journal
from devices.buses.signs.calibration import PLACES
from sim.arrays import Int
from sim.city.site import Site
from sim.events.batches import Span
from sim.events.kinds import ABSENT_INT
from sim.figures import Figure, Grade
from sim.judge.measures import Measure, Statistic
from sim.units import MINUTE_US, SECOND_US

_BENCHMARK = "TransitApp/ETA-Accuracy-Benchmark, bounds included"

BUCKETS: tuple[tuple[str, Figure], ...] = (
    ("0-3", Figure("accurate 0 to 3 min before: actual minus predicted", value=(-0.5, 1.5), unit="min", grade=Grade.A, source=_BENCHMARK)),
    ("3-6", Figure("accurate 3 to 6 min before: actual minus predicted", value=(-1.0, 2.5), unit="min", grade=Grade.A, source=_BENCHMARK)),
    (
        "6-10",
        Figure("accurate 6 to 10 min before: actual minus predicted", value=(-1.0, 3.5), unit="min", grade=Grade.A, source=_BENCHMARK),
    ),
    (
        "10-15",
        Figure("accurate 10 to 15 min before: actual minus predicted", value=(-1.5, 4.5), unit="min", grade=Grade.A, source=_BENCHMARK),
    ),
)
EDGES_US = np.array([0, 3, 6, 10, 15], dtype=np.int64) * MINUTE_US
BOUNDS_US = np.array([bounds.value for _, bounds in BUCKETS], dtype=np.float64) * MINUTE_US

NEVER_CAME = Figure("how long after the predicted arrival a bus may still come", value=30, unit="min", low=10, high=60)
JUDGE_FIGURES = (*(figure for _, figure in BUCKETS), NEVER_CAME)

ETA_ACCURACY = Measure(
    "eta_accuracy", unit="share", doc="predictions right by the ETA Accuracy Benchmark, by minutes to arrival", plan_ids=("B2",)
)
ETA_ERROR = Measure("eta_error_s", unit="s", doc="actual minus predicted arrival without its sign, by minutes to arrival", plan_ids=("B2",))
ETA_BIAS = Measure(
    "eta_bias_s", unit="s", doc="actual minus predicted arrival, positive for a late bus, by minutes to arrival", plan_ids=("B2",)
)
ETA_COVERED = Measure(
    "eta_covered", unit="share", doc="predictions whose bus came within their 80 % interval, up to 25 min ahead", plan_ids=("B2",)
)
PHANTOM = Measure("phantom_arrival", unit="share", doc="predictions whose bus did not come, or half an hour later", plan_ids=("B2",))
JUDGE_MEASURES = (ETA_ACCURACY, ETA_ERROR, ETA_BIAS, ETA_COVERED, PHANTOM)

JUDGE_OBJECTIVES = (
    ETA_ACCURACY.promise(
        Statistic.MEAN_OF_SHARES,
        at_least=0.85,
        grade=Grade.B,
        source="Shanghai's signs: 85 % right at first, over 96 % by Jan 2016, by a rule not given; the rule here is the benchmark's (A)",
    ),
)

FURTHEST_S = 25 * 60  # no prediction further ahead can fall into a bucket but by a miss of ten minutes


class EtaJudge:
    """The predictions whose bus is still to come, as columns; `journal` holds the true arrivals."""

    def __init__(self, journal: Journal) -> None:
        """Start with none."""
        self._journal = journal
        self._operated: dict[int, int] = {}
        self._call = self._issued_us = self._predicted_us = self._half_width_s = np.zeros(0, dtype=np.int64)

    def operate(self, numbers: Mapping[int, int], floor: int) -> None:
        """Note which operated trip stands for a trip's number, and forget operated trips below `floor`, now and then."""
        self._operated.update(numbers)
        if self._operated and next(iter(self._operated.values())) + len(self._operated) // 2 < floor:
            self._operated = {number: operated for number, operated in self._operated.items() if operated >= floor}

    def add(self, call: Int, issued_us: Int, predicted_us: Int, half_width_s: Int) -> None:
        """Keep predictions until their bus comes; `call` is PLACES times the trip's number plus the place."""
        self._call = np.concatenate([self._call, call])
        self._issued_us = np.concatenate([self._issued_us, issued_us])
        self._predicted_us = np.concatenate([self._predicted_us, predicted_us])
        self._half_width_s = np.concatenate([self._half_width_s, half_width_s])

    def judge(self, span: Span, out: Site) -> None:
        """Leave samples for all predictions whose bus came before the end of the slice, or never will."""
        calls, which = np.unique(self._call, return_inverse=True)
        came_us = self._came(calls)[which]
        came = (came_us != ABSENT_INT) & (came_us < span.end_us)
        lost = ~came & (self._predicted_us < span.end_us - NEVER_CAME.us)
        # A bus that came before the prediction was shown had been missed by the sensors: nobody waits for it. Nor after half an hour.
        due = came & (came_us >= self._issued_us) & (came_us <= self._predicted_us + NEVER_CAME.us)
        late_us = came_us[due] - self._predicted_us[due]
        leave_verdicts(came_us[due] - self._issued_us[due], late_us, out)
        out.sample(ETA_COVERED, (np.abs(late_us) <= self._half_width_s[due] * SECOND_US).astype(np.float64))
        out.sample(PHANTOM, np.concatenate([np.zeros(int(due.sum())), np.ones(int((lost | (came & ~due)).sum()))]))
        self._keep(~(came | lost))

    def _keep(self, waiting: NDArray[np.bool_]) -> None:
        self._call, self._half_width_s = self._call[waiting], self._half_width_s[waiting]
        self._issued_us, self._predicted_us = self._issued_us[waiting], self._predicted_us[waiting]

    def __len__(self) -> int:
        """Return how many predictions wait for their bus."""
        return len(self._call)

    def _came(self, calls: Int) -> Int:
        came_us = np.full(len(calls), ABSENT_INT, dtype=np.int64)
        arrivals, operated = self._journal.arrivals, self._operated
        trips, places = (calls // PLACES).tolist(), (calls % PLACES).tolist()
        for row, (trip, place) in enumerate(zip(trips, places, strict=True)):
            arrival = arrivals.get((operated.get(trip, -1), place))
            if arrival is not None:
                came_us[row] = arrival
        return came_us


def leave_verdicts(ahead_us: Int, late_us: Int, out: Site) -> None:
    """Leave accuracy, error and bias by bucket: `ahead_us` actual arrival minus issue, `late_us` actual minus predicted arrival."""
    bucket = np.searchsorted(EDGES_US[1:], ahead_us, side="right")
    for place, (label, _) in enumerate(BUCKETS):
        late = late_us[(bucket == place) & (ahead_us >= 0)]
        early_most, late_most = BOUNDS_US[place]
        out.sample(ETA_ACCURACY, ((late >= early_most) & (late <= late_most)).astype(np.float64), label)
        out.sample(ETA_ERROR, np.abs(late) / SECOND_US, label)
        out.sample(ETA_BIAS, late / SECOND_US, label)
