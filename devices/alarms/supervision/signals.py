"""Signals: what devices report of themselves (mains, batteries, jamming), each new or over, and when it falls due.

Owns the rows. Over which path one is sent, and when, is the business of `cohort`.
"""

from typing import NamedTuple

import numpy as np

from devices.alarms.choices import ContactId, Qualifier, TroubleCause
from devices.alarms.supervision import figures
from devices.alarms.supervision.paths import drawn
from sim.arrays import Int, Places, Records
from sim.mixing import Words
from sim.toolkit.table import Table
from sim.units import MINUTE_US

REPORT = 0x5245504F
RADIO_DELAY_US = MINUTE_US  # a jam is one when it lasts: a minute is an assumption


class Signal(NamedTuple):
    """A device reports something: `code`, `qualifier` and `cause` as codes of their choices, `began_us` the true beginning."""

    time_us: int
    unit: int
    code: int
    qualifier: int
    cause: int
    began_us: int


SIGNALS = Table(Signal).dtype


def signals(at_us: Int, unit: Places, code: ContactId, qualifier: Qualifier, cause: TroubleCause, began_us: Int) -> Records:
    """Return signals of one sort."""
    rows = np.empty(len(unit), dtype=SIGNALS)
    rows["time_us"], rows["unit"], rows["began_us"] = at_us, unit, began_us
    rows["code"], rows["qualifier"], rows["cause"] = code, qualifier, cause
    return rows


def from_to(code: ContactId, cause: TroubleCause, unit: Places, began_us: Int, told_us: Int, over_us: Int) -> Records:
    """Return both signals of troubles that are told while they last, the new before the restored."""
    told = np.flatnonzero(told_us < over_us)
    unit, began_us, told_us, over_us = unit[told], began_us[told], told_us[told], over_us[told]
    new = signals(told_us, unit, code, Qualifier.NEW, cause, began_us)
    return np.concatenate([new, signals(over_us, unit, code, Qualifier.RESTORE, cause, began_us)])


def mains_signals(key: Words, lost: tuple[Places, Int, Int], reserve_us: Int, report_us: int) -> Records:
    """Return what devices say of lost mains and of a reserve that runs out: units, begins and ends of the losses.

    A device whose reserve is spent before it would tell says nothing, nor does one whose mains are back by then.
    """
    unit, begin_us, end_us = lost
    delay = 0.5 + drawn(key, REPORT, begin_us)
    told_us = begin_us + (delay * report_us).astype(np.int64)
    alive = told_us < begin_us + reserve_us
    loss = from_to(ContactId.AC_LOSS, TroubleCause.MAINS, unit[alive], begin_us[alive], told_us[alive], end_us[alive])
    low_us = begin_us + (float(figures.RESERVE_LOW) * reserve_us).astype(np.int64)
    low = from_to(ContactId.LOW_SYSTEM_BATTERY, TroubleCause.MAINS, unit[alive], begin_us[alive], low_us[alive], end_us[alive])
    return np.concatenate([loss, low])


def radio_signals(unit: Places, begin_us: Int, end_us: Int) -> Records:
    """Return what panels say of jamming."""
    return from_to(ContactId.RADIO_JAM, TroubleCause.JAMMING, unit, begin_us, begin_us + RADIO_DELAY_US, end_us)
