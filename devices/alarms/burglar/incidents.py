"""Incidents: one process for each alarm, from the moment it is sent until it is reset.

Owns latching: an alarm stays until somebody is there to reset it, who entered the code or holds the keys. What the centre does with it is
the centre's business.
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
from devices.alarms.burglar.panels import Panels
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

    def happens(self, activation: Activation) -> Steps:
        """Let an alarm be sent in its time, and go through to its closure."""
        yield self._until(activation.sent_us)
        real, cause = activation.real, AlarmCause(activation.cause)
        if not real:
            self._site.sample(BY_USERS, float(cause in USER_ERRORS))
        latch = Latch(self._raised(activation, cause), activation)
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
        if not latch.alarm.is_open:
            return
        if self._cancels(latch.activation):
            self._register.cancel(latch.alarm)
        self._reset(latch)

    def _second(self, latch: Latch, at_us: int) -> Steps:
        yield self._until(at_us)
        if latch.alarm.is_open:
            self._register.confirm(latch.alarm, ContactId.INTRUSION_VERIFIER, latch.activation.second_zone)

    def _arrives(self, latch: Latch, service: Service) -> float:
        """Let a keyholder who comes while nobody is there disarm, reset, and arm again."""
        now_us, activation = self._site.now_us, latch.activation
        if service is Service.KEYHOLDER and latch.alarm.is_open and now_us + KEYHOLDER_CODE_US < activation.disarm_us:
            panel = np.array([activation.panel])
            self._armings.put(now_us, panel, Arming.ENTRY_DELAY)
            self._armings.open(np.array([now_us + KEYHOLDER_CODE_US]), panel, np.array([KEYHOLDER]))
            self._site.process(self._reset_later(latch, now_us + KEYHOLDER_CODE_US))
            leaves_us = now_us + KEYHOLDER_STAYS_US
            if not activation.at_home and leaves_us + BACK_SOON_US < activation.disarm_us:
                armed_us = leaves_us + self._parameters.exit_delay
                self._armings.arm(np.array([leaves_us]), np.array([armed_us]), panel, ContactId.OPEN_CLOSE, KEYHOLDER)
        return 1.0

    def _reset_later(self, latch: Latch, at_us: int) -> Steps:
        yield self._until(at_us)
        if latch.alarm.is_open:
            self._reset(latch)

    def _reset(self, latch: Latch) -> None:
        self._register.restore(latch.alarm)

    def _until(self, at_us: int) -> simpy.Event:
        return self._site.env.timeout(max(at_us - self._site.now_us, 0))


def confirmed_after_us(activation: Activation) -> int | None:
    """Return how long after an alarm was sent a second zone confirms it; None where none does before the code comes."""
    confirmed_us = max(activation.second_us, activation.sent_us + CONFIRMED_AFTER_US)
    confirms = activation.second_us != NEVER_US and confirmed_us < activation.disarm_us
    return confirmed_us - activation.sent_us if confirms else None
