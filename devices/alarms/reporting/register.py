"""The register: alarms of homes from the moment they are raised until they are restored, and which of them the centre has heard of.

Owns their ids, the rows of `alarm`, what is open, and the report to the centre. Why an alarm is raised is the business of each family,
how it gets through that of `transmission.py`, what the centre does with it that of `centre`.

    alarm = register.raise_alarm(unit, AlarmType.SMOKE, ContactId.SMOKE, real=False, cause=AlarmCause.COOKING, began_us=site.now_us)
    closed = yield from register.report(alarm, conduct=Conduct(answers=True))
    register.restore(alarm)
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import simpy

from devices.alarms.centre.cases import Case, Closed, Conduct
from devices.alarms.centre.centre import Centre
from devices.alarms.centre.choices import Service
from devices.alarms.choices import AlarmCause, AlarmState, AlarmType, ContactId, Qualifier, Severity
from devices.alarms.homes.installed import Units
from devices.alarms.reporting import figures
from devices.alarms.reporting.kinds import ALARM
from devices.alarms.reporting.measures import (
    CONFIRMED,
    HELD_UP_FOR,
    HELD_UP_WORD,
    MEASURES,
    MISSED,
    OBJECTIVES,
    PANEL_TO_CENTRE,
    REAL_ALARMS,
    UNDER_WAY,
)
from devices.alarms.reporting.parameters import ReportingParameters
from devices.alarms.reporting.transmission import Message, Transmission
from devices.alarms.supervision.cohort import Supervision
from sim.arrays import Code, Places
from sim.city.declared import Count, Declared
from sim.city.site import Site
from sim.errors import UsageError
from sim.events.batches import Span
from sim.units import SECOND_US

OPEN = "alarm"  # thing of the census: alarms that are not restored, by type

DECLARED = Declared(
    kinds=(ALARM,),
    measures=MEASURES,
    objectives=OBJECTIVES,
    figures=figures.REPORTING_FIGURES,
    census=(Count(OPEN, AlarmType),),
)


@dataclass(slots=True)
class Alarm:
    """One alarm of a home, open until it is restored; `real`, `cause` and `began_us` are the truth. Instants are city time, µs."""

    alarm_id: str
    unit: int
    alarm_type: AlarmType
    code: ContactId
    zone: int
    partition: int
    severity: Severity
    raised_us: int
    real: bool
    cause: AlarmCause
    began_us: int
    is_confirmed: bool = field(default=False)
    is_open: bool = field(default=True)  # until it is restored
    is_heard: bool = field(default=False)  # by the centre


class Register:
    """All alarms of the homes that are simulated."""

    def __init__(
        self, site: Site, units: Units, supervision: Supervision, centre: Centre, parameters: ReportingParameters | None = None
    ) -> None:
        """Open an empty register."""
        self._site, self._units, self._supervision, self._centre = site, units, supervision, centre
        self._parameters = parameters or ReportingParameters()
        self._transmission = Transmission(site, supervision, self._parameters)
        self._unheard: dict[str, Message] = {}  # real alarms that the centre has not heard of, by id: on their way since when
        self._residents = {site.districts[code]: site.residents(site.districts[code]) for code in np.unique(units.district).tolist()}
        self._open = dict.fromkeys(((each, name) for each in AlarmType for name in site.district_names), 0)
        self._numbers: dict[str, int] = {}
        site.each_slice(self._count)

    def district(self, unit: int) -> str:
        """Return the district of a unit."""
        return self._site.districts[int(self._units.district[unit])]

    def home(self, unit: int) -> str:
        """Return the id of the home in which a unit stands."""
        return self._residents[self.district(unit)].home_id(int(self._units.home[unit]))

    def devices(self, units: Places) -> Code:
        """Return the numbers of units in the roster."""
        return self._supervision.devices(units)

    def open(self, alarm_type: AlarmType) -> int:
        """Return how many alarms of a type are not restored."""
        return sum(self._open[alarm_type, district] for district in self._site.district_names)

    def raise_alarm(
        self,
        unit: int,
        alarm_type: AlarmType,
        code: ContactId,
        *,
        real: bool,
        cause: AlarmCause,
        began_us: int,
        zone: int = 0,
        partition: int = 0,
        severity: Severity = Severity.MAJOR,
    ) -> Alarm:
        """Raise an alarm now: it latches until `restore`. Report it to have it heard."""
        home = self.home(unit)
        number = self._numbers[home] = self._numbers.get(home, 0) + 1
        alarm = Alarm(
            f"{alarm_type.word}-{home}-{number}",
            unit,
            alarm_type,
            code,
            zone,
            partition,
            severity,
            self._site.now_us,
            real,
            cause,
            began_us,
        )
        self._open[alarm_type, self.district(unit)] += 1
        self._expect(alarm)
        self._site.sample(REAL_ALARMS, float(real), alarm_type.word)
        self._row(alarm, AlarmState.RAISED, code, Qualifier.NEW)
        return alarm

    def confirm(self, alarm: Alarm, code: ContactId, zone: int = 0) -> None:
        """Enter a second, independent activation now, with its own code and zone. Raises UsageError once it is restored."""
        _refuse_closed(alarm, "confirmed")
        alarm.is_confirmed, alarm.severity = True, Severity.CRITICAL
        self._expect(alarm)
        self._row(alarm, AlarmState.CONFIRMED, code, Qualifier.NEW, zone)

    def worsen(self, alarm: Alarm) -> None:
        """Enter that what was raised is there still, now, and worse: a further level, no second activation.

        Raises UsageError once it is restored.
        """
        _refuse_closed(alarm, "worsened")
        alarm.severity = Severity.CRITICAL
        self._expect(alarm)
        self._row(alarm, AlarmState.RAISED, alarm.code, Qualifier.PRESENT)

    def cancel(self, alarm: Alarm, code: ContactId = ContactId.CANCEL) -> None:
        """Enter that the user has cancelled it, now; it stays open until it is restored. Raises UsageError once it is."""
        _refuse_closed(alarm, "cancelled")
        self._row(alarm, AlarmState.CANCELLED, code, Qualifier.NEW)

    def restore(self, alarm: Alarm) -> None:
        """Enter that it is reset, now. Raises UsageError the second time."""
        _refuse_closed(alarm, "restored")
        alarm.is_open = False
        self._open[alarm.alarm_type, self.district(alarm.unit)] -= 1
        self._site.sample(CONFIRMED, float(alarm.is_confirmed), alarm.alarm_type.word)
        self._row(alarm, AlarmState.RESTORED, alarm.code, Qualifier.RESTORE)

    def report(
        self,
        alarm: Alarm,
        *,
        conduct: Conduct,
        needs: tuple[Service, ...] | None = None,
        confirmed_after_us: int | None = None,
        urgency: int | None = None,
        on_request: Callable[[Service], None] | None = None,
        on_arrival: Callable[[Service], float] | None = None,
    ) -> Generator[simpy.Event, Any, Closed]:
        """Send an alarm to the centre and return what became of it, when the centre closes it. Use with `yield from` in a process.

        Spans in `conduct` and `confirmed_after_us` count from now: what happens while the alarm waits for a path comes with it.
        """
        held_us = yield from self._transmitted(alarm)
        conduct = replace(conduct, cancels_after_us=_less(conduct.cancels_after_us, held_us))
        case = Case(
            alarm.alarm_id,
            alarm.alarm_type,
            self.district(alarm.unit),
            real=alarm.real,
            home=self.home(alarm.unit),
            needs=needs,
            confirmed_after_us=_less(confirmed_after_us, held_us),
            conduct=conduct,
            urgency=urgency,
            on_request=on_request,
            on_arrival=on_arrival,
        )
        return (yield from self._centre.case(case))

    def _transmitted(self, alarm: Alarm) -> Generator[simpy.Event, Any, int]:
        """Return when the centre shows an alarm, and measure how it came there: how long it waited for a path, µs."""
        site, word = self._site, alarm.alarm_type.word
        message = Message(alarm.unit, site.now_us, word)
        if alarm.alarm_id in self._unheard:
            self._unheard[alarm.alarm_id] = message
        yield from self._transmission.send(message, site.stream("reporting", alarm.alarm_id))
        self._unheard.pop(alarm.alarm_id, None)
        alarm.is_heard = True
        held_by = message.held_by
        site.sample(PANEL_TO_CENTRE, (site.now_us - alarm.raised_us) / SECOND_US, HELD_UP_WORD if held_by is not None else word)
        if held_by is not None:
            site.sample(HELD_UP_FOR, message.held_us / SECOND_US, held_by.word)
        return message.held_us

    def _expect(self, alarm: Alarm) -> None:
        """Wait for the centre to hear of a real alarm; of what is only coming it need not hear yet."""
        if alarm.real and not alarm.is_heard and alarm.severity is not Severity.WARNING:
            self._unheard.setdefault(alarm.alarm_id, Message(alarm.unit, self._site.now_us))

    def _count(self, span: Span) -> None:
        for (alarm_type, district), number in self._open.items():
            self._site.count(OPEN, alarm_type, district, number)
        if span.end_us >= self._site.end_us:
            self._last(span.end_us)

    def _last(self, end_us: int) -> None:
        """Say which real alarms the centre has not heard of at the end of the run: missed, or on their way."""
        missed = sum(end_us - each.sending_us > self._parameters.failure_after for each in self._unheard.values())
        self._site.sample(MISSED, float(missed))
        self._site.sample(UNDER_WAY, float(len(self._unheard) - missed))

    def _row(self, alarm: Alarm, state: AlarmState, code: ContactId, qualifier: Qualifier, zone: int = 0) -> None:
        home, unit = int(self._units.home[alarm.unit]), alarm.unit
        homes = self._residents[self.district(unit)].homes
        self._site.record(
            ALARM,
            self._supervision.device(unit),
            alarm_type=alarm.alarm_type,
            severity=alarm.severity,
            alarm_state=state,
            community=int(homes.community_type[home]),
            user_group=int(homes.user_group[home]),
            home=self.home(unit),
            latitude=float(homes.places.latitude[home]),
            longitude=float(homes.places.longitude[home]),
            partition=alarm.partition,
            zone=zone or alarm.zone,
            code=code,
            qualifier=qualifier,
            alarm_id=alarm.alarm_id,
            real=alarm.real,
            alarm_cause=alarm.cause,
            began_us=alarm.began_us,
        )


def _less(after_us: int | None, held_us: int) -> int | None:
    """Return what is left of a span when so much of it has passed."""
    return None if after_us is None else max(after_us - held_us, 0)


def _refuse_closed(alarm: Alarm, act: str) -> None:
    if not alarm.is_open:
        msg = f"alarm {alarm.alarm_id} is restored and cannot be {act}: raise another one"
        raise UsageError(msg)
