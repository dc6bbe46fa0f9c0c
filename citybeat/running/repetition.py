"""Repetition: a replay is the run it repeats, or it says that it is not.

Owns the comparison. Damaged parts of a tape never get so far: they are refused before the first event.
"""

from citybeat.running.job import Job
from sim.events.digests import Digester


def differences(job: Job, played: Digester, *, complete: bool) -> str:
    """Return in words how a replay that came to its end differs from the recorded run; empty when it does not."""
    pairs = (("log", job.digests[0], played.log_digest), ("wire", job.digests[1], played.wire_digest))
    differing = [
        f"its {name} digest is {found}, the run's summary.json has {wanted}" for name, wanted, found in pairs if wanted not in ("", found)
    ]
    if not differing or not complete:
        return ""
    return (
        f"this replay is not run {job.replay_of}: {'; '.join(differing)}. The parts of its tape are whole, so tape/schema.json or "
        "summary.json was changed after the run: record it again"
    )
