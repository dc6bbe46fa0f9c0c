"""Parameters with units, checked at the edge: what `--set system.parameter=value` may write.

Owns the pydantic base of every system's settings and its unit-aware types. Inside the house values are plain
numbers in the unit of the parameter's name.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator
from pydantic.fields import FieldInfo

from sim.figures import Figure
from sim.files import expanded
from sim.units import DAY_US, MS_US, duration_us, micros, rate_per_s, share


def _from_text(read: Callable[[str], float]) -> Callable[[object], object]:
    def convert(value: object) -> object:
        return read(value) if isinstance(value, str) else value

    return convert


# What a script may write where these are read: checkers see the constructors with them, which pydantic cannot tell.
TimeText = int | str  # "90s", or whole µs
PortionText = float | str  # "5%", or 0.05

LONGEST_US = 365_250 * DAY_US  # a thousand years: instants are sums of such spans, in 64 bits


def _countable(given_us: int) -> int:
    if given_us > LONGEST_US:
        msg = f"longer than the {LONGEST_US // DAY_US:,} days to which city time is counted"
        raise ValueError(msg)
    return given_us


_READ_DURATION = BeforeValidator(_from_text(duration_us))
DurationUs = Annotated[int, _READ_DURATION, Field(ge=0), AfterValidator(_countable)]
Micros = Annotated[int, BeforeValidator(_from_text(micros)), Field(ge=0), AfterValidator(_countable)]  # for names that end in _us
RatePerS = Annotated[float, BeforeValidator(_from_text(rate_per_s)), Field(ge=0)]
Share = Annotated[float, BeforeValidator(_from_text(share)), Field(ge=0, le=1)]
Factor = Annotated[float, BeforeValidator(lambda value: share(value) if isinstance(value, str) and "%" in value else value)]


def is_duration(field: FieldInfo) -> bool:
    """Return whether a field is a `DurationUs`: µs inside, for people a text such as `90s`."""
    return _READ_DURATION in field.metadata


class Parameters(BaseModel):
    """Settings that refuse unknown keys and never change after construction."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, arbitrary_types_allowed=True, allow_inf_nan=False)

    @field_validator("*", mode="after")
    @classmethod
    def _at_home(cls, value: object) -> object:
        """Replace `~` in a path."""
        return expanded(value) if isinstance(value, Path) else value


def from_figure(figure: Figure, *, scale: float = 1.0, description: str = "", **constraints: Any) -> Any:  # noqa: ANN401 - pydantic's own signature
    """Declare a parameter whose default is a figure: its grade and source appear in `scenarios show`.

    `scale` turns the figure's unit into the parameter's (1,000,000 for seconds into µs, which are whole; 0.01 for percent into a
    share); `description` is what it is where that is more than the figure's name; `constraints` are pydantic's (ge, le, ...).
    """
    default = float(figure) * scale
    whole = isinstance(figure.value, int) and float(scale).is_integer()
    value = round(default) if whole or scale >= MS_US else default
    return Field(default=value, description=description or figure.name, json_schema_extra={"figure": figure.name}, **constraints)
