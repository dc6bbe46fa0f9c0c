"""A process knows which paths are cut at the very instant, whatever slices know."""

import numpy as np

from devices.alarms.homes.installed import installed
from devices.alarms.homes.parameters import InstalledParameters
from devices.alarms.supervision.batteries import Batteries
from devices.alarms.supervision.cohort import Supervision
from devices.alarms.supervision.parameters import SupervisionParameters
from devices.alarms.supervision.paths import Paths
from devices.alarms.supervision.troubles import Troubles
from devices.alarms.system import Alarms
from sim.arrays import Records
from sim.city.site import Site
from sim.engine.engine import Engine
from sim.scenario import Scenario
from sim.units import MINUTE_US
from tests.devices.alarms.alarm_runs import HERE

# Short troubles in plenty, over midnight; a device is heard in the instant that its trouble ends.
TROUBLED = SupervisionParameters(line_troubles_per_day=1, line_trouble=3 * MINUTE_US, mains_losses_per_year=0, reconnect=0)
RISKY = InstalledParameters(high_risk=0.5, highest_risk=0.5, more=5)


def test_what_a_process_is_told_is_what_truly_cuts_the_path_at_that_instant() -> None:
    built: list[tuple[Site, Paths]] = []
    answers: list[tuple[int, int, int, int]] = []  # when, of which unit, by which path, and from when on

    class Asking(Alarms):
        def build(self, site: Site) -> None:
            units = installed(site, self.installed)
            supervision = Supervision(site, units, self.supervision)
            built.append((site, supervision.paths))

            def asking():  # noqa: ANN202
                rng = np.random.default_rng(1)
                while True:
                    for unit in rng.integers(0, len(units), 60).tolist():
                        reach = supervision.reach(unit)
                        answers.append((site.now_us, unit, reach.row, reach.at_us))
                    yield site.wait(int(rng.integers(1, 20_000_000)))

            site.process(asking())

    system = Asking(supervision=TROUBLED, installed=RISKY)
    scenario = Scenario(name="asked", systems=[system], districts=[HERE], duration="40m", scale=0.02, start="23:40", warm_up="10m")
    assert len(list(Engine(scenario).slices())) == 40
    ((site, paths),) = built
    cuts, primary = troubles_of(site, paths), paths.first_of()
    by_row = {row: cuts[cuts["row"] == row] for row in np.unique(cuts["row"]).tolist()}
    none = cuts[:0]
    held = 0
    for now_us, unit, row, at_us in answers:
        first, second = primary[unit], paths.other[primary[unit]]
        until = {each: end_of(by_row.get(int(each), none), now_us) for each in (first, second)}
        expected = first if until[first] <= until[second] else second
        assert (row, at_us) == (expected, until[expected])
        held += at_us > now_us
    assert len(answers) > 10_000
    assert held > 5


def end_of(cuts: Records, now_us: int) -> int:
    """Return until when a path is cut by what has begun, or now."""
    begun = cuts["end_us"][cuts["time_us"] <= now_us]
    return max(int(begun.max(initial=0)) + 1, now_us)


def troubles_of(site: Site, paths: Paths) -> Records:
    """Return all that befalls the paths, drawn at once and by itself."""
    troubles = Troubles(site, paths, TROUBLED, Batteries(site, paths.units, TROUBLED.neglected_batteries))
    return np.concatenate([troubles.before(at_us)[0] for at_us in (site.warm_from_us, site.end_us)])
