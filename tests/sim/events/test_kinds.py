"""Kinds: schemas that could not travel or be queried are refused when they are declared."""

import pickle
from enum import auto

import numpy as np
import pytest

from sim.events.kinds import (
    ABSENT,
    DTYPES,
    INFLUXQL_KEYWORDS,
    RESERVED,
    Choice,
    Field,
    FieldType,
    Kind,
    choice,
    flag,
    instant,
    integer,
    real,
    text,
)
from sim.events.row_checks import misfit
from sim.figures import Figure, Grade
from sim.judge.measures import Measure


class AlarmEvent(Choice):
    RESTORED = auto()
    FIRE = "110"
    DOOR_OPEN = auto()


def kind(*fields: Field, name: str = "tap", qos: int = 1) -> Kind:
    return Kind(name, system="cards", doc="a card touches a reader", plan_ids=("C1",), qos=qos, fields=fields)


@pytest.mark.parametrize("name", ["order", "user", "key", "time", "seq", "due", "Speed", "speed-m", "", "1st", "ä"])
def test_a_field_name_that_breaks_queries_or_the_event_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="reserved, an InfluxQL keyword or not snake_case"):
        integer(name)


@pytest.mark.parametrize("name", ["select", "Tap", "bus stop", "tap/1"])
def test_a_kind_name_that_breaks_topics_or_queries_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="InfluxQL keyword or not snake_case"):
        kind(name=name)


def test_keywords_and_reserved_names_are_written_as_fields_are() -> None:
    assert all(name == name.lower() for name in INFLUXQL_KEYWORDS | RESERVED)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (lambda: choice("state"), "a choice has values"),
        (lambda: choice("state", Choice), "a choice has values"),
        (lambda: Field("state", type=FieldType.TEXT, values=("on",)), "a choice has values"),
        (lambda: choice("state", "on", "off", "on"), "must differ"),
        (lambda: Field("speed", type=FieldType.REAL, tag=True), "a tag is a choice, a text or an integer"),
        (lambda: text("cause", tag=True, truth=True), "cannot be a tag"),
    ],
)
def test_a_contradictory_field_is_refused(wrong: object, reason: str) -> None:
    assert callable(wrong)
    with pytest.raises(ValueError, match=reason):
        wrong()


def test_repeated_fields_and_an_impossible_qos_are_refused() -> None:
    with pytest.raises(ValueError, match="fields must differ"):
        kind(integer("amount_cents"), real("amount_cents", "cents", 0))
    with pytest.raises(ValueError, match="QoS is 0 or 1"):
        kind(qos=2)


def test_every_type_has_a_column_that_can_hold_its_mark_of_absence() -> None:
    for each in FieldType:
        column = np.array([ABSENT[each]], dtype=DTYPES[each])
        assert column[0] == ABSENT[each] or np.isnan(column[0])


def test_a_choice_is_its_place_in_the_list_of_words() -> None:
    words = choice("fix_type", "none", "single", "rtk").choices
    assert [words[code] for code in range(len(words))] == ["none", "single", "rtk"]


def test_a_member_of_a_choice_is_its_code_and_knows_its_word_on_the_wire() -> None:
    assert [(int(each), each.word) for each in AlarmEvent] == [(0, "restored"), (1, "110"), (2, "door_open")]
    declared = choice("alarm_event", AlarmEvent, tag=True)
    assert (declared.values, declared.members, declared.tag) == (("restored", "110", "door_open"), AlarmEvent, True)
    assert AlarmEvent(np.int64(2)) is AlarmEvent.DOOR_OPEN is pickle.loads(pickle.dumps(AlarmEvent.DOOR_OPEN))  # noqa: S301  (our own)


def test_members_and_codes_are_the_same_numbers_in_columns() -> None:
    column = np.array([2, 0, 1, 2], dtype=np.int32)
    assert (column == AlarmEvent.DOOR_OPEN).tolist() == [True, False, False, True]
    assert np.where(column > 0, AlarmEvent.FIRE, AlarmEvent.RESTORED).tolist() == [1, 0, 1, 1]


def test_two_choices_of_the_same_words_make_the_same_kind() -> None:
    assert choice("alarm_event", AlarmEvent) == choice("alarm_event", *AlarmEvent.words())


def test_a_code_written_by_hand_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Siren: a member of a choice is auto\(\) or the word on the wire, not 7"):
        Choice("Siren", {"SOUNDING": 7})


def test_truth_labels_stay_off_the_wire_and_tags_are_found() -> None:
    tap = kind(text("route", tag=True), flag("real_alarm", truth=True), instant("scheduled_us"))
    assert [field.name for field in tap.wire_fields] == ["route", "scheduled_us"]
    assert [field.name for field in tap.tags] == ["route"]


def test_a_field_is_found_by_name_or_not_at_all() -> None:
    tap = kind(real("speed_m_s", "m/s", 2))
    assert tap.field("speed_m_s").decimals == 2
    with pytest.raises(KeyError, match="speed"):
        tap.field("speed")


def test_what_a_choice_may_hold_is_said_by_its_class_or_its_words() -> None:
    for declared, advice in (
        (choice("way", "in", "out"), "it is the index of a word (in, out)"),
        (choice("alarm_event", AlarmEvent), "it is a member of AlarmEvent (restored, 110, door_open)"),
    ):
        assert misfit(kind(declared), declared, "9").endswith(f"cannot hold 9; {advice}, -1 for none")


def test_nothing_of_a_declaration_is_told_by_its_place() -> None:
    for declared, given in ((Kind, ("tap", "cards")), (Field, ("state", FieldType.TEXT)), (Figure, ("power", 80)), (Measure, ("a.b", "s"))):
        with pytest.raises(TypeError, match="takes 2 positional arguments but 3 were given"):
            declared(*given)  # type: ignore[operator]


def test_a_figure_without_a_grade_is_an_assumption() -> None:
    assert Figure("power", value=80, unit="W").grade is Grade.K
