"""Arming: the state of every partition as a column, moved by what falls due, slice by slice.

Owns the states, which move is allowed from which, the rows of `panel_state` and the census of homes. When something falls due is the
business of `plan` (people and burglars) and `incidents` (keyholders).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from devices.alarms.burglar.choices import Arming
from devices.alarms.burglar.kinds import PANEL_STATE
from devices.alarms.burglar.measures import DETECTOR_TO_PANEL, MEASURES, WIRED, WIRELESS
from devices.alarms.burglar.panels import MAIN, SECOND, Panels
from devices.alarms.choices import ContactId, Qualifier
from devices.alarms.reporting.register import Register
from sim.arrays import Flags, Int, Places, Records
from sim.city.site import Site
from sim.events.batches import Span
from sim.judge.measures import Measure
from sim.names import NO_NAME
from sim.toolkit.table import Table

HOMES = "home"  # thing of the census: homes with a panel, by the arming of their first partition
STAYS = -1  # of a row that leaves the arming as it is: a bypass, a shutdown, what is reported later
BY_ITSELF, KEYHOLDER = 0, 99  # user codes

ALLOWED = np.zeros((len(Arming), len(Arming)), dtype=np.bool_)  # from, to
for _from, _to in (
    (Arming.DISARMED, Arming.EXIT_DELAY),
    (Arming.DISARMED, Arming.ARMED_STAY),
    (Arming.EXIT_DELAY, Arming.ARMED_AWAY),
    (Arming.EXIT_DELAY, Arming.DISARMED),
    (Arming.ARMED_AWAY, Arming.ENTRY_DELAY),
    (Arming.ARMED_AWAY, Arming.DISARMED),
    (Arming.ARMED_STAY, Arming.DISARMED),
    (Arming.ENTRY_DELAY, Arming.DISARMED),
    (Arming.ENTRY_DELAY, Arming.ARMED_AWAY),  # it is over: what was armed is armed and in alarm
):
    ALLOWED[_from, _to] = True


class Move(NamedTuple):
    """What falls due at a partition: `area` is its row, `to` an `Arming` or STAYS; `code` and `qualifier` may be NO_NAME."""

    time_us: int
    area: int
    to: int
    code: int
    qualifier: int
    zone: int
    user_code: int


class Sample(NamedTuple):
    """A sample of one of `MEASURES`, to be left when its time comes; `label` is a place in `LABELS`."""

    time_us: int
    measure: int
    label: int
    value: float


LABELS = ("", WIRED, WIRELESS)


class Armings:
    """The partitions of all panels. An area is a panel's first partition, by the panel's row, or after those a second one."""

    def __init__(self, site: Site, register: Register, panels: Panels) -> None:
        """Begin with everything disarmed; the first slice takes over what fell due before it without a word."""
        self._site, self._register, self._panels = site, register, panels
        self._moves, self._samples = Table(Move), Table(Sample)
        with_annex = np.flatnonzero(panels.annex)
        self._panel = np.concatenate([np.arange(len(panels)), with_annex])
        self._partition = np.repeat([MAIN, SECOND], [len(panels), len(with_annex)])
        self._second = np.full(len(panels), -1)
        self._second[with_annex] = len(panels) + np.arange(len(with_annex))
        self.state: NDArray[np.int8] = np.full(len(self._panel), Arming.DISARMED, dtype=np.int8)
        self.counts = np.zeros((len(site.districts), len(Arming)), dtype=np.int64)
        self.counts[:, Arming.DISARMED] = np.bincount(panels.district, minlength=len(site.districts))
        self._describe()
        self._entered = False
        site.each_slice(self.work)

    def put(
        self,
        time_us: ArrayLike,
        area: Places,
        to: int,
        code: int = NO_NAME,
        qualifier: int = NO_NAME,
        zone: ArrayLike = 0,
        user_code: ArrayLike = BY_ITSELF,
    ) -> None:
        """Let something fall due at areas, now or later: columns of equal length, or one value for all."""
        filled = {
            name: np.broadcast_to(value, len(area))
            for name, value in zip(Move._fields[2:], (to, code, qualifier, zone, user_code), strict=True)
        }
        self._moves.extend(time_us=np.broadcast_to(time_us, len(area)), area=area, **filled)

    def arm(self, exit_us: Int, armed_us: Int, panel: Places, code: ContactId, user_code: ArrayLike) -> None:
        """Let panels be armed away, both partitions: the exit delay begins, and when it is over they are."""
        self._arm(exit_us, armed_us, panel, code, np.broadcast_to(user_code, len(panel)))
        self.arm_second(exit_us, armed_us, panel, code, user_code)

    def arm_second(self, exit_us: Int, armed_us: Int, panel: Places, code: ContactId, user_code: ArrayLike) -> None:
        """Let the second partitions of panels be armed away, where there is one."""
        has = self._panels.annex[panel]
        self._arm(exit_us[has], armed_us[has], self._second[panel[has]], code, np.broadcast_to(user_code, len(panel))[has])

    def disarm(self, time_us: Int, panel: Places, user_code: Int) -> None:
        """Let both partitions of panels be disarmed by a code."""
        has = self._panels.annex[panel]
        self.open(time_us, panel, user_code)
        self.open(time_us[has], self._second[panel[has]], user_code[has])

    def open(self, time_us: Int, area: Places, user_code: Int) -> None:
        """Let areas be disarmed by a code."""
        self.put(time_us, area, Arming.DISARMED, ContactId.OPEN_CLOSE, Qualifier.NEW, user_code=user_code)

    def _arm(self, exit_us: Int, armed_us: Int, area: Places, code: ContactId, user_code: Int) -> None:
        self.put(exit_us, area, Arming.EXIT_DELAY, user_code=user_code)
        self.put(armed_us, area, Arming.ARMED_AWAY, code, Qualifier.RESTORE, user_code=user_code)

    def held(self, panel: int, partition: int, at_us: int) -> Arming:
        """Return how far a partition is armed at an instant of the slice that is not closed yet: for processes."""
        area = panel if partition != SECOND else int(self._second[panel])
        state = Arming(int(self.state[area]))
        moves = self._moves.rows
        due = moves[(moves["area"] == area) & (moves["time_us"] <= at_us) & (moves["to"] != STAYS)]
        for to in due["to"][np.argsort(due["time_us"], kind="stable")].tolist():
            state = Arming(to) if ALLOWED[state, to] else state
        return state

    def sample(self, measure: Measure, time_us: Int, values: ArrayLike, label: ArrayLike = 0) -> None:
        """Let samples be left when their time comes; `label` are places in `LABELS`."""
        count = len(time_us)
        measures = np.full(count, MEASURES.index(measure))
        self._samples.extend(time_us=time_us, measure=measures, label=np.broadcast_to(label, count), value=np.broadcast_to(values, count))

    def detected(self, time_us: Int, panel: Places, after_us: Int) -> None:
        """Let it be measured how long detectors took to tell their panels."""
        self.sample(DETECTOR_TO_PANEL, time_us, after_us / 1e6, np.where(self._panels.wireless[panel], 2, 1))

    def work(self, span: Span) -> None:
        """Move what falls due in the slice; leave its rows and samples, and the census at its end."""
        if not self._entered:
            self._entered = True
            self._moved(self._moves.take_before(span.start_us))
            self._samples.take_before(span.start_us)
        self._leave(self._moves.take_before(span.end_us))
        samples = self._samples.take_before(span.end_us)
        for measure, label in np.unique(samples[["measure", "label"]]).tolist():
            own = (samples["measure"] == measure) & (samples["label"] == label)
            self._site.sample(MEASURES[measure], samples["value"][own], LABELS[label])
        self._count()

    def _moved(self, moves: Records) -> tuple[Flags, Int]:
        """Move areas in order of time; return which moves were allowed, and the arming after each."""
        state, allowed, after = self.state, np.zeros(len(moves), dtype=np.bool_), np.zeros(len(moves), dtype=np.int64)
        before = state.copy()
        for number, (area, to) in enumerate(zip(moves["area"].tolist(), moves["to"].tolist(), strict=True)):
            held = int(state[area])
            allowed[number] = held != Arming.DISARMED if to == STAYS else ALLOWED[held, to]
            if allowed[number] and to != STAYS:
                state[area] = to
            after[number] = state[area]
        changed = np.flatnonzero(before[: len(self._panels)] != state[: len(self._panels)])
        district = self._panels.district[changed]
        np.subtract.at(self.counts, (district, before[changed]), 1)
        np.add.at(self.counts, (district, state[changed]), 1)
        return allowed, after

    def _leave(self, moves: Records) -> None:
        if not len(moves):
            return
        allowed, after = self._moved(moves)
        said, area = moves[allowed], moves["area"][allowed]
        panel = self._panel[area]
        columns: dict[str, ArrayLike] = {
            "community": self._community[panel],
            "user_group": self._user_group[panel],
            "arming": after[allowed],
            "home": self._home[panel],
            "code": said["code"],
            "qualifier": said["qualifier"],
            "partition": self._partition[area],
            "zone": said["zone"],
            "user_code": said["user_code"],
        }
        self._site.rows(PANEL_STATE, said["time_us"], self._device[panel], columns)

    def _count(self) -> None:
        for district in np.flatnonzero(self.counts.any(axis=1)).tolist():
            for arming in Arming:
                self._site.count(HOMES, arming, self._site.districts[district], int(self.counts[district, arming]))

    def _describe(self) -> None:
        """Lay out what the rows of each panel say."""
        panels, count = self._panels, len(self._panels)
        self._device = self._register.devices(panels.unit)
        self._home = self._site.names("home").codes(self._register.home(unit) for unit in panels.unit.tolist())
        self._community, self._user_group = np.zeros(count, dtype=np.int32), np.zeros(count, dtype=np.int32)
        for code in np.unique(panels.district).tolist():
            own, homes = panels.district == code, self._site.residents(self._site.districts[code]).homes
            self._community[own] = homes.community_type[panels.home[own]]
            self._user_group[own] = homes.user_group[panels.home[own]]
