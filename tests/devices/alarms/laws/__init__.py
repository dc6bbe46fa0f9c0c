"""Laws of the tape: what must hold of every alarm, case, panel, detector and path of any run, as an engineer reads a receiver's log."""

from tests.devices.alarms.laws import alarms, cases, detectors, panels, supervision
from tests.devices.alarms.laws.log import Law, Log

LAWS: dict[str, Law] = {
    f"{law.__module__.rsplit('.', 1)[1]}.{law.__name__}": law
    for law in (*alarms.LAWS, *cases.LAWS, *panels.LAWS, *detectors.LAWS, *supervision.LAWS)
}


def broken(log: Log, *only: str) -> dict[str, list[str]]:
    """Return what breaks each law, or some, by the law's name; nothing where all hold."""
    found = {name: list(law(log)) for name, law in LAWS.items() if not only or name in only}
    return {law: faults for law, faults in found.items() if faults}
