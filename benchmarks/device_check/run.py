"""Runs the checks one after the other, each in a process of its own, and never touches the device itself.

Standard library alone: it starts where nothing is installed yet.
"""

import argparse
import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from benchmarks.device_check.checks import CHECKS, Check, Facts, named

ROOT = Path(__file__).parents[2]
LEAST = 0.5
"""Share of its limit that must be left for a check to be started."""
DRY = 6
"""Times as long as on a device may a check take in a dry run, which has a CPU, and perhaps a busy one."""
RESTARTS = 3
"""Times that a check which lost its process goes on behind the item that did it."""


@dataclass(frozen=True)
class Plan:
    """What is asked for: checks, and seconds from now for all of them."""

    checks: tuple[Check, ...]
    deadline: float
    dry: bool
    out: Path


def main(words: Sequence[str] | None = None) -> int:
    """Run all checks that fit; 0 if results were written, whatever they say."""
    signal.signal(signal.SIGTERM, _stop)
    plan = _plan(words)
    print("\n".join(summary(run(plan))), flush=True)
    return 0


def run(plan: Plan) -> list[Facts]:
    """A row of each check, which is on disk when the next one starts."""
    plan.out.mkdir(parents=True, exist_ok=True)
    end, rows = time.monotonic() + plan.deadline, []
    with (plan.out / "results.jsonl").open("a") as results, (plan.out / "log.txt").open("a") as log:
        for check in plan.checks:
            row = _checked(check, plan, end - time.monotonic(), log)
            write(results, row)
            print(told(row), flush=True)
            rows.append(row)
    return rows


def _plan(words: Sequence[str] | None) -> Plan:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.device_check", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(os.environ.get("OUT", "runs/device_check")))
    parser.add_argument("--deadline", type=float, default=420.0, help="seconds for all checks together")
    parser.add_argument("--only", nargs="+", default=[], help="names of checks; by default all")
    parser.add_argument("--leave", nargs="+", default=[], help="names of checks to leave out")
    parser.add_argument("--dry", action="store_true", help="check the CPU against itself")
    given = parser.parse_args(words)
    known = [check.name for check in CHECKS]
    for name in (*given.only, *given.leave):
        if name not in known:
            parser.error(f"there is no check {name!r}; there are {', '.join(known)}")
    wanted = [named(name) for name in known if name in (given.only or known) and name not in given.leave]
    return Plan(tuple(wanted), given.deadline, given.dry, given.out)


def write(file: IO[str], row: Facts) -> None:
    """A line, on disk before anything else is done."""
    file.write(json.dumps(row) + "\n")
    file.flush()
    os.fsync(file.fileno())


def _checked(check: Check, plan: Plan, left: float, log: IO[str]) -> Facts:
    """Run one check and tell how it ended; its items are on disk already."""
    row: Facts = {"kind": "check", "name": check.name, "stories": check.stories, "ok": None}
    lacking = [] if plan.dry else [name for name in check.needs if importlib.util.find_spec(name) is None]
    if lacking:
        return row | {"why": f"needs {', '.join(lacking)}"}
    most = check.seconds * (DRY if plan.dry else 1)
    if left < LEAST * most:
        return row | {"why": f"{max(0, left):.0f} s were left, and it may take {most}"}
    began, before = time.monotonic(), (plan.out / "results.jsonl").stat().st_size
    why, begun = _attempts(check, plan, began + min(most, left), log)
    passed = [each["item"] for each in items(plan.out, before) if each["ok"]]
    failed = [item for item in begun if item not in passed]
    row |= {"ok": not why and not failed and bool(passed), "seconds": round(time.monotonic() - began, 1)}
    return row | {"passed": len(passed), "failed": failed, "why": why}


def _attempts(check: Check, plan: Plan, end: float, log: IO[str]) -> tuple[str, list[str]]:
    """Start the child, again behind an item that took it down; why it ended badly, and the items begun."""
    why = ""
    with tempfile.TemporaryDirectory() as folder:
        trail = Path(folder, "begun")
        trail.touch()
        for _ in range(1 + RESTARTS):
            code = _child(check, plan, trail, end - time.monotonic(), log)
            begun = trail.read_text().splitlines()
            if code == 0:
                return why, begun
            why = why or f"ended by {_cause(code)} in {begun[-1] if begun else 'its start'}"
            if code is None or not begun or time.monotonic() > end:
                return why, begun
    return why, begun


def _cause(code: int | None) -> str:
    if code is None:
        return "the time limit"
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _child(check: Check, plan: Plan, trail: Path, limit: float, log: IO[str]) -> int | None:
    """Exit code of one process for the check, or None where its limit ended it; its whole group is ended."""
    command = [sys.executable, "-X", "faulthandler", "-m", "benchmarks.device_check.child"]
    command += [check.name, check.function, str(plan.out), str(trail), *["--dry"] * plan.dry]
    process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT, start_new_session=True)
    try:
        return process.wait(max(0.1, limit))
    except subprocess.TimeoutExpired:
        return None
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            log.flush()
        process.wait()


def items(out: Path, start: int = 0) -> list[Facts]:
    """Lines that items have left, from a place of the file on; the last may have been cut by a kill."""
    lines = (out / "results.jsonl").read_bytes()[start:].splitlines(keepends=True)
    rows = [json.loads(line) for line in lines if line.endswith(b"\n")]
    return [row for row in rows if row["kind"] == "item"]


def told(row: Facts) -> str:
    """A check in a line."""
    state = {True: "ok", False: "FAILED", None: "skipped"}[row["ok"]]
    passed = f"{row['passed']} passed" if "passed" in row else ""
    parts = [passed, row["why"], ", ".join(row.get("failed", []))]
    return f"{state:8}{row['name']:18}{row.get('seconds', 0):6.1f} s  {'; '.join(filter(None, parts))}"


def summary(rows: Sequence[Facts]) -> list[str]:
    """What was found, in lines."""
    count = {state: sum(row["ok"] is state for row in rows) for state in (True, False, None)}
    total = f"{count[True]} checks passed, {count[False]} failed, {count[None]} were skipped"
    return ["", *(told(row) for row in rows), total]


def _stop(number: int, frame: object) -> None:
    raise SystemExit(128 + number)
