"""Which runs there are: the folders below ``runs/``, read from their files alone, the newest first."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines import lock

HOME = Path("runs")
LATEST = "latest"
FAILED = re.compile(r"failed-(\d{8}-\d{6})-\d+")
STAMP = "%Y%m%d-%H%M%S"
DAMAGE = (OSError, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError)
"""What reading a folder raises that was cut, flipped, or made by something else."""


@dataclass(frozen=True)
class Entry:
    """A run as its folder tells it.

    Attributes
    ----------
    folder : Path
    story : str
        That made it, such as ``mortgage``.
    when : datetime
        When it ended, in its own zone.
    state : str
        ``done``, ``failed``, ``running`` or ``killed``.
    headline : dict
        What its numbers come to, by name, the first first.
    seconds : float or None
        From its beginning to the end of its last step.
    warning : str
        Why not to trust what was learnt or, of a run that failed, why it did.
    """

    folder: Path
    story: str
    when: datetime
    state: str = "done"
    headline: dict[str, Any] = field(default_factory=dict)
    seconds: float | None = None
    warning: str = ""


Passed = list[tuple[Path, str]]
"""Folders that are no run, and why."""


def scan(home: Path) -> tuple[list[Entry], Passed]:
    """All runs below a directory of runs, or of one story's, newest first; and what was passed over.

    Raises
    ------
    FileNotFoundError
        There is no such directory.
    """
    if not home.is_dir():
        raise FileNotFoundError(f"there is no folder {home}; name the one that was given to a run as --out")
    entries: list[Entry] = []
    passed: Passed = []
    for folder, depth in _folders(home, passed):
        try:
            entry = read(folder)
        except DAMAGE as error:
            passed.append((folder, f"damaged: {' '.join(str(error).split()) or type(error).__name__}"))
            continue
        if entry is not None:
            entries.append(entry)
        elif depth and not folder.name.startswith("."):
            passed.append((folder, "no folder of a run"))
    return sorted(entries, key=_age, reverse=True), passed


def _age(entry: Entry) -> tuple[float, float, str]:
    """When a run ended; of the same second, which was written last."""
    return entry.when.timestamp(), entry.folder.stat().st_mtime, entry.folder.name


def _folders(home: Path, passed: Passed) -> Iterator[tuple[Path, int]]:
    """Folders at home, and those within them that are no runs themselves."""
    for folder in _within(home, passed):
        yield folder, 0
        if not _is_run(folder) and not folder.name.startswith("."):
            yield from ((inner, 1) for inner in _within(folder, passed))


def _within(folder: Path, passed: Passed) -> list[Path]:
    try:
        return sorted(inner for inner in folder.iterdir() if inner.is_dir())
    except OSError as error:
        passed.append((folder, f"it cannot be read ({error.strerror or error})"))
        return []


def _is_run(folder: Path) -> bool:
    try:
        return (folder / "config.json").is_file() or bool(FAILED.fullmatch(folder.name))
    except OSError:
        return False


def read(folder: Path) -> Entry | None:
    """What a folder tells; None if no run made it. One of `DAMAGE` is raised if it is not whole."""
    if FAILED.fullmatch(folder.name):
        return _failed(folder)
    if lock.PARTIAL.fullmatch(folder.name):
        when = datetime.strptime(folder.name[1:].partition(".")[0], STAMP).astimezone()
        return Entry(folder, folder.parent.name, when, "killed" if lock.is_dead(folder) else "running")
    if not (folder / "config.json").is_file():
        return None
    config, metrics = document(folder, "config"), document(folder, "metrics")
    if not isinstance(metrics, dict):
        raise ValueError("metrics.json holds no metrics")
    told = document(folder, "story") if (folder / "story.json").is_file() else {}
    last = max((stage["start"] + stage["wall"] for stage in config["stages"]), default=None)
    return Entry(
        folder,
        story=str(config["pipeline"]),
        when=datetime.fromisoformat(config["date"]).astimezone(),
        headline=dict(told.get("headline") or {}),
        seconds=None if last is None else float(last),
        warning=str(told.get("warning") or ""),
    )


def _failed(folder: Path) -> Entry:
    match = FAILED.fullmatch(folder.name)
    assert match is not None
    told = folder / "error.txt"
    lines = told.read_text(errors="replace").strip().splitlines() if told.is_file() else []
    when = datetime.strptime(match[1], STAMP).astimezone()
    return Entry(folder, folder.parent.name, when, "failed", warning=lines[-1] if lines else "")


def document(folder: Path, name: str) -> Any:
    """A JSON file of a run's folder."""
    return json.loads((folder / f"{name}.json").read_bytes())


def find(run: os.PathLike[str] | str, story: str = "", home: Path = HOME, has_model: bool = False) -> Path:
    """Folder of a run as it was named or, of ``latest`` and ``FOLDER/latest``, the newest there is.

    Parameters
    ----------
    run : Path or str
    story : str
        Only runs of this one are looked at.
    home : Path
        Where ``latest`` looks, and ``NAME/latest`` if there is no folder NAME.
    has_model : bool
        Only runs that left a model are looked at, as some commands of a story leave none.

    Raises
    ------
    FileNotFoundError
        No run is there.
    """
    run = Path(run)
    if run.name != LATEST or run.exists():
        return run
    is_named = run != Path(LATEST) and run.parent.is_dir()
    place = run.parent if is_named else home / run.parent
    entries = scan(place)[0] if place.is_dir() else []
    for entry in entries:
        is_it = entry.state == "done" and story in ("", entry.story)
        if is_it and (not has_model or (entry.folder / "model").is_dir()):
            return entry.folder
    of = (f" of {story}" if story else "") + " with a model" * has_model
    raise FileNotFoundError(f"no run{of} is in {place}, so there is no latest; name the folder of a run")
