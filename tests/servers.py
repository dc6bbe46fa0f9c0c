"""Real servers for tests and benchmarks: mosquitto with any configuration, and InfluxDB, on free loopback ports.

Owns their processes and folders. A server that is not installed is the caller's to skip.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PATIENCE_S = 20.0
UNLIMITED = ("allow_anonymous true", "max_inflight_messages 0", "max_queued_messages 0")
DEFAULTS = ("allow_anonymous true",)


def mosquitto_binary() -> str | None:
    """Return mosquitto's path; Debian puts it where ordinary users have no search path."""
    return shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def influxdb_script() -> Path | None:
    """Return the script that starts a real InfluxDB: CITYBEAT_INFLUXDB_SCRIPT, or the one beside the repository."""
    named = os.environ.get("CITYBEAT_INFLUXDB_SCRIPT")
    script = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "stack" / "influxdb"
    return script if script.is_file() else None


def free_port() -> int:
    """Return a loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Mosquitto:
    """A mosquitto on loopback with lines of configuration of the caller's; stopped and started at will on the same port."""

    folder: Path
    lines: tuple[str, ...] = UNLIMITED
    port: int = 0
    scheme: str = "mqtt"
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return the broker's URL, without credentials."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Return the process id."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start and wait until it listens; another port is tried when somebody took ours."""
        binary = mosquitto_binary()
        assert binary is not None, "mosquitto is not installed"
        fixed = self.port
        for _ in range(3):
            self.port = fixed or free_port()
            config = self.folder / "mosquitto.conf"
            config.write_text("\n".join((f"listener {self.port} 127.0.0.1", *self.lines, "user root", "")))
            with (self.folder / "mosquitto.log").open("ab") as log:
                self._process = subprocess.Popen([binary, "-c", str(config)], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            if self._listens():
                return
            self.stop()
        raise AssertionError((self.folder / "mosquitto.log").read_text())

    def _listens(self) -> bool:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and self._process is not None and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return True
        return False

    def stop(self) -> None:
        """Stop it as an operator would: with persistence, sessions and messages are saved."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE_S)
            self._process = None


@contextmanager
def mosquitto_server(folder: Path, *lines: str, scheme: str = "mqtt") -> Iterator[Mosquitto]:
    """Run a mosquitto with these lines of configuration (the listener is added)."""
    server = Mosquitto(folder, lines or UNLIMITED, scheme=scheme)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def password_lines(folder: Path, users: Mapping[str, str], access: str = "") -> tuple[str, ...]:
    """Return configuration lines for these users and passwords and, if given, an access list in mosquitto's grammar."""
    passwords = folder / "passwords"
    passwords.touch(mode=0o600)
    for name, password in users.items():
        subprocess.run(["mosquitto_passwd", "-b", str(passwords), name, password], check=True, capture_output=True)
    lines = ("allow_anonymous false", f"password_file {passwords}")
    if not access:
        return lines
    (folder / "access").write_text(access)
    return (*lines, f"acl_file {folder / 'access'}")


@dataclass(frozen=True, slots=True)
class Certificates:
    """An authority and a server certificate for 127.0.0.1 and localhost, as PEM files."""

    authority: Path
    certificate: Path
    key: Path

    @property
    def lines(self) -> tuple[str, ...]:
        """Return mosquitto's configuration lines for them."""
        return (f"cafile {self.authority}", f"certfile {self.certificate}", f"keyfile {self.key}", *UNLIMITED)


def make_certificates(folder: Path) -> Certificates:
    """Make a throw-away authority and let it sign a server certificate, with the openssl command."""
    made = Certificates(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    extensions = folder / "server.ext"
    extensions.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    new_key = ["openssl", "req", "-newkey", "rsa:2048", "-nodes"]
    authority_key, request = folder / "ca.key", folder / "server.csr"
    signing = ["-in", request, "-CA", made.authority, "-CAkey", authority_key, "-extfile", extensions, "-out", made.certificate]
    for command in (
        [*new_key, "-x509", "-days", "2", "-subj", "/CN=test authority", "-keyout", authority_key, "-out", made.authority],
        [*new_key, "-subj", "/CN=test broker", "-keyout", made.key, "-out", request],
        [*["openssl", "x509", "-req", "-days", "2", "-CAcreateserial"], *signing],
    ):
        subprocess.run([str(word) for word in command], check=True, capture_output=True)
    return made


@dataclass(slots=True)
class InfluxDB:
    """A real InfluxDB 2 on loopback: organisation `city`, one bucket `city/raw`, an operator token."""

    script: Path
    directory: Path
    url: str = ""
    org: str = ""
    token: str = ""

    def start(self) -> None:
        """Unpack, start and set up."""
        settings = dict(line.split("=", 1) for line in self._do("start").splitlines() if "=" in line)
        self.url, self.org, self.token = (settings[f"INFLUXDB_{name}"] for name in ("URL", "ORG", "TOKEN"))

    def stop(self) -> None:
        """Stop it; data stay for `resume`."""
        self._do("stop")

    def kill(self) -> None:
        """End it without warning; data stay for `resume`."""
        self._do("kill")

    def resume(self) -> None:
        """Start it again on the same port with the same data."""
        self._do("resume")

    def _do(self, verb: str) -> str:
        # Into a file: the server inherits the script's pipes and would keep them open for ever.
        output = self.directory.parent / f"{self.directory.name}.{verb}"
        with output.open("wb") as file:
            subprocess.run(
                [str(self.script), verb, str(self.directory)], check=True, stdin=subprocess.DEVNULL, stdout=file, stderr=file, timeout=60
            )
        return output.read_text()


@contextmanager
def influxdb_server(folder: Path) -> Iterator[InfluxDB]:
    """Run an InfluxDB whose files lie in `folder`. Raises AssertionError when there is no script to start it."""
    script = influxdb_script()
    assert script is not None, "no InfluxDB start script"
    server = InfluxDB(script, folder / "influxdb")
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def grafana_server(script: str, folder: Path) -> Iterator[str]:
    """Run a Grafana whose files lie in `folder`; yields its address."""
    with (folder / "start.log").open("wb") as log:
        subprocess.run([script, str(folder / "data")], check=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=90)
    try:
        yield (folder / "data" / "url").read_text().strip()
    finally:
        os.kill(int((folder / "data" / "pid").read_text()), signal.SIGTERM)
