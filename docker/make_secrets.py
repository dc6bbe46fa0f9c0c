"""Secrets of the stack: made at random at the first start, kept afterwards, each in the volume of the one service that needs it.

Owns the files under /secrets that need no server; tokens of InfluxDB are `make_tokens`'. It runs in a service of its own that ends
at once; no secret stands in an image, in the compose file or in the environment.
"""

# ruff: noqa: INP001 - a script beside the compose file, part of no package

import base64
import hashlib
import os
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(os.environ.get("CITYBEAT_SECRETS", "/secrets"))

# The user each image runs as: files belong to it, and nobody else may read them.
MOSQUITTO, INFLUXDB, GRAFANA, CITYBEAT = 1883, 1000, 472, 10001

# Users of the broker, and in whose volume their password lies.
MQTT_USERS = {"devices": "simulator", "ingest": "ingest", "viewer": "viewer"}
# Rounds of PBKDF2, mosquitto's own number: the passwords are random, so more would buy nothing, and the broker has one thread.
ITERATIONS = 101
SALT_BYTES = 12


@dataclass(frozen=True, slots=True)
class Secret:
    """A file under /secrets and the user that may read it."""

    name: str
    owner: int


def main(arguments: list[str]) -> int:
    """Make what is missing; `show` prints what a person needs to log in."""
    if arguments == ["show"]:
        sys.stdout.write(f"Grafana   http://127.0.0.1:3000  admin  {_read('grafana/admin_password')}\n")
        sys.stdout.write(f"InfluxDB  http://127.0.0.1:8086  admin  {_read('influxdb/admin_password')}\n")
        sys.stdout.write(f"MQTT      127.0.0.1:1883  viewer  {_read('viewer/mqtt_password')}\n")
        return 0
    os.umask(0o077)
    keep(Secret("influxdb/admin_token", INFLUXDB))
    keep(Secret("influxdb/admin_password", INFLUXDB))
    keep(Secret("grafana/admin_password", GRAFANA))
    passwords = {user: keep(Secret(f"{place}/mqtt_password", CITYBEAT)) for user, place in MQTT_USERS.items()}
    key = keep(Secret("ingest/ingest_key", CITYBEAT))  # by which the run knows its ingest
    keep(Secret("simulator/ingest_key", CITYBEAT), key)
    lines = "".join(f"{user}:{mosquitto_hash(password)}\n" for user, password in passwords.items())
    keep(Secret("mosquitto/passwords", MOSQUITTO), lines)
    return 0


def mosquitto_hash(password: str) -> str:
    """Return a password as mosquitto 2 keeps it: $7$iterations$salt$PBKDF2-HMAC-SHA512, in base64."""
    salt = secrets.token_bytes(SALT_BYTES)
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
    return f"$7${ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(key).decode()}"


def keep(secret: Secret, content: str = "") -> str:
    """Return a secret, made now if it is not there yet: written aside, owned, then renamed, so no half secret is ever read."""
    path = FOLDER / secret.name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.name}.new")
        aside.write_text(content or secrets.token_urlsafe(32), encoding="utf-8")
        aside.chmod(0o400)
        _give(aside, secret.owner)
        aside.rename(path)
    path.parent.chmod(0o500)
    _give(path.parent, secret.owner)
    return path.read_text(encoding="utf-8")


def _give(path: Path, owner: int) -> None:
    if os.geteuid() == 0:  # elsewhere, as in a test, files stay with whoever makes them
        os.chown(path, owner, owner)


def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
