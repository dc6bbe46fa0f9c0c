"""Errors of people at entry and exit: a door that stays open, a code that comes too late or not at all.

Owns what falls due at the panel because of them, and the alarms that they raise when nobody puts them right in time.
"""

from dataclasses import dataclass

import numpy as np

from devices.alarms.burglar import figures
from devices.alarms.burglar.activations import Activations, cancel_us, reset_us, second_us
from devices.alarms.burglar.arming import STAYS, Armings
from devices.alarms.burglar.causes import FALSE
from devices.alarms.burglar.choices import Arming
from devices.alarms.burglar.measures import ABORTED, EXIT_ERRORS
from devices.alarms.burglar.panels import ENTRY_ZONE, MAIN
from devices.alarms.burglar.today import Absences, Today
from devices.alarms.choices import AlarmCause, ContactId, Qualifier
from sim.arrays import Flags, Int, Real
from sim.units import SECOND_US

REARM_US = round(float(figures.REARM_AFTER) * SECOND_US)
CANCELLED = dict(zip(FALSE, figures.CANCELLED.numbers, strict=True))


@dataclass(frozen=True, slots=True)
class Fates:
    """What becomes of errors: columns of shape (errors,). `activated_us` ends the entry delay, `sent_us` the abort window."""

    activated_us: Int
    sent_us: Int
    aborted: Flags
    cancelled: Flags
    code_us: Int
    second_us: Int


def exit_errors(today: Today, away: Absences, armings: Armings) -> tuple[Flags, Fates]:
    """Let doors stay open as the exit delay ends: the entry delay begins at once, and somebody may turn back; return of which absences."""
    uniform, normal = (drawn[away.place] for drawn in today.luck("exit error", 4, 2))
    chance = today.chances.exit_error * away.factor * today.site.loads(away.armed_us)
    wrong = away.by_hand & (uniform[:, 0] < chance)
    armings.sample(EXIT_ERRORS, away.armed_us[away.by_hand], wrong[away.by_hand])
    # An error that is put right in time lets the entry delay run, or some of it.
    delayed_us, parameters = away.armed_us[wrong] + 1, today.parameters
    fates = _fates(today, AlarmCause.EXIT_ERROR, delayed_us, uniform[wrong], normal[wrong])
    early_us = (uniform[wrong, 3] * (parameters.entry_delay + parameters.abort_window)).astype(np.int64)
    fates.code_us[fates.aborted] = (delayed_us + early_us)[fates.aborted]
    panel, user = away.panel[wrong], away.leaver[wrong]
    armings.put(delayed_us, panel, Arming.ENTRY_DELAY, zone=ENTRY_ZONE)
    goes_off = fates.activated_us < fates.code_us
    armings.put(fates.activated_us[goes_off], panel[goes_off], Arming.ARMED_AWAY)
    sent = ~fates.aborted
    armings.put(fates.sent_us[sent], panel[sent], STAYS, ContactId.EXIT_ERROR, Qualifier.NEW, ENTRY_ZONE, user[sent])
    back = fates.aborted | fates.cancelled
    code_us, panel, user = fates.code_us[back], panel[back], user[back]
    armings.open(code_us, panel, user)
    armings.put(code_us + REARM_US, panel, Arming.EXIT_DELAY)
    armed_us = code_us + REARM_US + parameters.exit_delay
    armings.put(armed_us, panel, Arming.ARMED_AWAY, ContactId.OPEN_CLOSE, Qualifier.RESTORE, user_code=user)
    return wrong, fates


def entry_errors(today: Today, away: Absences, armings: Armings) -> tuple[Flags, Fates]:
    """Let codes come late at the return: return in which absences, and what becomes of them."""
    uniform, normal = (drawn[away.place] for drawn in today.luck("entry error", 4, 3))
    chance = today.chances.entry_error * away.factor * today.site.loads(away.entry_us)
    wrong = away.armed & (uniform[:, 0] < chance)
    fates = _fates(today, AlarmCause.ENTRY_ERROR, away.entry_us[wrong], uniform[wrong], normal[wrong])
    early_us = (uniform[wrong, 3] * today.parameters.abort_window).astype(np.int64)
    late_us = fates.sent_us + reset_us(normal[wrong, 2], today.parameters.cancel_window)
    neither = ~fates.aborted & ~fates.cancelled
    fates.code_us[fates.aborted] = (fates.activated_us + early_us)[fates.aborted]
    fates.code_us[neither] = late_us[neither]
    goes_off = fates.activated_us < fates.code_us
    armings.put(fates.activated_us[goes_off], away.panel[wrong][goes_off], Arming.ARMED_AWAY)
    return wrong, fates


def _fates(today: Today, cause: AlarmCause, delayed_us: Int, uniform: Real, normal: Real) -> Fates:
    """Return what becomes of errors that begin an entry delay at an instant; `code_us` is right where the user cancels."""
    parameters = today.parameters
    activated_us = delayed_us + parameters.entry_delay
    sent_us = activated_us + parameters.abort_window
    aborted = uniform[:, 1] < float(figures.ABORTED)
    share, confirmed = CANCELLED[cause], float(figures.CONFIRMED_FALSE)
    part = uniform[:, 2]  # one draw for two independent things: within each part it is uniform again
    cancelled = ~aborted & (part < share)
    again = np.where(part < share, part / share, (part - share) / (1.0 - share))
    code_us = sent_us + 1 + cancel_us(normal[:, 0], parameters.cancel_window - 1)
    return Fates(activated_us, sent_us, aborted, cancelled, code_us, second_us(activated_us, again < confirmed, normal[:, 1]))


def alarms_of(errors: tuple[Flags, Fates], cause: AlarmCause, away: Absences, disarmed_us: Int, found: Activations) -> None:
    """Raise the alarms of errors that are not put right in time; `disarmed_us` is when each absence ends at the panel."""
    wrong, fates = errors
    sent = ~fates.aborted
    at_home = cause is AlarmCause.ENTRY_ERROR
    disarm_us = fates.code_us if at_home else np.where(fates.cancelled, fates.code_us, disarmed_us[wrong])
    began_us = away.back_us[wrong] if at_home else away.armed_us[wrong]
    found.add(
        away.panel[wrong][sent],
        zone=ENTRY_ZONE,
        partition=MAIN,
        code=ContactId.ENTRY_EXIT,
        cause=cause,
        began_us=began_us[sent],
        sent_us=fates.sent_us[sent],
        disarm_us=disarm_us[sent],
        second_us=fates.second_us[sent],
        at_home=at_home,
    )


def measure(errors: tuple[Flags, Fates], armings: Armings) -> None:
    """Let it be measured how many errors are put right before anything is sent."""
    _, fates = errors
    armings.sample(ABORTED, np.minimum(fates.code_us, fates.sent_us), fates.aborted)
