"""Names: texts as numbers, and hashes that do not depend on the numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.names import NO_NAME, Names


@given(st.lists(st.text(max_size=8), max_size=30))
def test_a_code_leads_back_to_its_text(texts: list[str]) -> None:
    names = Names()
    codes = names.codes(texts)
    assert [names[int(code)] for code in codes] == texts
    assert list(names) == list(dict.fromkeys(texts))
    assert len(names) == len(set(texts))


def test_a_text_keeps_its_first_code() -> None:
    names = Names(["a", "b", "a"])
    assert (names.code("b"), names.find("b"), names.code("c"), names.find("d"), len(names)) == (1, 1, 2, NO_NAME, 3)


@pytest.mark.parametrize("code", [NO_NAME, -7, 2])
def test_a_code_that_was_never_given_has_no_text(code: int) -> None:
    with pytest.raises(IndexError):
        Names(["a", "b"])[code]


@given(st.lists(st.text(max_size=5), unique=True, max_size=20), st.data())
def test_a_text_has_the_same_hash_in_every_table(texts: list[str], data: st.DataObject) -> None:
    first, second = Names(texts), Names(data.draw(st.permutations(texts)))
    assert {text: first.hashes()[first.find(text)] for text in texts} == {text: second.hashes()[second.find(text)] for text in texts}


def test_hashes_grow_with_the_table_and_end_with_the_absent_one() -> None:
    names = Names()
    assert names.hashes().tolist() == [0]
    names.code("a")
    alone = names.hashes().copy()
    names.codes(["b", "c"])
    grown = names.hashes()
    assert grown[0] == alone[0]
    assert (len(grown), grown[NO_NAME], len(np.unique(grown))) == (4, 0, 4)
    assert grown.tolist() == Names("abc").hashes().tolist()
