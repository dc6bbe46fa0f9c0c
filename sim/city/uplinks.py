"""Uplinks: when what a device sends has passed its link, as a function of device and instant alone.

Owns latency, loss, and outages with store-and-forward. Because nothing but the instant counts, a device's kinds never overtake each
other, and whoever must know in advance what will have passed (a centre, its dispatchers) asks the same function as the closing does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Int
from sim.city.links import Link, Links, Outage
from sim.events.batches import NO_NETWORK, WITHHELD, Roster
from sim.mixing import GOLDEN, Words, mixed, mixed_words
from sim.normal import NORMAL
from sim.streams import Streams
from sim.units import SECOND_US

LUCK = 0xD1B54A32D192ED03  # tells the draws of losses from those of latencies
CHANCES = 1 << 63
LEVEL_BITS = 16
LEVELS = (1 << LEVEL_BITS) - 1
FEW = np.iinfo(np.int32).max  # half an hour in µs: latencies below take half the room in the processor's cache


class _Devices(NamedTuple):
    """What is the same for all events of a device: columns of shape (devices,)."""

    key: Words
    phase_us: Int  # of its beat
    longest_us: Int  # latency of its link
    first: Int  # where its link's latencies begin
    link: NDArray[np.int8]
    wired: NDArray[np.bool_]


class _Way(NamedTuple):
    """The same of one device, with the outages of its district."""

    key: int
    phase_us: int
    longest_us: int
    first: int
    link: int
    wired: bool
    outages: Sequence[Outage]


@dataclass(slots=True)
class Uplinks:
    """The devices of one system on one link, or each on that of its access network; `outages` gives a district's, in order and apart.

    A link's latency is drawn anew for every beat of a device, at least a second long. What is sent at t has passed at the latest
    of τ + latency(τ), τ ≤ t: nothing overtakes what is slow. A beat is no shorter than the longest latency of any of the links, so
    only the last beat can still matter.
    """

    link: Link | Links
    roster: Roster
    outages: Callable[[str], Sequence[Outage]]
    seed: int
    links: tuple[Link, ...] = field(init=False)
    beat_us: int = field(init=False)
    _latency_us: NDArray[np.signedinteger[Any]] = field(init=False)  # of the links one after the other: shape (links x 2 ** 16,)
    _longest_us: Int = field(init=False)  # by link
    _few_us: memoryview = field(init=False)  # the same, from which single numbers come faster
    _chances: NDArray[np.uint64] = field(init=False)  # of a loss, by link
    _known: _Devices | None = None
    _ways: dict[int, _Way] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Lay out latencies by 16 random bits."""
        self.links = tuple(self.link.by_network.values()) if isinstance(self.link, Links) else (self.link,)
        normal = NORMAL.astype(np.float64)
        laid_out = [np.rint(link.latency_us * np.exp(link.sigma * normal)).astype(np.int64) for link in self.links]
        self._longest_us = np.array([int(each.max()) for each in laid_out])
        self.beat_us = max(SECOND_US, int(self._longest_us.max()))
        self._latency_us = np.concatenate(laid_out).astype(np.int32 if self.beat_us <= FEW else np.int64)
        self._few_us = memoryview(self._latency_us.data)
        self._chances = np.array([round(link.loss * CHANCES) for link in self.links], dtype=np.uint64)

    @classmethod
    def of(cls, system: str, link: Link | Links, roster: Roster, outages: Callable[[str], Sequence[Outage]], streams: Streams) -> "Uplinks":
        """Return the uplinks of a system; its kinds share their draws."""
        return cls(link, roster, outages, int(streams.child(system, "uplinks").bit_generator.random_raw()))

    def passed(self, device: int, sent_us: int, drawn_us: int) -> int:
        """Return when an event has passed, WITHHELD for never; `drawn_us` when it happened, which its loss is drawn by."""
        way = self._ways.get(device)
        if way is None:
            way = self._ways[device] = self._way(device)
        if way.wired:
            return sent_us
        key, link = way.key, self.links[way.link]
        if link.loss and mixed(mixed(key ^ LUCK) + drawn_us * GOLDEN) >> 1 < int(self._chances[way.link]):
            return WITHHELD
        beat, into_us = divmod(sent_us + way.phase_us, self.beat_us)
        at_us = sent_us + self._drawn_alone_us(way, beat)
        if into_us < way.longest_us:
            at_us = max(at_us, sent_us - into_us + self._drawn_alone_us(way, beat - 1))
        return int(_held(np.array([at_us]), way.outages, link)[0]) if way.outages else at_us

    def _drawn_alone_us(self, way: _Way, beat: int) -> int:
        latency_us: int = self._few_us[way.first + (mixed(way.key + beat * GOLDEN) & LEVELS)]
        return latency_us

    def _way(self, device: int) -> _Way:
        key, phase_us, longest_us, first, link, wired = (column[device].item() for column in self._devices())
        outages = self.outages(self.roster.districts[int(self.roster.district_codes()[device])])
        return _Way(key, phase_us, longest_us, first, link, wired, outages)

    def _devices(self) -> _Devices:
        """Return the columns of all devices, laid out anew when there are more. Raises ValueError for one on none of the links."""
        known = self._known
        if known is None or len(known.key) != len(self.roster):
            roster = self.roster
            link = self._links_of_devices()
            key = roster.names.hashes()[: len(roster)] ^ np.uint64(self.seed)
            phase_us = (key % np.uint64(self.beat_us)).astype(np.int64)
            first = link.astype(np.int64) << LEVEL_BITS
            known = self._known = _Devices(key, phase_us, self._longest_us[link], first, link, roster.on_wire())
        return known

    def _links_of_devices(self) -> NDArray[np.int8]:
        """Return the place in `links` of each device's link: shape (devices,)."""
        roster, network = self.roster, self.roster.networks()
        if not isinstance(self.link, Links):
            return np.zeros_like(network)
        place = np.full(max(*self.link.by_network, network.max(initial=0)) + 2, -1, dtype=np.int8)  # the last one is NO_NETWORK's
        place[list(self.link.by_network)] = np.arange(len(self.links))
        link = place[network]
        astray = np.flatnonzero((link < 0) & ~roster.on_wire())
        if len(astray):
            raise ValueError(_astray(roster.names[int(astray[0])], int(network[astray[0]])))
        return np.maximum(link, 0)

    def all_passed(self, device: NDArray[np.int32], sent_us: Int, drawn_us: Int) -> Int:
        """Return `passed` of many events: shape (n,)."""
        devices = self._devices()
        passed_us = self._delayed(devices, device, sent_us) if self._longest_us.any() else sent_us.copy()
        self._catch(devices, device, passed_us)
        if self._chances.any():
            luck = mixed_words(devices.key[device] ^ np.uint64(LUCK)) + drawn_us.astype(np.uint64) * np.uint64(GOLDEN)
            passed_us[mixed_words(luck) >> np.uint64(1) < self._chances[devices.link[device]]] = WITHHELD
        wired = devices.wired[device]
        passed_us[wired] = sent_us[wired]
        return passed_us

    def _delayed(self, devices: _Devices, device: NDArray[np.int32], sent_us: Int) -> Int:
        """Add the latencies of the beats: shape (n,)."""
        if len(self.links) == 1 and not self.links[0].sigma:
            return sent_us + self.links[0].latency_us
        keys = devices.key[device]
        since_us = devices.phase_us[device]
        since_us += sent_us
        beat = since_us // self.beat_us
        since_us -= beat * self.beat_us  # the beginning of the beat
        first = devices.first[device] if len(self.links) > 1 else None
        passed_us = sent_us + self._drawn_us(keys, beat, first)
        # Latencies are far shorter than beats mostly: only early in a beat can the one before matter.
        early = np.flatnonzero(since_us < (self._longest_us[0] if first is None else devices.longest_us[device]))
        before_us = self._drawn_us(keys[early], beat[early] - 1, None if first is None else first[early])
        passed_us[early] = np.maximum(passed_us[early], sent_us[early] - since_us[early] + before_us)
        return passed_us

    def _drawn_us(self, keys: Words, beat: Int, first: Int | None) -> NDArray[np.signedinteger[Any]]:
        level = mixed_words(beat.view(np.uint64) * np.uint64(GOLDEN) + keys).astype(np.uint16)
        return self._latency_us[level if first is None else first + level]

    def _catch(self, devices: _Devices, device: NDArray[np.int32], passed_us: Int) -> None:
        """Hold, or lose, what the outages of each district catch."""
        if not len(device):
            return
        code = self.roster.district_codes()[device]
        for number in np.flatnonzero(np.bincount(code)).tolist():
            if outages := self.outages(self.roster.districts[number]):
                rows = np.flatnonzero(code == number)
                on_link = devices.link[device[rows]]
                for place in np.unique(on_link).tolist():
                    caught = rows[on_link == place]
                    passed_us[caught] = _held(passed_us[caught], outages, self.links[place])


def _astray(device: str, network: int) -> str:
    if network == NO_NETWORK:
        return f"device {device!r} hangs on no access network: name one in roster.add(..., network=) or site.install(..., bearer=)"
    return f"device {device!r} hangs on access network {network}, which has no link here"


def _held(at_us: Int, outages: Sequence[Outage], link: Link) -> Int:
    """Return when events have passed that would without outages at an instant: a rising function of it."""
    for outage in outages:
        behind = (at_us >= outage.start_us) & (at_us != WITHHELD)
        caught = behind & (at_us < outage.end_us)
        drained_us = outage.end_us + ((at_us - outage.start_us) / link.catch_up).astype(np.int64)
        at_us = np.where(behind, np.maximum(at_us, drained_us), at_us)
        at_us[caught] = np.maximum(at_us[caught], outage.end_us + 1) if link.stores else WITHHELD
    return at_us
