"""Paths as people write them: `~` is their home wherever a path is taken, not only where a shell has replaced it.

Owns where runs lie when nobody says.
"""

from pathlib import Path

RUNS = Path("runs")


def expanded(path: str | Path) -> Path:
    """Return a path with `~` and `~name` replaced; as it is for a name that nobody here has."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)
