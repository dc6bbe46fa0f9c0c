"""The figures of a run, read back from its summary."""

from dataclasses import asdict

import orjson

from citybeat.kept.account import figures_of
from devices.buses.system import Buses


def test_figures_come_back_from_a_summary_as_they_were() -> None:
    figures = Buses().figures
    summary = orjson.loads(orjson.dumps({"figures": [asdict(figure) for figure in figures]}))
    assert figures_of(summary) == tuple(figures)
    assert set(figures_of(summary)) == set(figures)
