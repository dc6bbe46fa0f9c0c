"""The run folder: what a run leaves behind, by name. Testers' scripts read these names.

Owns paths and run ids. Making a folder and holding it while its run lives is `citybeat.kept.claim`'s.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import orjson

from sim.errors import DiskError, UsageError
from sim.files import expanded, written_aside
from sim.summary import FILE, RUN_ID, content_of
from sim.units import nearest

TAPE_HEADER = Path("tape/schema.json")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One run's folder. `tape/`, `store/`, `dead_letters.jsonl` and `report.html` lie beside `summary.json`.

    A run that was killed, or still lives, has no summary: its tape names it.
    """

    path: Path
    run: str

    @property
    def finished(self) -> bool:
        """Return whether the run closed its books, in a summary that can be read."""
        return bool(_run_of_summary(self.path))

    @property
    def summary(self) -> Path:
        """Return the path of summary.json."""
        return self.path / FILE

    @property
    def report(self) -> Path:
        """Return the path of the report."""
        return self.path / "report.html"

    @property
    def meters(self) -> Path:
        """Return the path of the frozen meters, which can be judged again."""
        return self.path / "meters.json"

    @property
    def store(self) -> Path:
        """Return the folder of the embedded store."""
        return self.path / "store"

    @property
    def last_status(self) -> Path:
        """Return the path at which our ingest leaves its last status; gone when the run has read it."""
        return self.path / "ingest_status.json"


def write_json(path: Path, content: object) -> None:
    """Write JSON whole or not at all; what JSON does not know becomes text. Raises DiskError when the disk refuses."""
    try:
        with written_aside(path) as aside:
            aside.write_bytes(orjson.dumps(content, default=str, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY))
    except OSError as error:
        msg = f"cannot write {path}: {error.strerror}; make room there or choose another --out"
        raise DiskError(msg) from error


def new_run_id() -> str:
    """Return 8 random hexadecimal digits."""
    return os.urandom(4).hex()


def find(name: str, runs: Path) -> RunFolder:
    """Return the folder of a run, finished or not, by id, by the start of an id, by path, or `last`. Raises UsageError."""
    as_path = expanded(name)
    if run := run_of(as_path):
        return RunFolder(as_path, run)
    known = [*all_runs(runs), *unfinished(runs)]
    if name == "last" and known:
        return max(known, key=_begun_s)
    matching = [folder for folder in known if folder.run.startswith(name)]
    if len(matching) == 1:
        return matching[0]
    _check_damage(as_path, runs / name)
    if matching:
        msg = f"run {name!r} could be {', '.join(folder.run for folder in matching)}: write more of the id"
    else:
        ids = [folder.run for folder in known]
        msg = f"no run {name!r} in {runs}{nearest(name, ids)}: `citybeat runs list` shows them; a run is named by id, path or `last`"
    raise UsageError(msg)


def all_runs(runs: Path) -> list[RunFolder]:
    """Return the finished runs of a folder, oldest first; others are left to `unfinished`."""
    found = [RunFolder(file.parent, run) for file in runs.glob(f"*/{FILE}") if (run := _run_of_summary(file.parent))]
    return sorted(found, key=_begun_s)


def unfinished(runs: Path) -> list[RunFolder]:
    """Return the runs of a folder that have a tape and no summary that can be read, oldest first: killed ones, or such that still live."""
    found = [RunFolder(path, run) for path in _begun(runs) if not _run_of_summary(path) and (run := _run_of_tape(path))]
    return sorted(found, key=_begun_s)


def _begun(runs: Path) -> set[Path]:
    return {file.parent for file in runs.glob(f"*/{FILE}")} | {file.parent.parent for file in runs.glob("*/tape/schema.json")}


def _begun_s(folder: RunFolder) -> float:
    return max(file.stat().st_mtime for file in (folder.summary, folder.path / TAPE_HEADER) if file.exists())


def run_of(path: Path) -> str:
    """Return the id of the run whose folder this is, from its summary or its tape; empty when neither tells."""
    return _run_of_summary(path) or _run_of_tape(path)


def _check_damage(*paths: Path) -> None:
    """Raise UsageError for a folder that a run has left, but whose summary and tape do not name it."""
    for path in paths:
        if any(os.path.lexists(path / file) for file in (FILE, TAPE_HEADER)) and not run_of(path):
            try:
                content_of(path)
            except UsageError as error:
                msg = f"{path} does not tell whose it is: {error}; nor does {path / TAPE_HEADER} name a run"
                raise UsageError(msg) from error


def _run_of_summary(path: Path) -> str:
    try:
        return str(content_of(path)["run"])
    except UsageError:
        return ""


def _run_of_tape(path: Path) -> str:
    try:
        header = orjson.loads((path / TAPE_HEADER).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return ""
    run = str(header.get("run")) if isinstance(header, dict) else ""
    return run if RUN_ID.fullmatch(run) else ""


def delete(folder: RunFolder) -> None:
    """Remove a run folder. Raises DiskError when it cannot be removed."""
    try:
        shutil.rmtree(folder.path)
    except OSError as error:
        msg = f"cannot remove {folder.path}: {error.strerror}"
        raise DiskError(msg) from error
