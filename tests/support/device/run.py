"""Runs Python with the stand-in on the path, and prints what crossed between device and host.

    python tests/support/device/run.py -m pipelines.crowd --device gpu ...
    python tests/support/device/run.py --crossings FILE.json -m pytest -m gpu tests/etl

The project is the folder it is started in. A crossing is told if `etl.handoff` makes it, which writes it to
the run's ledger; of all others the last lines name the callers with the most bytes.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
TOLD = "etl/handoff"
WAYS = ("in", "out", "sync", "same")
SHOWN = 20
"""Callers that are named, those of the most bytes."""


def summed(lines):
    """Rows by caller, and sums ``{"told" or "untold": {way: {"times", "bytes"}}}``."""
    rows = Counter()
    for way, what, caller, times, size in map(json.loads, lines):
        rows[way, what, caller, "times"] += times
        rows[way, what, caller, "bytes"] += size
    sums = {kind: {way: {"times": 0, "bytes": 0} for way in WAYS} for kind in ("told", "untold")}
    for (way, _, caller, unit), number in rows.items():
        sums["told" if TOLD in caller else "untold"][way][unit] += number
    keys = dict.fromkeys(key[:3] for key in rows)
    names = ("way", "what", "caller", "times", "bytes")
    listed = [dict(zip(names, (*key, rows[*key, "times"], rows[*key, "bytes"]), strict=True)) for key in keys]
    return sums | {"rows": listed}


def show(found):
    untold = [row for row in found["rows"] if row["way"] in ("in", "out") and TOLD not in row["caller"]]
    for row in sorted(untold, key=lambda row: (row["bytes"], row["times"]))[-SHOWN:]:
        print("{way:4} {times:>7,} x {bytes:>13,} B  {what:20} {caller}".format(**row))
    for kind in ("told", "untold"):
        parts = [f"{way} {each['times']:,} / {each['bytes']:,} B" for way, each in found[kind].items()]
        print(f"crossings {kind:7}" + "; ".join(parts))


def main(arguments):
    target = None
    if arguments[:1] == ["--crossings"]:
        target, arguments = Path(arguments[1]), arguments[2:]
    with tempfile.TemporaryDirectory() as folder:
        count = Path(folder) / "count"
        count.touch()
        path = [str(HERE), os.getcwd(), *filter(None, [os.environ.get("PYTHONPATH")])]
        added = {
            "PYTHONPATH": os.pathsep.join(path),
            "STAND_IN_ROOT": os.getcwd(),
            "STAND_IN_COUNT": str(count),
        }
        done = subprocess.run([sys.executable, *arguments], env=os.environ | added, check=False)
        found = summed(count.read_text().splitlines())
    if target:
        target.write_text(json.dumps(found, indent=1) + "\n")
    show(found)
    return done.returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
