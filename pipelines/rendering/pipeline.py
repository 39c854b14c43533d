"""What do unlabelled images add to few labels? Methods beside labels alone, and what the network sees.

``python -m pipelines.rendering --data images --labels 100``
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipelines.rendering.apply import RenderingModel
from pipelines.rendering.config import Config
from pipelines.rendering.data import Data, load
from pipelines.rendering.figures import all_figures
from pipelines.rendering.gan import Made, make
from pipelines.rendering.measures import measures, warning
from pipelines.rendering.renderings import rendered
from pipelines.rendering.story import story
from pipelines.rendering.train import Learnt, chosen, fewer_labels, learn, steps_of
from pipelines.run import Result, Run

__all__ = ["Config", "main"]


def main(config: Config) -> Result:
    """Load, choose, train, judge, render, report; returns the run."""
    with Run("rendering", config) as run:
        with run.step("load"):
            data = load(config, run)
        steps = steps_of(config, run)
        with run.resumable("checkpoints", asdict(config)) as folder:
            return _learn(config, run, data, steps, folder)


def _learn(config: Config, run: Run, data: Data, steps: int, folder: Path) -> Result:
    with run.step("choose"):
        best = chosen(config, run, steps, data, folder)
    learnt = dict[str, Learnt]()
    for method in config.methods:
        with run.step(f"train {method}"):
            learnt[method] = learn(config, steps, data, method, data.order, folder / f"{method}.pt")
    fewer = fewer_labels(config, run, steps, data, folder)
    made = None
    if config.gan:
        with run.step("gan"):
            made = make(config, 4 * steps, data, learnt[best])
    with run.step("judge"):
        metrics = measures(config, data, steps, best, learnt, fewer)
    for method, error in metrics["error"].items():
        low, high = metrics["interval"][method]
        print(f"  {method}: errs on {error:.2%} ({low:.2%} to {high:.2%})", flush=True)
    return report(config, run, data, learnt, metrics, made)


def report(
    config: Config,
    run: Run,
    data: Data,
    learnt: dict[str, Learnt],
    metrics: dict[str, Any],
    made: Made | None,
) -> Result:
    """Write metrics, figures and the network, and close the run."""
    networks = {name: each.classifier.network_ for name, each in learnt.items()}
    seen = {
        name: rendered(network, data.test, data.truth, len(data.classes))
        for name, network in networks.items()
    }
    model = RenderingModel(learnt[metrics["chosen"]].classifier, data.classes, run.engine)
    measured = run.measured(metrics if made is None else metrics | {"gan": made.facts})
    figures = all_figures(measured, seen, None if made is None else made.shown)
    return run.finish(
        measured, story=story(measured), figures=figures, model=model, warning=warning(measured)
    )
