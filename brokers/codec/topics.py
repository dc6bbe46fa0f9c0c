"""Topics: `city/<district>/<system>/<kind>/<device>`, rendered once for each device and read once for each topic.

Owns the percent-encoding of levels and both tables. What a message says is `brokers.codec.messages`'.
"""

import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.errors import UsageError
from sim.events.batches import Batch, Roster
from sim.events.kinds import Kind

ROOT = "city"
OWN_ROOT = "citybeat"  # of statuses and probes: whoever may read events need not read our accounts
PROBE_LEVEL = "probe"
FOREIGN = -1  # the code of a topic that is none of ours

# A stranger may invent topics without end; from here on the table starts anew (codes live for one call only).
MOST_TOPICS = 1_000_000

_UNSAFE = re.compile(r"[^A-Za-z0-9_.:\-]")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_LEVELS = 4  # district, system, kind, device


def level(text: str) -> str:
    """Return a text as one topic level, safe for every broker. Raises ValueError for an empty one."""
    if not text:
        msg = "an empty id cannot be a topic level"
        raise ValueError(msg)
    return _UNSAFE.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), text)


def probe_topic(token: str) -> str:
    """Return the topic of an experiment with a broker."""
    return f"{OWN_ROOT}/{PROBE_LEVEL}/{token}"


def plain(text: str) -> str:
    """Return the text of a topic level. Raises ValueError for a broken escape."""
    if "%" not in text:
        return text
    if text.count("%") != len(_ESCAPE.findall(text)):
        msg = f"topic level {text!r} has a broken percent escape"
        raise ValueError(msg)
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text.encode().decode("latin-1")).encode("latin-1").decode()


def check_root(root: str) -> str:
    """Return a root of topics unchanged. Raises UsageError for one that MQTT cannot publish under."""
    if not root or any(mark in root for mark in "+# \x00") or root.startswith("$") or "" in root.split("/"):
        msg = f"topic root {root!r} cannot be used: write levels without spaces, + or #, such as city or test/city"
        raise UsageError(msg)
    return root


class DeviceTopics:
    """The topic of every device and kind, rendered at first use."""

    def __init__(self, root: str = ROOT) -> None:
        """Start empty. Raises UsageError for a root that cannot be used."""
        self.root = check_root(root)
        self._tables: dict[tuple[Roster, str], list[str]] = {}

    def of(self, batch: Batch) -> list[str]:
        """Return the topic of every row of a batch, in order."""
        table = self.table(batch.kind, batch.roster)
        return [table[device] for device in batch.device.tolist()]

    def table(self, kind: Kind, roster: Roster) -> list[str]:
        """Return the topics of a roster's devices for a kind, by device number."""
        table = self._tables.setdefault((roster, kind.name), [])
        if len(table) < len(roster):
            codes = roster.district_codes()
            for device in range(len(table), len(roster)):
                district = level(roster.districts[codes[device]])
                table.append(f"{self.root}/{district}/{kind.system}/{kind.name}/{level(roster.names[device])}")
        return table


class TopicIndex:
    """Reads topics as kind, district and device; each distinct topic is taken apart once."""

    def __init__(self, kinds: Iterable[Kind], root: str = ROOT) -> None:
        """Start empty for the kinds that may appear. Raises UsageError for a root that cannot be used."""
        self._prefix = check_root(root) + "/"
        self._kinds = {kind.name: (number, kind.system) for number, kind in enumerate(kinds)}
        self._clear()

    def _clear(self) -> None:
        self._codes: dict[str, int] = {}
        self._kind: list[int] = []
        self.districts: list[str] = []
        self.devices: list[str] = []

    def codes(self, topics: Sequence[str]) -> NDArray[np.int64]:
        """Return a code for each topic, FOREIGN for one that is not ours; valid until the next call."""
        if len(self._codes) > MOST_TOPICS:
            self._clear()
        known = self._codes
        for topic in topics:
            if topic not in known:
                known[topic] = self._read(topic)
        return np.fromiter(map(known.__getitem__, topics), dtype=np.int64, count=len(topics))

    def kind_numbers(self, codes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the position of each code's kind in the list of kinds, FOREIGN for none: shape (n,)."""
        return np.array([*self._kind, FOREIGN], dtype=np.int64)[codes]

    def _read(self, topic: str) -> int:
        levels = topic.removeprefix(self._prefix).split("/") if topic.startswith(self._prefix) else []
        if len(levels) != _LEVELS or "" in levels:
            return FOREIGN
        number, system = self._kinds.get(levels[2], (FOREIGN, ""))
        if system != levels[1]:
            return FOREIGN
        try:
            district, device = plain(levels[0]), plain(levels[3])
        except ValueError:
            return FOREIGN
        self._kind.append(number)
        self.districts.append(district)
        self.devices.append(device)
        return len(self._kind) - 1
