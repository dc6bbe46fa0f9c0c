"""People in systems: two systems find the same homes and days, each device its own network, and who does not ask draws nobody."""

from collections.abc import Callable, Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from devices.buses.system import Buses
from sim.city.declared import Declared
from sim.city.networks import AccessNetwork, Bearer, access_links, shares
from sim.city.residents import UserGroup
from sim.city.site import Site
from sim.engine.engine import Engine
from sim.events.batches import Batch, Span
from sim.events.kinds import Kind, choice, text
from sim.scenario import Scenario
from sim.system import System
from sim.units import MINUTE_US
from tests.lamps import Lamps

LEAVING = Kind("leaving", doc="a door is locked", qos=1, fields=(text("home"), choice("user_group", UserGroup, tag=True)))
SILENCE = Kind("silence", doc="a home falls silent", qos=1, fields=(text("home"), choice("user_group", UserGroup, tag=True)))


class OfHomes(System):
    """Something in every home that reports when the last person leaves it."""

    def build(self, site: Site) -> None:
        for district in site.district_names:
            residents = site.residents(district)
            homes = range(len(residents.homes))
            ids = site.names("home").codes(residents.home_id(home) for home in homes)
            device = [
                site.roster.add(residents.home_id(home), district, network=int(network))
                for home, network in zip(homes, residents.homes.network, strict=True)
            ]
            site.each_slice(self._reporting(site, district, np.array(device, dtype=np.int32), ids))

    def _reporting(self, site: Site, district: str, device: NDArray[np.int32], ids: NDArray[np.int32]) -> Callable[[Span], None]:
        def report(span: Span) -> None:
            left_us = site.days.of(district, site.calendar.local(span.start_us).date()).left_us
            now = np.flatnonzero((span.start_us <= left_us) & (left_us < span.end_us))
            group = site.residents(district).homes.user_group[now]
            site.rows(self.declared.kinds[0], left_us[now], device[now], {"home": ids[now], "user_group": group})

        return report


class Doors(OfHomes):
    declared: ClassVar = Declared("doors", kinds=(LEAVING,), link=access_links())


class Monitors(OfHomes):
    declared: ClassVar = Declared("monitors", kinds=(SILENCE,), link=access_links())


def batches(systems: Sequence[System], districts: Sequence[str] = ("Putuo",)) -> dict[str, list[Batch]]:
    scenario = Scenario(name="homes", systems=tuple(systems), districts=tuple(districts), scale=0.002, start="08:00", duration="5m")
    found: dict[str, list[Batch]] = {}
    for piece in Engine(scenario).slices():
        for batch in piece.batches:
            found.setdefault(batch.kind.name, []).append(batch)
    return found


def said(found: list[Batch], district: str = "Putuo") -> list[tuple[int, str, int]]:
    """Return when which home of a district spoke, and of which group it is."""
    return [
        (at_us, batch.names["home"][home], group)
        for batch in found
        for at_us, home, group in zip(batch.time_us.tolist(), batch.columns["home"], batch.columns["user_group"].tolist(), strict=True)
        if batch.names["home"][home].startswith(district)
    ]


def test_two_systems_find_the_same_homes_at_the_same_instants_whatever_their_order() -> None:
    one, other = batches([Doors(), Monitors()]), batches([Monitors(), Doors()])
    assert len(said(one["leaving"])) > 20
    assert said(one["leaving"]) == said(one["silence"]) == said(other["leaving"]) == said(other["silence"])


def test_another_district_changes_nobodys_day() -> None:
    assert said(batches([Doors()], ("Putuo", "Xuhui"))["leaving"]) == said(batches([Doors()])["leaving"])


def test_a_home_on_a_slow_network_is_heard_later() -> None:
    found = batches([Doors()])["leaving"]
    delay_us = {network: list[int]() for network in AccessNetwork}
    for batch in found:
        for network, late in zip(batch.roster.networks()[batch.device], batch.release_us - batch.time_us, strict=True):
            delay_us[AccessNetwork(int(network))].append(int(late))
    assert not delay_us[AccessNetwork.G2]
    assert np.median(delay_us[AccessNetwork.FIBRE]) < 10_000 < np.median(delay_us[AccessNetwork.G3])


def test_devices_are_installed_on_the_networks_of_the_year() -> None:
    class Cabs(System):
        declared: ClassVar = Declared("cabs", kinds=(SILENCE,), link=access_links())

        def build(self, site: Site) -> None:
            site.install("cab", each_district=4_000, bearer=Bearer.VEHICLE)

    for day in ("2015-03-02", "2017-03-02"):
        engine = Engine(Scenario(name="cabs", systems=(Cabs(),), districts=("Putuo",), day=day, duration=MINUTE_US))
        networks = engine.city.roster("cabs").networks()
        for network, share in shares(Bearer.VEHICLE, int(day[:4])).items():
            assert abs((networks == network).sum() - 4_000 * share) < 4 * (4_000 * share * (1 - share)) ** 0.5


def test_buses_and_lamps_ask_nobody() -> None:
    engine = Engine(Scenario(name="plain", systems=(Lamps(), Buses()), districts=("Putuo",), scale=0.02, duration="2m", warm_up=0))
    list(engine.slices())
    assert (engine.city._people, engine.city._days) == (None, None)


def test_who_asks_for_people_changes_nothing_for_who_does_not() -> None:
    def of_lamps(*systems: System) -> str:
        scenario = Scenario(name="beside", systems=systems, districts=("Putuo",), scale=0.001, start="08:00", duration="3m")
        pieces = list(Engine(scenario).slices())
        return str([[each.time_us.tolist() for each in piece.batches if each.kind.system == "lamps"] for piece in pieces])

    assert of_lamps(Lamps()) == of_lamps(Lamps(), Doors())
