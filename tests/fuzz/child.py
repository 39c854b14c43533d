"""One run of a story in a process of its own, with bounds of time and memory, and how it ended."""

import codecs
import contextlib
import json
import os
import pickle
import resource
import select
import signal
import sys
import time
import traceback
import warnings
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO
from unittest.mock import patch

import matplotlib.figure

from pipelines import run_story

MEMORY = 3 << 30
"""Bytes of addresses that a run may take beyond those of its parent."""
NOBODY = 65534
codecs.lookup("unicode_escape")  # which nobody might not be able to import
WHOLE = {"config.json", "metrics.json", "ledger.json", "report.md", "report.html", "figures"}
FAULT = "error: this is a fault of Trinity"


@dataclass(frozen=True)
class End:
    """``how`` is right, told, traceback, hang, crash or half; ``text`` is what a user reads at the end."""

    how: str
    text: str
    metrics: dict[str, Any] = field(default_factory=dict)


def run(story: str, words: list[str], out: Path, limit: float, as_nobody: bool = False) -> End:
    """Type the words after the story's name, and look at what it leaves below ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    out.chmod(0o777)
    reading, writing = os.pipe()
    with warnings.catch_warnings(action="ignore"):  # of forks where threads are
        child = os.fork()
    if child == 0:
        os.close(reading)
        _in_child(story, words, out, writing, as_nobody)
    os.close(writing)
    data = _until(reading, limit)
    if data is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if data is None:
        return End("hang", f"no end within {limit:.0f} s")
    if not data:
        return End("crash", f"signal {os.WTERMSIG(status)}")
    how, text = pickle.loads(data)
    return left(out / story, how, text)


def _in_child(story: str, words: list[str], out: Path, writing: int, as_nobody: bool) -> None:
    try:
        os.setsid()
        log = os.open(out / "log.txt", os.O_CREAT | os.O_WRONLY)
        os.dup2(log, 1)
        os.dup2(log, 2)
        most = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if as_nobody and os.geteuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        found = typed(story, [*words, "--out", str(out)])
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(found, pipe)
    finally:
        os._exit(0)


def typed(story: str, words: list[str]) -> tuple[str, str]:
    try:
        with (
            patch.object(matplotlib.figure.Figure, "savefig", _no_picture),
            patch.object(sys, "argv", [f"trinity {story}", *words]),
        ):
            run_story(story)
    except SystemExit as end:
        text = str(end.code)
        return ("right", "") if end.code in (None, 0) else ("traceback" if FAULT in text else "told", text)
    except BaseException:
        return "traceback", traceback.format_exc()
    return "right", ""


def _no_picture(self: Any, path: Path | BinaryIO, **options: Any) -> None:
    none = b"\x89PNG\r\n\x1a\n"
    if isinstance(path, str | PathLike):
        Path(path).write_bytes(none)
    else:
        path.write(none)


def _until(reading: int, limit: float) -> bytes | None:
    """All that comes before the other end is closed; None if it is not in time."""
    data, end = b"", time.monotonic() + limit
    try:
        while select.select([reading], [], [], max(end - time.monotonic(), 0))[0]:
            block = os.read(reading, 1 << 16)
            if not block:
                return data
            data += block
        return None
    finally:
        os.close(reading)


def left(home: Path, how: str, text: str) -> End:
    """The same, or ``half``: a failed run leaves no result, and a right one a whole result."""
    names = [path.name for path in home.iterdir()] if home.exists() else []
    if odd := [name for name in names if ".partial-" in name]:
        return End("half", f"{odd} is left; {text}")
    results = [name for name in names if not name.startswith(("failed-", "."))]
    if how != "right":
        return End("half", f"{results} is left; {text}") if results else End(how, text)
    if len(results) != 1 or not {path.name for path in (home / results[0]).iterdir()} >= WHOLE:
        return End("half", f"{results} is no whole result")
    try:
        return End(
            how, text, json.loads((home / results[0] / "metrics.json").read_text(), parse_constant=_no)
        )
    except ValueError as error:
        return End("half", f"metrics.json is no JSON: {error}")


def _no(word: str) -> None:
    raise ValueError(word)
