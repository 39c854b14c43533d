"""A run's model applied by another process that stands elsewhere, or on another device."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa

from etl.engine import choose
from etl.engine.types import Frame
from etl.handoff import from_arrow

ROOT = Path(__file__).parents[2]


def on_gpu(frame: pd.DataFrame) -> Frame:
    """A frame where the GPU holds it."""
    return from_arrow(pa.Table.from_pandas(frame, preserve_index=False), choose("gpu"))


def elsewhere(run: Path, data: Path | None, out: Path) -> Path:
    """What ``trinity apply`` writes, called from the folder of ``out``, in which no module of ours lies."""
    given = [] if data is None else ["--data", str(data)]
    words = ["trinity", "apply", str(run), *given, "--out", str(out), "--device", "cpu"]
    start = f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.argv = {words!r}"
    code = f"{start}\nimport pipelines; pipelines.command()"
    done = subprocess.run([sys.executable, "-c", code], cwd=out.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return out
