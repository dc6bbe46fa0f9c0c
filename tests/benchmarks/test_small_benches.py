"""The benchmarks that need no server run on little, so that none of them rots unseen between two `make bench`."""

import pytest

from benchmarks import closing, people, supervision, wire_codec
from benchmarks.table import Bench

NO_RATIO = 1_000.0  # a target as high is a rate


@pytest.mark.parametrize(
    "bench", [wire_codec.lines, closing.lines, supervision.lines, people.lines], ids=["wire", "closing", "supervision", "people"]
)
def test_every_line_is_measured(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, little in {"BLOCKS": (1_000,), "SLICES": 2, "SLICE_ROWS": 1_000, "REPEATS": 1}.items():
        monkeypatch.setattr(wire_codec, name, little)
    monkeypatch.setattr(closing, "CASES", closing.CASES[:1])
    monkeypatch.setattr(closing, "AT_LEAST_S", 0.01)
    monkeypatch.setattr(people, "REPEATS", 1)
    monkeypatch.setattr(supervision, "HOMES", 3_000)
    monkeypatch.setattr(supervision, "MINUTES", 2)
    for line in bench():
        assert line.measured is not None
        assert line.measured > 0, line.step
        assert line.at_least is None or line.at_least < NO_RATIO, line.step
