"""Markup: whatever comes from outside stays text."""

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from dashboards.report.drawing.markup import Markup, join, tag

# HTML's own reader turns these into something else before any escaping could matter.
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\r\0"), min_size=1)


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


@given(TEXTS, TEXTS)
def test_any_text_comes_back_as_child_and_as_attribute(child: str, attribute: str) -> None:
    found = read(tag("p", child, title=attribute))
    assert found.text == child
    assert found.elements == [("p", {"title": attribute})]


def test_markup_is_not_escaped_twice() -> None:
    assert tag("p", tag("b", "<")) == "<p><b>&lt;</b></p>"
    assert join((Markup("<hr>"), "<", None)) == "<hr>&lt;"


def test_attributes_take_the_names_of_html_and_svg() -> None:
    assert tag("line", x1=1.25, stroke_width=2, class_="rule", hidden=None) == '<line x1="1.2" stroke-width="2" class="rule"></line>'
