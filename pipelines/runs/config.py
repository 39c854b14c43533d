"""What is asked of runs: a list, one of them, or two beside each other."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

Run = Annotated[Path, tyro.conf.Positional]


@dataclass(frozen=True, kw_only=True)
class List:
    """All runs of a folder, the newest first."""

    folder: Run = Path("runs")
    """Folder of runs, such as was given as --out; or of one story's."""


@dataclass(frozen=True, kw_only=True)
class Show:
    """What a run was told, what it found, and its files."""

    run: Run
    """Folder of the run; latest takes the newest of runs, and FOLDER/latest that of another folder."""


@dataclass(frozen=True, kw_only=True)
class Compare:
    """How two runs differ: settings, numbers, and curves that both have."""

    first: Run
    """Folder of a run, or latest."""
    second: Run
    """Folder of another; differences are this one's less the first one's."""
    out: Path | None = None
    """Page to write, .html, with the curves drawn over each other."""


Config = (
    Annotated[List, tyro.conf.subcommand("list")]
    | Annotated[Show, tyro.conf.subcommand("show")]
    | Annotated[Compare, tyro.conf.subcommand("compare")]
)
