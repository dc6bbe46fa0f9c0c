"""Links: what a declaration of a network may say."""

import pytest

from sim.city.links import Link
from sim.errors import UsageError

WRONG = (
    {"loss": 2},
    {"loss": "130%"},
    {"loss": "1"},
    {"latency_us": -1},
    {"latency_us": "60 parsec"},
    {"sigma": float("nan")},
    {"catch_up": 0.5},
    {"latency_us": "20"},
)


def test_a_link_reads_units_and_refuses_what_no_network_can_be() -> None:
    assert Link(latency_us="60ms", loss="1%") == Link(latency_us=60_000, loss=0.01)  # type: ignore[arg-type]
    for wrong in WRONG:
        with pytest.raises(UsageError):
            Link(**wrong)  # type: ignore[arg-type]
