"""Electronic stop signs (B2): which stops have one, what each shows at each refresh, and how its state changes.

Owns the rows of `sign_prediction` and `sign_state`. Predicting, failing and judging stand in modules of their own.
"""

from collections import Counter

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from devices.buses.journal import Journal
from devices.buses.kinds import SIGN_ARRIVAL, SIGN_PREDICTION, SIGN_STATE
from devices.buses.network.arrays import Network
from devices.buses.signs.announced_trips import ANNOUNCED_FIGURES, Trips
from devices.buses.signs.arrival_forecast import ArrivalForecast
from devices.buses.signs.calibration import CALIBRATION_FIGURES, PLACES, Calibration
from devices.buses.signs.eta_judge import FURTHEST_S, JUDGE_FIGURES, JUDGE_MEASURES, JUDGE_OBJECTIVES, EtaJudge
from devices.buses.signs.learned_times import LEARNING_FIGURES
from devices.buses.signs.places import SignCalls, SignPlaces
from devices.buses.signs.predictor import PREDICTION_FIGURES, Predictor
from devices.buses.signs.reported_trips import REPORTED_FIGURES
from devices.buses.signs.states import STATE_FIGURES, SignStates, StateParameters
from sim.arrays import Int
from sim.city.site import Site
from sim.engine.sequencing import strictly_after
from sim.events.batches import Column, Span
from sim.figures import Figure, Grade
from sim.judge.measures import Measure
from sim.parameters import DurationUs, Share, from_figure
from sim.toolkit.availability import DeviceState
from sim.toolkit.draws import Draws
from sim.units import LONG_AGO_US, MINUTE_US, SECOND_US

_CAUTIOUS = "assumption: riders forgive a wait, not a missed bus, and the ETA benchmark (A) least 6 to 10 min ahead"

SIGN_SHARE = Figure(
    "share of stops with an electronic sign",
    value=916 / 4635,
    unit="share",
    grade=Grade.C,
    source="916 of 4,635 coded stops, December 2015 (B)",
    low=0,
    high=1,
)
SHOWN = Figure("arrivals that a sign shows for each line", value=3, unit="buses", low=1, high=5)
HORIZON = Figure("furthest arrival that a sign shows", value=45.0, unit="min", low=15, high=90)
CAUTION = Figure(
    "by how much earlier than expected a bus is announced 0, 2.5, 5, 8, 12 min ahead",
    value=(3.0, 15.0, 1.0, 30.0, 0.0),
    unit="s",
    source=_CAUTIOUS,
)
CAUTION_AT_S = np.array([0, 150, 300, 480, 720])
CAUTION_S = np.array(CAUTION.value, dtype=np.float64)

FIGURES = (
    SIGN_SHARE,
    SHOWN,
    HORIZON,
    CAUTION,
    *STATE_FIGURES,
    *PREDICTION_FIGURES,
    *LEARNING_FIGURES,
    *CALIBRATION_FIGURES,
    *JUDGE_FIGURES,
    *ANNOUNCED_FIGURES,
    *REPORTED_FIGURES,
)

SIGN_AVAILABLE = Measure("sign_available", unit="share", doc="signs that are not offline, once a minute", plan_ids=("B2",))
SIGN_STALE = Measure("sign_stale", unit="share", doc="signs that show something too old, once a minute", plan_ids=("B2",))
MEASURES = (*JUDGE_MEASURES, SIGN_AVAILABLE, SIGN_STALE)

_TARGET = "assumption: usual targets for public displays"
OBJECTIVES = (
    *JUDGE_OBJECTIVES,
    SIGN_AVAILABLE.share(at_least=0.95, grade=Grade.K, source=_TARGET),
    SIGN_STALE.share(at_most=0.01, grade=Grade.K, source=_TARGET),
)

CHECKED = 500  # signs whose predictions the centre checks, or a few more: enough to know its misses


class SignParameters(StateParameters):
    """Which stops have signs, what signs show, how they fail: `buses.signs.refresh=15s`."""

    share: Share = from_figure(SIGN_SHARE)
    shown: int = from_figure(SHOWN, ge=1, le=9)
    horizon: DurationUs = from_figure(HORIZON, scale=MINUTE_US)
    caution: float = Field(default=1.0, ge=0, le=5, description="times the caution with which a bus is announced")


class Signs:
    """The cohort of all electronic stop signs; a sign is its place in `places.stops`, a device called `sign-<stop_id>`."""

    def __init__(self, site: Site, network: Network, journal: Journal, parameters: SignParameters) -> None:
        """Choose the stops and register their signs as devices."""
        self._site = site
        self._journal = journal
        self._parameters = parameters
        self._places = SignPlaces(site, network, parameters.share)
        self._districts = [network.stops[stop].district for stop in self._places.stops]
        names = [network.stops[stop].stop_id for stop in self._places.stops]
        roster = site.roster
        devices = [roster.add(f"sign-{name}", district) for name, district in zip(names, self._districts, strict=True)]
        self._device = np.array(devices, dtype=np.int32)
        self._district = roster.district_codes()[devices]
        self._last_us = np.full(len(site.districts), LONG_AGO_US)
        self._stop = site.names("stop").codes(names)
        self._route = site.names("route").codes(pattern.route for pattern in network.patterns)
        self._direction = np.array([pattern.direction for pattern in network.patterns], dtype=np.int32)
        self._states = SignStates(site, Draws(site, "signs", self._districts), self._districts, parameters)
        self._forecast = ArrivalForecast(site, network, journal, parameters.horizon)
        self._calibration = Calibration()
        self._judge = EtaJudge(journal)

    def emit(self, span: Span, out: Site) -> None:
        """Take in the slice's reports; leave what the signs show, their changes of state, and verdicts on earlier predictions."""
        self._judge.operate(self._forecast.take(span), self._journal.oldest)
        if span.warm or not len(self._device):
            return
        came = self._forecast.came()
        self._calibration.learn(came.trip * PLACES + came.place, came.at_us, span.end_us, span.end_us - span.start_us)
        self._states.availability.enter(span)
        self._leave_labels(out)
        self._leave_states(span, out)
        self._leave_predictions(span, out)
        self._judge.judge(span, out)
        self.count(span, out)

    def count(self, span: Span, out: Site) -> None:
        """Count the signs of each district by state."""
        counts = Counter(zip(self._districts, self._at_end(span).tolist(), strict=True))
        for (district, state), count in sorted(counts.items()):
            out.count("sign", DeviceState(state), district, count)

    def _leave_states(self, span: Span, out: Site) -> None:
        change = self._states.changes(span)
        columns: dict[str, Column] = {"state": change.state, "stop": self._stop[change.sign], "last_update_s": change.age_us // SECOND_US}
        out.rows(SIGN_STATE, change.at_us, self._device[change.sign], columns)
        states = self._at_end(span)
        out.sample(SIGN_AVAILABLE, (states != DeviceState.OFFLINE).astype(np.float64))
        out.sample(SIGN_STALE, (states == DeviceState.STALE).astype(np.float64))

    def _at_end(self, span: Span) -> NDArray[np.int32]:
        everyone = np.arange(len(self._device))
        return self._states.availability.states(everyone, np.full(len(everyone), span.end_us - 1))

    def _leave_predictions(self, span: Span, out: Site) -> None:
        predictor = self._forecast.predictor(span)
        calls = self._places.calls(predictor.trips.pattern)
        beats = range(0, span.end_us - span.start_us, self._parameters.refresh)
        shown = [self._shown(span, beat_us, predictor, calls) for beat_us in beats]
        call, now_us, predicted_us = (np.concatenate(column) for column in zip(*shown, strict=True))
        order = np.lexsort((self._device[calls.sign[call]], now_us))
        call, now_us, predicted_us = call[order], now_us[order], predicted_us[order]
        number, place = predictor.trips.number[calls.trip[call]], calls.place[call]
        horizon_s = (predicted_us - now_us) // SECOND_US
        half_width_s = self._calibration.half_width_s(horizon_s)
        checked = np.flatnonzero(calls.sign[call] % (1 + len(self._device) // CHECKED) == 0)
        self._calibration.add(number[checked] * PLACES + place[checked], predicted_us[checked], horizon_s[checked])
        issued_us = self._one_by_one(now_us, self._district[calls.sign[call]])
        judged = np.flatnonzero(horizon_s <= FURTHEST_S)
        self._judge.add(number[judged] * PLACES + place[judged], issued_us[judged], predicted_us[judged], half_width_s[judged])
        columns = self._whereof(predictor.trips, calls, call)
        columns |= {"horizon_s": horizon_s, "predicted_us": predicted_us, "uncertainty_s": half_width_s, "stop_sequence": place}
        out.rows(SIGN_PREDICTION, now_us, self._device[calls.sign[call]], columns)

    def _one_by_one(self, now_us: Int, district: NDArray[np.int16]) -> Int:
        """Return sorted instants as the closing would make them, strictly rising in each district: what is judged is what is recorded."""
        made_us = now_us.copy()
        for code in np.flatnonzero(np.bincount(district)).tolist():
            rows = np.flatnonzero(district == code)
            made_us[rows] = strictly_after(now_us[rows], int(self._last_us[code]))
            self._last_us[code] = made_us[rows[-1]]
        return made_us

    def _leave_labels(self, out: Site) -> None:
        """Leave when buses really came to the signs in the slice."""
        came = self._journal.came
        trips = self._journal.trips.at(came["operated"])
        sign = self._places.announcing(trips["pattern"], came["place"])
        rows = np.flatnonzero(sign >= 0)
        columns: dict[str, Column] = {
            "trip": trips["trip_code"][rows].astype(np.int32),
            "start_date": trips["start_date_code"][rows].astype(np.int32),
            "stop": self._stop[sign[rows]],
            "stop_sequence": came["place"][rows],
            "true_arrival_us": came["arrive_us"][rows],
        }
        out.rows(SIGN_ARRIVAL, came["arrive_us"][rows], came["vehicle"][rows].astype(np.int32), columns)

    def _shown(self, span: Span, beat_us: int, predictor: Predictor, calls: SignCalls) -> tuple[NDArray[np.intp], Int, Int]:
        """Return which calls the signs show at a beat, when, and the arrival predicted: for each line the next few."""
        at_us = span.start_us + self._states.first_us(span) + beat_us
        works = self._states.availability.works(np.arange(len(at_us)), at_us) & (at_us < span.end_us)
        call = np.flatnonzero(works[calls.sign])
        now_us = at_us[calls.sign[call]]
        expected_us, given = predictor.arrivals(calls.trip[call], calls.place[call], now_us)
        predicted_us = np.maximum(expected_us - self._caution_us(expected_us - now_us), now_us)
        near = np.flatnonzero(given & (predicted_us - now_us <= self._parameters.horizon))
        near = near[np.lexsort((predicted_us[near], calls.line[call[near]]))]
        line = calls.line[call[near]]
        head = np.flatnonzero(np.diff(line, prepend=-1))
        rank = np.arange(len(line)) - np.repeat(head, np.diff(np.append(head, len(line))))
        chosen = near[rank < self._parameters.shown]
        return call[chosen], now_us[chosen], predicted_us[chosen]

    def _caution_us(self, ahead_us: Int) -> Int:
        caution_s = np.interp(ahead_us / SECOND_US, CAUTION_AT_S, CAUTION_S)
        return (caution_s * self._parameters.caution * SECOND_US).astype(np.int64)

    def _whereof(self, trips: Trips, calls: SignCalls, call: NDArray[np.intp]) -> dict[str, Column]:
        """Return the columns that say of which trip and stop calls are."""
        trip = calls.trip[call]
        return {
            "route": self._route[trips.pattern[trip]],
            "direction_id": self._direction[trips.pattern[trip]],
            "stop": self._stop[calls.sign[call]],
            "trip": trips.trip_code[trip].astype(np.int32),
            "start_date": trips.start_date_code[trip].astype(np.int32),
        }
