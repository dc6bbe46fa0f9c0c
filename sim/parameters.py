"""Parameters with units, checked at the edge: what `--set system.parameter=value` may write.

Owns the pydantic base of every system's settings and its unit-aware types. Inside the house values are plain
numbers in the unit of the parameter's name.
"""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from sim.errors import UsageError
from sim.figures import Figure
from sim.units import MS_US, duration_us, rate_per_s


def _from_text(read: Callable[[str], float]) -> Callable[[object], object]:
    def convert(value: object) -> object:
        return read(value) if isinstance(value, str) else value

    return convert


def _share(text: str) -> float:
    number, percent = text.strip().removesuffix("%"), text.strip().endswith("%")
    try:
        return float(number) / 100 if percent else float(number)
    except ValueError:
        msg = f"{text!r} is not a share: write 5% or 0.05"
        raise UsageError(msg) from None


DurationUs = Annotated[int, BeforeValidator(_from_text(duration_us)), Field(ge=0)]
RatePerS = Annotated[float, BeforeValidator(_from_text(rate_per_s)), Field(ge=0)]
Share = Annotated[float, BeforeValidator(_from_text(_share)), Field(ge=0, le=1)]


class Parameters(BaseModel):
    """Settings that refuse unknown keys and never change after construction."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, arbitrary_types_allowed=True)


def from_figure(figure: Figure, *, scale: float = 1.0, **constraints: Any) -> Any:  # noqa: ANN401 - pydantic's own signature
    """Declare a parameter whose default is a figure: its grade and source appear in `scenarios show`.

    `scale` turns the figure's unit into the parameter's (1,000,000 for seconds into µs, which are whole; 0.01 for percent into a
    share); `constraints` are pydantic's (ge, le, ...).
    """
    default = float(figure) * scale
    whole = isinstance(figure.value, int) and float(scale).is_integer()
    value = round(default) if whole or scale >= MS_US else default
    return Field(default=value, description=figure.name, json_schema_extra={"figure": figure.name}, **constraints)
