"""Incidents: one process for each alarm, from the moment it is sent until it is reset.

Owns latching: an alarm stays until somebody is there to reset it, who entered the code or holds the keys; a code resets all that the panel
keeps. A panel that a keyholder has disarmed meanwhile sends nothing. What the centre does with an alarm is the centre's business.
"""

from dataclasses import dataclass

import numpy as np
import simpy

from devices.alarms.burglar import figures
from devices.alarms.burglar.activations import Activation
from devices.alarms.burglar.arming import KEYHOLDER, Armings
from devices.alarms.burglar.causes import USER_ERRORS
from devices.alarms.burglar.choices import Arming
from devices.alarms.burglar.measures import CANCELLED
from devices.alarms.burglar.measures import USER_ERRORS as BY_USERS
from devices.alarms.burglar.panels import ENTRY_ZONE, MAIN, Panels
from devices.alarms.burglar.parameters import BurglarParameters
from devices.alarms.centre.cases import HOLD_UP, Conduct
from devices.alarms.centre.choices import CaseOutcome, Service
from devices.alarms.centre.figures import AT_THE_PHONE
from devices.alarms.choices import AlarmCause, AlarmType, ContactId, Severity
from devices.alarms.reporting.register import Alarm, Register
from sim.city.site import Site, Steps
from sim.units import MINUTE_US, NEVER_US, SECOND_US

CONFIRMED_AFTER_US = SECOND_US  # a second activation in the abort window follows the first, sent after it
POLICE_ALONE = (Service.POLICE,)  # to whoever is made to open
KEYHOLDER_CODE_US = round(float(figures.TYPING) * SECOND_US)
KEYHOLDER_STAYS_US = round(float(figures.KEYHOLDER_STAYS) * MINUTE_US)
BACK_SOON_US = 15 * MINUTE_US  # a keyholder does not arm again when people are back by then
ASKS_NOBODY = (ContactId.TAMPER, ContactId.SENSOR_TAMPER, ContactId.DURESS)  # whether the panel is armed


@dataclass(frozen=True, slots=True)
class Latch:
    """An alarm that is kept until it is reset, and the activation that raised it."""

    alarm: Alarm
    activation: Activation


class Incidents:
    """The alarms of a site's panels."""

    def __init__(self, site: Site, panels: Panels, register: Register, armings: Armings, parameters: BurglarParameters) -> None:
        """Wait for alarms."""
        self._site, self._panels, self._register, self._armings, self._parameters = site, panels, register, armings, parameters
        self._kept: dict[int, list[Latch]] = {}  # by panel, until a code resets them

    def happens(self, activation: Activation) -> Steps:
        """Let an alarm be sent in its time, and go through to its closure."""
        yield self._until(activation.sent_us)
        if not self._is_set(activation):
            return
        real, cause = activation.real, AlarmCause(activation.cause)
        if not real:
            self._site.sample(BY_USERS, float(cause in USER_ERRORS))
        latch = Latch(self._raised(activation, cause), activation)
        self._kept.setdefault(activation.panel, []).append(latch)
        self._site.process(self._code(latch))
        after_us = confirmed_after_us(activation)
        if after_us is not None:
            self._site.process(self._second(latch, activation.sent_us + after_us))
        silent = cause is AlarmCause.DURESS
        closed = yield from self._register.report(
            latch.alarm,
            conduct=self._conduct(latch),
            needs=POLICE_ALONE if silent else None,
            confirmed_after_us=0 if silent else after_us,
            urgency=HOLD_UP if silent else None,
            on_arrival=lambda service: self._arrives(latch, service),
        )
        if not real:
            self._site.sample(CANCELLED, float(closed.outcome is CaseOutcome.CANCELLED))

    def _raised(self, activation: Activation, cause: AlarmCause) -> Alarm:
        return self._register.raise_alarm(
            int(self._panels.unit[activation.panel]),
            AlarmType.BURGLAR,
            ContactId(activation.code),
            real=activation.real,
            cause=cause,
            began_us=activation.began_us,
            zone=activation.zone,
            partition=activation.partition,
            severity=Severity.CRITICAL if cause is AlarmCause.DURESS else Severity.MAJOR,
        )

    def _conduct(self, latch: Latch) -> Conduct:
        """Return what those at home do: the code within the cancel window cancels; the phone is answered where somebody is."""
        after_us, rng = latch.activation.disarm_us - latch.activation.sent_us, self._site.stream("burglar", latch.alarm.alarm_id)
        answers = bool(latch.activation.at_home) and bool(rng.random() < float(AT_THE_PHONE))
        silent = latch.activation.cause == AlarmCause.DURESS
        return Conduct(answers=answers, cancels_after_us=after_us if self._cancels(latch.activation) else None, silent=silent)

    def _cancels(self, activation: Activation) -> bool:
        return not activation.real and activation.disarm_us - activation.sent_us <= self._parameters.cancel_window

    def _code(self, latch: Latch) -> Steps:
        """Let the code be entered: it resets the alarm, and cancels it if it comes soon."""
        yield self._until(latch.activation.disarm_us)
        if latch.alarm.is_open:
            self._reset(latch)

    def _second(self, latch: Latch, at_us: int) -> Steps:
        yield self._until(at_us)
        if latch.alarm.is_open:
            self._register.confirm(latch.alarm, ContactId.INTRUSION_VERIFIER, latch.activation.second_zone)

    def _arrives(self, latch: Latch, service: Service) -> float:
        """Let a keyholder who comes while nobody is there disarm and reset."""
        code_us = self._site.now_us + KEYHOLDER_CODE_US
        if service is Service.KEYHOLDER and latch.alarm.is_open and code_us < latch.activation.disarm_us:
            self._let_in(latch, code_us)
        return 1.0

    def _let_in(self, latch: Latch, code_us: int) -> None:
        """Let a keyholder enter the code, reset, and arm again what was armed, unless people are back soon."""
        now_us, number = self._site.now_us, latch.activation.panel
        panel, by = np.array([number]), np.array([KEYHOLDER])
        was_armed = self._armings.held(number, MAIN, now_us) is Arming.ARMED_AWAY
        self._armings.put(now_us, panel, Arming.ENTRY_DELAY, zone=ENTRY_ZONE)
        self._armings.disarm(np.array([code_us]), panel, by)
        self._site.process(self._reset_later(latch, code_us))
        leaves_us = now_us + KEYHOLDER_STAYS_US
        if was_armed and leaves_us + BACK_SOON_US < latch.activation.disarm_us:
            armed_us = leaves_us + self._parameters.exit_delay
            self._armings.arm(np.array([leaves_us]), np.array([armed_us]), panel, ContactId.OPEN_CLOSE, by)

    def _is_set(self, activation: Activation) -> bool:
        """Return whether the panel takes notice of the zone."""
        if activation.code in ASKS_NOBODY:
            return True
        held = self._armings.held(activation.panel, activation.partition, self._site.now_us)
        return held not in (Arming.DISARMED, Arming.EXIT_DELAY)

    def _reset_later(self, latch: Latch, at_us: int) -> Steps:
        yield self._until(at_us)
        self._reset(latch)

    def _reset(self, latch: Latch) -> None:
        """Reset everything that the panel of an alarm keeps; the user's code, if it comes soon, cancels as well."""
        for each in self._kept.pop(latch.activation.panel, ()):
            if each.alarm.is_open and each.activation.disarm_us <= self._site.now_us and self._cancels(each.activation):
                self._register.cancel(each.alarm)
            if each.alarm.is_open:
                self._register.restore(each.alarm)

    def _until(self, at_us: int) -> simpy.Event:
        return self._site.env.timeout(max(at_us - self._site.now_us, 0))


def confirmed_after_us(activation: Activation) -> int | None:
    """Return how long after an alarm was sent a second zone confirms it; None where none does before the code comes."""
    confirmed_us = max(activation.second_us, activation.sent_us + CONFIRMED_AFTER_US)
    confirms = activation.second_us != NEVER_US and confirmed_us < activation.disarm_us
    return confirmed_us - activation.sent_us if confirms else None
