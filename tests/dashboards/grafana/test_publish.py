"""Publishing: folder, data source and boards are kept on a real Grafana, and refusals are told in one message."""

import pytest
import requests

from dashboards.boards.of_systems import shipped_boards
from dashboards.grafana.publish import DataSource, GrafanaSettings, push
from sim.errors import ServiceError, UsageError
from tests.servers import free_port

SOURCE = DataSource("http://127.0.0.1:8086", "a token")


def admin(url: str) -> GrafanaSettings:
    return GrafanaSettings(url, user="admin", password="admin")  # noqa: S106 - of a Grafana that lives for this test


def test_pushing_twice_keeps_one_folder_one_source_and_the_boards(grafana: str) -> None:
    first = push(admin(grafana), SOURCE, shipped_boards())
    assert push(admin(grafana), DataSource("http://elsewhere:8086", "another"), shipped_boards()) == first
    ask = requests.Session()
    ask.auth = ("admin", "admin")
    assert [folder["uid"] for folder in ask.get(f"{grafana}/api/folders").json()] == ["citybeat"]
    sources = ask.get(f"{grafana}/api/datasources").json()
    assert [(each["uid"], each["url"], each["database"]) for each in sources] == [("citybeat", "http://elsewhere:8086", "city")]
    boards = ask.get(f"{grafana}/api/search?type=dash-db").json()
    assert {(each["uid"], each["folderUid"]) for each in boards} == {(board.uid, "citybeat") for board in shipped_boards()}
    kept = ask.get(f"{grafana}/api/dashboards/uid/citybeat-buses").json()["dashboard"]
    assert len(kept["panels"]) == len(shipped_boards()[1].as_json()["panels"])
    assert all(requests.get(address, timeout=10).ok for address in first)


def test_a_wrong_password_is_told_with_the_remedy(grafana: str) -> None:
    with pytest.raises(ServiceError, match=r"refuses us .*role Admin"):
        push(GrafanaSettings(grafana, token="nobody"), SOURCE, shipped_boards())  # noqa: S106 - wrong on purpose


def test_a_grafana_that_is_away_is_told_with_its_address() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(ServiceError, match=f"no Grafana answers at {url}"):
        push(admin(url), SOURCE, shipped_boards())


@pytest.mark.parametrize("url", ["grafana:3000", "ftp://here", "http://", "http://here:port"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="GRAFANA_URL cannot be used"):
        push(admin(url), SOURCE, shipped_boards())


def test_missing_credentials_are_named() -> None:
    with pytest.raises(UsageError, match="GRAFANA_TOKEN"):
        push(GrafanaSettings("http://here:3000"), SOURCE, shipped_boards())


def test_secrets_never_show() -> None:
    shown = repr(GrafanaSettings("http://here", token="hidden", user="u", password="hidden")) + repr(DataSource("http://here", "hidden"))  # noqa: S106
    assert "hidden" not in shown
