"""What InfluxDB answers: the shapes we ask for, and the words of any answer, whoever gave it.

Owns reading answers. A login page, a proxy's error or another database may answer in InfluxDB's place, so nothing here believes
that an answer is UTF-8, JSON or short. What follows from an answer is `brokers.influx.api`'s.
"""

import re
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field

LONGEST_WORDS = 300  # InfluxDB quotes the whole line, a proxy sends a page

_ELEMENT = re.compile(r"<(?:script|style)\b.*?</(?:script|style)>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_CHARSET = re.compile(r"charset=\"?([\w.:-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came: `reason` is the status line's text, `kind` the content type, `location` where a redirect leads."""

    status: int
    reason: str
    kind: str
    location: str
    content: bytes

    def own_words(self) -> str:
        """Return the message of an error in InfluxDB 2's form, empty for an answer of anybody else's."""
        try:
            content = orjson.loads(self.content)
        except orjson.JSONDecodeError:
            return ""
        if not isinstance(content, dict) or not isinstance(content.get("code"), str):
            return ""
        return str(content.get("message") or content["code"])

    def words(self) -> str:
        """Return what the answer says as one short line: its own message, a page's text, where it leads, or that it is empty."""
        if own := self.own_words():
            return f"{self.status}: {shortened(own)}"
        told = shortened(_ELEMENT.sub(" ", self._text()))
        if self.location:
            told = f"leads to {shortened(self.location)}"
        return f"{self.status} {self.reason}".strip() + f": {told or 'an empty answer'}"

    def _text(self) -> str:
        named = _CHARSET.search(self.kind)
        try:
            return self.content.decode(named[1] if named else "utf-8", errors="replace")
        except LookupError:
            return self.content.decode(errors="replace")


def shortened(text: str) -> str:
    """Return a text as one line of at most LONGEST_WORDS characters, without any that a terminal would obey."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text[: 100 * LONGEST_WORDS]).split())
    return line if len(line) <= LONGEST_WORDS else f"{line[:LONGEST_WORDS]}…"


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Health(_Shape):
    """The answer to /health."""

    status: str
    message: str = ""


class Org(_Shape):
    """An organisation."""

    id: str


class Orgs(_Shape):
    """The organisations of a name."""

    orgs: tuple[Org, ...]


class RetentionRule(_Shape):
    """How long a bucket keeps points; 0 is for ever."""

    seconds: int = Field(0, alias="everySeconds")


class Bucket(_Shape):
    """A bucket."""

    id: str
    org: str = Field(alias="orgID")
    retention: tuple[RetentionRule, ...] = Field((), alias="retentionRules")


class Buckets(_Shape):
    """The buckets of a name."""

    buckets: tuple[Bucket, ...]


class Mapping(_Shape):
    """Where InfluxQL's database and policy lead; a virtual one was made up from the bucket's name."""

    id: str = ""
    bucket: str = Field(alias="bucketID")
    default: bool = False
    virtual: bool = False


class Mappings(_Shape):
    """The mappings of a database and policy."""

    content: tuple[Mapping, ...]


class Patched(_Shape):
    """The answer to a changed mapping, which wraps it."""

    content: Mapping


class Series(_Shape):
    """Rows of one series of an InfluxQL answer, times in µs since 1970."""

    columns: list[str]
    values: list[list[Any]] = []
    tags: dict[str, str] = {}


class Statement(_Shape):
    """The answer to one InfluxQL statement."""

    series: tuple[Series, ...] = ()
    error: str = ""


class Results(_Shape):
    """The answers to the statements of an InfluxQL text, in order."""

    results: tuple[Statement, ...]
