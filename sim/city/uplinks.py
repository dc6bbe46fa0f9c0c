"""Uplinks: when what a device sends has passed its link, as a function of device and instant alone.

Owns latency, loss, and outages with store-and-forward. Because nothing but the instant counts, a device's kinds never overtake each
other, and whoever must know in advance what will have passed (a centre, its dispatchers) asks the same function as the closing does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.city.links import Link, Outage
from sim.events.batches import WITHHELD, Roster
from sim.normal import NORMAL
from sim.streams import Streams
from sim.units import SECOND_US

Int = NDArray[np.int64]
Words = NDArray[np.uint64]

# SplitMix64 (Steele, Lea, Flood 2014): a counter-based generator, so a draw needs no order.
GOLDEN = 0x9E3779B97F4A7C15
STEPS = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))
LAST_SHIFT = 31
WORD = (1 << 64) - 1

LUCK = 0xD1B54A32D192ED03  # tells the draws of losses from those of latencies
CHANCES = 1 << 63
LEVELS = (1 << 16) - 1


def mixed(word: int) -> int:
    """Return 64 bits that look random, always the same for a word."""
    word &= WORD
    word = (word ^ (word >> STEPS[0][0])) * STEPS[0][1] & WORD
    word = (word ^ (word >> STEPS[1][0])) * STEPS[1][1] & WORD
    return word ^ (word >> LAST_SHIFT)


def mixed_words(words: Words) -> Words:
    """Return `mixed` of many words; the array given is overwritten."""
    for shift, factor in STEPS:
        words ^= words >> np.uint64(shift)
        words *= np.uint64(factor)
    words ^= words >> np.uint64(LAST_SHIFT)
    return words


@dataclass(slots=True)
class Uplinks:
    """The devices of one system on one link; `outages` gives a district's, in order and without overlaps.

    A link's latency is drawn anew for every beat of a device, at least a second long. What is sent at t has passed at the latest
    of τ + latency(τ), τ ≤ t: nothing overtakes what is slow. A beat is no shorter than the longest latency, so only the last beat
    can still matter.
    """

    link: Link
    roster: Roster
    outages: Callable[[str], Sequence[Outage]]
    seed: int
    beat_us: int = field(init=False)
    _latency_us: Int = field(init=False)
    _longest_us: int = field(init=False)
    _few_us: list[int] = field(init=False)  # the same as a list, from which single numbers come faster
    _chance: int = field(init=False)
    _ways: dict[int, tuple[int, int, Sequence[Outage], bool]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Lay out latencies by 16 random bits."""
        link = self.link
        self._latency_us = np.rint(link.latency_us * np.exp(link.sigma * NORMAL.astype(np.float64))).astype(np.int64)
        self._few_us = self._latency_us.tolist()
        self._longest_us = int(self._latency_us.max())
        self.beat_us = max(SECOND_US, self._longest_us)
        self._chance = round(link.loss * CHANCES)

    @classmethod
    def of(cls, system: str, link: Link, roster: Roster, outages: Callable[[str], Sequence[Outage]], streams: Streams) -> "Uplinks":
        """Return the uplinks of a system; its kinds share their draws."""
        return cls(link, roster, outages, int(streams.child(system, "uplinks").bit_generator.random_raw()))

    def passed(self, device: int, sent_us: int, drawn_us: int) -> int:
        """Return when an event has passed, WITHHELD for never; `drawn_us` when it happened, which its loss is drawn by."""
        way = self._ways.get(device)
        if way is None:
            way = self._ways[device] = self._way(device)
        key, phase_us, outages, wired = way
        if wired:
            return sent_us
        if self._chance and mixed(mixed(key ^ LUCK) + drawn_us * GOLDEN) >> 1 < self._chance:
            return WITHHELD
        beat, into_us = divmod(sent_us + phase_us, self.beat_us)
        at_us = sent_us + self._drawn_alone_us(key + beat * GOLDEN)
        if into_us < self._longest_us:
            at_us = max(at_us, sent_us - into_us + self._drawn_alone_us(key + (beat - 1) * GOLDEN))
        return int(self._held(np.array([at_us]), outages)[0]) if outages else at_us

    def _way(self, device: int) -> tuple[int, int, Sequence[Outage], bool]:
        """Return what is the same for all events of a device: key, phase of its beat, outages of its district, whether it is on a wire."""
        roster = self.roster
        key = int(roster.names.hashes()[device]) ^ self.seed
        outages = self.outages(roster.districts[int(roster.district_codes()[device])])
        return key, key % self.beat_us, outages, bool(roster.on_wire()[device])

    def _drawn_alone_us(self, word: int) -> int:
        return self._few_us[mixed(word) & LEVELS]

    def all_passed(self, device: NDArray[np.int32], sent_us: Int, drawn_us: Int) -> Int:
        """Return `passed` of many events: shape (n,)."""
        passed_us = self._delayed(device, sent_us) if self.link.latency_us else sent_us.copy()
        self._catch(device, passed_us)
        if self._chance:
            keys = self._keys(device)
            keys ^= np.uint64(LUCK)
            luck = mixed_words(keys) + drawn_us.astype(np.uint64) * np.uint64(GOLDEN)
            passed_us[mixed_words(luck) >> np.uint64(1) < np.uint64(self._chance)] = WITHHELD
        wired = self.roster.on_wire()[device]
        passed_us[wired] = sent_us[wired]
        return passed_us

    def _keys(self, device: NDArray[np.int32]) -> Words:
        keys = self.roster.names.hashes()[device]
        keys ^= np.uint64(self.seed)
        return keys

    def _delayed(self, device: NDArray[np.int32], sent_us: Int) -> Int:
        """Add the latencies of the beats: shape (n,)."""
        if not self.link.sigma:
            return sent_us + self.link.latency_us
        keys = self._keys(device)
        since_us = (keys % np.uint64(self.beat_us)).view(np.int64)
        since_us += sent_us
        beat = since_us // self.beat_us
        since_us -= beat * self.beat_us  # the beginning of the beat
        passed_us = sent_us + self._drawn_us(keys, beat)
        # Latencies are far shorter than beats mostly: only early in a beat can the one before matter.
        early = np.flatnonzero(since_us < self._longest_us)
        before_us = sent_us[early] - since_us[early] + self._drawn_us(keys[early], beat[early] - 1)
        passed_us[early] = np.maximum(passed_us[early], before_us)
        return passed_us

    def _drawn_us(self, keys: Words, beat: Int) -> Int:
        words = mixed_words(beat.view(np.uint64) * np.uint64(GOLDEN) + keys)
        return self._latency_us[words.astype(np.uint16)]

    def _catch(self, device: NDArray[np.int32], passed_us: Int) -> None:
        """Hold, or lose, what the outages of each district catch."""
        if not len(device):
            return
        code = self.roster.district_codes()[device]
        for number in np.flatnonzero(np.bincount(code)).tolist():
            if outages := self.outages(self.roster.districts[number]):
                rows = np.flatnonzero(code == number)
                passed_us[rows] = self._held(passed_us[rows], outages)

    def _held(self, at_us: Int, outages: Sequence[Outage]) -> Int:
        """Return when events have passed that would without outages at an instant: a rising function of it."""
        for outage in outages:
            behind = (at_us >= outage.start_us) & (at_us != WITHHELD)
            caught = behind & (at_us < outage.end_us)
            drained_us = outage.end_us + ((at_us - outage.start_us) / self.link.catch_up).astype(np.int64)
            at_us = np.where(behind, np.maximum(at_us, drained_us), at_us)
            at_us[caught] = np.maximum(at_us[caught], outage.end_us + 1) if self.link.stores else WITHHELD
        return at_us
