"""An episode: one kitchen from the first gas at its detector until the alarm is restored.

Owns the order of what happens: low alarm, high alarm, the valve, those at home, the utility, the reset. How gas goes on between is `room`'s
business, who is at home and what a detector says `scene`'s, who is called and sent the centre's, gas of the building itself `riser`'s.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import simpy

from devices.alarms.centre.cases import Conduct
from devices.alarms.centre.choices import Service
from devices.alarms.centre.figures import AT_THE_PHONE
from devices.alarms.choices import AlarmType, ContactId, Severity, TroubleCause
from devices.alarms.gas import figures
from devices.alarms.gas.choices import GasLevel, Valve
from devices.alarms.gas.concentration import Air
from devices.alarms.gas.measures import GAS_RESPONSE, LEAK_MISSED, PEAK, RISER, TOO_LATE_S, UTILITY_TOLD, VALVE_CLOSED, VALVE_FAILED
from devices.alarms.gas.origin import Origin
from devices.alarms.gas.room import Room
from devices.alarms.gas.scene import NOT_CLOSED, Scene
from devices.alarms.gas.sources import HOUR_S
from devices.alarms.reporting.register import Alarm
from sim.city.site import Steps
from sim.toolkit.draws import lognormal, lognormal_mean
from sim.units import LONG_AGO_US, NEVER_US, SECOND_US

EVEN = 0.5  # variation of the utility's work


@dataclass(slots=True)
class Episode:
    """What happens at one detector, its row; begins when `run` is started."""

    scene: Scene
    row: int
    origin: Origin
    asked: Callable[[], None] = lambda: None  # called when the utility is asked to come
    alarm: Alarm | None = None
    level: GasLevel = GasLevel.NORMAL
    room: Room = field(init=False)
    _rng: np.random.Generator = field(init=False)
    _began_us: int = field(init=False)
    _reached_us: int = field(init=False)
    _was_high: bool = False
    _flows: bool = True
    _is_reset: bool = False
    _told: bool = False
    _sampled_us: int = LONG_AGO_US
    _changed: simpy.Event | None = None

    def run(self) -> Steps:
        """Let gas come, and return when everything is as before."""
        self._begin()
        if self.scene.detectors.is_silent[self.row]:
            yield from self._unseen()
        while not self._is_over():
            crossing_us, next_level = self._next_level()
            yield self._until(min(crossing_us, self._next_sample_us()))
            if self._now_us >= crossing_us and self._is_dark():
                yield from self._dark()
            elif self._now_us >= crossing_us:
                self._enter(next_level)
                self._sample()
            elif self._now_us >= self._next_sample_us():
                self._sample()
        self._end()

    def stop(self) -> None:
        """Let no more gas come, from now on."""
        if not self._flows:
            return
        self._flows = False
        if self.origin.is_fault:
            self.room.hold(self._now_us, 0.0)
        else:
            self.room.change(self._now_us, release=0.0)
        self._wake()

    # --- Gas and the levels of the detector -------------------------------------------------------------------------------

    @property
    def _now_us(self) -> int:
        return self.scene.site.now_us

    def _begin(self) -> None:
        scene, now_us = self.scene, self._now_us
        scene.detectors.has_case[self.row] = True
        self._rng = scene.site.stream("gas", "episode", scene.home(self.row), now_us, district=scene.district(self.row))
        self._began_us = now_us
        self.room = Room(Air(0.0, scene.parameters.closed_air / HOUR_S, float(scene.detectors.lag_s[self.row])), now_us)
        if self.origin.is_fault:
            self.room.hold(now_us, self.origin.amount)
        else:
            self.room.change(now_us, release=self.origin.amount)
        self._reached_us = self.room.reaches_us(scene.parameters.low)

    def _next_level(self) -> tuple[int, GasLevel]:
        """Return when the detector next shows another level, and which."""
        low, high = self.scene.parameters.low, self.scene.parameters.high
        if self.level is GasLevel.NORMAL:
            return self.room.crosses_us(low, rising=True), GasLevel.LOW
        if self.level is GasLevel.HIGH:
            return self.room.crosses_us(high, rising=False), GasLevel.LOW
        up_us, down_us = self.room.crosses_us(high, rising=True), self.room.crosses_us(low, rising=False)
        return (up_us, GasLevel.HIGH) if up_us < down_us else (down_us, GasLevel.NORMAL)

    def _next_sample_us(self) -> int:
        return NEVER_US if self.level is GasLevel.NORMAL else self._sampled_us + self.scene.parameters.sample_above

    def _until(self, at_us: int) -> simpy.Event:
        """Return what comes first: an instant, or a change of the room."""
        env = self.scene.site.env
        self._changed = env.event()
        return self._changed if at_us >= NEVER_US else env.timeout(max(0, at_us - self._now_us)) | self._changed

    def _wake(self) -> None:
        if self._changed is not None and not self._changed.triggered:
            self._changed.succeed()

    def _enter(self, level: GasLevel) -> None:
        self.level = level
        self.room.change(self._now_us)  # what is shown may turn before the air changes: the next crossing is looked for from here on
        if self.alarm is None:
            self._alarm()
        if level is GasLevel.HIGH and not self._was_high:
            self._was_high = True
            self.scene.register.worsen(self._raised())
            self.scene.site.process(self._close_valve())

    def _is_dark(self) -> bool:
        """Return whether the detector is without mains: it has no reserve, and senses nothing."""
        return self.scene.reach(self.row).cause is TroubleCause.MAINS

    def _dark(self) -> Steps:
        """Wait for mains, then go through the levels to what there is by then; its time to respond counts from there."""
        while self._is_dark():
            yield self.scene.site.wait(self.scene.reach(self.row).at_us - self._now_us)
        self.room.change(self._now_us)
        self._reached_us = max(self._reached_us, self._now_us)
        shown = self.room.level.shown
        shows = GasLevel((shown >= self.scene.parameters.low) + (shown >= self.scene.parameters.high))
        while self.level is not shows:
            self._enter(GasLevel(self.level + (1 if shows > self.level else -1)))
        self._sample()

    def _is_over(self) -> bool:
        """Return whether the alarm can be restored: below the low level and reset, or never raised and no gas to come."""
        if self.level is not GasLevel.NORMAL or self._flows:
            return False
        return self._is_reset or (self.alarm is None and self.room.crosses_us(self.scene.parameters.low, rising=True) >= NEVER_US)

    def _end(self) -> None:
        scene, valve = self.scene, Valve(int(self.scene.detectors.valve[self.row]))
        self.room.change(self._now_us)
        if self.origin.is_real:
            scene.site.sample(PEAK, self.room.peak, RISER if self.origin.isolate else valve.word)
        if valve is not Valve.OPEN:
            self._valve(Valve.OPEN)
        if self.alarm is not None:
            scene.register.restore(self.alarm)
            self._sample()
        scene.detectors.has_case[self.row] = False

    def _unseen(self) -> Steps:
        """Let gas come to a sensor that shows nothing, until it is smelt."""
        if self.origin.is_real and self._reached_us < NEVER_US:
            yield self.scene.site.wait(self._reached_us - self._now_us + TOO_LATE_S * SECOND_US)
            self.scene.site.sample(LEAK_MISSED, 1.0)
        self._flows, self._is_reset = False, True

    # --- What the detector does -------------------------------------------------------------------------------------------

    def _raised(self) -> Alarm:
        assert self.alarm is not None  # noqa: S101 - a high level comes after a low one
        return self.alarm

    def _alarm(self) -> None:
        """Raise the low alarm: a warning, which latches."""
        scene, real = self.scene, self.origin.is_real
        self.alarm = scene.register.raise_alarm(
            scene.unit(self.row),
            AlarmType.GAS,
            ContactId.GAS_DETECTED,
            real=real,
            cause=self.origin.cause,
            began_us=self._began_us,
            severity=Severity.WARNING,
        )
        if real:
            response_s = (self._now_us - self._reached_us) / SECOND_US
            scene.site.sample(GAS_RESPONSE, response_s)
            scene.site.sample(LEAK_MISSED, float(response_s > TOO_LATE_S))
        scene.site.process(self._report(self.alarm))
        scene.site.process(self._people())

    def _close_valve(self) -> Steps:
        """Tell the valve to close; it does, or its switch never says so."""
        begin_us = self._now_us
        yield self.scene.site.wait(lognormal(self._rng, self.scene.parameters.valve_time, float(figures.VALVE_SIGMA)))
        failed = bool(self._rng.random() < self.scene.parameters.valve_fails)
        self.scene.site.sample(VALVE_FAILED, float(failed))
        if failed:
            self._valve(Valve.FAILED)
            return
        after_s = (self._now_us - begin_us) / SECOND_US
        self.scene.site.sample(VALVE_CLOSED, after_s)
        self._valve(Valve.CLOSED, after_s)
        if self.origin.is_real and not self.origin.isolate:
            self.stop()

    def _valve(self, valve: Valve, after_s: float = NOT_CLOSED) -> None:
        self.scene.turn(self.row, valve, self._raised().alarm_id, after_s)

    def _sample(self) -> None:
        self._sampled_us = self._now_us
        level = self.room.at(self._now_us)
        self.scene.sample(self.row, self.level, level, gas_percent=0.0 if self.origin.is_fault else level.gas)

    # --- What people do ---------------------------------------------------------------------------------------------------

    def _people(self) -> Steps:
        """Let whoever is at home open windows and turn off what they can."""
        median_us = self.scene.reaction_us(self.row)
        if median_us is None or self.origin.is_fault:
            return
        yield self.scene.site.wait(lognormal(self._rng, median_us, float(figures.REACTION_SIGMA)))
        self._open_windows()
        if not self.origin.isolate and self._rng.random() < float(figures.BY_HAND):
            self.stop()

    def _open_windows(self) -> None:
        self.room.change(self._now_us, air_changes=self.scene.parameters.open_air / HOUR_S)
        self._wake()

    def _report(self, alarm: Alarm) -> Steps:
        """Report, and reset when the centre has closed the case: whoever came, or those at home with the operator's word, has looked."""
        attended = self.origin.is_attended()
        yield from self.scene.register.report(
            alarm,
            conduct=Conduct(answers=attended or bool(self._rng.random() < float(AT_THE_PHONE))),
            needs=() if attended else None,
            on_request=self._requested,
            on_arrival=self._arrived,
        )
        if not self.origin.isolate:
            self.stop()
        self._is_reset = True
        self._wake()

    def _requested(self, service: Service) -> None:
        if service is not Service.UTILITY or self._told:
            return
        self._told = True
        self.asked()
        if self.origin.is_real:
            self.scene.site.sample(UTILITY_TOLD, (self._now_us - self._raised().raised_us) / SECOND_US)

    def _arrived(self, service: Service) -> float:
        if service is Service.UTILITY:
            self.scene.site.process(self._isolate())
        elif not self.origin.is_fault:
            self._open_windows()
        return 1.0

    def _isolate(self) -> Steps:
        """Let the utility shut off gas, and air the kitchen."""
        yield self.scene.site.wait(lognormal_mean(self._rng, figures.ISOLATION.us, EVEN))
        if not self.origin.is_fault:
            self._open_windows()
        (self.origin.isolate or self.stop)()
