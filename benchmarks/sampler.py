"""What a store has taken over time, and what each process spent on it.

Owns sampling beside a run. The store's own counter of points is read, so that every ingest is measured by the same judge.
"""

import re
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import psutil

from benchmarks.processes import cpu_s, own_cpu_s
from citybeat.running.job import Job
from sim.events.batches import Slice

EVERY_S = 0.25
POINTS = re.compile(r"^storage_writer_ok_points_sum\S* (\S+)$", re.MULTILINE)
SETTLED = 0.1  # of all events, after which an even load flows evenly
MOST = 0.98  # of all events; then the last blocks only wait for their turn


@dataclass(frozen=True, slots=True)
class Course:
    """Columns of samples, all non-decreasing: seconds, points stored, CPU seconds by process; `began_s` is the moment of the first put."""

    at_s: np.ndarray
    points: np.ndarray
    cpu: Mapping[str, np.ndarray]
    began_s: float

    @property
    def stored(self) -> int:
        """Return the points stored in all."""
        return int(self.points[-1])

    @property
    def cpu_s(self) -> float:
        """Return the CPU seconds of all processes together."""
        return sum(float(each[-1] - each[0]) for each in self.cpu.values())

    def _when_s(self, share: float, events: int) -> float:
        """Return when a share of so many events was stored."""
        return float(np.interp(share * events, self.points, self.at_s))

    def rate_per_s(self, events: int) -> float:
        """Return events stored a second, from the first put until nearly all of so many were stored."""
        return MOST * events / (self._when_s(MOST, events) - self.began_s)

    def steady_per_s(self, events: int) -> float:
        """Return events stored a second once the flow is even: without the moment between the first put and its storing."""
        return (MOST - SETTLED) * events / (self._when_s(MOST, events) - self._when_s(SETTLED, events))

    def cpu_us(self, events: int, process: str) -> float:
        """Return CPU µs a stored event of one process, over the same time."""
        first, last = (float(np.interp(at_s, self.at_s, self.cpu[process])) for at_s in (self.began_s, self._when_s(MOST, events)))
        return (last - first) / (MOST * events) * 1e6


@dataclass(slots=True)
class Sampler:
    """Samples in a thread of its own; `find` names the processes to watch, asked again at every sample as they come and go."""

    store_url: str
    find: Callable[[], Mapping[str, int]]
    began_s: float = 0.0
    _rows: list[tuple[float, float, dict[str, float]]] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._work, name="sampler", daemon=True)
        self._sample()
        self._thread.start()

    def watched(self, job: Job) -> Job:
        """Return the job, with its first slice noted as the beginning."""

        def begin(piece: Slice) -> Slice:
            self.began_s = self.began_s or time.monotonic()
            return piece

        return replace(job, steps=(begin, *job.steps))

    @property
    def points(self) -> int:
        """Return the points stored since the start, as of the last sample."""
        return int(self._rows[-1][1] - self._rows[0][1])

    def _work(self) -> None:
        while not self._stop.wait(EVERY_S):
            self._sample()

    def _sample(self) -> None:
        points = stored_points(self.store_url)
        self._rows.append((time.monotonic(), points, {name: _cpu(pid) for name, pid in self.find().items()} | {"publisher": own_cpu_s()}))

    def wait(self, events: int, quiet_s: float = 10.0) -> None:
        """Return when so many points are stored, or nothing came for a while."""
        seen, since = self.points, time.monotonic()
        while seen < events and time.monotonic() - since < quiet_s:
            time.sleep(EVERY_S)
            if self.points > seen:
                seen, since = self.points, time.monotonic()

    def finish(self) -> Course:
        """Stop; return the course."""
        self._stop.set()
        self._thread.join()
        names = {name for _, _, cpu in self._rows for name in cpu}
        cpu = {name: np.maximum.accumulate([row[2].get(name, 0.0) for row in self._rows]) for name in names}
        points = np.array([row[1] - self._rows[0][1] for row in self._rows])
        return Course(np.array([row[0] for row in self._rows]), points, cpu, self.began_s)


def stored_points(url: str) -> float:
    """Return how many points InfluxDB has stored since it started, as it counts itself."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=30) as answer:  # noqa: S310 - our own server on loopback
        found = POINTS.search(answer.read().decode())
    return float(found[1]) if found else 0.0


def _cpu(pid: int) -> float:
    try:
        return cpu_s(pid)
    except psutil.Error:
        return 0.0
