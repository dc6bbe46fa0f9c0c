"""Fires: a real one from its true start until the brigade has ended it.

Owns the process of one and what is measured of all. How a fire grows is `growth`'s business, who comes that of `centre`.
"""

from dataclasses import dataclass

import numpy as np

from devices.alarms.centre.choices import Service
from devices.alarms.centre.deadlines import Deadline
from devices.alarms.choices import AlarmCause, AlarmType, ContactId
from devices.alarms.reporting.register import Alarm, Register
from devices.alarms.smoke import figures
from devices.alarms.smoke.choices import DetectorType, Hearing
from devices.alarms.smoke.conduct import at_a_fire
from devices.alarms.smoke.detectors import Detectors
from devices.alarms.smoke.events import FIRST, SECOND, Events
from devices.alarms.smoke.growth import Fire, kindled
from devices.alarms.smoke.measures import AT_ATTENDANCE, CONFINED, DETECTED, FIRE_ATTENDED, HEARD, REPORTED
from devices.alarms.smoke.parameters import SmokeParameters
from sim.city.site import Site, Steps
from sim.toolkit.draws import lognormal
from sim.units import SECOND_US

SPREAD, FLASHOVER_KW, SECOND_KW = float(figures.SPREAD), float(figures.FLASHOVER), float(figures.SECOND_AT)
NIGHT_FROM, NIGHT_TO = map(int, figures.NIGHT.numbers)


@dataclass(slots=True)
class Burning:
    """A fire in a home: what a deadline waits for is that its alarm is at the centre."""

    row: int
    fire: Fire
    label: str
    since_us: int
    alarm: Alarm | None = None

    @property
    def done_us(self) -> int | None:
        """Return the beginning once its alarm is at the centre: the deadline asks when its time is over, and only whether."""
        return self.since_us if self.alarm and self.alarm.is_heard else None


class Fires:
    """The fires in homes with a detector."""

    def __init__(
        self,
        site: Site,
        detectors: Detectors,
        events: Events,
        register: Register,
        parameters: SmokeParameters,
    ) -> None:
        """Hear of fires from now on."""
        self._site, self._detectors, self._events = site, detectors, events
        self._register, self._verification_us = register, parameters.verification
        self._heard = Deadline(site, HEARD, figures.HEARD_WITHIN.us)

    def fire(self, row: int) -> Steps:
        """Burn from now on, be noticed, reported and attended; a detector without power notices nothing."""
        unit, now_us = int(self._detectors.unit[row]), self._site.now_us
        rng = self._site.stream("smoke", "fire", self._register.home(unit), now_us, district=self._register.district(unit))
        night = self._is_night()
        fire = kindled(now_us, rng, night=night)
        noticed_us = fire.noticed_us(DetectorType(int(self._detectors.detector_type[row]))) + self._smoke_travels_us(rng)
        yield self._site.wait(noticed_us - now_us)
        burning = Burning(row, fire, self._events.hearing(unit).word, self._site.now_us)
        self._heard.add(burning)
        if burning.label == Hearing.EMPTY.word:
            self._site.mark(f"{self._register.home(unit)}: a fire, and the detector's battery is empty")
            return
        self._site.sample(DETECTED, (self._site.now_us - fire.began_us) / SECOND_US, fire.start.word)
        self._events.pre_alarm(row, AlarmCause.FIRE, fire.began_us)
        yield from self._reported(burning, rng, night=night)

    def _reported(self, burning: Burning, rng: np.random.Generator, *, night: bool) -> Steps:
        """Report it when it is verified, or as soon as a second detector responds, and wait until everybody has gone."""
        fire, row = burning.fire, burning.row
        awake = self._is_somebody_awake(row)
        if awake and rng.random() < float(figures.HELD):
            fire.hold(self._site.now_us + self._after_us(rng, figures.HELD_AFTER.us))
        second_us = self._second_us(burning, rng)
        verified_us = self._site.now_us + self._verification_us
        yield self._site.wait(min(verified_us, second_us or verified_us) - self._site.now_us)
        hurt = rng.random() < figures.HURT.numbers[night]
        alarm = self._raised(burning)
        confirmed_after_us = None if second_us is None else max(second_us - self._site.now_us, 0)
        if confirmed_after_us is not None:
            self._site.process(self._confirm(alarm, fire, confirmed_after_us))
        yield from self._register.report(
            alarm,
            conduct=at_a_fire(rng, awake=awake),
            needs=(Service.FIRE, Service.AMBULANCE) if hurt else (Service.FIRE,),
            confirmed_after_us=confirmed_after_us,
            on_arrival=lambda service: self.attended(fire, service),
        )
        self._register.restore(alarm)

    def _raised(self, burning: Burning) -> Alarm:
        """Raise its alarm now."""
        unit, began_us = int(self._detectors.unit[burning.row]), burning.fire.began_us
        burning.alarm = self._register.raise_alarm(
            unit, AlarmType.SMOKE, ContactId.SMOKE, real=True, cause=AlarmCause.FIRE, began_us=began_us, zone=FIRST
        )
        self._site.sample(REPORTED, (self._site.now_us - began_us) / SECOND_US)
        return burning.alarm

    def attended(self, fire: Fire, service: Service) -> float:
        """Let a service arrive: the brigade ends the fire and stays the longer, the larger it finds it."""
        if service is not Service.FIRE:
            return 1.0
        found_kw = fire.kw(self._site.now_us)
        fire.hold(self._site.now_us)
        self._site.sample(FIRE_ATTENDED, (self._site.now_us - fire.began_us) / SECOND_US)
        self._site.sample(AT_ATTENDANCE, found_kw)
        self._site.sample(CONFINED, float(found_kw < FLASHOVER_KW))
        return 1.0 + found_kw / FLASHOVER_KW

    def _confirm(self, alarm: Alarm, fire: Fire, after_us: int) -> Steps:
        """Let the second detector respond, unless the fire has been ended too small for it, or all is over by then."""
        yield self._site.wait(after_us)
        if alarm.is_open and fire.kw(self._site.now_us) >= SECOND_KW:
            self._register.confirm(alarm, ContactId.SMOKE, SECOND)

    def _second_us(self, burning: Burning, rng: np.random.Generator) -> int | None:
        """Return when a second detector responds; None where there is none, or the fire is kept too small."""
        reached_us = burning.fire.reaches_us(SECOND_KW)
        second_us = max(reached_us, self._site.now_us) + self._smoke_travels_us(rng)
        kept_small = burning.fire.held_us is not None and burning.fire.held_us < reached_us
        return None if kept_small or not self._detectors.second[burning.row] else second_us

    def _is_somebody_awake(self, row: int) -> bool:
        """Return whether somebody is at home and awake now."""
        district, days = self._site.districts[int(self._detectors.district[row])], self._site.days
        away, asleep = (each(district, self._site.now_us, self._detectors.home[[row]]) for each in (days.away, days.asleep))
        return bool(np.any(~away & ~asleep))

    def _is_night(self) -> bool:
        hour = self._site.calendar.local(self._site.now_us).hour
        return hour >= NIGHT_FROM or hour < NIGHT_TO

    def _smoke_travels_us(self, rng: np.random.Generator) -> int:
        return self._after_us(rng, figures.SMOKE_TRAVELS.us)

    def _after_us(self, rng: np.random.Generator, median_us: int) -> int:
        return round(float(lognormal(rng, median_us, SPREAD)))
