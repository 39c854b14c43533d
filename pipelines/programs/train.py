"""From equations to networks that are compared, judged and kept: ``trinity programs train``."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from etl.equations.splits import depths
from models.programs.equation_verifier import EquationVerifier
from pipelines.programs.apply import ProgramsModel
from pipelines.programs.config import NAMES, Config
from pipelines.programs.data import Data, load
from pipelines.programs.examples import examples
from pipelines.programs.figures import all_figures
from pipelines.programs.functions import functions
from pipelines.programs.learn import EVALUATORS, chosen, epochs_of, learn, one_thread
from pipelines.programs.measures import calibration_error, judged, warning
from pipelines.programs.story import story
from pipelines.run import Result, Run


def train(config: Config) -> Result:
    """Load, learn, judge, report; returns the run."""
    with Run("programs", config) as run:
        with run.step("load"):
            data = load(config, run)
            epochs = epochs_of(config, data, run)
        with run.resumable("checkpoints", asdict(config), data.key) as folder:
            return _learn(config, run, data, epochs, folder)


def _learn(config: Config, run: Run, data: Data, epochs: int, folder: Path) -> Result:
    learnt = dict[str, EquationVerifier]()
    for method in config.methods:
        with run.step(f"train {method}"):
            learnt[method] = learn(config, epochs, data, method, run.engine, folder / f"{method}.pt")
    best = chosen(learnt, run)
    models = {name: ProgramsModel(each, name, data.depth, run.engine) for name, each in learnt.items()}
    with run.step("judge"), one_thread():
        measured = _measured(config, data, models, best) | {"epochs": epochs}
    for name, share in measured["accuracy"].items():
        deeper = measured["accuracy_deeper"][name]
        told = "" if deeper is None else f", and on {deeper:.1%} of deeper ones"
        print(f"  {NAMES[name]}: right on {share:.1%} of equations held out{told}", flush=True)
    measured = run.measured(measured)
    return run.finish(
        measured,
        story=story(measured),
        figures=all_figures(measured),
        model=models[best],
        warning=warning(measured),
    )


def _measured(config: Config, data: Data, models: dict[str, ProgramsModel], best: str) -> dict[str, Any]:
    """Numbers of all methods, with examples of the best one and functions of one that learnt them."""
    found = {name: each.probabilities(data.test) for name, each in models.items()}
    evaluator = next((name for name in EVALUATORS if name in models), None)
    return judged(data.test.labels, depths(data.test), data.depth, found) | {
        **data.counts,
        "depth": data.depth,
        "chosen": best,
        "examples": examples(data.test, found[best], config.seed),
        "evaluator": evaluator,
        "functions": functions(models[evaluator].verifier) if evaluator else {},
        "calibration_error": calibration_error(data.test.labels, found[best]),
        "history": {name: each.verifier.history_ for name, each in models.items()},
    }
