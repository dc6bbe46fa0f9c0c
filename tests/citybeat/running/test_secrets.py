"""No message holds a piece of a secret, whatever is wrong with what holds it, and good ones are read as they were meant."""

import time
import traceback
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokers.mqtt.broker_settings import BrokerSettings, parse_broker
from citybeat.__main__ import main
from citybeat.running.connections import broker_settings, influx_settings
from citybeat.running.credentials import secret
from citybeat.running.settings import RunSettings
from citybeat.verbs.boards import grafana_settings
from sim.addresses import web_address
from sim.errors import UsageError
from tests.citybeat.commands import started, street, until
from tests.servers import UNLIMITED, mosquitto_server, password_lines

PIECES = st.text("qxzjQXZJ789", min_size=5, max_size=8)
JOINTS = st.sampled_from([*"/?#@:[]%&=+ \t\r\n\0\"'\\", "\ufeff", "\u2028", "\udcff", "é", "密", "://", "%ZZ", "%FF", "@@", "?ca="])
SECRETS = st.lists(st.tuples(PIECES, JOINTS), min_size=1, max_size=4)
TEMPLATES = st.sampled_from(
    [
        "{scheme}://user:{secret}@host:1883",
        "{scheme}:/user:{secret}@host",
        "{scheme}:user:{secret}@host",
        "{scheme}//user:{secret}@host",
        "user:{secret}@host:1883",
        "{scheme}://user:{secret}host:1883",
        "{scheme}://[user:{secret}@host]",
        "{scheme}://user:{secret}@[::1",
        "{scheme}://user:{secret}@[host]:1883",
        "{scheme}://:{secret}@host",
        "{scheme}://{secret}@host:99999",
        "{scheme}://user:{secret}@",
        "{scheme}://user:{secret}@host?cleint=paho",
        "{scheme}://user:{secret}@host/path#mark",
        "{secret}@",
        "{scheme}://user@host?password={secret}",
        "{scheme}://user@host?{secret}",
        "{scheme}://user@host?client={secret}&keepalive_s={secret}",
        "{secret}://user@host",
    ]
)
SCHEMES = st.sampled_from(["mqtt", "mqtts", "http", "https", "mqt", ""])


def told(read: Callable[[], object]) -> str:
    """Return all that reading says: the message with all causes, or what it made, as a log would show it."""
    try:
        return repr(read())
    except UsageError as error:
        return "".join(traceback.format_exception(error))


def assert_hidden(parts: list[tuple[str, str]], said: str) -> None:
    for piece, _ in parts:
        assert piece not in said
        assert piece.lower() not in said.lower()


@given(parts=SECRETS, template=TEMPLATES, scheme=SCHEMES)
def test_no_address_that_cannot_be_read_shows_a_piece_of_it(parts: list[tuple[str, str]], template: str, scheme: str) -> None:
    text = template.format(scheme=scheme, secret="".join(piece + joint for piece, joint in parts))
    for read in (
        lambda: parse_broker(text),
        lambda: broker_settings(text, RunSettings(broker=text, environment={})),
        lambda: RunSettings(broker=text, environment={"CITYBEAT_BROKER": text}),
    ):
        assert_hidden(parts, told(read))


@given(
    parts=SECRETS,
    template=st.sampled_from(["{0}", "http://user:{0}@host", "http://host/{0}@x", "{0}://host", "http://[{0}]", "http://host?{0}"]),
)
def test_no_address_of_a_store_or_of_grafana_shows_a_piece_of_it(parts: list[tuple[str, str]], template: str) -> None:
    text = template.format("".join(piece + joint for piece, joint in parts)).replace("\0", "")
    influx = {"INFLUXDB_URL": text, "INFLUXDB_ORG": "city", "INFLUXDB_TOKEN": text}
    grafana = {"GRAFANA_URL": text, "GRAFANA_TOKEN": text, "GRAFANA_USER": text, "GRAFANA_PASSWORD": text}
    for read in (
        lambda: web_address(text, "INFLUXDB_URL"),
        lambda: influx_settings(RunSettings(environment=influx)),
        lambda: influx_settings(RunSettings(environment=influx | {"INFLUXDB_URL": "http://host"})),
        lambda: grafana_settings(RunSettings(environment=grafana)),
        lambda: grafana_settings(RunSettings(environment=grafana | {"GRAFANA_URL": "http://host"})),
    ):
        assert_hidden(parts, told(read))


@given(
    parts=SECRETS,
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1", "cp1252"]),
    name=st.sampled_from(["INFLUXDB_TOKEN", "X"]),
)
def test_no_file_with_a_secret_shows_a_piece_of_it(
    tmp_path_factory: pytest.TempPathFactory, parts: list[tuple[str, str]], encoding: str, name: str
) -> None:
    file = tmp_path_factory.getbasetemp() / "secret"
    file.write_bytes("".join(piece + joint for piece, joint in parts).encode(encoding, errors="ignore"))
    try:
        found = secret({f"{name}_FILE": str(file)}, name)
    except UsageError as error:
        said = "".join(traceback.format_exception(error))
        assert_hidden(parts, said)
        assert f"{name}_FILE" in said
    else:
        assert found == (found or "").strip()
        assert (found or "").isprintable()


@pytest.mark.parametrize("content", [b"t0ken", b"t0ken\n", b"t0ken\r\n", b"\xef\xbb\xbft0ken\n", b"  t0ken \n\n"])
def test_line_ends_and_marks_around_a_secret_are_left_out(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    assert secret({"INFLUXDB_TOKEN_FILE": str(tmp_path / "file")}, "INFLUXDB_TOKEN") == "t0ken"
    assert secret({"INFLUXDB_TOKEN": content.decode()}, "INFLUXDB_TOKEN") == "t0ken"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("t0ken".encode("utf-16"), "UTF-16"),
        ("t0kén".encode("latin-1"), "not UTF-8"),
        ("t0kén".encode(), "beyond ASCII"),
        (b"t0k\0en", "control character"),
        (b"t0k\nen", "more than one line"),
        (b"t0k en", "a blank"),
        (b"\n", "empty"),
        (b"t" * 70_000, "longer"),
    ],
)
def test_what_cannot_be_a_token_is_refused_with_its_place_and_reason(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(UsageError, match=f"INFLUXDB_TOKEN_FILE.*{words}"):
        secret({"INFLUXDB_TOKEN_FILE": str(tmp_path / "file")}, "INFLUXDB_TOKEN")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path, words in ((tmp_path / "absent", "absent"), (tmp_path, "directory"), (Path("a\0b"), "control characters")):
        with pytest.raises(UsageError, match=f"X_FILE names .*{words}"):
            secret({"X_FILE": str(path)}, "X")


@given(password=st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp")), min_size=1, max_size=20))
def test_an_escaped_password_is_read_as_it_was(password: str) -> None:
    read = parse_broker(f"mqtt://user:{quote(password, safe='')}@host")
    assert (read.username, read.password, read.host, read.port) == ("user", password, "host", 1883)
    assert read.place == "mqtt://host:1883"


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("mqtt://host", "host", 1883),
        (" mqtts://host.example:1 \n", "host.example", 1),
        ("mqtt://[::1]:99", "::1", 99),
        ("MQTT://u:p@ss@10.0.0.1/", "10.0.0.1", 1883),
        ("mqtt://bücher.example", "bücher.example", 1883),
        ("mqtt://my_broker:5", "my_broker", 5),
    ],
)
def test_good_addresses_are_read(url: str, host: str, port: int) -> None:
    read: BrokerSettings = parse_broker(url)
    assert (read.host, read.port) == (host, port)


def test_an_unescaped_password_is_told_how_to_be_written() -> None:
    with pytest.raises(UsageError, match="write / as %2F"):
        parse_broker("mqtt://user:p@ss:w/rd@host")


@pytest.mark.parametrize(
    "url", ["mqtt:/u:hidden@host", "mqtt://u:p@ss:hid/den@host", "u:hidden@host", "mqtt://[u:hidden@host", "mqtt://u:\udcffhidden@host"]
)
def test_the_command_shows_no_piece_of_it_either(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["run", "shanghai", "--broker", url]) == 2
    said = capsys.readouterr()
    for piece in ("hid", "den"):
        assert piece not in (said.out + said.err).replace("forbidden", "")
    assert "Traceback" not in said.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.mosquitto
def test_a_run_leaves_its_password_neither_in_its_folder_nor_among_the_machines_processes(
    tmp_path: Path,
    mosquitto_installed: str,  # noqa: ARG001 - skips without it
) -> None:
    word = "Sesame-0pen"
    (tmp_path / "broker").mkdir()
    with mosquitto_server(tmp_path / "broker", *password_lines(tmp_path / "broker", {"city": word}), *UNLIMITED[1:]) as server:
        url = server.url.replace("//", f"//city:{word}@")
        with started("run", street(tmp_path), "--log-every", "1s", cwd=tmp_path, CITYBEAT_BROKER=url) as run:
            until(lambda: list(tmp_path.glob("runs/*/tape/schema.json")), "the run's folder")
            time.sleep(1.0)  # by then the ingest is among the processes
            lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if _readable(path)]
            out, err = run.communicate(timeout=60)
    assert run.returncode in (0, 3, 4), err
    assert any(b"ingest" in line and b"--last-status" in line for line in lines)
    assert not any(word.encode() in line for line in lines)
    assert word not in out + err
    kept = [path for path in tmp_path.glob("runs/**/*") if path.is_file()]
    assert len(kept) > 4
    assert not any(word.encode() in path.read_bytes() for path in kept)


def _readable(path: Path) -> bool:
    try:
        return bool(path.read_bytes())
    except OSError:
        return False
