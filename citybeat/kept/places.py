"""Where runs lie when nobody says.

Owns the one name that verbs, settings and completion share.
"""

from pathlib import Path

RUNS = Path("runs")
