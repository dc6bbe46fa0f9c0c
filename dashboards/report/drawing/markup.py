"""Markup: HTML and SVG elements as text, with everything from outside escaped.

Owns spelling and escaping. What is said, and in which order, is the sections' business.
"""

from collections.abc import Iterable
from html import escape


class Markup(str):
    """Text that is markup already; any other text is escaped when it becomes a child or an attribute."""

    __slots__ = ()


Attribute = str | int | float | None


def tag(name: str, /, *children: "Markup | str | None", **attributes: Attribute) -> Markup:
    """Return one element. `class_` and `stroke_width` become `class` and `stroke-width`; None is left out."""
    spelled = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(number(value))}"' for key, value in attributes.items() if value is not None
    )
    return Markup(f"<{name}{spelled}>{join(children)}</{name}>")


def join(children: Iterable[Markup | str | None]) -> Markup:
    """Return children one after the other."""
    return Markup("".join(child if isinstance(child, Markup) else escape(child) for child in children if child is not None))


def number(value: str | float) -> str:
    """Return an attribute's text; a tenth of a pixel is fine enough for any drawing."""
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
