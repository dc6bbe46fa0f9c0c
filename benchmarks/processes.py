"""CPU by process, and how busy the machine was with others: what makes a rate on a shared machine readable.

Owns reading the operating system's accounts.
"""

import resource
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil


def cpu_s(pid: int) -> float:
    """Return the CPU seconds a process has used, all its threads. Raises psutil.NoSuchProcess."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def rss_mib(pid: int | None = None) -> float:
    """Return the resident memory of a process (none: this one), MiB."""
    return float(psutil.Process(pid).memory_info().rss) / 2**20


def _machine() -> tuple[float, float]:
    """Return busy seconds and seconds of all cores."""
    times = psutil.cpu_times()
    guests = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)  # counted in user already
    whole = sum(times) - guests
    return whole - times.idle - getattr(times, "iowait", 0.0), whole


@dataclass(slots=True)
class Machine:
    """CPU seconds of the whole machine since this was made."""

    _start: tuple[float, float] = field(default_factory=_machine)

    def others(self, ours_s: float) -> float:
        """Return which share of all cores other programs took, when ours took so many CPU seconds."""
        busy_s, all_s = (now - then for now, then in zip(_machine(), self._start, strict=True))
        return max(busy_s - ours_s, 0.0) / all_s if all_s else 0.0


def own_cpu_s() -> float:
    """Return the CPU seconds of this process, all its threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def best(work: Callable[[], float], repeats: int) -> float:
    """Return the least of several measurements: what disturbed the others was not ours."""
    return min(work() for _ in range(repeats))


def processor() -> str:
    """Return what the machine calls its processor."""
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []:
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown processor"
