"""What does a model lose that is trained by votes, at one bit a coordinate? Votes beside means.

``python -m pipelines.signsgd --task mnist --data FOLDER --workers 3`` starts its own processes;
``torchrun --nproc-per-node 3 -m pipelines.signsgd`` trains with those of torchrun.
"""

import os
from functools import partial
from typing import Any

import torch

from etl.engine import Engine, choose
from etl.handoff.cost import note
from models.signsgd import processes
from pipelines.run import Result, Run
from pipelines.signsgd import measures
from pipelines.signsgd.apply import voted_model
from pipelines.signsgd.config import Config
from pipelines.signsgd.figures import all_figures
from pipelines.signsgd.story import story
from pipelines.signsgd.worker import work

__all__ = ["Config", "main"]


def main(config: Config) -> Result | None:
    """Train by each optimiser, with liars too, measure, report; returns the run.

    Under torchrun only rank 0 writes a run; the others return None.
    """
    engine = choose(config.device, "signsgd")
    cuda, message = _devices(engine, config)
    if processes.rank():
        processes.join_group(partial(work, config), cuda)
        return None
    with Run("signsgd", config, engine=engine) as run:
        run.say(message)
        with run.step("train"):
            results = _trained(config, cuda, run)
            for bridge in (bridge for result in results for bridge in result["bridges"]):
                note(*bridge)
        run.say(f"examples: {results[0]['message']}")
        return report(run, config, results)


def _trained(config: Config, cuda: bool, run: Run) -> list[dict[str, Any]]:
    """What each worker comes to."""
    task = partial(work, config)
    if processes.under_torchrun():
        return processes.join_group(task, cuda)
    return processes.spawn_workers(task, config.workers, cuda, run.scratch)


def _devices(engine: Engine, config: Config) -> tuple[bool, str]:
    """Whether each process gets a GPU, and who trains.

    Raises
    ------
    ValueError
        One worker is left to a CPU, where it would have nobody to vote with and nothing to gain.
    """
    launched = processes.under_torchrun()
    here = int(os.environ.get("LOCAL_WORLD_SIZE", 1)) if launched else config.workers
    many = torch.cuda.device_count() if engine.name == "gpu" else 0
    who = "torchrun's processes" if launched else f"{config.workers} processes of this machine"
    if not many and not launched and here < 2:
        why = "PyTorch sees no GPU" if engine.name == "gpu" else engine.reason
        raise ValueError(f"--workers is 1, which is for one GPU; give 2 at least, as {why}")
    if engine.name == "gpu" and many < here:
        one = "; --workers 1 takes the GPU" if many == 1 and not launched else ""
        return False, f"workers: {who}, on the CPU, as {many} GPUs are too few for {here} of them{one}"
    return bool(many), f"workers: {who}, on {'a GPU each' if many else 'the CPU'}"


def report(run: Run, config: Config, results: list[dict[str, Any]]) -> Result:
    """Write networks and states, metrics and figures, and close the run."""
    measures.keep(config, results, run.folder)
    measured = run.measured(measures.measures(config, results))
    return run.finish(
        measured,
        story=story(measured),
        figures=all_figures(measured),
        model=voted_model(config, results[0], measured["score"], run.engine),
        warning=measures.warning(measured),
    )
