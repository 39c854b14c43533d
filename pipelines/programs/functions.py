"""Functions as a network evaluates them, beside their true values."""

from typing import Any

import numpy as np

from etl.equations.evaluate import evaluate
from etl.equations.evaluations import LARGEST, WIDEST
from etl.equations.forest import Builder
from etl.equations.grammar import UNARY
from etl.handoff import to_host
from models.programs.equation_verifier import EquationVerifier

POINTS = 61


def functions(verifier: EquationVerifier) -> dict[str, Any]:
    """Values of each function of one argument at points from -3.14 to 3.14.

    Returns
    -------
    dict
        By function: ``x``, ``true`` and ``learnt`` where the true value is real and at most 10, and ``rmse``.
    """
    build, x = Builder(), np.round(np.linspace(-WIDEST, WIDEST, POINTS), 2)
    numbers = [build.number(f"{each:.2f}") for each in x]
    nodes = {name: [build.node(name, number) for number in numbers] for name in UNARY}
    asked = build.equations([node for own in nodes.values() for node in own])
    true = to_host(evaluate(asked.forest, np.zeros((0, 1), np.complex128)))[asked.roots, 0]
    learnt = to_host(verifier.predict_values(asked)).astype(float)
    found = {}
    for name, value, own in zip(UNARY, true.reshape(-1, POINTS), learnt.reshape(-1, POINTS), strict=True):
        there = (value.imag == 0) & (abs(value.real) <= LARGEST)
        if there.any():
            miss = float(np.sqrt(np.mean((own - value.real)[there] ** 2)))
            curves = {"x": x[there], "true": value.real[there], "learnt": own[there]}
            found[name] = {key: each.tolist() for key, each in curves.items()} | {"rmse": miss}
    return found
