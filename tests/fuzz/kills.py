"""Signals at random moments through every story: ``python -m tests.fuzz.kills --kills 64 --seed 1``.

What is left then is a whole result or none, no process goes on, and the next run is equal to one that was
left alone. Prints a line a kill, and a table.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psutil

from tests.fuzz.case import differences, lay, words
from tests.fuzz.child import WHOLE
from tests.fuzz.mutants import changed
from tests.fuzz.seeds import Seed, seeds

ROOT = Path(__file__).parents[2]
SIGNALS = {"KILL": signal.SIGKILL, "TERM": signal.SIGTERM, "INT": signal.SIGINT}
COMPILING = "compiling kernels"
PATIENCE = 120.0
"""Seconds in which a run that was told to must have ended."""
AT_ONCE = 0.5
"""A result that is whole within this share of the run's time, or a second, was about to be."""
VOTING = Seed("signsgd", "--workers 2 --device cpu --epochs 1 --optimisers vote", "none", {"none": b""})


@dataclass(frozen=True)
class Kill:
    """One kill; ``verdict`` is right, or the name of what is wrong."""

    story: str
    sent: str
    after: float
    verdict: str
    text: str = ""


def stories() -> dict[str, Seed]:
    """A seed of each story."""
    found = {seed.story: seed for seed in reversed(seeds().values())}
    return {**found, "signsgd": VOTING}


def start(seed: Seed, place: Path) -> subprocess.Popen[str]:
    """The story in a session of its own, below ``place``."""
    command = [sys.executable, "-m", f"pipelines.{seed.story}", *words(seed, seed.target, place)]
    env = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "Agg"}
    return subprocess.Popen(
        [*command, "--out", str(place / "runs")],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def whole(seed: Seed, place: Path) -> tuple[dict[str, Any], str]:
    """Metrics of a run that is left alone, and what it says.

    Raises
    ------
    AssertionError
        It fails, or something is left beside its whole result.
    """
    before = set(left(place / "runs" / seed.story))
    process = start(seed, place)
    said, complaints = process.communicate(timeout=5 * PATIENCE)
    names = sorted(set(left(place / "runs" / seed.story)) - before)
    assert process.returncode == 0, complaints
    assert len(names) == 1, names
    folder = place / "runs" / seed.story / names[0]
    assert {path.name for path in folder.iterdir()} >= WHOLE, names
    return json.loads((folder / "metrics.json").read_text()), said


def left(home: Path) -> list[str]:
    return sorted(path.name for path in home.iterdir() if path.name != "index.html") if home.exists() else []


@cache
def clean(story: str) -> tuple[float, dict[str, Any]]:
    """Seconds and metrics of a run that is left alone."""
    seed = stories()[story]
    with tempfile.TemporaryDirectory(prefix="kill-") as place:
        lay(changed(seed, seed.data), Path(place))
        began = time.monotonic()
        found, said = whole(seed, Path(place))
        if COMPILING in said:  # which a second run does not
            began = time.monotonic()
            found, _ = whole(seed, Path(place))
        return time.monotonic() - began, found


def killed(story: str, *strikes: tuple[str, float]) -> Kill:
    """Send each signal to its own run after a share of its time; look at what is left, and at the next run.

    SIGKILL comes last, as what it leaves is cleared by the next run.
    """
    seconds, metrics = clean(story)
    seed = stories()[story]
    with tempfile.TemporaryDirectory(prefix="kill-") as folder:
        place = Path(folder)
        lay(changed(seed, seed.data), place)
        for sent, share in strikes:
            verdict, text = _struck(seed, place, sent, share * seconds, seconds)
            if verdict != "right":
                break
        else:
            verdict, text = _after(seed, place, metrics)
    return Kill(story, sent, round(share * seconds, 2), verdict, text)


def _struck(seed: Seed, place: Path, sent: str, after: float, seconds: float) -> tuple[str, str]:
    process = start(seed, place)
    time.sleep(after)
    (os.killpg if sent == "INT" else os.kill)(process.pid, SIGNALS[sent])  # a terminal tells the whole group
    began = time.monotonic()
    try:
        _, complaints = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return "hang", f"no end within {PATIENCE:g} s"
    late = time.monotonic() - began
    home = place / "runs" / seed.story
    results = [name for name in left(home) if not name.startswith((".", "failed-"))]
    if results and not {path.name for path in (home / results[0]).iterdir()} >= WHOLE:
        return "half", str(results)
    if results and late > max(1.0, AT_ONCE * seconds):
        return "swallowed", f"a result {late:.1f} s after the signal"
    if sent != "KILL" and (partial := [name for name in left(home) if ".partial-" in name]):
        return "half", str(partial)
    if running := _members(process.pid):
        return "outlived", str(running)
    return ("traceback", complaints) if "Traceback" in complaints else ("right", "")


def _members(session: int) -> list[str]:
    """Processes of a session that still run some seconds later."""
    end = time.monotonic() + 20
    while time.monotonic() < end and (found := _alive(session)):
        time.sleep(0.1)
    return found if time.monotonic() >= end else []


def _alive(session: int) -> list[str]:
    found = []
    for process in psutil.process_iter(["name", "status"]):
        try:
            if os.getsid(process.pid) == session and process.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(f"{process.pid} {process.info['name']}")
        except ProcessLookupError:
            continue
    return found


def _after(seed: Seed, place: Path, metrics: dict[str, Any]) -> tuple[str, str]:
    """Run again, and compare."""
    home = place / "runs" / seed.story
    for name in left(home):
        if not name.startswith("."):  # what was whole, or is kept of a failure, is no part of the next
            (home / name).rename(place / name)
    try:
        found, _ = whole(seed, place)
    except AssertionError as error:
        return "next", str(error)[-400:]
    times = {"curve"} if seed is VOTING else set()  # of seconds
    differ = list(
        differences(*({k: v for k, v in one.items() if k not in times} for one in (metrics, found)))
    )
    return ("wrong", "; ".join(differ[:4])) if differ else ("right", "")


def campaign(names: list[str], kills: int, seed: int) -> Iterable[Kill]:
    """That many kills, over stories and signals in turn."""
    rng = random.Random(seed)
    for number in range(kills):
        sent = list(SIGNALS)[number // len(names) % len(SIGNALS)]
        yield killed(names[number % len(names)], (sent, rng.uniform(0.05, 1)))


def main() -> int:
    """Run what is asked for; 1 if something failed."""
    ask = argparse.ArgumentParser(prog="python -m tests.fuzz.kills", description=__doc__.partition("\n")[0])
    ask.add_argument("--kills", type=int, default=64)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--stories", nargs="*", default=sorted(stories()))
    asked = ask.parse_args()
    found = []
    for kill in campaign(asked.stories, asked.kills, asked.seed):
        print(
            f"{kill.story:<9} {kill.sent:<4} after {kill.after:5.2f} s: {kill.verdict} {kill.text}",
            flush=True,
        )
        found.append(kill)
    print(Counter((kill.sent, kill.verdict) for kill in found))
    return int(any(kill.verdict != "right" for kill in found))


if __name__ == "__main__":
    sys.exit(main())
