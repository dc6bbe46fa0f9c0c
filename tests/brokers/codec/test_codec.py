"""The wire format: payloads any JSON reader understands, columns that come back the same, bad messages named one by one."""

import json
import math
from dataclasses import dataclass
from urllib.parse import unquote

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from brokers.codec import LIMIT_BYTES, Decoded, Decoder, DeviceTopics, Encoder, Reason, check_root, frame_schema, stamped
from brokers.codec.blocks import BlockReader
from brokers.codec.messages import MOST_SEQ, column_type
from brokers.codec.topics import TopicIndex, level, plain
from sim.errors import UsageError
from sim.events.batches import Batch, Roster
from sim.events.kinds import ABSENT_INT, FieldType, Kind, choice, flag, instant, integer, real, text
from sim.names import NO_NAME, Names

KIND = Kind(
    "tap",
    system="cards",
    doc="a tap",
    plan_ids=("C2",),
    qos=1,
    fields=(
        choice("result", "accepted", "denied", 'odd "word"', tag=True),
        text("card"),
        text("terminal"),
        integer("fare_cents"),
        real("tap_ms", "ms", 3),
        flag("transfer"),
        instant("read_us"),
        real("true_ms", "ms", 3, truth=True),
    ),
)
OTHER = Kind("settlement", system="cards", doc="a settlement", plan_ids=("C7",), qos=1, fields=(integer("records"),))
RUN = "abcdefgh"
TOPIC = "city/Pudong/cards/tap/gate-1"

INT64 = st.integers(-(2**63) + 1, 2**63 - 1)
TIMES = st.integers(0, 2**52)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
ROWS = st.fixed_dictionaries(
    {
        "time": TIMES,
        "seq": st.integers(0, 2**40),
        "district": IDS,
        "device": IDS,
        "result": st.none() | st.sampled_from(KIND.field("result").values),
        "card": st.none() | TEXTS,
        "terminal": st.none() | TEXTS,
        "fare_cents": st.none() | INT64,
        "tap_ms": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "transfer": st.booleans(),
        "read_us": st.none() | TIMES,
    },
)

Row = dict[str, object]


def batch_of(rows: list[Row]) -> Batch:
    roster = Roster(Names())
    names = {"card": Names(), "terminal": Names()}
    numbers = [roster.names.find(str(row["device"])) for row in rows]
    for place, row in enumerate(rows):
        found = roster.names.find(str(row["device"]))
        numbers[place] = found if found >= 0 else roster.add(str(row["device"]), str(row["district"]))
    device = np.array(numbers, dtype=np.int32)

    def column(name: str) -> np.ndarray:
        field = KIND.field(name)
        values = [row[name] for row in rows]
        if field.type is FieldType.TEXT:
            values = [NO_NAME if value is None else names[name].code(str(value)) for value in values]
        elif field.type is FieldType.CHOICE:
            values = [NO_NAME if value is None else field.values.index(str(value)) for value in values]
        return np.array([field.absent if value is None else value for value in values], dtype=field.dtype)

    columns = {field.name: column(field.name) for field in KIND.wire_fields}
    columns["true_ms"] = np.full(len(rows), 1.25)
    time_us = np.array([row["time"] for row in rows], dtype=np.int64)
    seq = np.array([row["seq"] for row in rows], dtype=np.int64)
    fault = np.zeros(len(rows), dtype=np.uint8)
    return Batch(KIND, roster, time_us, time_us + 9, roster.district_codes()[device], device, seq, fault, columns, names)


def expected(row: Row, *, shift_us: int) -> Row:
    """Return the JSON object of a row as the format describes it."""
    values: Row = {"t": row["time"] + shift_us, "seq": row["seq"], "run": RUN}
    values |= {field.name: row[field.name] for field in KIND.wire_fields if row[field.name] is not None}
    if row["read_us"] is not None:
        values["read_us"] = row["read_us"] + shift_us
    return values


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(ROWS, min_size=1, max_size=6), shift_us=st.integers(-(2**40), 2**40))
def test_an_independent_json_reader_sees_exactly_the_values(rows: list[Row], shift_us: int) -> None:
    payloads = Encoder().encode(batch_of(rows), run=RUN, shift_us=shift_us, due_us=None)
    for row, payload in zip(rows, payloads, strict=True):
        assert json.loads(payload) == expected(row, shift_us=shift_us)


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(ROWS, min_size=1, max_size=6))
def test_what_is_encoded_is_decoded_to_the_same_columns(rows: list[Row]) -> None:
    batch = batch_of(rows)
    due_us = np.arange(len(rows), dtype=np.int64) + 17
    payloads = stamped(Encoder().encode(batch, run=RUN, shift_us=-5, due_us=due_us), 99)
    decoded = Decoder([OTHER, KIND], RUN).decode("tap", DeviceTopics().of(batch), payloads)
    assert decoded.bad == ()
    assert decoded.rows.tolist() == list(range(len(rows)))
    assert dict(decoded.frame.schema) == frame_schema(KIND)
    districts = [batch.roster.districts[code] for code in batch.district]
    for place, (row, got) in enumerate(zip(rows, decoded.frame.to_dicts(), strict=True)):
        assert (got["district"], got["device"], got["due"], got["sent"]) == (districts[place], row["device"], due_us[place], 99)
        values = expected(row, shift_us=-5)
        assert {name: value for name, value in got.items() if value is not None and name in values} == values
        assert all(got[field.name] is None for field in KIND.wire_fields if row[field.name] is None)


@settings(max_examples=300, deadline=None)
@given(district=IDS, device=IDS)
def test_any_id_makes_one_safe_level_that_an_independent_reader_undoes(district: str, device: str) -> None:
    roster = Roster(Names())
    roster.add(device, district)
    (topic,) = DeviceTopics("test/city").table(KIND, roster)
    root, sub, shown_district, system, kind, shown_device = topic.split("/")
    assert (root, sub, system, kind) == ("test", "city", "cards", "tap")
    assert set(shown_district + shown_device) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:-%")
    assert (unquote(shown_district, errors="strict"), unquote(shown_device, errors="strict")) == (district, device)
    assert (plain(shown_district), plain(shown_device)) == (district, device)
    index = TopicIndex([KIND], "test/city")
    (code,) = index.codes([topic])
    assert (index.districts[code], index.devices[code]) == (district, device)


def test_ordinary_ids_are_rendered_as_they_are_and_others_escaped() -> None:
    assert level("bus-71_a.B:2") == "bus-71_a.B:2"
    assert level("a/b +#,%~é") == "a%2Fb%20%2B%23%2C%25%7E%C3%A9"


@pytest.mark.parametrize("broken", ["%", "%4", "%zz", "a%2", "%ff", "%C3"])
def test_a_broken_escape_is_refused(broken: str) -> None:
    with pytest.raises(ValueError, match=r"escape|decode"):
        plain(broken)


@pytest.mark.parametrize("root", ["", "a/", "/a", "a//b", "a b", "a+", "#", "$SYS", "a\x00"])
def test_a_root_that_cannot_be_published_under_is_a_usage_error(root: str) -> None:
    with pytest.raises(UsageError, match="topic root"):
        check_root(root)


def test_an_empty_batch_has_no_payloads_and_an_empty_block_no_rows() -> None:
    empty = batch_of([row_of()]).take(slice(0, 0))
    assert Encoder().encode(empty, run=RUN, shift_us=0, due_us=None) == []
    decoded = Decoder([KIND], RUN).decode("tap", [], [])
    assert decoded.frame.height == 0
    assert dict(decoded.frame.schema) == frame_schema(KIND)


def row_of(**values: object) -> Row:
    row: Row = {"time": 1_000, "seq": 0, "district": "Pudong", "device": "gate-1", "result": "accepted", "card": "c1"}
    return row | {"terminal": "t1", "fare_cents": 200, "tap_ms": 0.25, "transfer": True, "read_us": 990} | values


def test_a_payload_is_compact_with_its_keys_in_order_and_the_stamp_in_front() -> None:
    batch = batch_of([row_of()])
    (payload,) = Encoder().encode(batch, run=RUN, shift_us=0, due_us=np.array([7]))
    body = b'"run":"abcdefgh","t":1000,"seq":0,"due":7,"result":"accepted","card":"c1","terminal":"t1","fare_cents":200,'
    body += b'"tap_ms":0.25,"transfer":true,"read_us":990}'
    assert payload == b"{" + body
    assert stamped([payload], 1_425_250_800_000_000) == [b'{"sent":1425250800000000,' + body]


def test_reals_are_printed_with_no_more_decimals_than_their_resolution() -> None:
    values = np.round(np.random.default_rng(5).uniform(-500, 500, 20_000), 3)
    batch = batch_of([row_of(tap_ms=value) for value in values.tolist()])
    payloads = Encoder().encode(batch, run=RUN, shift_us=0, due_us=None)
    texts = [payload.split(b'"tap_ms":')[1].split(b",")[0].decode() for payload in payloads]
    assert max(len(text.partition(".")[2]) for text in texts) == 3
    assert np.array([float(text) for text in texts]).tobytes() == values.tobytes()


def test_an_infinite_real_is_refused_because_json_cannot_carry_it() -> None:
    with pytest.raises(ValueError, match="tap_ms is infinite"):
        Encoder().encode(batch_of([row_of(tap_ms=math.inf)]), run=RUN, shift_us=0, due_us=None)


def test_words_met_later_are_rendered_when_the_tables_grow() -> None:
    encoder = Encoder()
    batch = batch_of([row_of(), row_of(card="c2")])
    first = encoder.encode(batch.take(slice(0, 1)), run=RUN, shift_us=0, due_us=None)
    code = batch.names["card"].code("late, \\card")
    batch.columns["card"][1] = code
    second = encoder.encode(batch, run=RUN, shift_us=0, due_us=None)
    assert [json.loads(payload)["card"] for payload in first + second] == ["c1", "c1", "late, \\card"]


def test_an_absent_instant_is_not_shifted_into_existence() -> None:
    batch = batch_of([row_of(read_us=None)])
    assert batch.columns["read_us"][0] == ABSENT_INT
    (payload,) = Encoder().encode(batch, run=RUN, shift_us=10**15, due_us=None)
    assert "read_us" not in json.loads(payload)


def payload_of(**values: object) -> bytes:
    row = {"t": 1, "seq": 2, "run": RUN, "result": "accepted", "card": "c", "fare_cents": 5, "tap_ms": 1.5, "transfer": False}
    return json.dumps({name: value for name, value in (row | values).items() if value is not None}).encode()


GOOD = payload_of()


@dataclass(frozen=True)
class Case:
    reason: Reason
    payload: bytes
    detail: str = ""
    topic: str = TOPIC


CASES = {
    "text in an integer": Case(Reason.WRONG_TYPE, payload_of(fare_cents="5"), "fare_cents is '5', not a 64-bit integer"),
    "float in an integer": Case(Reason.WRONG_TYPE, payload_of(fare_cents=5.0), "fare_cents is 5.0"),
    "flag in an integer": Case(Reason.WRONG_TYPE, payload_of(fare_cents=True), "fare_cents is True"),
    "integer beyond int64": Case(Reason.WRONG_TYPE, payload_of(fare_cents=2**63), "fare_cents is 9223372036854775808"),
    "integer far beyond int64": Case(Reason.WRONG_TYPE, payload_of(fare_cents=10**30), "fare_cents"),
    "text in a real": Case(Reason.WRONG_TYPE, payload_of(tap_ms="1.5"), "tap_ms is '1.5', not a number"),
    "flag in a real": Case(Reason.WRONG_TYPE, payload_of(tap_ms=False), "tap_ms is False"),
    "number in a text": Case(Reason.WRONG_TYPE, payload_of(card=7), "card is 7, not a text"),
    "list in a text": Case(Reason.WRONG_TYPE, payload_of(card=["a"]), "card is ['a']"),
    "object in a text": Case(Reason.WRONG_TYPE, payload_of(card={"a": 1}), "card is {'a': 1}"),
    "number in a choice": Case(Reason.WRONG_TYPE, payload_of(result=0), "result is 0, not a text"),
    "number in a flag": Case(Reason.WRONG_TYPE, payload_of(transfer=1), "transfer is 1, not true or false"),
    "null": Case(Reason.WRONG_TYPE, GOOD.replace(b'"c"', b"null"), "card is None"),
    "text as time": Case(Reason.WRONG_TYPE, payload_of(t="1"), "t is '1'"),
    "number as run": Case(Reason.WRONG_TYPE, payload_of(run=5), "run is 5"),
    "quotes that make up for each other": Case(Reason.WRONG_TYPE, payload_of(card=["a", "b"], terminal=5), "card is ['a', 'b']"),
    "no time": Case(Reason.MISSING_FIELD, payload_of(t=None), "t is missing"),
    "no number": Case(Reason.MISSING_FIELD, payload_of(seq=None), "seq is missing"),
    "no run": Case(Reason.MISSING_FIELD, payload_of(run=None), "run is missing"),
    "unknown field": Case(Reason.UNKNOWN_FIELD, payload_of(colour="red"), "tap has no field 'colour'"),
    "unknown field behind a number as text": Case(Reason.WRONG_TYPE, payload_of(card=7, colour=7), "card is 7"),
    "truth on the wire": Case(Reason.UNKNOWN_FIELD, payload_of(true_ms=1.0), "no field 'true_ms'"),
    "unknown word": Case(Reason.UNKNOWN_VALUE, payload_of(result="maybe"), "result is 'maybe', not one of accepted, denied"),
    "other run": Case(Reason.FOREIGN_RUN, payload_of(run="otherrun"), "run 'otherrun', not 'abcdefgh'"),
    "seq below 0": Case(Reason.UNKNOWN_VALUE, payload_of(seq=-1), "seq is -1, not a count from 0 on"),
    "seq that no device comes to": Case(Reason.UNKNOWN_VALUE, payload_of(seq=MOST_SEQ + 1), "not a count from 0 on"),
    "not JSON": Case(Reason.MALFORMED, b"hello", "not JSON"),
    "cut": Case(Reason.MALFORMED, GOOD[:-9], "not JSON"),
    "empty": Case(Reason.MALFORMED, b"", "not JSON"),
    "blank": Case(Reason.MALFORMED, b" \n ", "not JSON"),
    "list": Case(Reason.MALFORMED, b"[1]", "a JSON list, not an object"),
    "NaN": Case(Reason.MALFORMED, GOOD.replace(b"1.5", b"NaN"), "not JSON"),
    "beyond float64": Case(Reason.MALFORMED, GOOD.replace(b"1.5", b"1e999"), "not JSON"),
    "no UTF-8": Case(Reason.MALFORMED, GOOD.replace(b'"c"', b'"\xff"'), "not JSON"),
    "half a surrogate pair": Case(Reason.MALFORMED, GOOD.replace(b'"c"', b'"\\ud800"'), "not JSON"),
    "two objects": Case(Reason.MALFORMED, GOOD + GOOD, "not JSON"),
    "two lines": Case(Reason.MALFORMED, GOOD + b"\n" + GOOD, "not JSON"),
    "raw newline in a text": Case(Reason.MALFORMED, GOOD.replace(b'"c"', b'"c\nd"'), "not JSON"),
    "oversize": Case(Reason.OVERSIZE, payload_of(card="x" * LIMIT_BYTES), f"at most {LIMIT_BYTES}"),
    "unknown kind": Case(Reason.FOREIGN_TOPIC, GOOD, "tip", "city/Pudong/cards/tip/gate-1"),
    "other kind": Case(Reason.FOREIGN_TOPIC, GOOD, "settlement", "city/Pudong/cards/settlement/gate-1"),
    "other system": Case(Reason.FOREIGN_TOPIC, GOOD, "buses", "city/Pudong/buses/tap/gate-1"),
    "other root": Case(Reason.FOREIGN_TOPIC, GOOD, "town", "town/Pudong/cards/tap/gate-1"),
    "missing level": Case(Reason.FOREIGN_TOPIC, GOOD, "city/cards", "city/cards/tap/gate-1"),
    "further level": Case(Reason.FOREIGN_TOPIC, GOOD, "gate-1/x", TOPIC + "/x"),
    "empty device": Case(Reason.FOREIGN_TOPIC, GOOD, "tap/", "city/Pudong/cards/tap/"),
    "broken escape": Case(Reason.FOREIGN_TOPIC, GOOD, "%zz", "city/Pudong/cards/tap/%zz"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_bad_message_is_rejected_alone_and_its_neighbours_are_kept(name: str) -> None:
    case = CASES[name]
    decoder = Decoder([KIND, OTHER], RUN)
    payloads = [payload_of(seq=number) for number in range(5)]
    payloads[2] = case.payload
    decoded = decoder.decode("tap", [TOPIC, TOPIC, case.topic, TOPIC, TOPIC], payloads)
    assert [(bad.index, bad.reason) for bad in decoded.bad] == [(2, case.reason)]
    assert case.detail in decoded.bad[0].detail
    assert decoded.rows.tolist() == [0, 1, 3, 4]
    assert decoded.frame.get_column("seq").to_list() == [0, 1, 3, 4]


def test_all_bad_messages_of_a_block_are_named_at_once_in_order() -> None:
    cases = list(CASES.values())
    topics = [topic for case in cases for topic in (TOPIC, case.topic)]
    payloads = [payload for number, case in enumerate(cases) for payload in (payload_of(seq=number), case.payload)]
    decoded = Decoder([KIND, OTHER], RUN).decode("tap", topics, payloads)
    assert [bad.reason for bad in decoded.bad] == [case.reason for case in cases]
    assert [bad.index for bad in decoded.bad] == list(range(1, len(topics), 2))
    assert decoded.frame.get_column("seq").to_list() == list(range(len(cases)))


def test_without_a_run_messages_of_every_run_are_read() -> None:
    decoded = Decoder([KIND], None).decode("tap", [TOPIC] * 2, [payload_of(), payload_of(run="otherrun")])
    assert decoded.frame.get_column("run").to_list() == [RUN, "otherrun"]


@pytest.mark.parametrize("run", ["", "short", "a/b/c/d/", "ABCDEFGH", "x" * 60_000, "abcdefgh\n"])
def test_without_a_run_what_cannot_be_one_is_refused_before_it_becomes_a_topic(run: str) -> None:
    decoded = Decoder([KIND], None).decode("tap", [TOPIC] * 3, [payload_of(), payload_of(run=run), payload_of()])
    assert [(bad.index, bad.reason) for bad in decoded.bad] == [(1, Reason.UNKNOWN_VALUE)]
    assert decoded.frame.height == 2


UNUSUAL = {
    "spaces and another order": b' { "run" : "abcdefgh" , "seq":2, "t" : 1 }',
    "escapes": b'{"t":1,"seq":2,"run":"abcdefgh","card":"a\\"\\u0062\\n"}',
    "integer in a real": b'{"t":1,"seq":2,"run":"abcdefgh","tap_ms":4}',
    "a key twice": b'{"t":0,"seq":2,"run":"abcdefgh","t":1}',
    "colons and brackets in texts": b'{"t":1,"seq":2,"run":"abcdefgh","card":"a:b{[:","terminal":":"}',
    "a newline between keys": b'{"t":1,\n"seq":2,"run":"abcdefgh"}',
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_a_message_written_in_an_unusual_way_is_read_like_json(name: str) -> None:
    decoded = Decoder([KIND], RUN).decode("tap", [TOPIC] * 3, [GOOD, UNUSUAL[name], GOOD])
    assert decoded.bad == ()
    got = {field: value for field, value in decoded.frame.row(1, named=True).items() if value is not None}
    assert got == json.loads(UNUSUAL[name]) | {"district": "Pudong", "device": "gate-1"}


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | TEXTS | st.sampled_from(["accepted", RUN]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=4,
)
KEYS = st.sampled_from(["t", "seq", "due", "sent", "run", *(field.name for field in KIND.fields)]) | TEXTS


def judged_by_hand(payload: bytes) -> bool:
    """Return whether a payload is good, from the words of the format alone."""
    row = json.loads(payload)
    types = {"t": int, "seq": int, "due": int, "sent": int, "fare_cents": int, "read_us": int, "run": str, "card": str}
    types |= {"terminal": str, "result": str, "transfer": bool, "tap_ms": float}
    for name, value in row.items():
        wanted = types.get(name)
        exact = type(value) is wanted or (wanted is float and type(value) is int)
        if not exact or (wanted is int and not -(2**63) <= value < 2**63):
            return False
    if not {"t", "seq", "run"} <= row.keys() or not 0 <= row["seq"] <= MOST_SEQ:
        return False
    return row["run"] == RUN and row.get("result", "accepted") in KIND.field("result").values


def as_declared(row: Row) -> Row:
    """Return what a good payload says in the types of its fields: a whole number of a REAL field is the nearest float."""
    return {name: float(value) if name == "tap_ms" else value for name, value in row.items()}


@settings(max_examples=400, deadline=None)
@example(rows=[(True, {"tap_ms": 2**53 + 1})])
@given(rows=st.lists(st.tuples(st.booleans(), st.dictionaries(KEYS, JSON_VALUES, max_size=4)), min_size=1, max_size=5))
def test_no_json_object_slips_through_with_a_value_that_is_not_as_declared(rows: list[tuple[bool, Row]]) -> None:
    payloads = []
    for based, changes in rows:
        row = (json.loads(GOOD) if based else {}) | changes
        payloads.append(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode())
    payloads = [payload for payload in payloads if b"Infinity" not in payload]
    decoded = Decoder([KIND], RUN).decode("tap", [TOPIC] * len(payloads), payloads)
    good = [place for place, payload in enumerate(payloads) if judged_by_hand(payload)]
    assert decoded.rows.tolist() == good
    assert sorted([*decoded.rows.tolist(), *(bad.index for bad in decoded.bad)]) == list(range(len(payloads)))
    for place, got in zip(good, decoded.frame.to_dicts(), strict=True):
        values = {name: value for name, value in got.items() if value is not None and name not in ("district", "device")}
        assert values == as_declared(json.loads(payloads[place]))


def test_ordinary_messages_are_all_read_at_once() -> None:
    rows = [row_of(seq=number, card=f"c:{number}", terminal=None if number % 3 else "t 1") for number in range(500)]
    payloads = stamped(Encoder().encode(batch_of(rows), run=RUN, shift_us=0, due_us=None), 5)
    frame, sure = BlockReader(KIND, RUN, LIMIT_BYTES).read(payloads)
    assert sure.all()
    assert frame.height == 500


def test_messages_are_sorted_by_the_kind_that_their_topic_names() -> None:
    topics = [TOPIC, "city/Pudong/cards/settlement/host", "citybeat/x", TOPIC]
    groups = Decoder([KIND, OTHER], RUN).group(topics)
    assert {name: rows.tolist() for name, rows in groups.kinds.items()} == {"tap": [0, 3], "settlement": [1]}
    assert groups.foreign.tolist() == [2]


def test_every_field_type_has_a_column_type() -> None:
    assert {column_type(field) == frame_schema(KIND)[field.name] for field in KIND.wire_fields} == {True}
    assert isinstance(frame_schema(KIND)["result"], pl.Enum)


def decode_one(payload: bytes, limit_bytes: int) -> Decoded:
    return Decoder([KIND], RUN, limit_bytes=limit_bytes).decode("tap", [TOPIC], [payload])


def test_the_size_limit_is_exact() -> None:
    assert decode_one(GOOD, len(GOOD)).bad == ()
    assert decode_one(GOOD, len(GOOD) - 1).bad[0].reason is Reason.OVERSIZE
