"""Line protocol: columns of decoded events, and rows about the run, as the bytes InfluxDB reads.

Owns escaping and the spelling of types. Sending the bytes, and what to do when a line is refused, is `brokers.influx.store`'s.
"""

import re
from collections.abc import Mapping, Sequence
from io import BytesIO

import polars as pl

from sim.events.kinds import Field, FieldType, Kind
from sim.ports import OpsRow

# Tag values that line protocol cannot spell (checked against InfluxDB 2.9.1): a line break ends the line, a last
# backslash escapes the separator that follows. Field strings can hold both.
_UNSPEAKABLE_TAG = r"\n|\\$"
_SPECIAL_IN_TAG = r"[ ,=]"
_SPECIAL_IN_TEXT = r'["\\]'
_SPECIAL = re.compile(r'[ ,="\\\n]')
_INTEGERS = (FieldType.INTEGER, FieldType.INSTANT)
_WORDS = (FieldType.CHOICE, FieldType.TEXT)
MOST_PLANS = 256  # patterns of absent values that one kind may show; real ones show a handful


class LineEncoder:
    """Encodes blocks of one kind. The expressions that render a line are built once for each pattern of absent values."""

    def __init__(self, kind: Kind) -> None:
        """Prepare for a kind."""
        fields = [field for field in kind.wire_fields if not field.tag]
        tags = [field.name for field in kind.wire_fields if field.tag]
        texts = {field.name for field in kind.wire_fields if field.type in _WORDS and not _plain(field)} | {"run", "district", "device"}
        words = [field.name for field in fields if field.type in _WORDS]
        self.tags = sorted(["run", "district", *(["device"] if kind.device_tag else []), *tags])
        self._kind = kind
        self._pieces = [
            *((f",{name}=", name, "") for name in self.tags),
            (" seq=", "seq", "i"),
            *((f',{name}="', name, '"') for name in ([] if kind.device_tag else ["device"]) + words),
            *((f",{field.name}=", field.name, "i" if field.type in _INTEGERS else "") for field in fields if field.type not in _WORDS),
            (" ", "t", ""),
        ]
        self._names = [name for _, name, _ in self._pieces]
        self._words = {*self.tags, *words, "device"}
        self._open = [name for name in self._names if name in texts]  # only these may need escaping
        self._look = [self._looked_at(name) for name in self._open]
        self._unspeakable = pl.any_horizontal(pl.col(self._open_tags()).cast(pl.String).str.contains(_UNSPEAKABLE_TAG).any())
        self._plans: dict[tuple[bool | None, ...], pl.Expr] = {}

    def unspeakable(self, frame: pl.DataFrame) -> list[tuple[int, str]]:
        """Return (row, reason) for rows with a tag value that line protocol cannot carry."""
        if not frame.select(self._unspeakable).item():
            return []
        tags = self._open_tags()
        found = frame.select(pl.col(tags).cast(pl.String).str.contains(_UNSPEAKABLE_TAG).fill_null(value=False).arg_true().implode())
        reasons = {row: name for name in tags for row in found.get_column(name)[0]}
        return [(row, f"{name} cannot be a tag: it holds a line break or ends in a backslash") for row, name in sorted(reasons.items())]

    def lines(self, frame: pl.DataFrame) -> bytes:
        """Return one line for each row, timestamps in µs; absent values are left out.

        `frame` has the columns of a decoded block: t, seq, run, district, device and the kind's wire fields. Rows that
        `unspeakable` names must have been taken out.
        """
        looks = frame.select(self._look).row(0)
        pattern = (*looks, *(frame.get_column(name).null_count() > 0 for name in self._names))
        plan = self._plans.get(pattern)
        if plan is None:
            if len(self._plans) >= MOST_PLANS:
                self._plans.clear()
            plan = self._plans[pattern] = self._planned(dict(zip(self._open, looks, strict=True)), pattern[len(looks) :])
        out = BytesIO()
        frame.select(plan).write_csv(out, include_header=False, quote_style="never")
        return out.getvalue()

    def _open_tags(self) -> list[str]:
        return [name for name in self._open if name in self.tags]

    def _looked_at(self, name: str) -> pl.Expr:
        """Say whether a block has a value of the column that needs escaping, or an empty tag (which means absent)."""
        column = pl.col(name).cast(pl.String)
        if name in self.tags:
            return (column.str.contains(_SPECIAL_IN_TAG) | (column == "")).any().alias(name)
        return column.str.contains(_SPECIAL_IN_TEXT).any().alias(name)

    def _planned(self, special: Mapping[str, bool | None], absent: Sequence[bool | None]) -> pl.Expr:
        """Join the pieces of a line. Plain columns go through one pass together, each optional one takes a pass of its own."""
        parts: list[pl.Expr] = []
        text = self._kind.name
        for (before, name, after), sometimes_absent in zip(self._pieces, absent, strict=True):
            value = pl.col(name).cast(pl.String) if name in self._words else pl.col(name)
            if special.get(name):
                value = self._escaped(name, value)
            if sometimes_absent or (special.get(name) and name in self.tags):
                parts += [pl.lit(text), pl.concat_str(pl.lit(before), value, pl.lit(after))]
                text = ""
            else:
                parts += [pl.lit(text + before), value]
                text = after
        return pl.concat_str(*parts, pl.lit(text), ignore_nulls=True)

    def _escaped(self, name: str, value: pl.Expr) -> pl.Expr:
        if name in self.tags:
            return pl.when(value != "").then(value.str.replace_all(f"({_SPECIAL_IN_TAG})", r"\$1"))
        return value.str.replace_all(f"({_SPECIAL_IN_TEXT})", r"\$1")


def _plain(field: Field) -> bool:
    """Return whether a field can never need escaping: a choice of words that are all plain."""
    return field.type is FieldType.CHOICE and all(word and not _SPECIAL.search(word) for word in field.values)


def ops_lines(rows: Sequence[OpsRow]) -> bytes:
    """Return one line for each row about the run; rows come by the handful, so they are rendered one by one."""
    return "\n".join(_ops_line(row) for row in rows).encode()


def _ops_line(row: OpsRow) -> str:
    tags = "".join(f",{_escaped(name)}={_escaped(value)}" for name, value in sorted(row.tags.items()) if value)
    fields = ",".join(f"{_escaped(name)}={_field(value)}" for name, value in row.fields.items())
    return f"{_escaped(row.measurement)}{tags} {fields} {row.t_us}"


def _escaped(text: str) -> str:
    """Escape a name or a tag value; what cannot be spelled becomes a space, for these texts are ours or people's titles."""
    clean = text.replace("\n", " ").rstrip("\\")
    return clean.replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")


def _field(value: float | str | bool) -> str:  # noqa: FBT001 - one of four types of field
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value}i"
    if isinstance(value, float):
        return repr(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
