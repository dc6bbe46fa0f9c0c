"""TLS that fails says in its own words why, and what to do; nothing is ever asked at a terminal."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from brokers.mqtt.broker_settings import parse_broker
from brokers.mqtt.refusals import Refused
from sim.errors import ServiceError, UsageError
from tests.certificates import AUTHORITY, Authority, Pair, openssl
from tests.mqtt import LIBRARIES, opened
from tests.servers import Mosquitto, mosquitto_server

WAYS = ("client=mqtt5", "client=paho&protocol=311")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def ours(authority: Authority) -> Pair:
    return authority.sign("ours")


@contextmanager
def serving(pair: Pair) -> Iterator[str]:
    """Run a TLS server that shakes hands with whoever comes, and says nothing; yields its address."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair.certificate, pair.key)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    guest, _ = server.accept()
                    with guest, contextlib.suppress(OSError), context.wrap_socket(guest, server_side=True) as secured:
                        secured.recv(1_000)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"mqtts://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def said(url: str) -> str:
    """Return why a broker is refused; trying again would not help."""
    with pytest.raises(Refused) as caught:
        opened(url, "stranger")
    return str(caught.value)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("expired", {"days": -1}, "has expired.*renew it"),
        ("tomorrow", {"begins": "20991231000000Z"}, "not yet valid.*clock"),
        ("other", {"alternative": "subjectAltName=DNS:elsewhere.example"}, "for another name than 127.0.0.1.*use the name"),
    ],
)
def test_a_certificate_that_does_not_count_says_why(authority: Authority, way: str, name: str, changes: dict[str, str], words: str) -> None:
    with serving(authority.sign(name, **changes)) as url:  # type: ignore[arg-type]
        message = said(f"{url}?ca={authority.certificate}&{way}")
    assert url in message
    assert __import__("re").search(words, message), message


@pytest.mark.parametrize("way", WAYS)
def test_an_authority_that_is_not_known_is_asked_for(authority: Authority, tmp_path: Path, way: str) -> None:
    own = tmp_path / "own.pem"
    openssl(
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=127.0.0.1",
        "-keyout",
        tmp_path / "own.key",
        "-out",
        own,
    )
    for pair in (authority.sign("stranger"), Pair(own, tmp_path / "own.key")):
        with serving(pair) as url:
            message = said(f"{url}?{way}")
            assert "authority is not known" in message
            assert "?ca=FILE" in message


def test_what_python_checks_strictly_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = ssl.create_default_context

    def strict(*arguments: object, **named: object) -> ssl.SSLContext:
        context = made(*arguments, **named)  # type: ignore[arg-type]
        context.verify_flags |= ssl.VERIFY_X509_STRICT  # as Python does by itself from 3.13 on
        return context

    lax = Authority(tmp_path, extensions=("basicConstraints=CA:TRUE",))
    with serving(lax.sign("lax", extensions=())) as url:
        monkeypatch.setattr(ssl, "create_default_context", strict)
        message = said(f"{url}?ca={lax.certificate}")
    assert "RFC 5280" in message
    assert "3.13" in message
    assert "?ca=FILE" not in message


@pytest.fixture(scope="module")
def asking(mosquitto_installed: str, authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:  # noqa: ARG001 - skips without it
    """A mosquitto that asks for client certificates."""
    broker = authority.sign("broker")
    files = (f"cafile {authority.certificate}", f"certfile {broker.certificate}", f"keyfile {broker.key}")
    with mosquitto_server(
        tmp_path_factory.mktemp("asking"), "allow_anonymous true", *files, "require_certificate true", scheme="mqtts"
    ) as server:
        yield server


@pytest.mark.mosquitto
@pytest.mark.parametrize("library", LIBRARIES)
def test_a_broker_that_asks_for_a_certificate_is_given_one_or_named(
    asking: Mosquitto, authority: Authority, ours: Pair, library: str
) -> None:
    url = f"{asking.url}?ca={authority.certificate}&{library}"
    with pytest.raises(ServiceError, match=r"asks for .*\?certificate=FILE&key=FILE"):
        opened(url, "bare")
    opened(f"{url}&certificate={ours.certificate}&key={ours.key}", "known").close(discard_session=True)


@pytest.mark.mosquitto
@pytest.mark.parametrize(("name", "words"), [("late", "has expired"), ("foreign", "authority of our certificate")])
def test_a_certificate_of_ours_that_does_not_count_there_says_so(
    asking: Mosquitto, authority: Authority, tmp_path: Path, name: str, words: str
) -> None:
    pair = authority.sign("late", days=-1) if name == "late" else Authority(tmp_path, "foreign authority").sign("foreign")
    with pytest.raises(
        ServiceError, match=f"{words}|whether it accepts the certificate that we give"
    ):  # the alert may be lost with the connection
        opened(f"{asking.url}?ca={authority.certificate}&certificate={pair.certificate}&key={pair.key}", "odd")


def files(authority: Authority, ours: Pair, folder: Path) -> dict[str, str]:
    """Return queries with files that cannot be used."""
    locked, rubbish = folder / "locked.key", folder / "rubbish.pem"
    openssl("pkey", "-in", ours.key, "-aes256", "-passout", "pass:word", "-out", locked)
    rubbish.write_text("no certificate")
    other = authority.sign("another")
    return {
        "locked": f"certificate={ours.certificate}&key={locked}",
        "other key": f"certificate={ours.certificate}&key={other.key}",
        "no key": f"certificate={ours.certificate}",
        "rubbish key": f"certificate={ours.certificate}&key={rubbish}",
        "rubbish certificate": f"certificate={rubbish}&key={ours.key}",
        "rubbish ca": f"ca={rubbish}",
        "absent ca": f"ca={folder / 'absent.pem'}",
        "folder as ca": f"ca={folder}",
        "key alone": f"key={ours.key}",
    }


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("locked", r"locked\.key is encrypted.*openssl pkey"),
        ("other key", r"another\.key is not the key of"),
        ("no key", r"ours\.pem holds no private key.*key=FILE"),
        ("rubbish key", r"rubbish\.pem holds no private key"),
        ("rubbish certificate", r"certificate=.*rubbish\.pem holds no certificate"),
        ("rubbish ca", r"ca=.*rubbish\.pem holds no certificate"),
        ("absent ca", r"ca=.*absent\.pem cannot be read: No such file"),
        ("folder as ca", r"ca=.* cannot be read: Is a directory"),
        ("key alone", "key without certificate"),
    ],
)
def test_a_file_of_ours_that_cannot_be_used_is_named_before_anything_is_connected(
    authority: Authority, ours: Pair, tmp_path: Path, case: str, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        opened(f"mqtts://127.0.0.1?{files(authority, ours, tmp_path)[case]}", "unread")


def test_a_key_without_passphrase_in_the_certificates_file_is_enough(ours: Pair, tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    both.write_bytes(ours.certificate.read_bytes() + ours.key.read_bytes())
    tls = parse_broker(f"mqtts://host?certificate={both}").tls
    assert tls is not None
    assert tls.context().verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize("library", ["client=mqtt5", "protocol=311"])
def test_a_port_that_speaks_tls_says_so_to_plain_mqtt(authority: Authority, library: str) -> None:
    with serving(authority.sign("plain")) as url, pytest.raises(ServiceError, match=r"mqtts://|with TLS"):
        opened(f"{url.replace('mqtts', 'mqtt')}?{library}&connect_timeout_s=2", "plain")


def test_the_authority_of_these_tests_keeps_to_the_strict_rules(authority: Authority, ours: Pair) -> None:
    assert AUTHORITY[0].startswith("basicConstraints=critical")
    with serving(ours) as url, socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as plain:
        context = ssl.create_default_context(cafile=str(authority.certificate))
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as secured:
            assert secured.version() in ("TLSv1.2", "TLSv1.3")
