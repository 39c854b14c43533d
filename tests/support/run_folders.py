"""Folders of runs as stories leave them, made without running one."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

FIRST = datetime(2026, 1, 2, 3, 4, 5).astimezone()


def made(out: Path, story: str = "graph", minutes: int = 0, **told: Any) -> Path:
    """A run that ended so many minutes after the first, with its ``config``, ``metrics`` and ``words``."""
    when = FIRST + timedelta(minutes=minutes)
    folder = out / story / f"{when:%Y%m%d-%H%M%S}"
    folder.mkdir(parents=True)
    config = {
        "pipeline": story,
        "config": told.get("config", {"seed": 0}),
        "engine": {"name": "cpu"},
        "stages": [{"name": "load", "start": 0.5, "wall": 2.0, "cpu": 1.0, "peak_mb": 1}],
        "date": when.isoformat(timespec="seconds"),
        "command": f"trinity {story}",
        "commit": "abc",
    }
    files = {
        "config": config,
        "metrics": told.get("metrics", {"auc": 0.5}),
        "story": {"summary": "So it is.", "headline": {"auc": 0.5}, "warning": "", **told.get("words", {})},
    }
    for name, value in files.items():
        (folder / f"{name}.json").write_text(json.dumps(value))
    (folder / "report.html").write_text("<p>report</p>")
    return folder


def failed(out: Path, story: str = "graph", error: str = "ValueError: a is wrong") -> Path:
    """What a run leaves that failed with rows set aside."""
    folder = out / story / "failed-20260102-000000-7"
    folder.mkdir(parents=True)
    (folder / "error.txt").write_text(f"Traceback ...\n{error}\n")
    return folder
