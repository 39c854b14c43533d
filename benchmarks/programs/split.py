"""Accuracy on the corpus's own split of identities and false equations, by network.

``python -m benchmarks.programs --split --data FOLDER --scratch SCRATCH``. Each training is judged on all test
equations, on those that are no mirror images of training ones, and on those that are no commuted copies of
them either. A row is kept in SCRATCH and not made again, so that the table can be made in pieces.
"""

from typing import Any

import numpy as np
import torch

from benchmarks import harness
from benchmarks.programs.data import symbolic, values
from benchmarks.programs.run import Config, Row
from benchmarks.programs.trainings import Job, fitted, summary, trained
from etl.equations.forest import Equations
from etl.equations.splits import depths, drop_mirrors
from models.programs.objectives import evaluations

DATA = "tree_lstm + data"
VARIANTS: dict[str, dict[str, Any]] = {
    "majority": {},
    "lstm": {"network": "lstm", "hidden": 48},
    "transformer": {"network": "transformer", "hidden": 48},
    "tree_nn": {"network": "tree_nn"},
    "tree_lstm": {"network": "tree_lstm"},
    DATA: {"network": "tree_lstm"},
}
"""Options of `EquationVerifier`."""
MEASURES = ("accuracy", "without_mirrors", "without_copies", "depth_2", "depth_3", "depth_4")


def main(config: Config) -> list[Row]:
    """Make the rows that are lacking, and the table; returns a variant a row."""
    rows = list(trained(config, list(VARIANTS), one))
    table = summary(rows, MEASURES, beside="tree_nn")
    for row, gain in zip(table, summary(rows, ("accuracy",), beside="tree_lstm"), strict=True):
        row["beside_tree_lstm"] = gain["accuracy"]
        row["squared_error"] = [own.get("squared_error") for own in rows if own["variant"] == row["variant"]]
    if config.out:
        harness.write(config.out, table, versions={"torch": torch.__version__}, tried=rows)
    return table


def one(config: Config, job: Job) -> Row:
    """Learn and judge once.

    Parameters
    ----------
    config : Config
    job : tuple of str and int
        A variant and a seed.
    """
    name, seed = job
    train, test = symbolic(config.data)
    told = values(config.data)
    if name == "majority":
        most = int(train.labels.mean() > 0.5)
        return {**judged(np.full(len(test), most), train, test), "cpu_s": 0.0}
    model, cost = fitted(config, VARIANTS[name], seed, train, told[0] if name == DATA else None)
    found = {**judged(model.predict(test), train, test), "cpu_s": cost}
    if name == DATA:
        targets = evaluations(told[1])
        asked = Equations(told[1].forest, targets.nodes, told[1].labels)
        found["squared_error"] = float(np.mean((model.predict_values(asked) - targets.values) ** 2))
    return found


def judged(predicted: np.ndarray, train: Equations, test: Equations) -> Row:
    """Accuracies by what is left out of the test, and by depth.

    Parameters
    ----------
    predicted : int array, shape (equations,)
    train, test : Equations
    """
    right = predicted == test.labels
    found = {"accuracy": float(right.mean())}
    for name, commuted in (("without_mirrors", False), ("without_copies", True)):
        left = np.isin(test.roots, drop_mirrors(train, test, commuted).roots)
        found[name] = float(right[left].mean())
    depth = depths(test)
    return found | {f"depth_{each}": float(right[depth == each].mean()) for each in (2, 3, 4)}
