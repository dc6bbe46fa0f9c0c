"""Words: numbers, units, statistics and verdicts as people read them.

Owns spelling for the report. It decides nothing.
"""

import math

from sim.judge.measures import Statistic
from sim.judge.promises import Promise, promise_text
from sim.units import SECOND_US, duration_text

STATISTICS = {
    Statistic.CV: "variation (CV)",
    Statistic.P50: "median",
    Statistic.P95: "95th percentile",
    Statistic.P99: "99th percentile",
    Statistic.MAX: "largest",
}
VERDICT_MARKS = {"pass": "✓", "fail": "✕", "no data": "–", "invalid": "!", "aborted": "✕", "interrupted": "■", "unfinished": "…"}
GRADES = {
    "S": "said by the action outline itself",
    "A": "official statistic, standard or peer-reviewed study",
    "B": "news, vendor or trade page",
    "C": "computed from A or B figures",
    "K": "assumption",
}
LARGE = 1_000
LONG_S = 1_000  # from here on seconds say little: 22h43m


def grouped(value: int) -> str:
    """Return a count with narrow spaces between thousands."""
    return f"{value:,}".replace(",", "\u202f")


def rounded(value: float) -> str:
    """Return three significant digits, thousands grouped, without an exponent."""
    if not value or not math.isfinite(value):
        return "0" if not value else str(value)
    if abs(value) >= LARGE:
        return grouped(round(value))
    decimals = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:.{min(decimals, 6)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def amount(value: float | None, unit: str) -> str:
    """Return a value with its unit: shares in percent, short times in milliseconds, long ones in hours and minutes."""
    if value is None:
        return "—"
    if unit == "share":
        return f"{rounded(value * 100)}\u00a0%"
    if unit == "s" and 0 < abs(value) < 1:
        return f"{rounded(value * 1_000)}\u00a0ms"
    if unit == "s" and abs(value) >= LONG_S:
        return duration_text(float(f"{value:.4g}") * SECOND_US)
    plain = unit in ("", "ratio", "count")
    return rounded(value) if plain else f"{rounded(value)}\u00a0{unit}"


def promised(promise: Promise) -> str:
    """Return a promise in words: `share within 90 s ≥ 99 %`. Its label has a place of its own."""
    text = promise_text(promise.model_copy(update={"where": ""}), amount, STATISTICS)
    return text.replace(" ≤ ", " ≤\u00a0").replace(" ≥ ", " ≥\u00a0")
