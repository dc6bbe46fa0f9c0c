"""Transmission: how one message of a device comes to the centre, by whichever of its paths is up, tried until it is acknowledged.

Owns the way of a message and what a device says that could not report for a while. What is in it is `register.py`'s business, which
paths are cut `supervision`'s.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import simpy

from devices.alarms.choices import ContactId, Qualifier, SupervisionClass, TroubleCause
from devices.alarms.reporting.kinds import ALARM
from devices.alarms.reporting.measures import HELD_UP, TRANSMISSION
from devices.alarms.reporting.parameters import ReportingParameters
from devices.alarms.supervision.cohort import Supervision
from devices.alarms.supervision.signals import signals
from sim.city.site import Site
from sim.events.batches import WITHHELD
from sim.toolkit.draws import lognormal
from sim.units import SECOND_US

Sending = Generator[simpy.Event, Any, None]


@dataclass(slots=True)
class Message:
    """One message on its way; instants of city time, µs. `held_by` is what kept every path when it first was to leave, if anything did."""

    unit: int
    asked_us: int
    about: str = ""  # the label under which it is counted
    sending_us: int = field(init=False)  # since when a path has been up for it
    held_by: TroubleCause | None = field(default=None)
    held_us: int = field(default=0)  # how long it waited for a path in all

    def __post_init__(self) -> None:
        """Take it as if a path were up."""
        self.sending_us = self.asked_us


class Transmission:
    """The way from every device to the centre."""

    def __init__(self, site: Site, supervision: Supervision, parameters: ReportingParameters) -> None:
        """Use the paths that are supervised, and the links of their access networks."""
        self._site, self._supervision, self._parameters = site, supervision, parameters
        self._uplinks = site.uplinks(site.link(ALARM))
        self._classes = supervision.paths.units.supervision
        self._failed_us: dict[int, int] = {}  # when devices last reported that they had failed to communicate

    def send(self, message: Message, rng: np.random.Generator) -> Sending:
        """Return when the centre has acknowledged a message; use with `yield from` in a process. It never gives up."""
        yield self._site.wait(lognormal(rng, self._parameters.processing, self._parameters.processing_sigma))
        handed_over_us = message.sending_us = self._site.now_us
        held_up = self._supervision.reach(message.unit).at_us > handed_over_us
        self._site.sample(HELD_UP, float(held_up), message.about)  # at once: what waits to the end of the run counts as well
        while not (yield from self._tried(message, rng)):
            pass
        arrived_us = self._site.now_us
        of_class = SupervisionClass(int(self._classes[message.unit])).word
        self._site.sample(TRANSMISSION, (arrived_us - message.sending_us) / SECOND_US, of_class)
        if arrived_us - handed_over_us >= self._parameters.failure_after:
            self._failure(message)

    def _tried(self, message: Message, rng: np.random.Generator) -> Generator[simpy.Event, Any, bool]:
        """Wait for a path, or try one that is up: return whether the message came through."""
        now_us = self._site.now_us
        reach = self._supervision.reach(message.unit)
        if reach.at_us > now_us:
            message.held_by = reach.cause if message.held_by is None else message.held_by
            message.held_us += reach.at_us - now_us
            message.sending_us = reach.at_us
            yield self._site.wait(reach.at_us - now_us)
            return False
        passed_us = self._uplinks.passed(int(self._supervision.paths.device[reach.row]), now_us, now_us)
        lost = passed_us == WITHHELD or rng.random() < self._supervision.parameters.attempt_loss
        yield self._site.wait(self._parameters.repeat if lost else passed_us - now_us)
        return not lost

    def _failure(self, message: Message) -> None:
        """Let a device say that it had failed to communicate, and that it does again: once, however many messages waited."""
        now_us, unit = self._site.now_us, message.unit
        if self._failed_us.get(unit, -1) >= message.asked_us:
            return
        self._failed_us[unit] = now_us
        cause = TroubleCause.LOST_BEAT if message.held_by is None else message.held_by
        for after_us, qualifier in ((0, Qualifier.NEW), (SECOND_US, Qualifier.RESTORE)):
            at_us, began_us = np.array([now_us + after_us]), np.array([message.asked_us])
            told = signals(at_us, np.array([unit]), ContactId.FAILURE_TO_COMMUNICATE, qualifier, cause, began_us)
            self._supervision.report(told)
