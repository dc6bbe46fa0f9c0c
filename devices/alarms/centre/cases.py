"""Cases: what is raised to the centre, what those at home do, and what became of it.

Owns the typed values at the centre's door. Who raises a case knows the truth; the centre has to find out.
"""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field

from devices.alarms.centre.choices import CaseOutcome, Service
from devices.alarms.choices import AlarmType
from sim.units import NEVER_US

# Fire goes before everything (GB 50440 and the centres' own rules); a person or gas before property.
PRIORITY = {AlarmType.SMOKE: 0, AlarmType.PERSONAL: 1, AlarmType.GAS: 1, AlarmType.BURGLAR: 2}
HOLD_UP = 1  # a duress code: a person in danger, as EN 50518 has it
FIRST_AFTER_FIRE = 1
PRE_ALARM = 3  # a warning before there is an alarm
AFTERWARDS = 4  # calls back to those who gave up
NEEDS = {
    AlarmType.SMOKE: (Service.FIRE,),
    AlarmType.GAS: (Service.UTILITY,),
    AlarmType.BURGLAR: (Service.POLICE, Service.KEYHOLDER),
    AlarmType.PERSONAL: (Service.COMMUNITY,),
}


@dataclass(frozen=True, slots=True)
class Conduct:
    """What those at home do. A personal call is a voice that waits with patience (None: the centre's callers'); the others are signals.

    `cancels_after_us` of the alarm somebody enters the code; `answers` says whether the phone is answered when the centre calls.
    `silent`: the code of duress was entered, and whoever rings would betray it to the intruder.
    """

    speaks: bool = True
    answers: bool = True
    cancels_after_us: int | None = None
    patience_us: int | None = None
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One alarm as it is raised: `real` is the truth, `needs` who should come to a real one.

    Whoever raises it is told by `on_request` that a service is asked for, and by `on_arrival` that it is there: that returns how many
    times as long as usual it stays.
    """

    alarm_id: str
    alarm_type: AlarmType
    district: str
    _: KW_ONLY
    real: bool
    home: str = ""  # the home's name: its false calls to the police are counted; empty for one that is not simulated
    needs: tuple[Service, ...] | None = None  # None: as its type needs
    confirmed_after_us: int | None = None  # a second, independent activation, so long after the first; None: there is none
    conduct: Conduct = Conduct()
    urgency: int | None = None  # None: as its type has it
    on_request: Callable[[Service], None] | None = None
    on_arrival: Callable[[Service], float] | None = None

    @property
    def priority(self) -> int:
        """Return its place in the queue; 0 goes first, and is fire's alone."""
        if self.urgency is None:
            return PRIORITY[self.alarm_type]
        return max(self.urgency, 0 if self.alarm_type is AlarmType.SMOKE else FIRST_AFTER_FIRE)

    @property
    def is_voice(self) -> bool:
        """Return whether a person waits on the line, and may give up."""
        return self.alarm_type is AlarmType.PERSONAL

    def is_confirmed(self, since_raised_us: int) -> bool:
        """Return whether there were two independent activations, so long after it was raised."""
        return self.confirmed_after_us is not None and self.confirmed_after_us <= since_raised_us

    def is_cancelled(self, since_raised_us: int) -> bool:
        """Return whether the user has entered the code, so long after it was raised."""
        return self.conduct.cancels_after_us is not None and self.conduct.cancels_after_us <= since_raised_us

    @property
    def needed(self) -> tuple[Service, ...]:
        """Return who should come: nobody to a false alarm."""
        if not self.real:
            return ()
        return NEEDS[self.alarm_type] if self.needs is None else self.needs


@dataclass(slots=True)
class Closed:
    """What became of a case, in city time, µs; `requested_us` of those who were sent, `arrived_us` of those who came.

    `frequent`: its home has had too many false alarms in a day, and whoever lives there was told to have it seen to.
    """

    outcome: CaseOutcome
    answered_us: int | None = None  # by an operator, or by the caller when called back
    requested_us: dict[Service, int] = field(default_factory=dict)
    arrived_us: dict[Service, int] = field(default_factory=dict)
    closed_us: int = NEVER_US
    frequent: bool = False
