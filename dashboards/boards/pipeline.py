"""The board "Pipeline", which asks whether every event arrives, and soon enough.

Owns its questions. Limits are those of the pipeline's objectives.
"""

from dashboards.grafana.board import Board, Row
from dashboards.grafana.influxql import Select, equal, ops, over
from dashboards.grafana.panels import BAD, GOOD, WARN, Line, Panel, column, lines, renamed, stacked, table, tile
from dashboards.grafana.shared import EVERY, P95_US, city_clock, latency, limit_of, newest_mark, percentile, verdicts
from sim.judge.measures import Statistic
from sim.judge.meters import QUANTILES
from sim.judge.ops import LIMIT_US, PIPELINE, PIPELINE_LATENCY, PIPELINE_TOTAL, RUN_EVENT, stage_of
from sim.judge.pipeline import ACK, PIPELINE_OBJECTIVES, SEND_LAG, STORED_FROM_DUE, STORED_FROM_SENT
from sim.units import SECOND_US

LAG_US = limit_of(PIPELINE_OBJECTIVES, SEND_LAG, Statistic.P99) * SECOND_US
MANY_WAITING = 5_000  # a request's worth of rows: beyond it the store is behind, not merely busy

LIMIT = f"{LIMIT_US / SECOND_US:g} s"
DUE = equal("stage", stage_of(STORED_FROM_DUE))
TOO_MANY = round(1 - QUANTILES[Statistic.P95], 2)  # over the limit: what the promise leaves


def board() -> Board:
    """Return the board."""
    return Board(
        "pipeline",
        "Pipeline",
        "From the device's due time to a row that can be queried: latency, books, what was refused.",
        (
            Row("Is it fine?", _tiles()),
            Row("How fast?", _speed()),
            Row("Is anything missing?", _books()),
            Row("What was promised?", _promises()),
        ),
    )


def _tiles() -> list[Panel]:
    p95 = Line(ops(PIPELINE_LATENCY, 'last("p95_us") AS "p95"', DUE, every=EVERY, fill="none"), "95 %")
    over = Line(ops(PIPELINE_LATENCY, 'sum("over_limit") / sum("count") AS "share"', DUE), "over the limit")
    waiting = Line(ops(PIPELINE_TOTAL, 'last("planned") - last("stored") AS "waiting"', every=EVERY, fill="none"), "not stored yet")
    return [
        city_clock(),
        newest_mark(),
        tile(
            "Is data on time?",
            "Due to stored, 95th percentile of the last city minute. The limit is the promise.",
            p95,
            unit="µs",
            base=GOOD,
            limits=((P95_US, BAD),),
        ),
        tile(
            "How much was too late?",
            f"Share of events stored more than {LIMIT} after their due, over the board's time range.",
            over,
            unit="percentunit",
            decimals=2,
            base=GOOD,
            limits=((TOO_MANY / 5, WARN), (TOO_MANY, BAD)),
        ),
        tile(
            "How many are on the way?",
            "Planned and not stored yet. It falls to 0 when a clean run ends; what stays is lost.",
            waiting,
            base=GOOD,
            limits=((MANY_WAITING, WARN),),
            decimals=0,
        ),
        tile(
            "Was anything refused?",
            "Events that the decoder or the store refused; each lies in the dead letters with its reason.",
            Line(_sum_of_last("rejected"), "rejected"),
            base=GOOD,
            limits=((1, BAD),),
            decimals=0,
        ),
    ]


def _sum_of_last(name: str) -> str:
    inner = ops(PIPELINE, f'last("{name}") AS "{name}"', by=("kind",))
    return over(inner, fields=f'sum("{name}") AS "{name}"')


def _speed() -> list[Panel]:
    return [
        latency(),
        lines(
            "Where is the time lost?",
            "99th percentile of each stage: the generator's own lag, the broker's acknowledgement, the way from sent to stored.",
            percentile(SEND_LAG, "p99", "due to sent"),
            percentile(ACK, "p99", "sent to acknowledged"),
            percentile(STORED_FROM_SENT, "p99", "sent to stored"),
            unit="µs",
            limits=((LAG_US, WARN),),
            base="transparent",
            drawn=True,
            least=0,
        ),
        lines(
            "How much comes in?",
            "Events planned, sent and stored in each city minute.",
            *[
                Line(over(_total(name), fields=f'non_negative_difference("{name}") AS "{name}"'), name)
                for name in ("planned", "sent", "stored")
            ],
            least=0,
        ),
        lines(
            "How much was over the limit?",
            f"Share of each city minute's events that took more than {LIMIT} from due to stored.",
            Line(
                ops(PIPELINE_LATENCY, 'sum("over_limit") / sum("count") AS "share"', DUE, every=EVERY, fill="none"),
                f"over {LIMIT}",
            ),
            unit="percentunit",
            least=0,
            custom={"drawStyle": "bars", "fillOpacity": 60, "axisSoftMax": 0.1},
        ),
    ]


def _total(name: str) -> Select:
    return ops(PIPELINE_TOTAL, f'last("{name}") AS "{name}"', every=EVERY, fill="none")


def _books() -> list[Panel]:
    columns = ("planned", "sent", "acked", "received", "stored", "duplicated", "rejected")
    chosen = ", ".join(f'last("{name}") AS "{name}"' for name in columns)
    return [
        table(
            "Do the books balance?",
            "Counts so far, kind by kind: planned = sent = stored on a clean run, and = acked at QoS 1.",
            Line(ops(PIPELINE, f'{chosen}, last("planned") - last("stored") AS "missing"', by=("kind",))),
            width=24,
            height=13,
            unit="none",
            decimals=0,
            transformations=renamed({"kind": "kind", **{name: name for name in (*columns, "missing")}}),
            overrides=[_alarm("missing", WARN), _alarm("rejected", BAD), column("kind", custom__width=170)],
        ),
        lines(
            "Is the spool filling?",
            "Rows that ingest keeps on disk because the store is away or slow.",
            Line(_total("spooled"), "spooled"),
            height=6,
            least=0,
            decimals=0,
        ),
        lines(
            "Which kinds are refused?",
            "Rejected events by kind, counted from the start of the run.",
            Line(ops(PIPELINE, 'last("rejected") AS "rejected"', by=("kind",), every=EVERY, fill="none"), "$tag_kind"),
            height=6,
            least=0,
            decimals=0,
            custom=stacked(),
        ),
    ]


def _alarm(name: str, colour: str) -> dict[str, object]:
    steps = [{"color": "text", "value": None}, {"color": colour, "value": 1}]
    return column(name, thresholds={"mode": "absolute", "steps": steps}, custom__displayMode="color-text")


def _promises() -> list[Panel]:
    return [verdicts("pipeline", width=14), _log()]


def _log() -> Panel:
    return table(
        "What happened?",
        "Marks of the run, newest first: stages, incidents, start and end.",
        Line(ops(RUN_EVENT, '"city_clock", "what"::tag, "text"', "\"what\" <> 'heartbeat'", tail=" ORDER BY time DESC LIMIT 50")),
        width=10,
        height=9,
        transformations=renamed({"city_clock": "city time", "what": "what", "text": "text"}),
        overrides=[column("city time", custom__width=180), column("what", custom__width=90)],
    )
