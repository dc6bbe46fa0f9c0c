"""Supervision of all alarm devices (A5): slice by slice, what they send, what the receiver finds, and what it holds of them.

Owns the rows of `heartbeat` and `device_state`, their measures, and over which path a device reports.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from devices.alarms.choices import Availability, ContactId, Qualifier, SupervisionClass, TroubleCause
from devices.alarms.homes.installed import Units
from devices.alarms.supervision.batteries import Batteries
from devices.alarms.supervision.figures import RSSI
from devices.alarms.supervision.heartbeats import by_class
from devices.alarms.supervision.kinds import DEVICE_STATE, HEARTBEAT
from devices.alarms.supervision.measures import FALSE_LOSS, LOSS_DETECTED, RECONNECTED, SEEN
from devices.alarms.supervision.outlook import Outlook
from devices.alarms.supervision.parameters import SupervisionParameters
from devices.alarms.supervision.paths import RADIO, drawn, registered
from devices.alarms.supervision.periodic_tests import PeriodicTests
from devices.alarms.supervision.receiver import Finding, Receiver
from devices.alarms.supervision.states import BACKUP_LOST, FAULTY, JAMMED, LOW_BATTERY, PRIMARY_LOST, WITHOUT_MAINS, WORN_OUT, States
from devices.alarms.supervision.troubles import Troubles
from sim.arrays import Code, Flags, Int, Places, Real, Records
from sim.city.site import Site
from sim.events.batches import Span
from sim.events.kinds import ABSENT_INT
from sim.units import LONG_AGO_US, SECOND_US

LOST_BIT = np.array([PRIMARY_LOST, BACKUP_LOST])  # by path
SIGNAL_BIT = np.zeros(len(ContactId), dtype=np.int64)  # what a signal says of a device's state, 0 for nothing
for _code, _bit in (
    (ContactId.AC_LOSS, WITHOUT_MAINS),
    (ContactId.LOW_SYSTEM_BATTERY, LOW_BATTERY),
    (ContactId.RADIO_LOW_BATTERY, LOW_BATTERY),
    (ContactId.RADIO_JAM, JAMMED),
    (ContactId.MAINTENANCE, WORN_OUT),
    (ContactId.SENSOR_TROUBLE, FAULTY),
):
    SIGNAL_BIT[_code] = _bit


class Changes(NamedTuple):
    """What is found or reported in a slice: columns of equal length. `code` is -1 where it follows from what is left of the device."""

    at_us: Int
    row: Places
    bit: Int
    on: Flags
    sender: Code
    code: Int
    silent_us: Int
    began_us: Int
    cause: Int


class Reach(NamedTuple):
    """How a device reaches the receiver: by the path `row` at `at_us`, later than asked where `cause` (`TroubleCause`) keeps it."""

    row: int
    at_us: int
    cause: TroubleCause | None = None


class Supervision:
    """The supervision of all units of a site."""

    def __init__(self, site: Site, units: Units, parameters: SupervisionParameters) -> None:
        """Register the paths and the receivers, one in each district, on the centre's own wire."""
        self._site, self.parameters = site, parameters
        self.paths = paths = registered(site, units, parameters.spare)
        self._primary = paths.first_of()
        self._batteries = Batteries(site, units, parameters.neglected_batteries)
        self._troubles = Troubles(site, paths, parameters, self._batteries)
        self._receiver = Receiver(paths, parameters.reconnect)
        self._outlook = Outlook(self._receiver, self._troubles)
        self._tests = PeriodicTests(paths, parameters.periodic_test)
        self._states = States(units)
        self._heartbeats = by_class(paths, parameters.attempts, parameters.attempt_loss)
        districts = [site.districts[code] for code in np.unique(units.district).tolist()]
        receivers = np.zeros(len(site.districts), dtype=np.int32)
        receivers[np.unique(units.district)] = [site.roster.add(f"receiver-{name}", name, on_wire=True) for name in districts]
        self._sender = receivers[paths.district] if len(paths) else receivers[:0]
        self._describe()
        self._entered = False
        site.each_slice(self.work)

    def work(self, span: Span) -> None:
        """Leave the slice's rows and samples, and the census at its end."""
        if not self._entered:
            self._enter(span.start_us)
        cuts, signals = self._troubles.before(span.end_us)
        signals = np.concatenate([signals, self._tests.during(span)])
        self._receiver.cut(cuts)
        if not span.warm:
            self._beat(span)
        lost, reported = self._receiver.lost(span), self._report(signals, span)
        found, known = self._receiver.back(span)
        self._leave_returns(found)
        self._measure(lost)
        returned = Finding(*(column[known] for column in found))
        self._leave_changes(_in_order([self._found(lost, on=True), self._found(returned, on=False), reported]))
        self._outlook.advance(span.end_us)
        self._states.count(self._site)

    def counts(self) -> dict[Availability, int]:
        """Return how many devices are in which state now."""
        return dict(zip(Availability, self._states.counts.sum(axis=0).tolist(), strict=True))

    def device(self, unit: int) -> int:
        """Return the number of a unit in the roster: that of its primary path."""
        return int(self.paths.device[self._primary[unit]])

    def devices(self, unit: Places) -> Code:
        """Return the numbers of units in the roster: shape of `unit`."""
        return self.paths.device[self._primary[unit]]

    def reach(self, unit: int) -> Reach:
        """Return by which path a device reaches the receiver now, or soonest as far as troubles have begun: for processes."""
        if not self._entered:
            self._enter(self._site.warm_from_us)
        at_us, first = self._site.now_us, int(self._primary[unit])
        second = int(self.paths.other[first])
        cuts = {row: self._outlook.cut(row, at_us) for row in dict.fromkeys((first, second))}
        back = [(cut.back_us if cut else at_us, row) for row, cut in cuts.items()]
        soonest_us, row = min(back, key=lambda each: each[0])  # the primary where both are up
        cut = cuts[first]
        return Reach(row, soonest_us, TroubleCause(cut.cause) if cut and soonest_us > at_us else None)

    def way(self, unit: Places, at_us: Int) -> tuple[Places, Int]:
        """Return by which path units reach the receiver at instants or soonest after, and when: for cohorts, in the slice that closes."""
        first = self._primary[unit]
        second = self.paths.other[first]
        on_first, on_second = (self._receiver.reached_us(row, at_us) for row in (first, second))
        return np.where(on_second < on_first, second, first), np.minimum(on_first, on_second)

    def report(self, signals: Records) -> None:
        """Let devices report of themselves (`signals.Signal`), now or in a later slice: what other families know of their sensors."""
        self._troubles.postpone(signals)

    def _enter(self, start_us: int) -> None:
        """Take over what holds when the first slice begins: nothing of it is told anew."""
        self._entered = True
        cuts, signals = self._troubles.before(start_us)
        self._receiver.cut(cuts[cuts["end_us"] > start_us])
        self._outlook.advance(start_us)
        lost = self._receiver.lost(Span(-1, LONG_AGO_US, start_us))
        unit = np.concatenate([self.paths.unit[lost.row], signals["unit"]])
        bit = np.concatenate([LOST_BIT[self.paths.path[lost.row]], SIGNAL_BIT[signals["code"]]])
        self._news(signals)
        on = np.concatenate([np.ones(len(lost.row), dtype=np.bool_), signals["qualifier"] == Qualifier.NEW])
        self._states.change(unit, bit, on)

    def _describe(self) -> None:
        """Lay out what the rows of each path say."""
        paths, units = self.paths, self.paths.units
        self._class = units.device_class[paths.unit].astype(np.int32)
        self._link, self._way = paths.network.astype(np.int32), paths.path.astype(np.int32)
        self._supervision = paths.supervision.astype(np.int32)
        self._about = self._site.names("about").codes(self._site.roster.names[device] for device in paths.device[self._primary].tolist())
        weakest, strongest = RSSI.numbers
        rssi = np.rint(weakest + drawn(paths.key, RADIO) * (strongest - weakest)).astype(np.int64)
        self._rssi = np.where(paths.over_the_air, rssi, ABSENT_INT)

    # --- Heartbeats -------------------------------------------------------------------------------------------------------

    def _beat(self, span: Span) -> None:
        for of_class in self._heartbeats:
            beats = of_class.during(span)
            passed = self._receiver.passes(beats)
            self._leave_beats(beats.row[passed], beats.at_us[passed], beats.attempts[passed], reconnect=False)
            where = SupervisionClass(int(self.paths.supervision[of_class.rows[0]])).word
            self._site.sample(SEEN, passed.astype(np.float64), where)
            self._receiver.miss(beats)

    def _leave_returns(self, found: Finding) -> None:
        """Leave the heartbeats that say that a path is back; after a lost beat the next one says so in its turn."""
        waited_us, again = self._receiver.waited_us(found), found.cause != TroubleCause.LOST_BEAT
        self._leave_beats(found.row[again], found.at_us[again], np.ones(int(again.sum()), dtype=np.int64), reconnect=True)
        self._site.sample(RECONNECTED, waited_us[again] / SECOND_US)

    def _leave_beats(self, row: Places, at_us: Int, attempts: Int, *, reconnect: bool) -> None:
        columns: dict[str, ArrayLike] = {
            "device_class": self._class[row],
            "link": self._link[row],
            "supervision_class": self._supervision[row],
            "path": self._way[row],
            "battery_percent": self._batteries.percent(self.paths.unit[row], at_us),
            "rssi_dbm": self._rssi[row],
            "attempts": attempts,
            "reconnect": np.full(len(row), reconnect),
        }
        self._site.rows(HEARTBEAT, at_us, self.paths.device[row], columns)

    # --- What is found and reported ---------------------------------------------------------------------------------------

    def _found(self, found: Finding, *, on: bool) -> Changes:
        count = len(found.row)
        bit, none = LOST_BIT[self.paths.path[found.row]], np.full(count, -1)
        return Changes(
            found.at_us,
            found.row,
            bit,
            np.full(count, on),
            self._sender[found.row],
            none,
            found.silent_us,
            found.began_us,
            found.cause,
        )

    def _report(self, signals: Records, span: Span) -> Changes:
        """Return the signals that come through in a slice; the others wait until a path is up."""
        row, at_us = self.way(signals["unit"], signals["time_us"])
        at_us += at_us > signals["time_us"]  # what was kept follows the heartbeat that says that the path is back
        now = at_us < span.end_us
        later = signals[~now].copy()
        later["time_us"] = at_us[~now]
        self.report(later)
        # Of what was kept until one instant the new is told before the restored, or what is over would stand for ever.
        order = np.lexsort((signals["qualifier"] == Qualifier.RESTORE, at_us))
        order = order[now[order]]
        order = order[self._news(signals[order])]
        sent, row = signals[order], row[order]
        return Changes(
            at_us[order],
            row,
            SIGNAL_BIT[sent["code"]],
            sent["qualifier"] == Qualifier.NEW,
            self.paths.device[row],
            sent["code"].copy(),
            np.full(len(row), ABSENT_INT),
            sent["began_us"].copy(),
            sent["cause"].copy(),
        )

    def _news(self, signals: Records) -> Flags:
        return self._states.news(signals["unit"], SIGNAL_BIT[signals["code"]], signals["qualifier"] == Qualifier.NEW)

    def _leave_changes(self, changes: Changes) -> None:
        row, unit = changes.row, self.paths.unit[changes.row]
        before, after = self._states.change(unit, changes.bit, changes.on)
        offline = np.where(changes.on, after, before) == Availability.OFFLINE
        of_path = np.where(offline, ContactId.COMMUNICATION_TROUBLE, ContactId.LOSS_OF_POLLING)
        columns: dict[str, ArrayLike] = {
            "device_class": self._class[row],
            "availability": after,
            "supervision_class": self._supervision[row],
            "about": self._about[unit],
            "code": np.where(changes.code < 0, of_path, changes.code),
            "qualifier": np.where(changes.on, Qualifier.NEW, Qualifier.RESTORE),
            "path": self._way[row],
            "silent_s": _seconds(changes.silent_us),
            "cause": changes.cause,
            "real": ~np.isin(changes.cause, (TroubleCause.LOST_BEAT, TroubleCause.TEST)),
            "began_us": changes.began_us,
            "detected_after_s": (changes.at_us - changes.began_us) / SECOND_US,
        }
        self._site.rows(DEVICE_STATE, changes.at_us, changes.sender, columns)

    def _measure(self, lost: Finding) -> None:
        real = lost.cause != TroubleCause.LOST_BEAT
        self._site.sample(FALSE_LOSS, (~real).astype(np.float64))
        after_s = (lost.at_us - lost.began_us) / SECOND_US
        for code in np.unique(self.paths.supervision[lost.row]).tolist():
            of_class = real & (self.paths.supervision[lost.row] == code)
            self._site.sample(LOSS_DETECTED, after_s[of_class], SupervisionClass(code).word)


def _in_order(parts: list[Changes]) -> Changes:
    joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.argsort(joined[0], kind="stable")
    return Changes(*(column[order] for column in joined))


def _seconds(span_us: Int) -> Real:
    return np.where(span_us == ABSENT_INT, np.nan, span_us / SECOND_US)
