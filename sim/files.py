"""Paths as people write them: `~` is their home wherever a path is taken, not only where a shell has replaced it.

Owns this one replacement, which settings, parameters and options share.
"""

from pathlib import Path


def expanded(path: str | Path) -> Path:
    """Return a path with `~` and `~name` replaced; as it is for a name that nobody here has."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)
