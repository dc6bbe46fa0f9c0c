"""The overview: how many vehicles are in which state, and what a person should see of the lines now.

Owns census rows and the live status of bus operation. It reads; it changes and draws nothing.
"""

from dataclasses import dataclass

from devices.buses.choices import HeadwayAlert, VehicleState
from devices.buses.driving.bus import Bus
from devices.buses.driving.line import LineInService
from devices.buses.fleet import Fleet
from sim.city.site import Site
from sim.events.batches import LiveStatus, Span
from sim.units import MINUTE_US

RECENT_US = 10 * MINUTE_US  # a bunch or a gap is shown for as long
ARRIVALS_SHOWN = 3
LINES_SHOWN = 16  # what a terminal has room for
HEADER = ("line", "buses", "load", "at stop", "next", "headway now")


@dataclass(slots=True)
class Overview:
    """Reads a fleet; `capacity` of every bus in places."""

    fleet: Fleet
    capacity: int

    def count(self, span: Span, out: Site) -> None:
        """Count vehicles by state and riders waiting at stops, for each district with lines."""
        counted = self.fleet.census()
        districts: dict[str, list[LineInService]] = {}
        for line in self.fleet.lines:
            districts.setdefault(line.district, []).append(line)
        for district, lines in districts.items():
            for state in VehicleState:
                out.count("vehicle", state, district, counted[district, state])
            out.count("rider", "waiting", district, self._waiting(lines, span.end_us))

    def live_status(self, span: Span) -> LiveStatus:
        """Return the first lines with their buses, what comes next at a stop of each, and bunches and gaps."""
        running = sum(len(line.buses) for line in self.fleet.lines)
        bunches, worst = self._trouble(span.end_us)
        headline = f"{running} buses on {len(self.fleet.lines)} lines · {_bunches(bunches)} in 10 min · worst gap {worst}"
        rows = tuple(self._row(line, span.end_us) for line in self.fleet.lines[:LINES_SHOWN])
        return LiveStatus("Buses", headline, HEADER, rows)

    def _waiting(self, lines: list[LineInService], now_us: int) -> int:
        """Return how many riders wait for lines of a district: those left behind, and the mean number who came since the last buses."""
        return round(sum(line.riders.expected_waiting(now_us, self.fleet.timetable.direction_of) for line in lines))

    def _trouble(self, now_us: int) -> tuple[int, str]:
        """Return bunches seen lately and the widest gap among the lines' last alerts."""
        alerts = [alert for desk in self.fleet.dispatchers for alert in desk.recent.values() if now_us - alert.known_us < RECENT_US]
        gaps = [alert for alert in alerts if alert.alert == HeadwayAlert.GAP]
        worst = max(gaps, key=lambda alert: alert.headway_us, default=None)
        bunches = sum(alert.alert == HeadwayAlert.BUNCHING for alert in alerts)
        if worst is None:
            return bunches, "none"
        line = self.fleet.lines[worst.line]
        return bunches, f"{worst.headway_us / MINUTE_US:.0f} min on {line.name}"

    def _row(self, line: LineInService, now_us: int) -> tuple[str, ...]:
        buses = list(line.buses.values())
        mean = sum(bus.load for bus in buses) / len(buses) if buses else 0.0
        stop, arrivals = self._arrivals(line, buses, now_us)
        recent = self.fleet.desk_of[line.number].recent.get(line.number)
        trouble = ""
        if recent is not None and now_us - recent.known_us < RECENT_US:
            word = "bunch" if recent.alert == HeadwayAlert.BUNCHING else "gap"
            trouble = f"{word} {recent.headway_us / MINUTE_US:.0f}/{recent.planned_us / MINUTE_US:.0f} min"
        return line.name, str(len(buses)), f"{mean / self.capacity:.0%}", stop, arrivals, trouble

    def _arrivals(self, line: LineInService, buses: list[Bus], now_us: int) -> tuple[str, str]:
        """Return a stop half way along the line and the minutes until its next buses, by timetable and present delay."""
        network = self.fleet.timetable.network
        pattern = next(pattern for pattern in self.fleet.timetable.patterns if pattern.line == line.number)
        middle = pattern.last // 2
        name = network.stops[pattern.stops[middle]].name
        waits = []
        for bus in buses:
            if bus.pattern.number == pattern.number and bus.place < middle:
                times = network.trips[bus.trip].arrive_us
                waits.append(max(0, bus.at_us + int(times[middle] - times[bus.place]) - now_us))
        minutes = " ".join(f"{wait / MINUTE_US:.0f}" for wait in sorted(waits)[:ARRIVALS_SHOWN])
        return name, f"{minutes} min" if minutes else "-"


def _bunches(number: int) -> str:
    return "1 bunch" if number == 1 else f"{number} bunches"
