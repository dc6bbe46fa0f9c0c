"""Figures of citybeat beside peers and limits measured in the same run: `python -m benchmarks`."""
