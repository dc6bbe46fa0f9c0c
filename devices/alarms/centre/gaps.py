"""Gaps: what a centre lacks, said before the run, so that whoever reads a broken promise knows why.

Owns the words. What there is at any minute is the business of `rota.py`.
"""

from collections.abc import Iterator

from devices.alarms.centre.choices import Service
from devices.alarms.centre.parameters import CentreParameters, ResponderParameters
from devices.alarms.centre.rota import Rota
from sim.notes import Note
from sim.units import DAY_US, HOUR_US, MINUTE_US


def gaps(parameters: CentreParameters) -> tuple[Note, ...]:
    """Return a note on every sort of people that nobody can wait for with success."""
    return tuple(map(Note, [*_at_the_centre(parameters), *map(_nobody, _away(parameters.responders))]))


def _nobody(service: Service) -> str:
    return f"no {service.word} unit is on duty in the whole city: whoever needs one waits for ever"


def _away(responders: ResponderParameters) -> Iterator[Service]:
    units = {
        Service.COMMUNITY: responders.community_units,
        Service.POLICE: responders.police_units,
        Service.FIRE: responders.fire_units,
        Service.AMBULANCE: responders.ambulance_units,
        Service.UTILITY: responders.utility_units,
    }
    return (service for service, count in units.items() if not count)


def _at_the_centre(parameters: CentreParameters) -> Iterator[str]:
    rota = Rota(parameters)
    begins_us = [0, *rota.changes_us()]
    strengths = {at_us: rota.strength(at_us).at_work for at_us in begins_us}
    if not any(map(sum, strengths.values())):
        yield "the alarm centre has no operators: no call is answered"
        return
    if not any(cares for _, cares in strengths.values()):
        yield "no operator is trained for emergency calls: none is answered"
    for begin_us, end_us in zip(begins_us, [*begins_us[1:], DAY_US], strict=True):
        if begin_us < end_us and not sum(strengths[begin_us]):
            yield f"nobody is on duty at the alarm centre from {_clock(begin_us)} to {_clock(end_us)}"


def _clock(at_us: int) -> str:
    return f"{at_us // HOUR_US:02}:{at_us % HOUR_US // MINUTE_US:02}"
