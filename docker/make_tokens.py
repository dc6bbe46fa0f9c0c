"""Tokens of the stack: one for each service that speaks to InfluxDB, each with what the service does and no more.

Owns the rights. It runs once InfluxDB is up, with the operator's token, makes buckets and mappings, and ends; what it finds made and
working it keeps.
"""

# ruff: noqa: INP001 - a script beside the compose file, part of no package

import os
import sys
from dataclasses import dataclass

from make_secrets import CITYBEAT, FOLDER, GRAFANA, Secret, keep
from pydantic import BaseModel

from brokers.influx.api import InfluxApi, InfluxSettings
from brokers.influx.store import InfluxStore
from brokers.influx.writer import OPS, RAW
from sim.errors import ServiceError

ORG = "city"


@dataclass(frozen=True, slots=True)
class Rights:
    """What a service may do in which buckets, and whose file its token is."""

    owner: int
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()


# The ingest writes events and reads nothing; boards read; a run reads its counts back and writes rows about itself.
SERVICES = {
    "ingest": Rights(CITYBEAT, writes=(RAW,)),
    "grafana": Rights(GRAFANA, reads=(RAW, OPS)),
    "simulator": Rights(CITYBEAT, reads=(RAW, OPS), writes=(OPS,)),
}


class Bucket(BaseModel):
    """A bucket as the API tells it."""

    id: str
    name: str
    orgID: str  # noqa: N815 - InfluxDB's word


class Buckets(BaseModel):
    """A list of buckets."""

    buckets: list[Bucket]


class Made(BaseModel):
    """An authorization just made: only then is its token told."""

    token: str


def main() -> int:
    """Prepare InfluxDB and make the tokens that are missing or no longer known there."""
    url = os.environ["INFLUXDB_URL"]
    settings = InfluxSettings(url, ORG, (FOLDER / "influxdb" / "admin_token").read_text(encoding="utf-8"))
    store, api = InfluxStore(settings), InfluxApi(settings)
    os.umask(0o077)
    try:
        store.prepare(())
        buckets = {each.name: each for each in api.ask("GET", "/api/v2/buckets", Buckets, {"org": ORG}).buckets}
        for service, rights in SERVICES.items():
            _keep_token(api, url, service, rights, buckets)
    except ServiceError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        store.close()
        api.close()
    return 0


def _keep_token(api: InfluxApi, url: str, service: str, rights: Rights, buckets: dict[str, Bucket]) -> None:
    path = FOLDER / service / "influxdb_token"
    if path.exists():
        if _known(url, path.read_text(encoding="utf-8")):
            return
        path.unlink()  # of an InfluxDB whose data are gone
    org = buckets[RAW].orgID
    permissions = [
        _permission(action, buckets[name]) for action, names in (("read", rights.reads), ("write", rights.writes)) for name in names
    ]
    body = {"orgID": org, "description": f"citybeat {service}", "permissions": permissions}
    keep(Secret(f"{service}/influxdb_token", rights.owner), api.ask("POST", "/api/v2/authorizations", Made, body=body).token)


def _permission(action: str, bucket: Bucket) -> dict[str, object]:
    return {"action": action, "resource": {"type": "buckets", "id": bucket.id, "orgID": bucket.orgID}}


def _known(url: str, token: str) -> bool:
    """Return whether InfluxDB still knows a token; whatever it may do, it may ask which buckets it sees."""
    api = InfluxApi(InfluxSettings(url, ORG, token))
    try:
        api.ask("GET", "/api/v2/buckets", Buckets, {"org": ORG})
    except ServiceError:
        return False
    finally:
        api.close()
    return True


if __name__ == "__main__":
    sys.exit(main())
