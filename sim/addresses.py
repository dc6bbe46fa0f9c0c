"""Addresses that may hold secrets: URLs taken apart by rules of our own, because the library's errors quote what it cannot read.

Owns the grammar. A problem names the part of an address and never its text: any part may be a piece of a password.
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import unquote

from sim.errors import UsageError
from sim.units import nearest

HIGHEST_PORT = 65_535
# Schemes that are no secret: they may be quoted.
KNOWN_SCHEMES = frozenset({"mqtt", "mqtts", "http", "https", "tcp", "ssl", "tls", "ws", "wss", "amqp", "amqps", "nats", "file", "ftp"})
ESCAPES = "in a user name or password write / as %2F, ? as %3F, # as %23 and @ as %40"

_NAMED_HOST = re.compile(r"[^\W_](?:[\w.-]*[\w.])?")  # letters of any script, as in international names
_NUMBERED_HOST = re.compile(r"\[([0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[\w.-]+)?)\]")
_TAIL = re.compile(r"[/?#]")


@dataclass(slots=True)
class Address:
    """The parts of a URL; what was not given is empty or None. `problems` are all that is wrong, without a word of the URL."""

    scheme: str = ""
    host: str = ""
    port: int | None = None
    path: str = field(default="", repr=False)
    query: str = field(default="", repr=False)
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    problems: list[str] = field(default_factory=list)


def take_apart(text: str, schemes: Collection[str]) -> Address:
    """Return the parts of `scheme://user:password@host:port/path?query`; the outermost @ counts. Raises nothing."""
    address, text = Address(), text.strip()
    if not is_line(text) or " " in text:
        address.problems.append("it holds a blank, a control character, or bytes that are not UTF-8")
        return address
    scheme, mark, rest = text.partition("://")
    if not mark or _TAIL.search(scheme):
        address.problems.append(f"it does not begin with a scheme: write {' or '.join(f'{each}://' for each in schemes)} before the host")
        return address
    address.scheme = _scheme(scheme.lower(), schemes, address.problems)
    cut = found.start() if (found := _TAIL.search(rest)) else len(rest)
    authority, tail = rest[:cut], rest[cut:]
    if "@" in tail or "#" in tail:
        address.problems.append(f"it has an @ or # after the host, or a character that ends the host before it: {ESCAPES}")
        return address
    userinfo, at, place = authority.rpartition("@")
    if userinfo.startswith("["):
        address.problems.append("a bracket stands before its user name: brackets are for an IPv6 host alone")
    if at:
        user, colon, password = userinfo.partition(":")
        address.user = _plain(user, address.problems)
        address.password = _plain(password, address.problems) if colon else None
    address.host, address.port = _place(place, address.problems)
    address.path, _, address.query = tail.partition("?")
    return address


def web_address(text: str, named: str) -> str:
    """Return an http or https URL that may be shown: without user, password, query and fragment. Raises UsageError, which names `named`."""
    address = take_apart(text, ("http", "https"))
    if address.user is not None:
        address.problems.append("it holds a user or a password: give them in settings of their own, where no message shows them")
    if address.query:
        address.problems.append("it has a query")
    if address.problems:
        msg = f"{named} cannot be used: {'; '.join(address.problems)}. Write it as http://host:port"
        raise UsageError(msg)
    return text.strip().rstrip("/")


def is_line(text: str) -> bool:
    """Return whether a text is one line of ordinary characters: no controls, line ends, marks of byte order or lone surrogates."""
    return all(unicodedata.category(mark) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for mark in text)


def _scheme(scheme: str, schemes: Collection[str], problems: list[str]) -> str:
    if scheme in schemes:
        return scheme
    told = f" {scheme!r}" if scheme in KNOWN_SCHEMES else ""
    problems.append(f"unknown scheme{told}{nearest(scheme, schemes)}: use {' or '.join(schemes)}")
    return ""


def _plain(text: str, problems: list[str]) -> str:
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError:
        decoded = "\0"
    if not is_line(decoded):
        problems.append("its user name or password holds a control character, or escapes that are not UTF-8")
    return decoded


def _place(place: str, problems: list[str]) -> tuple[str, int | None]:
    if (numbered := _NUMBERED_HOST.match(place)) is not None:
        host, rest = numbered[1], place[numbered.end() :]
    else:
        host, colon, port = place.partition(":")
        rest = colon + port
        if not host:
            problems.append("no host")
        elif not _NAMED_HOST.fullmatch(host):
            problems.append("what stands for its host is no host name (an IPv6 address stands in brackets)")
    if not rest:
        return host, None
    if not re.fullmatch(r":[0-9]{1,5}", rest) or not 0 < int(rest[1:]) <= HIGHEST_PORT:
        problems.append(f"the port is not a number from 1 to {HIGHEST_PORT}; where a password stands before the host, an @ ends it")
        return host, None
    return host, int(rest[1:])
