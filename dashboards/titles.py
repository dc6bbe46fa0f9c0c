"""Names as people read them: what boards and report both call a measure, a kind or a label.

Owns spelling only.
"""

import re


def title_of(measure: str, unit: str = "") -> str:
    """Return a measure's name for people: `buses.report_delay_s` is `Report delay`."""
    words = measure.partition(".")[2].split("_") if "." in measure else measure.split("_")
    if len(words) > 1 and words[-1].lower() in {unit.lower(), "ratio"}:
        words = words[:-1]
    told = re.sub(r"\beta\b", "ETA", re.sub(r"\bqos(\d)", r"QoS \1", " ".join(words)))
    return capital(told)


def label_text(label: str) -> str:
    """Return a label for people: `first_quarter` is `first quarter`."""
    return label.replace("_", " ")


def capital(text: str) -> str:
    """Return a text with a capital first letter, the rest as it stands."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """Return a text as one sentence: a capital first letter and a full stop."""
    return f"{capital(text.strip()).rstrip('.')}."
