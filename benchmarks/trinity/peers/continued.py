"""Trinity continued: the newest run of a folder and votes that are new, as a user types it."""

import importlib
from pathlib import Path
from typing import Any

import pipelines
from benchmarks.trinity.peers.inputs import read
from benchmarks.trinity.peers.ours import STORY, predictions
from benchmarks.trinity.peers.stages import Stages, digest  # noqa: F401


def run(data: str, votes: str, threads: int, out: str, seed: int) -> dict[str, Any]:
    """Continue what `benchmarks.trinity.peers.ours` left in the same folder ``out``."""
    stages, at = Stages(out), Path(data)
    place = ["--out", str(Path(out) / "run"), "--seed", str(seed), "--workers", str(threads)]
    with stages("flow"):
        story = importlib.import_module(STORY)
        done = story.main(pipelines.parse(story.Config, args=["--run", "latest", "--votes", votes, *place]))
    with stages("predict"):
        found = predictions(pipelines.load(done.folder).predict(next(at.glob("test.*"))))
    return stages.finish(read(data).test_tasks, found)
