"""Credentials: names, passwords, tokens and addresses from the environment, or from files that it names.

Owns reading and checking them before anything uses them. A message names the place and never says what stands there.
"""

import codecs
from collections.abc import Mapping

from sim.addresses import is_line
from sim.errors import UsageError
from sim.files import expanded

LONGEST_BYTES = 64 * 1024
# Their encodings of text as other programs save it: refused by name, since guessing could be wrong.
OTHER_ENCODINGS = ((codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16"))
IN_HEADERS = "_TOKEN"  # what ends so goes into a header of HTTP, which takes visible ASCII only
BASIC = ("GRAFANA_USER", "GRAFANA_PASSWORD")  # what HTTP's basic authentication takes


def secret(environment: Mapping[str, str], name: str) -> str | None:
    """Return NAME, else the content of the file named by NAME_FILE, without blanks and line ends around it.

    Raises UsageError for a file that cannot be read, and for what cannot be what it stands for: two lines, controls, other encodings.
    """
    if environment.get(name):
        return _checked(environment[name], name, name)
    path = environment.get(f"{name}_FILE")
    if not path:
        return None
    place = f"{name}_FILE"
    return _checked(_read(path, place), name, f"the file that {place} names")


def _read(path: str, place: str) -> str:
    try:
        with expanded(path).open("rb") as file:
            content = file.read(LONGEST_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL
        reason = error.strerror if isinstance(error, OSError) else "no such path can be"
        shown = path if is_line(path) else "a path with control characters"
        msg = f"{place} names {shown}, which cannot be read: {reason}"
        raise UsageError(msg) from None
    for mark, encoding in OTHER_ENCODINGS:
        if content.startswith(mark):
            msg = f"the file that {place} names is saved as {encoding}: save it as plain UTF-8"
            raise UsageError(msg)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        msg = f"the file that {place} names is not UTF-8: save it as plain UTF-8, or give another file"
        raise UsageError(msg) from None


def _checked(text: str, name: str, place: str) -> str:
    """Return the text without what surrounds it. Raises UsageError without a word of it."""
    text = text.strip().removeprefix("\ufeff").strip()
    problem = _problem(text, name)
    if problem:
        msg = f"{place} cannot be used: {problem}"
        raise UsageError(msg)
    return text


def _problem(text: str, name: str) -> str:
    token, basic = name.endswith(IN_HEADERS), name in BASIC
    found = {
        "it is empty": not text,
        f"it is longer than {LONGEST_BYTES:,} characters": len(text) > LONGEST_BYTES,
        "it holds more than one line": len(text.splitlines()) > 1,
        "it holds a control character, or bytes that are not UTF-8": not is_line(text),
        "it holds a blank or a character beyond ASCII, and a token has none": token and not all("!" <= mark <= "~" for mark in text),
        "it holds a character beyond Latin-1, which HTTP does not take here: use GRAFANA_TOKEN": basic
        and any(mark > "\xff" for mark in text),
    }
    return next((words for words, true in found.items() if true), "")
