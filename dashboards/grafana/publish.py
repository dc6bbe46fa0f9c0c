"""Publishing boards to a Grafana: folder, data source and boards, through one adapter on the package `grafana_api`.

Owns the adapter and the meaning of Grafana's refusals. Which boards there are, `dashboards.boards.of_systems` says.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from grafana_api.grafana_api import GrafanaClientError, GrafanaException, GrafanaServerError
from grafana_api.grafana_face import GrafanaFace

from dashboards.grafana.board import Board
from dashboards.grafana.panels import SOURCE
from sim.addresses import web_address
from sim.errors import ServiceError, UsageError

FOLDER = "citybeat"
DATABASE = "city"
TIMEOUT_S = 15.0
REFUSED = (401, 403)


@dataclass(frozen=True, slots=True)
class GrafanaSettings:
    """Where Grafana is and how to enter: a service account's token, or user and password."""

    url: str
    token: str = field(default="", repr=False)
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class DataSource:
    """Where Grafana finds InfluxDB, as seen from Grafana's own network."""

    url: str
    token: str = field(repr=False)

    def as_json(self) -> dict[str, Any]:
        """Return Grafana's data source. The database stands twice: 9.3 reads the outer one, later versions `dbName`."""
        options = {"dbName": DATABASE, "httpMode": "POST", "httpHeaderName1": "Authorization"}
        return {
            "name": "citybeat",
            "uid": SOURCE["uid"],
            "type": SOURCE["type"],
            "access": "proxy",
            "url": self.url,
            "database": DATABASE,
            "jsonData": options,
            "secureJsonData": {"httpHeaderValue1": f"Token {self.token}"},
        }


def push(settings: GrafanaSettings, source: DataSource, boards: Sequence[Board]) -> list[str]:
    """Create or update folder, data source and boards; return the boards' addresses.

    Raises UsageError for an address or credentials that cannot be used, ServiceError when Grafana is away or refuses.
    """
    grafana = _Grafana(settings)
    grafana.keep_folder()
    grafana.keep_source(source)
    return [grafana.keep_board(board) for board in boards]


class _Grafana:
    """The adapter: three things kept as we want them."""

    def __init__(self, settings: GrafanaSettings) -> None:
        self._settings = settings
        self._face = _face(settings)

    def keep_folder(self) -> None:
        with self._meaning(f"folder {FOLDER!r}"):
            if not any(found["uid"] == FOLDER for found in self._face.folder.get_all_folders()):
                self._face.folder.create_folder(FOLDER, uid=FOLDER)

    def keep_source(self, source: DataSource) -> None:
        """Create or update the data source; a provisioned one is the operator's and stays as it is."""
        wanted = source.as_json()
        with self._meaning("data source 'citybeat'"):
            found = next((each for each in self._face.datasource.list_datasources() if each["uid"] == wanted["uid"]), None)
            if found is None:
                self._face.datasource.create_datasource(wanted)
            elif not found.get("readOnly"):
                self._face.datasource.update_datasource(found["id"], wanted)

    def keep_board(self, board: Board) -> str:
        body = {"dashboard": board.as_json() | {"id": None}, "folderUid": FOLDER, "overwrite": True, "message": "citybeat boards push"}
        with self._meaning(f"board {board.title!r}"):
            answer: Mapping[str, Any] = self._face.dashboard.update_dashboard(body)
        address = urlsplit(self._settings.url)
        return f"{address.scheme}://{address.netloc}{answer['url']}"

    @contextmanager
    def _meaning(self, what: str) -> Iterator[None]:
        """Turn Grafana's refusals and a lost connection into one clear message."""
        url = self._settings.url
        try:
            yield
        except GrafanaClientError as error:
            if error.status_code in REFUSED:
                msg = f"Grafana at {url} refuses us ({error.message}): GRAFANA_TOKEN must belong to a service account with the role Admin"
            else:
                msg = f"Grafana at {url} does not accept {what}: {error.message}"
            raise ServiceError(msg) from error
        except (GrafanaServerError, GrafanaException) as error:
            msg = f"Grafana at {url} failed on {what}: {error.message}"
            raise ServiceError(msg) from error
        except (requests.RequestException, ValueError, KeyError, TypeError) as error:
            msg = f"no Grafana answers at {url} ({type(error).__name__}): check GRAFANA_URL"
            raise ServiceError(msg) from error


def _face(settings: GrafanaSettings) -> GrafanaFace:
    parts = urlsplit(web_address(settings.url, "GRAFANA_URL"))
    if not settings.token and not (settings.user and settings.password):
        msg = "Grafana needs GRAFANA_TOKEN (a service account's), or GRAFANA_USER and GRAFANA_PASSWORD; each may be a file, as NAME_FILE"
        raise UsageError(msg)
    prefix = f"{parts.path.strip('/')}/" if parts.path.strip("/") else ""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    auth = settings.token or (settings.user, settings.password)
    return GrafanaFace(auth=auth, host=host, port=parts.port, url_path_prefix=prefix, protocol=parts.scheme, timeout=TIMEOUT_S)
