"""A riser: gas that comes from the building itself, floor by floor, until the utility isolates it.

Owns which building an incident hits and how much reaches each of its flats. What then happens in a flat is `episode`'s business: those
without a detector have none, and nobody knows of the gas there.
"""

from dataclasses import dataclass, field

import numpy as np

from devices.alarms.choices import AlarmCause
from devices.alarms.gas import figures
from devices.alarms.gas.episode import Episode
from devices.alarms.gas.origin import Origin
from devices.alarms.gas.scene import Scene
from devices.alarms.gas.sources import at_least
from sim.arrays import Places, Real
from sim.city.incidents import Occurrence
from sim.city.site import Steps
from sim.errors import UsageError
from sim.toolkit.draws import lognormal
from sim.units import nearest


@dataclass(slots=True)
class Riser:
    """A leak in one building of a district. Raises UsageError for a building that is not there, or where nobody has a detector."""

    scene: Scene
    occurrence: Occurrence
    district: str
    building: int = field(init=False)
    rows: Places = field(init=False)  # the detectors of the building
    episodes: list[Episode] = field(default_factory=list)
    _rng: np.random.Generator = field(init=False)
    _isolated: bool = False
    _asked: bool = False

    def __post_init__(self) -> None:
        """Find the building: the one that is named, or that in which most homes have a detector."""
        site, detectors, named = self.scene.site, self.scene.detectors, self.occurrence.building
        self._rng = site.stream("gas", "riser", self.occurrence.start_us, named, district=self.district)
        rows = detectors.of_district(self.district)
        counts = np.bincount(detectors.building[rows], minlength=1)
        self.building = site.residents(self.district).building(named) if named else int(np.argmax(counts))
        self.rows = rows[detectors.building[rows] == self.building]
        if not len(self.rows):
            raise UsageError(self._nobody_would_know(np.flatnonzero(counts)))

    @property
    def name(self) -> str:
        """Return what the building is called."""
        return self.scene.site.residents(self.district).building_id(self.building)

    def run(self) -> Steps:
        """Let it leak from the beginning of the incident to its end, or until the utility has isolated it."""
        site = self.scene.site
        yield site.wait(max(0, self.occurrence.start_us - site.now_us))
        if not self.occurrence.severity:
            return
        away = self._floors_away()
        for row, release, floors in zip(self.rows.tolist(), self.releases(away).tolist(), np.abs(away).tolist(), strict=True):
            if not self.scene.detectors.has_case[row]:
                site.process(self._reach(row, release, floors))
        site.mark(f"gas leaks into {self.name}: {len(self.rows)} of its flats have a detector")
        yield site.wait(self.occurrence.end_us - self.occurrence.start_us)
        self._stop()

    def releases(self, away: Places) -> Real:
        """Return how much seeps into each flat, %LEL a second: less with every floor, and never so little that it is not found."""
        share = np.maximum(np.exp(-np.abs(away) / float(figures.RISER_REACH)), float(figures.RISER_LEAST))
        full = float(figures.RISER_RELEASE) * self.occurrence.severity
        drawn = lognormal(self._rng, full * share, float(figures.RISER_SPREAD), len(share))
        return np.array([at_least(self.scene.parameters, each) for each in drawn.tolist()])

    def _floors_away(self) -> Places:
        """Return how many floors each detector of the building is above the leak."""
        floor = self.scene.site.residents(self.district).homes.floor[self.scene.detectors.home[self.rows]].astype(np.intp)
        return floor - int(self._rng.integers(floor.min(), floor.max() + 1))

    def _reach(self, row: int, release: float, floors: int) -> Steps:
        yield self.scene.site.wait(floors * figures.RISER_UP.us)
        if not self._isolated:
            origin = Origin(AlarmCause.GAS_LEAK, release, isolate=self._isolate, is_attended=lambda: self._asked)
            episode = Episode(self.scene, row, origin, asked=self._ask)
            self.episodes.append(episode)
            yield from episode.run()

    def _ask(self) -> None:
        """Remember that the utility is on its way: of the flats that alarm after it, nobody further need be sent."""
        self._asked = True

    def _isolate(self) -> None:
        if not self._isolated:
            self.scene.site.mark(f"the utility isolates the gas of {self.name}")
        self._stop()

    def _stop(self) -> None:
        self._isolated = True
        for episode in self.episodes:
            episode.stop()

    def _nobody_would_know(self, buildings: Places) -> str:
        """Return what is wrong with a building without a detector; `buildings` have some."""
        known = [self.scene.site.residents(self.district).building_id(each) for each in buildings.tolist()]
        near = nearest(self.name, known) if self.occurrence.building else ""
        where = self.name if self.occurrence.building else self.district
        there_are = f"; {len(known)} buildings of {self.district} have some" if known else ""
        lacking = f"no home of {where} has a gas detector{near}{there_are}"
        return f"incident {self.occurrence.what!r}: {lacking}: raise the scale or alarms.installed.more"
