"""Responders: who is sent, when they arrive, what they find.

Owns services as desks of units by district, and the way there. Who is sent is the operators' decision (`handling.py`).
"""

from collections.abc import Generator
from dataclasses import dataclass
from math import fsum
from typing import Any, NamedTuple

import numpy as np
import simpy

from devices.alarms.centre import figures
from devices.alarms.centre.cases import Case
from devices.alarms.centre.choices import Finding, ResponseStep, Service
from devices.alarms.centre.deadlines import Deadline
from devices.alarms.centre.kinds import RESPONSE
from devices.alarms.centre.measures import ATTENDANCE, ATTENDED, ATTENDED_US, FALSE_DISPATCH, FORWARD, POLICE_REFUSED
from devices.alarms.centre.pace import Pace
from devices.alarms.centre.parameters import CentreParameters
from devices.alarms.centre.policy import PolicePolicy
from devices.alarms.choices import AlarmType
from sim.city.districts import BY_NAME, DISTRICTS, District, share_out
from sim.city.site import Site, Steps
from sim.errors import UsageError
from sim.names import NO_NAME
from sim.toolkit.desks import Desk
from sim.toolkit.draws import lognormal, lognormal_mean
from sim.units import HOUR_US, MINUTE_US, SECOND_US, nearest

AS_MANY_AS_HOMES = 1_000_000  # a keyholder is the home's own


class Way(NamedTuple):
    """How far a service is: the mean of its travel, µs, or the median where `sigma` says how widely it is spread beyond `least_us`."""

    typical_us: int
    sigma: float | None = None
    least_us: int = 0


@dataclass(slots=True)
class Response:
    """One service on its way to one case, city time, µs; `done_us` is its arrival."""

    case: Case
    service: Service
    since_us: int
    done_us: int | None = None

    @property
    def label(self) -> str:
        """Return the service's word: the label of its samples."""
        return self.service.word


class There(NamedTuple):
    """A service on the spot: its desk, how long the way was, and how long it stays, µs."""

    response: Response
    desk: Desk
    travel_us: int
    lasting_us: float


Going = Generator[simpy.Event, Any, There]


class Responders:
    """The services of the whole city, whatever districts and scale are simulated."""

    def __init__(self, site: Site, device: int, parameters: CentreParameters, policy: PolicePolicy, pace: Pace) -> None:
        """Put the units where people live."""
        self._site, self._device, self._policy = site, device, policy
        self._parameters, self._forwarding_us = parameters.responders, parameters.talk.forwarding
        own = parameters.responders
        units = {
            Service.COMMUNITY: own.community_units,
            Service.POLICE: own.police_units,
            Service.FIRE: own.fire_units,
            Service.AMBULANCE: own.ambulance_units,
            Service.UTILITY: own.utility_units,
        }
        shares = {service: share_out(count) for service, count in units.items()}
        shares[Service.KEYHOLDER] = dict.fromkeys(BY_NAME, AS_MANY_AS_HOMES)
        self.desks = {(service, name): Desk(site.env, count) for service, by_name in shares.items() for name, count in by_name.items()}
        self._ways = {
            Service.KEYHOLDER: Way(own.keyholder),
            Service.COMMUNITY: Way(own.community),
            Service.POLICE: _police(own.police),
            Service.FIRE: Way(own.fire),
            Service.AMBULANCE: Way(own.ambulance),
            Service.UTILITY: Way(own.utility),
        }
        self._distance = distances()
        self._in_time = Deadline(site, ATTENDED, ATTENDED_US)
        self._pace = pace

    def out(self, service: Service, district: str) -> int:
        """Return how many units of a district are out."""
        return self.desks[service, district].busy

    def refuse_unknown(self, district: str) -> None:
        """Raise UsageError for a district that no service serves."""
        if district not in BY_NAME:
            msg = f"no service serves {district!r}{nearest(district, BY_NAME)}: the districts are {', '.join(BY_NAME)}"
            raise UsageError(msg)

    def police_come(self, case: Case, rng: np.random.Generator, *, confirmed: bool, vouched: bool) -> bool:
        """Ask whether the police come to a case by their policy, and say so when they do not."""
        refusal = self._policy.refusal(case, rng, confirmed=confirmed, vouched=vouched)
        self._site.sample(POLICE_REFUSED, float(refusal is not None))
        if refusal is not None:
            self._row(Response(case, Service.POLICE, self._site.now_us), ResponseStep.REFUSED, refusal=refusal)
        return refusal is None

    def go(self, case: Case, service: Service) -> Going:
        """Send a service to a case and return when it is there."""
        rng = self._site.stream("centre", "response", service.word, case.alarm_id, self._site.now_us)
        response = Response(case, service, self._site.now_us)
        self._in_time.add(response)
        self._row(response, ResponseStep.REQUESTED)
        if service is Service.FIRE:
            yield from self._forwarded(response, rng)
        accepting_us = self._parameters.police_accepting if service is Service.POLICE else self._parameters.accepting
        yield self._site.wait(lognormal_mean(rng, accepting_us, self._parameters.travel_cv))
        desk = self.desks[service, case.district]
        yield from desk.take()
        self._row(response, ResponseStep.ACCEPTED)
        travel_us = self.travel_us(service, case.district, rng)
        yield self._site.wait(travel_us)
        self._arrive(response)
        lasting_us = lognormal_mean(rng, self._parameters.on_the_spot, self._parameters.travel_cv)
        return There(response, desk, travel_us, lasting_us * (case.on_arrival(service) if case.on_arrival else 1.0))

    def stay(self, there: There) -> Steps:
        """Return when a service that is there has done; its way back keeps it out as long as the way there."""
        yield self._site.wait(there.lasting_us)
        self._row(there.response, ResponseStep.CLOSED, Finding.REAL if there.response.case.real else Finding.FALSE_ALARM)
        self._site.process(self._return(there.desk, there.travel_us))

    def travel_us(self, service: Service, district: str, rng: np.random.Generator) -> int:
        """Return a travel time drawn for a service to a case in a district."""
        way, distance = self._ways[service], self._distance[district]
        if way.sigma is None:
            drawn = lognormal_mean(rng, way.typical_us * distance, self._parameters.travel_cv)
        else:
            drawn = distance * (way.least_us + lognormal(rng, way.typical_us - way.least_us, way.sigma))
        return round(min(float(drawn), float(figures.LONGEST_TRAVEL) * HOUR_US))

    def _forwarded(self, response: Response, rng: np.random.Generator) -> Steps:
        """Show a confirmed fire at 119."""
        yield self._site.wait(lognormal(rng, self._forwarding_us, float(figures.FORWARDING_SIGMA)))
        self._site.sample(FORWARD, (self._site.now_us - response.since_us) / SECOND_US)

    def _arrive(self, response: Response) -> None:
        response.done_us = self._site.now_us
        in_vain = not response.case.real
        self._site.sample(ATTENDANCE, (response.done_us - response.since_us) / SECOND_US, response.label)
        self._site.sample(FALSE_DISPATCH, float(in_vain), response.label)
        self._row(response, ResponseStep.ARRIVED)
        if in_vain and response.service is Service.POLICE:
            self._in_vain(response)

    def _in_vain(self, response: Response) -> None:
        """Let the police count that they came to a burglar alarm in vain."""
        if response.case.alarm_type is AlarmType.BURGLAR:
            self._pace.false_call()
        if self._policy.in_vain(response.case):
            self._row(response, ResponseStep.WITHDRAWN)

    def _return(self, desk: Desk, travel_us: int) -> Steps:
        yield self._site.wait(travel_us)
        desk.leave()

    def _row(self, response: Response, step: ResponseStep, finding: int = NO_NAME, refusal: int = NO_NAME) -> None:
        self._site.record(
            RESPONSE,
            self._device,
            alarm_type=response.case.alarm_type,
            service=response.service,
            response_step=step,
            finding=finding,
            refusal=refusal,
            after_request_s=(self._site.now_us - response.since_us) / SECOND_US,
            alarm_id=response.case.alarm_id,
            real=response.case.real,
            aggregated=not response.case.home,
        )


def _police(median_us: int) -> Way:
    """Return how far the police are; those with a shorter median than the least travel always take the median."""
    return Way(median_us, float(figures.POLICE_SIGMA), min(median_us, round(float(figures.POLICE_LEAST) * MINUTE_US)))


def distances() -> dict[str, float]:
    """Return how long travel takes in each district, relative to the mean over all people: longer where few live on much land."""

    def stretch(district: District) -> float:
        return float((district.area_km2 / district.population) ** float(figures.TRAVEL_EXPONENT))

    mean = fsum(stretch(each) * each.population for each in DISTRICTS) / fsum(each.population for each in DISTRICTS)
    return {each.name: stretch(each) / mean for each in DISTRICTS}
