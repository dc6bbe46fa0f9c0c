"""Mixing: 64 bits that look random, made of 64 others; a draw that needs neither a stream nor an order.

Owns one mixer, for single words and for columns. What is drawn by it is the business of whoever has a word to begin with.
"""

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]

# SplitMix64 (Steele, Lea, Flood 2014): a counter-based generator, so a draw needs no order.
GOLDEN = 0x9E3779B97F4A7C15
STEPS = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))
LAST_SHIFT = 31
WORD = (1 << 64) - 1


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
