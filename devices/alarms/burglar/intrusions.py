"""Intrusions: burglars who come while nobody is at home, the zones on their path, and people who are made to open.

Owns when and how they come. A home whose panel is not armed is burgled as well: that is no alarm, and only counted.
"""

import numpy as np

from devices.alarms.burglar import figures
from devices.alarms.burglar.activations import Activations, perimeter_or_interior, second_us
from devices.alarms.burglar.arming import Armings
from devices.alarms.burglar.choices import Arming, ZoneType
from devices.alarms.burglar.measures import COVERED
from devices.alarms.burglar.panels import ENTRY_ZONE, MAIN
from devices.alarms.burglar.today import Absences, Today, detected_us
from devices.alarms.choices import AlarmCause, ContactId
from sim.arrays import Flags, Int, Places, Real
from sim.units import MINUTE_US, NEVER_US, SECOND_US

NOT_MET_US = 5 * MINUTE_US  # burglars who would meet people at the door do not come
FREED_US = 30 * MINUTE_US  # from a code under duress until somebody can reset the alarm
HIT, WHEN, DOOR, WHICH, CONFIRMED = range(5)  # columns of uniform draws


def burglaries(today: Today, away: Absences, disarmed_us: Int, bypassed: Int, armings: Armings, found: Activations) -> None:
    """Let burglars come to empty homes, in proportion to how long they are empty; `bypassed` is a zone that is left open, or 0."""
    uniform, normal = (drawn[away.place] for drawn in today.luck("burglary", 5, 2))
    length_us = np.maximum(away.entry_us - away.armed_us, 0)
    began_us = away.armed_us + (uniform[:, WHEN] * np.maximum(length_us - NOT_MET_US, 0)).astype(np.int64)
    hit = uniform[:, HIT] < today.chances.burglary * length_us * today.site.loads(began_us)
    armings.sample(COVERED, began_us[hit], away.armed[hit])
    alarmed = hit & away.armed
    panel, began_us, uniform, normal = away.panel[alarmed], began_us[alarmed], uniform[alarmed], normal[alarmed]
    first_us = began_us + detected_us(today.panels.wireless[panel], normal[:, 0])
    by_door = uniform[:, DOOR] < float(figures.BY_THE_DOOR)
    goes_off_us = _by_the_door(today, panel[by_door], first_us[by_door], armings)
    zone, partition, code = _first(today, panel, uniform, by_door, bypassed[alarmed])
    activated_us = first_us.copy()
    activated_us[by_door] = goes_off_us
    found.add(
        panel,
        zone=zone,
        partition=partition,
        code=code,
        cause=AlarmCause.BURGLARY,
        began_us=began_us,
        sent_us=activated_us + today.parameters.abort_window,
        disarm_us=disarmed_us[alarmed],
        second_us=second_us(activated_us, uniform[:, CONFIRMED] < float(figures.CONFIRMED_REAL), normal[:, 1]),
        at_home=False,
    )


def _by_the_door(today: Today, panel: Places, first_us: Int, armings: Armings) -> Int:
    """Let burglars come by the door: the entry delay begins, nobody has a code, and it goes off at its end; return when."""
    goes_off_us = first_us + today.parameters.entry_delay
    armings.put(first_us, panel, Arming.ENTRY_DELAY, zone=ENTRY_ZONE)
    armings.put(goes_off_us, panel, Arming.ARMED_AWAY)
    return goes_off_us


def _first(today: Today, panel: Places, uniform: Real, by_door: Flags, bypassed: Int) -> tuple[Int, Int, Int]:
    """Return zone, partition and code of the first alarm on each path; who comes by a bypassed window is met inside."""
    outside, inside = (today.panels.zone(panel, each, uniform[:, WHICH]) for each in (ZoneType.PERIMETER, ZoneType.INTERIOR))
    unseen = outside[0] == bypassed
    zone = np.where(by_door, ENTRY_ZONE, np.where(unseen, inside[0], outside[0]))
    partition = np.where(by_door | unseen, MAIN, outside[1])
    return zone, partition, np.where(by_door, ContactId.ENTRY_EXIT, perimeter_or_interior(unseen))


def duress(today: Today, away: Absences, disarmed_us: Int, right: Flags, found: Activations) -> None:
    """Let somebody be made to open, of those whose code is `right`: the panel opens as usual and calls in silence."""
    uniform, _ = (drawn[away.place] for drawn in today.luck("duress", 1))
    hit = away.armed & right & (uniform[:, HIT] < today.chances.duress * today.site.loads(away.entry_us))
    panel, at_us = away.panel[hit], disarmed_us[hit]
    found.add(
        panel,
        zone=0,
        partition=MAIN,
        code=ContactId.DURESS,
        cause=AlarmCause.DURESS,
        began_us=away.back_us[hit],
        sent_us=at_us + SECOND_US,
        disarm_us=at_us + FREED_US,
        second_us=np.full(len(panel), NEVER_US),
        at_home=False,  # nobody is called back
    )
