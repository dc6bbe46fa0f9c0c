"""Parameters: what a person may write, with units, and what is refused."""

import pytest
from pydantic import ValidationError

from sim.figures import Figure
from sim.parameters import DurationUs, Parameters, RatePerS, Share, from_figure
from sim.units import MINUTE_US, SECOND_US


def figure(value: float) -> Figure:
    return Figure("a figure", value=value, unit="s")


class Settings(Parameters):
    """One parameter of each type."""

    interval: DurationUs = 10 * SECOND_US
    rate: RatePerS = 1.0
    share: Share = 0.5
    count: int = from_figure(figure(3), ge=1)


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("interval", "2m30s", 150 * SECOND_US),
        ("interval", 5, 5),
        ("rate", "90/m", 1.5),
        ("rate", 2.5, 2.5),
        ("share", "5%", 0.05),
        ("share", " 5 % ", 0.05),
        ("share", "0.05", 0.05),
        ("share", "100%", 1.0),
        ("count", "7", 7),
    ],
)
def test_a_value_is_read_in_its_unit(name: str, written: object, value: float) -> None:
    assert getattr(Settings.model_validate({name: written}), name) == pytest.approx(value)


@pytest.mark.parametrize(
    ("name", "written", "reason"),
    [
        ("interval", "10", "is not a duration"),
        ("interval", "3 parsecs", "unknown unit 'parsecs'"),
        ("interval", -1, "greater than or equal to 0"),
        ("rate", "5", "is not a rate"),
        ("share", "105%", "less than or equal to 1"),
        ("share", "half", "'half' is not a share: write 5% or 0.05"),
        ("share", "nan", "finite number"),
        ("share", "1", "write 100% or 1%"),
        ("share", " 1.0", "write 100% or 1%"),
        ("count", 0, "greater than or equal to 1"),
        ("cuont", 1, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_is_refused(name: str, written: object, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Settings.model_validate({name: written})


def test_settings_never_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().count = 4  # type: ignore[misc]


def test_defaults_are_checked_as_well() -> None:
    class Wrong(Parameters):
        share: Share = 1.5

    with pytest.raises(ValidationError, match="less than or equal to 1"):
        Wrong()


@pytest.mark.parametrize(
    ("value", "scale", "default"),
    [
        (3, 1.0, 3),
        (2.5, 1.0, 2.5),
        (1.1, SECOND_US, 1_100_000),
        (0.5, MINUTE_US, 30 * SECOND_US),
        (5, 0.01, 0.05),
        (3, 1.5, 4.5),
        (2, 60, 120),
    ],
)
def test_a_figure_becomes_a_default_in_the_unit_of_the_parameter(value: float, scale: float, default: float) -> None:
    field = from_figure(figure(value), scale=scale)
    assert field.default == pytest.approx(default)
    assert isinstance(field.default, int) == float(default).is_integer()


def test_a_parameter_says_which_figure_it_comes_from() -> None:
    field = Settings.model_fields["count"]
    assert (field.description, field.json_schema_extra) == ("a figure", {"figure": "a figure"})


def test_a_parameter_from_a_figure_may_say_more_of_itself() -> None:
    assert from_figure(figure(3), description="three of each").description == "three of each"
