"""A system of alarm devices in which nothing happens but what a test wants."""

from collections.abc import Callable

from devices.alarms.centre.cases import Closed, Conduct
from devices.alarms.centre.centre import Centre
from devices.alarms.choices import AlarmCause, AlarmType, ContactId
from devices.alarms.homes.installed import Units, installed
from devices.alarms.reporting.register import Alarm, Register
from devices.alarms.supervision.cohort import Supervision
from devices.alarms.system import Alarms
from sim.city.networks import access_links
from sim.city.site import Site, Steps
from sim.parameters import Parameters

Act = Callable[[Site, Units, Register, Supervision], None]
CODES = {
    AlarmType.BURGLAR: ContactId.BURGLARY,
    AlarmType.SMOKE: ContactId.SMOKE,
    AlarmType.GAS: ContactId.GAS_DETECTED,
    AlarmType.PERSONAL: ContactId.PERSONAL_EMERGENCY,
}


def scripted(act: Act, **parameters: Parameters) -> Alarms:
    """Return a system with devices, supervision, centre and register, of which `act` makes what it wants."""

    class Scripted(Alarms):
        def build(self, site: Site) -> None:
            site.connect(access_links(stores=False), *(kind for kind in self.declared.kinds if not kind.qos))
            units = installed(site, self.installed)
            supervision = Supervision(site, units, self.supervision)
            act(site, units, Register(site, units, supervision, Centre(site, self.centre), self.reporting), supervision)

    return Scripted(**parameters)


def raised(site: Site, register: Register, unit: int, alarm_type: AlarmType = AlarmType.BURGLAR, *, real: bool = True) -> Alarm:
    """Raise an alarm now."""
    return register.raise_alarm(unit, alarm_type, CODES[alarm_type], real=real, cause=AlarmCause.BURGLARY, began_us=site.now_us)


def case(
    site: Site, register: Register, unit: int, after_us: int, alarm_type: AlarmType = AlarmType.BURGLAR, told: list[Closed] | None = None
) -> Steps:
    """Raise an alarm some time after the start of the run, report it, and restore it."""
    yield site.wait(site.start_us - site.now_us + after_us)
    alarm = raised(site, register, unit, alarm_type)
    closed = yield from register.report(alarm, conduct=Conduct(answers=True, cancels_after_us=0))
    if told is not None:
        told.append(closed)
    register.restore(alarm)
