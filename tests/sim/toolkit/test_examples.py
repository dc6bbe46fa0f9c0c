"""The examples in the toolkit's docstrings are run, and say what comes out."""

import doctest
from importlib import import_module
from typing import NamedTuple

import numpy as np
import pytest

from sim.city.declared import Declared
from sim.city.site import Site
from sim.events.batches import Span
from sim.events.kinds import Kind, real
from sim.units import DAY_US, HOUR_US, MINUTE_US
from tests.devices.buses.timetabled import a_site

LAMP = Kind("lamp", doc="a lamp reports its power", qos=0, fields=(real("power_w", "W", 1),))


@pytest.mark.parametrize("module", ["table", "draws", "beats", "availability", "desks", "reports", "teams"])
def test_the_examples_of_the_toolkit_say_what_comes_out(module: str) -> None:
    site = Site(a_site().city, Declared("lamps", kinds=(LAMP,)))
    names = {
        "site": site,
        "homes": ["Jingan"] * 3,
        "span": Span(0, site.start_us, site.start_us + MINUTE_US),
        "np": np,
        "LAMP": LAMP,
        "NamedTuple": NamedTuple,
        "MINUTE_US": MINUTE_US,
        "HOUR_US": HOUR_US,
        "DAY_US": DAY_US,
    }
    names |= {name: thing for name, thing in vars(import_module("sim.toolkit.draws")).items() if name in {"Draws", "Window"}}
    found = doctest.testmod(import_module(f"sim.toolkit.{module}"), extraglobs=names)
    assert found.attempted >= 2
    assert not found.failed
