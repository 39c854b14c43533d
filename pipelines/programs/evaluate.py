"""A run's network on new equations, judged by their labels or the certifier's."""

from pathlib import Path

from etl.equations.read import read_equations
from etl.equations.splits import depths
from pipelines.programs.config import Labels
from pipelines.programs.figures import all_figures
from pipelines.programs.measures import calibration_error, judged, warning
from pipelines.programs.story import story
from pipelines.run import Common, Result, Run, settings


@settings
class Evaluate(Common):
    """Judge a run's network on new equations: accuracy by depth, and what its probabilities are worth."""

    run: Path
    """Folder of a run of trinity programs; latest takes the newest with a network."""
    data: Path
    """New equations: a text with one a line, or a corpus (.json, .json.gz)."""
    labels: Labels = "certified"
    """By what it is judged: the certifier's verdicts, or the labels of the file where it has some."""


def evaluate(config: Evaluate) -> Result:
    """Load, read, certify, judge, report; returns the run.

    Raises
    ------
    FileNotFoundError, ValueError
        There is no such network, or nothing that can be read.
    """
    from pipelines.programs.apply import network
    from pipelines.programs.data import labelled
    from pipelines.programs.examples import examples

    model = network(config.run, config.out, config.device)
    with Run("programs", config, engine=model.engine) as run:
        with run.step("load"):
            equations, counts = labelled(read_equations(config.data), config.labels, config.seed, run)
        with run.step("judge"):
            P = model.probabilities(equations)
            found = judged(equations.labels, depths(equations), model.depth, {model.name: P}) | {
                **counts,
                "equations": len(equations),
                "depth": model.depth,
                "chosen": model.name,
                "examples": examples(equations, P, config.seed),
                "calibration_error": calibration_error(equations.labels, P),
            }
        measured = run.measured(found)
        return run.finish(
            measured, story=story(measured), figures=all_figures(measured), warning=warning(measured)
        )
