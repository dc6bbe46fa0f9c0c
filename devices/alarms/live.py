"""The live status: what a person should see of the alarms now, in a terminal that shows a run; before it, a note on what is missing.

Owns its words and columns. It reads the centre, the register and supervision; it changes and draws nothing.
"""

from dataclasses import dataclass

from devices.alarms.centre.centre import Centre
from devices.alarms.centre.choices import Service
from devices.alarms.centre.measures import SOON_US
from devices.alarms.choices import AlarmType, Availability
from devices.alarms.reporting.register import Register
from devices.alarms.supervision.cohort import Supervision
from sim.events.batches import LiveStatus, Span
from sim.notes import Note
from sim.system import Installation
from sim.units import SECOND_US, duration_text

# Two lists side by side, for a terminal is low: what is raised and waits, and who is out.
HEADER = ("alarm", "open", "calls", "longest", "help", "out")
NO_TYPE = ("", "", "", "")


@dataclass(frozen=True, slots=True)
class AlarmInstallation(Installation):
    """The alarms standing in one city: `alarms` are those of the homes that are simulated, `centre` answers the whole city."""

    centre: Centre
    alarms: Register
    supervision: Supervision

    def live_status(self, span: Span) -> LiveStatus:  # noqa: ARG002 - every part knows what time it is
        """Return who waits and how long, alarms open by type, responders out by service, and how many devices are silent."""
        types = [*map(self._type, AlarmType), *[NO_TYPE] * (len(Service) - len(AlarmType))]
        rows = tuple((*left, service.word, str(self._out(service))) for left, service in zip(types, Service, strict=True))
        return LiveStatus("Alarms", f"{self._calls()} · {self._operators()} · {self._elsewhere()}", HEADER, rows)

    def notes(self) -> tuple[Note, ...]:
        """Return whom the centre lacks."""
        return self.centre.notes()

    def _calls(self) -> str:
        ledger = self.centre.ledger
        if not ledger.waiting:
            return "nobody waits"
        late = ", late" if ledger.longest_wait_us > SOON_US else ""
        calls = "1 call waits" if ledger.waiting == 1 else f"{ledger.waiting:,} calls wait"
        return f"{calls}, longest {_seconds(ledger.longest_wait_us)}{late}"

    def _operators(self) -> str:
        team = self.centre.operators.team
        return f"{sum(team.busy)} of {sum(team.busy) + team.idle} operators busy"

    def _elsewhere(self) -> str:
        devices = self.supervision.counts()
        offline = f"{devices[Availability.OFFLINE]:,} of {sum(devices.values()):,} devices offline"
        raised = sum(map(self.alarms.open, AlarmType))
        alarms = "1 alarm open" if raised == 1 else f"{raised:,} alarms open"
        return f"{alarms} · {sum(map(self._out, Service)):,} out to help · {offline}"

    def _type(self, alarm_type: AlarmType) -> tuple[str, ...]:
        waits_us = self.centre.ledger.waits_us(alarm_type)
        longest = _seconds(waits_us[0]) if waits_us else ""
        return alarm_type.word, str(self.alarms.open(alarm_type)), str(len(waits_us)), longest

    def _out(self, service: Service) -> int:
        return self.centre.out(service)


def _seconds(span_us: int) -> str:
    return duration_text(span_us // SECOND_US * SECOND_US) if span_us >= SECOND_US else "0s"
