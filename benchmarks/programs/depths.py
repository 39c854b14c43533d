"""Accuracy at depths that were not learnt from, on a generated and certified corpus.

``python -m benchmarks.programs --depths --scratch SCRATCH``. Networks learn from depths 1-3, and are judged
at 3 by equations that are held out and at 4-8. With a black box, the sine is known by 2,400 values alone: its
values at sample points are those that the samples tell.
"""

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from benchmarks import harness
from benchmarks.programs.run import Config, Row
from benchmarks.programs.trainings import Job, fitted, summary, trained
from etl.equations.evaluations import function_values
from etl.equations.forest import Equations
from etl.equations.generate import generate
from etl.equations.grammar import CODE, FUNCTIONS
from etl.equations.splits import by_depth, depths, split
from etl.equations.trees import below

LEARNT, EACH = 46_000, 1_000
"""Equations to learn from, and to judge by at each depth."""
SHALLOW = 3
"""Depth of the highest axioms, so that what is deeper is made of what can be learnt."""
DEPTHS = (3, 4, 5, 6, 7, 8)
HIDDEN, SAMPLES = "sin", 2_400
"""The function that is a black box, and how many values of it are known."""
BOX = len(FUNCTIONS)
"""Its code."""
BOXED = "tree_lstm + values, black box"
VARIANTS: dict[str, dict[str, Any]] = {
    "lstm": {"network": "lstm", "hidden": 48},
    "tree_nn": {"network": "tree_nn"},
    "tree_lstm": {"network": "tree_lstm"},
    "tree_lstm + values": {"network": "tree_lstm", "values": True},
    BOXED: {"network": "tree_lstm", "values": True},
}
"""Options of `EquationVerifier`."""
MEASURES = tuple(f"depth_{depth}" for depth in DEPTHS)


def main(config: Config) -> list[Row]:
    """Make the rows that are lacking, and the table; returns a variant a row."""
    rows = list(trained(config, list(VARIANTS), one))
    table = summary(rows, MEASURES, beside="tree_lstm")
    if config.out:
        train, test = corpus(config.seed)
        sizes = {"learnt": len(train), "judged": np.bincount(depths(test)).tolist()}
        harness.write(config.out, table, versions={"torch": torch.__version__}, tried=rows, sizes=sizes)
    return table


@lru_cache
def corpus(seed: int) -> tuple[Equations, Equations]:
    """Equations to learn from and to judge by, as many true as false ones.

    Parameters
    ----------
    seed : int
    """
    shares = {1: 0.01, 2: 0.04, 3: 1.0} | dict.fromkeys(DEPTHS[1:], EACH / LEARNT)
    count = round(LEARNT * sum(shares.values())) + EACH
    made = generate(count, seed, depths=shares, axioms_to=SHALLOW, log=lambda _: None)
    shallow, deep = by_depth(made)
    train, held = split(shallow, EACH / len(shallow), seed)
    both = np.concatenate([held.roots[depths(held) == 3], deep.roots])
    labels = np.concatenate([held.labels[depths(held) == 3], deep.labels])
    return train, Equations(made.forest, both, labels)


def one(config: Config, job: Job) -> Row:
    """Learn and judge once.

    Parameters
    ----------
    config : Config
    job : tuple of str and int
        A variant and a seed.
    """
    name, seed = job
    train, test = corpus(config.seed)
    told = None
    if name == BOXED:
        train, test = boxed(train), boxed(test)
        told = boxed(function_values(SAMPLES, seed, (HIDDEN,)))
    model, cost = fitted(config, VARIANTS[name], seed, train, told)
    right, depth = model.predict(test) == test.labels, depths(test)
    held = {f"depth_{each}": float(right[depth == each].mean()) for each in DEPTHS}
    if name == BOXED:
        func, roots = test.forest.func, test.roots
        has = np.array([(func[below(test.forest, roots[[at]])] >= BOX).any() for at in range(len(test))])
        held |= {f"with_box_{each}": float(right[has & (depth == each)].mean()) for each in DEPTHS}
    return held | {"cpu_s": cost}


def boxed(equations: Equations) -> Equations:
    """The same with a function that is known by samples alone.

    Parameters
    ----------
    equations : Equations
    """
    forest = equations.forest
    func = np.where(forest.func == CODE[HIDDEN], BOX, forest.func).astype(np.int16)
    return replace(equations, forest=replace(forest, func=func, boxes=("box",)))
