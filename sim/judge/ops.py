"""The schema of bucket `city/ops`: what stands beside the events about a run and its pipeline.

Owns measurements, their tags and fields with units, and rows of that form. Their content is `citybeat.running.ops`', their
reading the boards'.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sim.judge.pipeline import ACK, SEND_LAG, STORED_FROM_DUE, STORED_FROM_SENT, STORED_WITHIN_S
from sim.ports import OpsRow
from sim.units import MS_US, SECOND_US

Value = int | float | str | bool

LATENCIES = (STORED_FROM_DUE, STORED_FROM_SENT, SEND_LAG, ACK)
LIMIT_US = round(STORED_WITHIN_S * SECOND_US)  # an event that took longer is over the limit

# Upper bounds of the cumulative counts `le_*`, in µs: InfluxQL has no histogram quantile.
EDGES_US = tuple(edge_ms * MS_US for edge_ms in (10, 50, 100, 250, 500, 1_000, 2_000, 5_000, 10_000, 60_000))


@dataclass(frozen=True, slots=True)
class OpsField:
    """A field of a measurement, with the type and the unit of its values."""

    name: str
    type: type[Value]
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Measurement:
    """Rows of one form, one for `each`; a row may lack the tags and fields that are `optional`."""

    name: str
    each: str
    tags: tuple[str, ...] = ()
    fields: tuple[OpsField, ...] = ()
    optional: frozenset[str] = frozenset()

    @property
    def names(self) -> frozenset[str]:
        """Return every tag and field by which rows can be asked for."""
        return frozenset({*ENVELOPE_TAGS, *self.tags, *(field.name for field in (*ENVELOPE_FIELDS, *self.fields))})

    @property
    def tag_names(self) -> frozenset[str]:
        """Return every tag: what rows can be grouped by."""
        return frozenset({*ENVELOPE_TAGS, *self.tags})

    def row(self, t_us: int, tags: Mapping[str, str], fields: Mapping[str, Value]) -> OpsRow:
        """Return a row at an instant of wire time; `run`, `city_us` and `elapsed_s` are told with the others.

        Raises ValueError for a name that the measurement does not have, that is missing, or whose value is of another type.
        """
        typed = {field.name: field.type for field in (*ENVELOPE_FIELDS, *self.fields)}
        self._check("tag", tags, {*ENVELOPE_TAGS, *self.tags})
        self._check("field", fields, set(typed))
        wrong = [f"{name} {fields[name]!r}" for name in fields if type(fields[name]) is not typed[name]]
        if wrong:
            msg = f"{self.name}: {', '.join(wrong)} is of another type than the schema's"
            raise ValueError(msg)
        return OpsRow(self.name, t_us, tags, fields)

    def _check(self, what: str, given: Mapping[str, object], known: set[str]) -> None:
        wrong = sorted({*given} - known | known - {*given} - self.optional)
        if wrong:
            msg = f"{self.name}: the {what} {', '.join(wrong)} is missing or none of the schema's"
            raise ValueError(msg)


def _counts(*names: str) -> tuple[OpsField, ...]:
    return tuple(OpsField(name, int) for name in names)


def _texts(*names: str) -> tuple[OpsField, ...]:
    return tuple(OpsField(name, str) for name in names)


def _microseconds(*names: str) -> tuple[OpsField, ...]:
    return tuple(OpsField(name, int, "µs") for name in names)


def at_most_name(edge_us: int) -> str:
    """Return the name of the count of samples up to an edge."""
    return f"le_{edge_us // MS_US}ms"


def stage_of(latency: str) -> str:
    """Return the tag by which a latency of the pipeline is told: its measure without the family."""
    return latency.partition(".")[2]


ENVELOPE_TAGS = ("run",)
ENVELOPE_FIELDS = (*_microseconds("city_us"), OpsField("elapsed_s", float, "s"))

RUN_BEGUN = Measurement("run_begun", "run, at the wall time of its start: boards choose runs from it", (), _texts("title"))
RUN_EVENT = Measurement("run_event", "mark, and a heartbeat every few seconds while the run lives", ("what",), _texts("text", "city_clock"))
CENSUS = Measurement(
    "census",
    "city minute, system, thing, state and district: how many there are now",
    ("system", "thing", "state", "district"),
    _counts("count"),
)
MEASURED = Measurement(
    "measured",
    "city minute and modelled measure with samples, all labels together",
    ("measure",),
    (*_counts("count"), *(OpsField(name, float) for name in ("total", "p50", "p95", "p99", "max"))),
)
PIPELINE = Measurement(
    "pipeline",
    "city minute and kind, counted from the start",
    ("kind",),
    _counts("planned", "sent", "acked", "received", "stored", "duplicated", "rejected"),
)
PIPELINE_TOTAL = Measurement(
    "pipeline_total",
    "city minute, counted from the start; `spooled` is what waits now",
    (),
    _counts("planned", "sent", "stored", "spooled"),
)
PIPELINE_LATENCY = Measurement(
    "pipeline_latency",
    "city minute and stage with samples; `over_limit` and `le_*` are cumulative counts",
    ("stage",),
    (
        *_microseconds("p50_us", "p95_us", "p99_us", "max_us"),
        *_counts("count", "over_limit", *(at_most_name(edge_us) for edge_us in EDGES_US)),
    ),
)
OBJECTIVE = Measurement(
    "objective",
    "promise, at the end of the run",
    ("measure", "statistic", "where_label"),
    (OpsField("value", float), OpsField("bound", float), *_counts("samples"), *_texts("verdict", "promise", "unit")),
    optional=frozenset({"where_label", "value"}),
)

OPS = (RUN_BEGUN, RUN_EVENT, CENSUS, MEASURED, PIPELINE, PIPELINE_TOTAL, PIPELINE_LATENCY, OBJECTIVE)
