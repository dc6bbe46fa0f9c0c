"""The fast part of the suite where users may be: with the lowest release of each dependency, and on every other Python that is here.

Owns a scratch environment for each, removed afterwards. `python tools/elsewhere.py` says what was tried and what was not there.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OLDEST = (3, 11)
# What tests need; style and types are checked once, by `make check`.
TESTING = ("pytest", "pytest-timeout", "hypothesis", "psutil")
# A minute or two each: codecs, words, declarations, the command, one run through the embedded broker, and the bus system.
FAST = (
    "tests/sim",
    "tests/scenarios",
    "tests/brokers/mqtt/test_embedded.py",
    "tests/brokers/influx/test_line_protocol.py",
    "tests/brokers/parquet/test_parquet_store.py",
    "tests/brokers/test_scratch.py",
    "tests/brokers/tape/test_tape.py",
    "tests/brokers/codec/test_codec.py",
    "tests/citybeat/screen/test_console.py",
    "tests/citybeat/verbs/test_quick_answers.py",
    "tests/citybeat/verbs/test_refusals.py",
    "tests/dashboards/report/test_report.py",
    "tests/devices/buses/test_bus_system.py",
)
MARKS = "not slow and not mosquitto and not influxdb and not chromium"


def main() -> int:
    """Try each environment in turn; return how many failed."""
    failed = [name for name, python, wanted in environments() if not passes(name, python, wanted)]
    print(f"elsewhere: {'failed with ' + ', '.join(failed) if failed else 'all passed'}", flush=True)
    return len(failed)


def environments() -> Iterator[tuple[str, str, list[str]]]:
    """Yield a name, an interpreter and what to install, for each environment."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    testing = [each for each in project["optional-dependencies"]["dev"] if re.split(r"[^\w-]", each)[0] in TESTING]
    yield "the lowest releases", sys.executable, [lowest(each) for each in (*project["dependencies"], *testing)]
    others = list(other_pythons())
    if not others:
        print("elsewhere: no other Python here; `python3.N` on the path or in pyenv would be tried", flush=True)
    for version, python in others:
        yield f"Python {version}", python, [*project["dependencies"], *testing]


def lowest(requirement: str) -> str:
    """Return a requirement pinned to its lower bound. Raises ValueError when it has none."""
    if ">=" not in requirement:
        msg = f"{requirement} has no lower bound: write name>=release"
        raise ValueError(msg)
    return requirement.replace(">=", "==")


def other_pythons() -> Iterator[tuple[str, str]]:
    """Yield version and path of one interpreter for each minor version from the oldest on, but our own."""
    pyenv = shutil.which("pyenv")
    root = subprocess.run([pyenv, "root"], capture_output=True, text=True, check=False).stdout.strip() if pyenv else ""
    candidates = [str(path) for path in sorted(Path(root).glob("versions/*/bin/python"))] if root else []
    candidates += [found for minor in range(OLDEST[1], OLDEST[1] + 10) if (found := shutil.which(f"python3.{minor}"))]
    seen = {sys.version_info[:2]}
    for python in candidates:
        version = version_of(python)
        if version >= OLDEST and version[:2] not in seen:
            seen.add(version[:2])
            yield ".".join(map(str, version)), python


def version_of(python: str) -> tuple[int, ...]:
    """Return an interpreter's version; empty for one that does not start, such as a shim of pyenv without a version behind it."""
    words = "import sys; print(*sys.version_info[:3])"
    done = subprocess.run([python, "-I", "-c", words], capture_output=True, text=True, check=False)
    return tuple(map(int, done.stdout.split())) if done.returncode == 0 else ()


def passes(name: str, python: str, wanted: list[str]) -> bool:
    """Install what is wanted into a scratch environment and run the fast part there."""
    print(f"elsewhere: {name}", flush=True)
    with tempfile.TemporaryDirectory(prefix="citybeat-elsewhere-") as folder:
        inside = Path(folder) / "bin" / "python"
        steps = (
            [python, "-m", "venv", folder],
            [str(inside), "-m", "pip", "install", "--quiet", *wanted],
            [str(inside), "-m", "pip", "install", "--quiet", "--no-deps", "--editable", str(ROOT)],
            [str(inside), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", MARKS, *FAST],
        )
        return all(subprocess.run(step, cwd=ROOT, check=False).returncode == 0 for step in steps)


if __name__ == "__main__":
    sys.exit(main())
