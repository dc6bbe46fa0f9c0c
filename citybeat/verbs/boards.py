"""`citybeat boards`: generate the boards, push them to a Grafana, or check them against a store.

Owns the verb. The boards are `dashboards`'.
"""

import click


@click.group()
def boards() -> None:
    """Build, push or check the Grafana boards."""
