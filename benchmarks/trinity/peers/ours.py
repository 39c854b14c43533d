"""Trinity: the flow as a user types it, judged by the file of predictions that its model writes."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import pipelines
from benchmarks.trinity.peers.inputs import read
from benchmarks.trinity.peers.stages import Stages, digest  # noqa: F401

STORY = "pipelines.trinity"


def run(data: str, threads: int, out: str, seed: int) -> dict[str, Any]:
    """Run the flow on the files, then its chosen model on those tested on."""
    stages, at = Stages(out), Path(data)
    with stages("flow"):
        story = importlib.import_module(STORY)
        done = story.main(pipelines.parse(story.Config, args=command(at, Path(out), seed, threads)))
    with stages("predict"):
        test = next(at.glob("test.*"))
        found = predictions(pipelines.load(done.folder).predict(test))
    return stages.finish(read(data).test_tasks, found)


def command(data: Path, out: Path, seed: int, threads: int) -> list[str]:
    """Options of the flow, as they are typed."""
    items, votes = next(data.glob("items.*")), next(data.glob("votes.*"))
    text = ["--text", "text"] if items.suffix == ".parquet" else []
    place = ["--out", str(out / "run"), "--seed", str(seed), "--workers", str(threads)]
    return ["--data", str(items), *text, "--votes", str(votes), *place]


def predictions(found: pd.DataFrame | np.ndarray) -> pd.Series | np.ndarray:
    """Labels in the order of the items."""
    return found["label"] if isinstance(found, pd.DataFrame) else found
