"""Parameters of the alarm centre: who works when, what callers do, by which policy police come, who else helps.

Owns what `--set alarms.centre.<family>.<parameter>=value` may write and its limits; each default is a figure.
"""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator

from devices.alarms.centre import figures
from devices.alarms.centre.choices import Distribution
from sim.city.calendar import clock_text, parse_clock_us
from sim.errors import UsageError
from sim.parameters import DurationUs, Parameters, Share, from_figure
from sim.units import DAY_US, HOUR_US, MINUTE_US, SECOND_US, duration_text, share

ClockUs = Annotated[int, BeforeValidator(lambda value: parse_clock_us(value) if isinstance(value, str) else value)]


MOST_FALSE_CALLS = 1_000  # three a day for a year: no home comes so far, and of so many the chances are summed
MOST_OPERATORS = 1_000  # more than any centre has: the emergency lines of a whole city have some hundreds


class Shift(Parameters):
    """Operators who come and go together, every day: `begins` on the local clock, for `lasting`.

    They are so many `people`, or without that a `share` of the full strength.
    """

    begins: ClockUs
    lasting: DurationUs = 8 * HOUR_US
    share: float = Field(default=1.0, ge=0, le=10)
    people: int | None = Field(default=None, ge=0, le=MOST_OPERATORS)

    @field_validator("begins")
    @classmethod
    def _in_the_day(cls, begins: int) -> int:
        if not 0 <= begins < DAY_US:
            msg = f"a shift that begins {duration_text(begins)} after midnight is outside the day: write 00:00 to 23:59"
            raise ValueError(msg)
        return begins

    @field_validator("lasting")
    @classmethod
    def _not_longer_than_a_day(cls, lasting: int) -> int:
        if not 0 < lasting <= DAY_US:
            msg = f"a shift of {duration_text(lasting)}: write more than 0 and at most 24h"
            raise ValueError(msg)
        return lasting

    def __str__(self) -> str:
        """Return the shift as `--set` takes it."""
        begins, ends = clock_text(self.begins), clock_text((self.begins + self.lasting) % DAY_US)
        strength = f"{100 * self.share:g}%" if self.people is None else str(self.people)
        return f"{begins}-{ends}" + (f"={strength}" if strength != "100%" else "")


def _shifts(given: object) -> object:
    """Read `06:00-14:00, 14:00-22:00=50, 22:00-06:00=50%`, of which 50 are people and 50 % a share. Raises UsageError.

    A shift that ends where it begins lasts a day.
    """
    if not isinstance(given, str):
        return given
    found = []
    for text in given.split(","):
        match = _SHIFT.fullmatch(text)
        if match is None:
            msg = f"{text.strip()!r} is no shift: write its hours and how many, such as 06:00-14:00, 14:00-22:00=50, 22:00-06:00=50%"
            raise UsageError(msg)
        begins, ends = parse_clock_us(match[1]), parse_clock_us(match[2])
        found.append({"begins": begins, "lasting": (ends - begins) % DAY_US or DAY_US, **_strength(match[3] or "100%")})
    return found


def _strength(text: str) -> dict[str, int | float]:
    return {"people": int(text)} if text.isdecimal() else {"share": share(text)}


_SHIFT = re.compile(r"\s*([\d:]+)\s*-\s*([\d:]+)\s*(?:=\s*([\d.]+%?)\s*)?")
Shifts = Annotated[tuple[Shift, ...], BeforeValidator(_shifts)]

EARLY = Shift(begins=6 * HOUR_US)
LATE = Shift(begins=14 * HOUR_US)
NIGHT = Shift(begins=22 * HOUR_US, share=0.5)


class TalkParameters(Parameters):
    """How long operators take."""

    distribution: Distribution = Field(default=Distribution.LOGNORMAL, description="of talking; exponential is Erlang's")
    mean: DurationUs = from_figure(figures.HANDLING, scale=SECOND_US, gt=0)
    cv: float = from_figure(figures.HANDLING_CV, ge=0, le=3)
    assessment: Share = from_figure(figures.ASSESSMENT)
    ringing: DurationUs = from_figure(figures.RINGING, scale=SECOND_US)
    cancelled: DurationUs = from_figure(figures.CANCELLED_HANDLING, scale=SECOND_US)
    forwarding: DurationUs = from_figure(figures.FORWARDING, scale=SECOND_US)

    @field_validator("distribution", mode="before")
    @classmethod
    def _by_word(cls, given: object) -> object:
        found = next((each for each in Distribution if given in (each, each.word)), None)
        if found is None:
            msg = f"{given!r} is no distribution: write {' or '.join(Distribution.words())}"
            raise ValueError(msg)
        return found


class CallerParameters(Parameters):
    """What callers do while nobody answers. Nobody hangs up or dials again in no time: a run would count calls for ever."""

    patience: DurationUs = from_figure(figures.PATIENCE, scale=SECOND_US, ge=SECOND_US)
    redial: Share = from_figure(figures.REDIAL)
    redial_pause: DurationUs = from_figure(figures.REDIAL_PAUSE, scale=SECOND_US, ge=SECOND_US)
    call_back: bool = Field(default=True, description="the centre calls back whoever gave up for good")
    keyholder_reached: Share = from_figure(figures.KEYHOLDER_REACHED)


class PolicyParameters(Parameters):
    """When the police come to a burglar alarm: not after so many false calls within so long."""

    false_calls: int = from_figure(figures.FALSE_CALLS, ge=1, le=MOST_FALSE_CALLS)
    within: DurationUs = from_figure(figures.FALSE_WITHIN, scale=DAY_US, gt=0)
    confirmed_only: bool = Field(default=True, description="two independent activations, or somebody at home who says so")


class CareParameters(Parameters):
    """Care calls that the centre makes while it has operators to spare."""

    per_day: float = from_figure(figures.CARE_CALLS, ge=0)
    talk: DurationUs = from_figure(figures.CARE_TALK, scale=SECOND_US, gt=0)
    spare: int = Field(default=4, ge=0, description="operators kept free for those who call")


class ResponderParameters(Parameters):
    """Who comes and how long it takes; numbers are of the whole city."""

    community_units: int = from_figure(figures.COMMUNITY_UNITS, ge=0)
    police_units: int = from_figure(figures.POLICE_UNITS, ge=0)
    fire_units: int = from_figure(figures.FIRE_UNITS, ge=0)
    ambulance_units: int = from_figure(figures.AMBULANCE_UNITS, ge=0)
    utility_units: int = from_figure(figures.UTILITY_UNITS, ge=0)
    police_accepting: DurationUs = from_figure(figures.POLICE_ACCEPTING, scale=SECOND_US)
    accepting: DurationUs = from_figure(figures.ACCEPTING, scale=SECOND_US)
    keyholder: DurationUs = from_figure(figures.KEYHOLDER_TRAVEL, scale=MINUTE_US)
    community: DurationUs = from_figure(figures.COMMUNITY_TRAVEL, scale=MINUTE_US)
    police: DurationUs = from_figure(figures.POLICE_TRAVEL, scale=MINUTE_US)
    fire: DurationUs = from_figure(figures.FIRE_TRAVEL, scale=MINUTE_US)
    ambulance: DurationUs = from_figure(figures.AMBULANCE_TRAVEL, scale=MINUTE_US)
    utility: DurationUs = from_figure(figures.UTILITY_TRAVEL, scale=MINUTE_US)
    travel_cv: float = from_figure(figures.TRAVEL_CV, ge=0, le=3)
    on_the_spot: DurationUs = from_figure(figures.ON_THE_SPOT, scale=MINUTE_US)


class CentreParameters(Parameters):
    """One alarm centre for the whole city, whatever the scale."""

    operators: int = from_figure(figures.OPERATORS, ge=0, le=MOST_OPERATORS)
    care_trained: Share = from_figure(figures.CARE_TRAINED)
    shifts: Shifts = (EARLY, LATE, NIGHT)
    break_lasting: DurationUs = from_figure(figures.BREAK, scale=MINUTE_US)
    talk: TalkParameters = TalkParameters()
    callers: CallerParameters = CallerParameters()
    policy: PolicyParameters = PolicyParameters()
    care: CareParameters = CareParameters()
    responders: ResponderParameters = ResponderParameters()
