"""The metro (N7, its small first form): 302 stations on 14 lines, who rides, gates, platforms, and a line that stands still."""
