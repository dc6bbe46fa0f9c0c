"""Lower bounds and other Pythons: what `make elsewhere` would try, and that it can."""

import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tools"))

import elsewhere  # noqa: E402 - a script of its own


def test_every_dependency_has_a_lower_bound_that_can_be_installed_alone() -> None:
    names = [name for name, _, _ in elsewhere.environments()]
    assert names[0] == "the lowest releases"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    _, python, wanted = next(iter(elsewhere.environments()))
    assert python == sys.executable
    assert all("==" in each and ">" not in each for each in wanted)
    assert len(wanted) == len(project["dependencies"]) + len(elsewhere.TESTING)
    with pytest.raises(ValueError, match="no lower bound"):
        elsewhere.lowest("click")


def test_an_interpreter_that_does_not_start_is_none(tmp_path: Path) -> None:
    broken = tmp_path / "python3.12"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o700)
    assert elsewhere.version_of(str(broken)) == ()
    assert elsewhere.version_of(sys.executable) == sys.version_info[:3]


def test_our_own_python_is_not_tried_again() -> None:
    versions = [version for version, _ in elsewhere.other_pythons()]
    assert not [version for version in versions if version.startswith(f"{sys.version_info.major}.{sys.version_info.minor}.")]


def test_what_is_run_elsewhere_exists() -> None:
    assert [path for path in elsewhere.FAST if not (ROOT / path).exists()] == []
