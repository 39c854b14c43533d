"""Errors of values of functions, by what was learnt from: identities beside values, values alone, regression.

``python -m benchmarks.programs --evaluations --data FOLDER --scratch SCRATCH``. A few values of each function
of one argument are known, to two decimals. Judged are other values of the functions themselves, and
expressions of two and three of them inside each other or added, which none has seen. A talk claims that
identities take 90 % of the error away.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import torch

from benchmarks import harness
from benchmarks.programs.data import symbolic
from benchmarks.programs.run import Config, Row
from benchmarks.programs.trainings import Job, summary, trained
from etl.engine.types import Array
from etl.equations.evaluate import evaluate
from etl.equations.evaluations import LARGEST, WIDEST, function_values
from etl.equations.forest import Builder, Equations
from etl.equations.grammar import CODE, FUNCTIONS, UNARY
from models.programs.equation_verifier import EquationVerifier
from models.programs.objectives import evaluations

POINTS = (10, 50, 200)
"""Values of each function that are known."""
METHODS = ("joint", "values alone", "regression", "constant")
"""A Tree-LSTM with identities, the same without, straight lines between the values of each function, and the
mean of all values."""
KINDS = ("function", "nested 2", "nested 3", "sum")
ASKED, STEPS = 400, 2_500
"""Expressions of each kind, and steps of a training at least."""


def main(config: Config) -> list[Row]:
    """Make the rows that are lacking, and the table; returns a method and a number of values a row."""
    names = [f"{method}, {points}" for points in POINTS for method in METHODS]
    rows = list(trained(config, names, one))
    table = [
        row | {"gain": gain(rows, row["variant"])}
        for row in summary(rows, [kind.replace(" ", "_") for kind in KINDS], beside="values alone, 50")
    ]
    if config.out:
        harness.write(config.out, table, versions={"torch": torch.__version__}, tried=rows)
    return table


def gain(rows: list[Row], variant: str) -> dict[str, float]:
    """Share of the squared error of values alone that is gone, by kind; means over seeds.

    Parameters
    ----------
    rows : list of dict
    variant : str
        A method and a number of values.
    """
    beside = f"values alone, {variant.rpartition(', ')[2]}"
    by_name = {(row["variant"], row["seed"]): row for row in rows}
    pairs = [(row, by_name.get((beside, row["seed"]))) for row in rows if row["variant"] == variant]
    kinds = [kind.replace(" ", "_") for kind in KINDS]
    return {
        kind: float(np.mean([1 - own[kind] / other[kind] for own, other in pairs if other])) for kind in kinds
    }


def one(config: Config, job: Job) -> Row:
    """Learn and judge once: mean squared errors by kind of expression.

    Parameters
    ----------
    config : Config
    job : tuple of str and int
        A method with a number of values, and a seed.
    """
    method, points = job[0].rsplit(", ", 1)
    known = function_values(int(points), job[1])
    before = time.process_time()
    predict = learnt(method, known, config, job[1])
    cost = time.process_time() - before
    held: Row = {"cpu_s": cost}
    for kind in KINDS:
        asked, values = expressions(kind, ASKED)
        held[kind.replace(" ", "_")] = float(np.mean((predict(asked) - values) ** 2))
    return held


def learnt(method: str, known: Equations, config: Config, seed: int) -> Callable[[Equations], Array]:
    """What tells values of expressions.

    Parameters
    ----------
    method : str
        Of `METHODS`.
    known : Equations
        Values of functions.
    config : Config
    seed : int
    """
    if method == "constant":
        return partial(_constant, float(evaluations(known).values.mean()))
    if method == "regression":
        return partial(composed, lines(known))
    identities = symbolic(config.data)[0] if method == "joint" else None
    batches = -(-len(known if identities is None else identities) // 64)
    model = EquationVerifier(
        epochs=max(config.epochs, -(-STEPS // batches)),
        validation=0.0,
        evaluations_weight=1.0,
        random_state=seed,
    )
    return model.fit(identities, evaluations=known).predict_values


def lines(known: Equations) -> dict[str, Callable[[Array], Array]]:
    """Straight lines between the values of each function, flat beyond them.

    Parameters
    ----------
    known : Equations
    """
    told, forest = evaluations(known), known.forest
    arguments = np.array([float(forest.numbers[at]) for at in forest.leaf[forest.left[told.nodes]]])
    found: dict[str, Callable[[Array], Array]] = {}
    for name in UNARY:
        own = np.flatnonzero(forest.func[told.nodes] == CODE[name])
        order = own[np.argsort(arguments[own], kind="stable")]
        x, y = arguments[order], told.values[order]
        found[name] = partial(_line, x, y) if len(order) else _nothing
    return found


def _line(x: Array, y: Array, at: Array) -> Array:
    return np.interp(at.real, x, y).astype(np.complex128)


def _constant(value: float, asked: Equations) -> Array:
    return np.full(len(asked), value)


def _nothing(at: Array) -> Array:
    return np.zeros_like(at)


def composed(known: dict[str, Callable[[Array], Array]], asked: Equations) -> Array:
    """Values of expressions by regressions inside each other.

    Parameters
    ----------
    known : dict of callable
    asked : Equations
        Roots are expressions.
    """
    forest, first = asked.forest, CODE[UNARY[0]]
    func = np.where(forest.func >= first, forest.func + len(UNARY), forest.func).astype(np.int16)
    assert first + len(UNARY) == len(FUNCTIONS)
    boxed = replace(forest, func=func, boxes=UNARY)
    found: Array = evaluate(boxed, np.zeros((0, 1), np.complex128), known)[asked.roots, 0].real
    return found


def expressions(kind: str, count: int, seed: int = 1_000) -> tuple[Equations, Array]:
    """Expressions with real values up to 10, each part within the arguments that were drawn.

    Parameters
    ----------
    kind : str
        Of `KINDS`.
    count, seed : int

    Returns
    -------
    Equations
    float array, shape (count,)
        Their values.
    """
    draw, build = np.random.default_rng(seed), Builder()
    nodes = [_drawn(kind, draw, build) for _ in range(20 * count)]
    values = evaluate(build.forest(), np.zeros((0, 1), np.complex128))[:, 0]
    forest = build.forest()
    good = (values.imag == 0) & (abs(values.real) <= np.where(forest.height < _height(kind), WIDEST, LARGEST))
    within = [node for node in nodes if good[_parts(forest.left, forest.right, node)].all()][:count]
    return build.equations(within), values[within].real


def _height(kind: str) -> int:
    return {"function": 1, "nested 2": 2, "nested 3": 3, "sum": 2}[kind]


def _drawn(kind: str, draw: np.random.Generator, build: Builder) -> int:
    def applied(times: int) -> int:
        node = build.number(f"{draw.uniform(-WIDEST, WIDEST):.2f}")
        for name in draw.choice(UNARY, times):
            node = build.node(str(name), node)
        return node

    if kind == "sum":
        return build.node("add", applied(1), applied(1))
    return applied(_height(kind))


def _parts(left: Array, right: Array, node: int) -> list[int]:
    found, waiting = [], [node]
    while waiting:
        at = waiting.pop()
        found.append(at)
        waiting += [int(child) for child in (left[at], right[at]) if child >= 0]
    return found
