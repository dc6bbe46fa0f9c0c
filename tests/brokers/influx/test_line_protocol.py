"""Line protocol against an independent reader: what is written reads back as it was."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokers.codec.messages import frame_schema
from brokers.influx.line_protocol import LineEncoder, ops_lines
from sim.events.kinds import Kind, choice, flag, instant, integer, real, text
from sim.ports import OpsRow

SAMPLE = Kind(
    "sample",
    system="test",
    doc="A kind with a field of every type.",
    plan_ids=("X1",),
    qos=1,
    fields=(
        text("route", tag=True),
        choice("mode", "bus", "light rail", tag=True),
        integer("platform", tag=True),
        text("note"),
        choice("grade", "good", '"bad"'),
        integer("boarded"),
        real("speed_m_s", "m/s", 3),
        flag("moving"),
        instant("scheduled_us"),
        text("true_cause", truth=True),
    ),
)
TAGGED = Kind("tagged", system="test", doc="The device is a tag.", plan_ids=("X1",), qos=0, device_tag=True, fields=(integer("level"),))

INT64 = st.integers(-(2**63) + 1, 2**63 - 1)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
TAG_WORDS = st.text(st.sampled_from(" ,=\\\"'a本\t"), min_size=1, max_size=8).filter(lambda word: not word.endswith("\\"))

ROWS = st.fixed_dictionaries(
    {
        "t": st.integers(0, 2**53),
        "seq": st.integers(0, 2**40),
        "due": st.none(),
        "sent": st.none(),
        "run": st.just("abcd1234"),
        "district": TAG_WORDS,
        "device": WORDS,
        "route": st.none() | TAG_WORDS,
        "mode": st.none() | st.sampled_from(["bus", "light rail"]),
        "platform": st.none() | INT64,
        "note": st.none() | WORDS,
        "grade": st.none() | st.sampled_from(["good", '"bad"']),
        "boarded": st.none() | INT64,
        "speed_m_s": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "moving": st.booleans(),
        "scheduled_us": st.none() | INT64,
    },
)


def frame_of(kind: Kind, rows: list[dict[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=frame_schema(kind), orient="row")


def row_of(**changes: object) -> dict[str, object]:
    plain = dict.fromkeys(frame_schema(SAMPLE)) | {"t": 7, "seq": 1, "run": "abcd1234", "district": "pudong", "device": "d", "moving": True}
    return plain | changes


class Reader:
    """An independent reader of line protocol, written from InfluxData's reference: one character at a time."""

    def __init__(self, content: bytes) -> None:
        self.text = content.decode()
        self.at = 0

    def read(self) -> list[tuple[str, dict[str, str], dict[str, object], int]]:
        points = []
        while self.at < len(self.text):
            measurement, tags, fields = self.until(", "), {}, {}
            while self.text[self.at] == ",":
                self.at += 1
                name = self.until("=")
                self.at += 1
                tags[name] = self.until(", ")
            while (self.text[self.at] == " " and not fields) or self.text[self.at] == ",":
                self.at += 1
                name = self.until("=")
                self.at += 1
                fields[name] = self.value()
            self.at += 1
            points.append((measurement, tags, fields, int(self.until("\n"))))
            self.at += 1
        return points

    def until(self, ends: str) -> str:
        """Read up to one of the characters; a backslash before a comma, an equals sign or a space is dropped."""
        found = ""
        while self.at < len(self.text) and self.text[self.at] not in ends:
            if self.text[self.at] == "\\" and self.text[self.at + 1] in ",= ":
                self.at += 1
            found += self.text[self.at]
            self.at += 1
        return found

    def value(self) -> object:
        if self.text[self.at] != '"':
            word = self.until(", ")
            if word in ("true", "false"):
                return word == "true"
            return int(word[:-1]) if word.endswith("i") else float(word)
        found = ""
        self.at += 1
        while self.text[self.at] != '"':
            if self.text[self.at] == "\\" and self.text[self.at + 1] in '\\"':
                self.at += 1
            found += self.text[self.at]
            self.at += 1
        self.at += 1
        return found


def expected(row: dict[str, object]) -> tuple[str, dict[str, str], dict[str, object], int]:
    tags = {name: str(row[name]) for name in ("district", "mode", "platform", "route", "run") if row[name] is not None}
    fields = {name: row[name] for name in ("seq", "device", "note", "grade", "boarded", "speed_m_s", "moving", "scheduled_us")}
    return "sample", tags, {name: value for name, value in fields.items() if value is not None}, int(str(row["t"]))


@given(st.lists(ROWS, min_size=1, max_size=5))
def test_every_row_reads_back_exactly(rows: list[dict[str, object]]) -> None:
    assert Reader(LineEncoder(SAMPLE).lines(frame_of(SAMPLE, rows))).read() == [expected(row) for row in rows]


def test_a_line_has_sorted_tags_then_fields_then_the_time() -> None:
    row = row_of(route="r 1", note='say "hi"\\', boarded=-3, speed_m_s=1e-7)
    assert LineEncoder(SAMPLE).lines(frame_of(SAMPLE, [row])) == (
        rb'sample,district=pudong,route=r\ 1,run=abcd1234 seq=1i,device="d",note="say \"hi\"\\",boarded=-3i,speed_m_s=1e-7,moving=true 7'
        b"\n"
    )


def test_a_device_that_is_a_tag_is_no_field() -> None:
    row = dict.fromkeys(frame_schema(TAGGED)) | {"t": 1, "seq": 0, "run": "r", "district": "d", "device": "x,y", "level": None}
    assert LineEncoder(TAGGED).lines(frame_of(TAGGED, [row])) == rb"tagged,device=x\,y,district=d,run=r seq=0i 1" + b"\n"


def test_an_empty_tag_is_left_out_like_an_absent_one() -> None:
    rows = [row_of(route=""), row_of(route="r1")]
    assert [tags.get("route") for _, tags, _, _ in Reader(LineEncoder(SAMPLE).lines(frame_of(SAMPLE, rows))).read()] == [None, "r1"]


def test_categories_are_written_as_their_words() -> None:
    frame = frame_of(SAMPLE, [row_of(route="r1", mode="bus", note="n")])
    coded = frame.with_columns(pl.col("route", "note").cast(pl.Categorical), pl.col("mode").cast(pl.Enum(["bus", "light rail"])))
    assert LineEncoder(SAMPLE).lines(coded) == LineEncoder(SAMPLE).lines(frame)


@pytest.mark.parametrize("value", ["a\nb", "ends in \\"])
def test_a_tag_that_cannot_be_spelled_is_named_with_its_row(value: str) -> None:
    found = LineEncoder(SAMPLE).unspeakable(frame_of(SAMPLE, [row_of(), row_of(district=value), row_of(route=value)]))
    assert [(row, reason.split(" ")[0]) for row, reason in found] == [(1, "district"), (2, "route")]


def test_text_fields_may_hold_what_tags_cannot() -> None:
    assert LineEncoder(SAMPLE).unspeakable(frame_of(SAMPLE, [row_of(note="two\nlines\\", device="x\\")])) == []


def test_rows_about_the_run_keep_their_four_types() -> None:
    row = OpsRow("run_event", 5, {"run": "r", "what": "a b,c=d", "empty": ""}, {"text": 'x"y', "count": 3, "share": 0.5, "ok": False})
    [(measurement, tags, fields, t_us)] = Reader(ops_lines([row]) + b"\n").read()
    assert (measurement, tags, t_us) == ("run_event", {"run": "r", "what": "a b,c=d"}, 5)
    assert fields == {"text": 'x"y', "count": 3, "share": 0.5, "ok": False}
