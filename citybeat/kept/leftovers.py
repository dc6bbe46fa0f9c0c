"""What a run has on a broker of others that would stay there if the run were killed: its ingest's session, retained messages.

Owns the list in the run's folder, which is written before anything is there, and the cleaning: by the run itself at its end, by
the next run on that broker, or by `citybeat runs delete`. An embedded broker ends with its run and needs none.
"""

import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from brokers.mqtt.broker_settings import BrokerSettings
from brokers.mqtt.clients import ClientOptions, clear_retained, open_client
from citybeat.kept.claim import lives
from sim.errors import CitybeatError, DiskError

FILE = "left_on_broker.jsonl"


@dataclass(slots=True)
class Leftovers:
    """The list of one run: `broker` names the broker without secrets, `sessions` are client ids, `retained` are topics."""

    path: Path
    run: str
    broker: str
    sessions: Sequence[str] = ()
    retained: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def begin(self) -> None:
        """Write the list. Raises DiskError."""
        self._append({"run": self.run, "broker": self.broker, "sessions": list(self.sessions)})

    def expect(self, topics: Iterable[str]) -> None:
        """Add topics before anything is retained there. Raises DiskError."""
        with self._lock:
            fresh = sorted(set(topics) - self.retained)
            if fresh:
                self._append({"retained": fresh})
                self.retained.update(fresh)

    def cleared(self) -> None:
        """Note that nothing is retained any more."""
        self.retained.clear()

    def forget_sessions(self, broker: BrokerSettings) -> None:
        """Delete the sessions, and the list when nothing is retained either. Raises ServiceError when the broker is away."""
        for session in self.sessions:
            open_client(broker, session, ClientOptions(persistent_s=1)).close(discard_session=True)
        if not self.retained:
            self.path.unlink(missing_ok=True)

    def clean(self, broker: BrokerSettings) -> None:
        """Clear what is retained, delete the sessions, and the list. Raises ServiceError when the broker is away or refuses us."""
        if self.retained:
            client = open_client(broker, f"citybeat-{self.run}-cleaner")
            try:
                clear_retained(client, sorted(self.retained))
            finally:
                client.close(discard_session=True)
            self.cleared()
        self.forget_sessions(broker)

    def _append(self, row: object) -> None:
        try:
            with self.path.open("ab") as file:
                file.write(orjson.dumps(row) + b"\n")
        except OSError as error:
            msg = f"cannot write {self.path}: {error.strerror}; make room there or choose another --out"
            raise DiskError(msg) from error


def left_by(folder: Path) -> Leftovers | None:
    """Return what the run of a folder may have left on a broker, None when it left nothing or its list cannot be read."""
    path = folder / FILE
    try:
        first, *others = [orjson.loads(line) for line in path.read_bytes().splitlines() if line.endswith(b"}")]
        retained = {str(topic) for row in others for topic in row["retained"]}
        return Leftovers(path, str(first["run"]), str(first["broker"]), [str(each) for each in first["sessions"]], retained)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def clean_after_the_dead(broker: BrokerSettings, places: Iterable[Path]) -> None:
    """Clean what killed runs, whose folders lie in these places, left on this broker; what cannot be cleaned now stays listed."""
    for folder in {each.parent for place in places for each in place.glob(f"*/{FILE}")}:
        left = None if lives(folder) else left_by(folder)
        if left is not None and left.broker.partition("?")[0] == broker.place:
            with suppress(CitybeatError):
                left.clean(broker)
