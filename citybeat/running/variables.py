"""The environment variables that citybeat reads; one that is spelled another way would be passed over in silence.

Owns their names, for the message about a stranger.
"""

import os
from collections.abc import Iterator, Mapping

from sim.units import nearest

PREFIX = "CITYBEAT_"
SECRETS = ("CITYBEAT_BROKER_USERNAME", "CITYBEAT_BROKER_PASSWORD", "CITYBEAT_INGEST_KEY")  # may lie in a file that NAME_FILE names
SETTINGS = ("CITYBEAT_BROKER", "CITYBEAT_STORE", *SECRETS, *(f"{name}_FILE" for name in SECRETS))
# What the compose file and our own tests read; they start the command too.
SCRIPTS = tuple(f"{server}_SCRIPT" for server in ("INFLUXDB", "GRAFANA"))
AROUND = tuple(PREFIX + name for name in ("SECRETS", "COMPOSE", "FEEDS", "TELEGRAF", *SCRIPTS))


def is_unknown(name: str) -> bool:
    """Return whether a variable is called like one of ours and nothing reads it."""
    return name.upper().startswith(PREFIX) and name not in SETTINGS and name not in AROUND


def unknown_variables(environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """Yield a text for each variable of ours that nothing reads, with the nearest name."""
    for name in sorted(os.environ if environment is None else environment):
        if is_unknown(name):
            yield f"{name} is set, and nothing reads it{nearest(name.upper(), SETTINGS)}; there are {', '.join(SETTINGS)}"
