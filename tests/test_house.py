"""The page of the house says what is there: every room, every path, and where twenty questions are answered."""

import ast
import re

from tests.named_modules import ROOT

PAGE = (ROOT / "docs" / "house.md").read_text(encoding="utf-8")
PACKAGES = ("citybeat", "scenarios", "dashboards", "brokers", "devices", "sim")
BESIDE = ("tests", "benchmarks", "docs", "docker", "tools")
QUESTIONS = 20
GENERATED = "__pycache__"


def rooms() -> dict[str, str]:
    """Return every folder of the packages, and the first line of what its `__init__` says it is."""
    found = {}
    for package in PACKAGES:
        for room in sorted((ROOT / package).rglob("__init__.py")):
            said = ast.get_docstring(ast.parse(room.read_text(encoding="utf-8"))) or ""
            found[room.parent.relative_to(ROOT).as_posix()] = said.split("\n")[0].removesuffix(".")
    return found


def tree() -> dict[str, str]:
    """Return the folders of the page's tree, with their lines."""
    drawn: dict[str, str] = {}
    above: list[str] = []
    for line in PAGE.split("```")[1].splitlines():
        if match := re.fullmatch(r"( *)([a-z_]+)/ +(.+)", line):
            above = [*above[: len(match[1]) // 2], match[2]]
            drawn["/".join(above)] = match[3]
    return drawn


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table under a heading, without its head."""
    below = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in below.splitlines() if line.startswith("|")][2:]


def test_every_room_is_in_the_tree_with_the_words_of_its_own_door() -> None:
    inside = {room: line for room, line in tree().items() if room.split("/")[0] in PACKAGES}
    assert inside == rooms()


def test_every_folder_beside_the_packages_is_in_the_tree() -> None:
    assert {room for room in tree() if room.split("/")[0] not in PACKAGES} == set(BESIDE)


def test_every_folder_with_code_is_a_room() -> None:
    homes = {path.parent.relative_to(ROOT).as_posix() for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    assert {home for home in homes if GENERATED not in home} == set(rooms())


def test_twenty_questions_are_each_answered_by_one_file() -> None:
    answers = rows("Where would I look for")
    assert len(answers) >= QUESTIONS
    assert [question for question, answer in answers if not (ROOT / answer.strip("`")).is_file()] == []


def test_whatever_one_would_add_has_a_place() -> None:
    for thing, places, _ in rows("Where would I add"):
        named = re.findall(r"`([a-z_/]+/[a-z_]*(?:\.py)?)`", places) or re.findall(r"`(\w+\.py)`", places)
        assert named, thing
        assert all((ROOT / place).exists() for place in named), thing
