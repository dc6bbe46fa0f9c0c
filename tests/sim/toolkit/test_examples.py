"""The examples in the toolkit's docstrings are run, and say what comes out."""

import doctest
from importlib import import_module
from typing import NamedTuple

import numpy as np
import pytest

from sim.events.batches import Span
from sim.units import DAY_US, HOUR_US, MINUTE_US
from tests.devices.buses.timetabled import a_site


@pytest.mark.parametrize("module", ["table", "draws", "beats", "availability", "desks"])
def test_the_examples_of_the_toolkit_say_what_comes_out(module: str) -> None:
    site = a_site()
    names = {
        "site": site,
        "homes": ["Jingan"] * 3,
        "span": Span(0, site.start_us, site.start_us + MINUTE_US),
        "np": np,
        "NamedTuple": NamedTuple,
        "MINUTE_US": MINUTE_US,
        "HOUR_US": HOUR_US,
        "DAY_US": DAY_US,
    }
    names |= {name: thing for name, thing in vars(import_module("sim.toolkit.draws")).items() if name in {"Draws", "Window"}}
    found = doctest.testmod(import_module(f"sim.toolkit.{module}"), extraglobs=names)
    assert found.attempted >= 2
    assert not found.failed
