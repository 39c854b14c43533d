"""What can stand in the blank of an equation: ``trinity programs complete "sin(x)**2 + ? = 1"``."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import tyro

from etl.equations.corpus_records import looks_latex
from etl.equations.forest import Builder, Equations
from etl.equations.latex import parse_latex
from etl.equations.parse import parse
from models.programs.certified import Candidate, certified
from models.programs.complete import Completer
from models.programs.graft import filled
from models.programs.proposals import Proposals
from pipelines.programs.output import line, results_alone
from pipelines.report import Story
from pipelines.run import AtLeast, Common, Result, Run, settings

CERTIFIED = ("proved", "identity")
SEEN = 10_000
"""Candidates that a network judges, at most."""


@settings
class Complete(Common):
    """What can stand in the blank? A line each: the candidate, its verdict and its score, parted by tabs."""

    equation: Annotated[str, tyro.conf.Positional]
    """With one blank, written ?, in quotes; LaTeX too."""
    top: Annotated[int, AtLeast(1)] = 10
    """Candidates, at most."""
    run: Path | None = None
    """Run whose network orders candidates; latest takes the newest. None takes the simplest first."""


def complete(config: Complete) -> Result:
    """Propose, certify, print a line each; returns the run.

    Raises
    ------
    FileNotFoundError, ValueError
        The text is no equation with one blank, or the run has no network.
    """
    with results_alone() as out, Run("programs", config) as run:
        equations, completer = _parsed(config.equation), Completer(random_state=config.seed)
        with run.step("propose"):
            (proposed,) = completer.proposals(equations, config.top)
        if config.run is not None:
            with run.step("order"):
                proposed = ordered(config, equations, proposed, run)
        with run.step("certify"):
            (found,) = certified(equations, [proposed], config.top, config.seed)
        if not found:
            run.say("candidates: none was found; write more of what is looked for, and leave less blank")
        out.writelines(f"{line(each.text, each.verdict, f'{each.score:.4f}')}\n" for each in found)
        out.flush()
        return run.finish(_metrics(found, len(proposed)), story=_story(config.equation, found), figures={})


def ordered(config: Complete, equations: Equations, proposed: Proposals, run: Run) -> Proposals:
    """Candidates in the order of a network's belief that the equation holds with them.

    Parameters
    ----------
    config : Complete
    equations : Equations
        One, with a blank.
    proposed : Proposals
    run : Run
    """
    from pipelines.programs.apply import network  # PyTorch

    assert config.run is not None
    model = network(config.run, config.out, config.device)
    few = proposed.at(slice(SEEN))
    each = filled(equations, [(0, few.forest, int(node)) for node in few.nodes])
    scores = np.log(np.maximum(model.probabilities(each), 1e-12))
    run.say(f"order: of {len(few):,} candidates by {model.name} of {config.run}")
    return replace(few, scores=scores).best_first()


def _parsed(text: str) -> Equations:
    build = Builder()
    node = (parse_latex if looks_latex(text) else parse)(text, build)
    return build.equations([node])


def _metrics(found: list[Candidate], proposed: int) -> dict[str, Any]:
    return {
        "candidates": len(found),
        "certified": sum(each.verdict in CERTIFIED for each in found),
        "proposed": proposed,
    }


def _story(equation: str, found: list[Candidate]) -> Story:
    certain = [each.text for each in found if each.verdict in CERTIFIED]
    best = f"; first of all {certain[0]}" if certain else ""
    summary = f"{line(equation)}: {len(found):,} candidates for the blank, {len(certain):,} certified{best}."
    rows = [[each.text, each.verdict, f"{each.score:.4f}"] for each in found]
    tables = [("Candidates", ["candidate", "verdict", "score"], rows)] if found else []
    return Story(summary, tables, {}, headline={"certified": len(certain), "candidates": len(found)})
