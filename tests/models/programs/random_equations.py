"""Equations of random sides, with all functions."""

import numpy as np

from etl.equations.forest import Builder, Equations
from etl.equations.grammar import UNARY
from models.programs.batches import PAIRS


def random_equations(count: int, seed: int = 0, depth: int = 4, boxes: tuple[str, ...] = ()) -> Equations:
    """Equations of random sides, with all functions."""
    rng, build = np.random.default_rng(seed), Builder(boxes)

    def grow(deep: int) -> int:
        kind = rng.integers(0, 3) if deep else 3 + rng.integers(0, 4)
        if kind < 2:
            return build.node(str(rng.choice(PAIRS)), grow(deep - 1), grow(rng.integers(0, deep)))
        if kind == 2:
            return build.node(str(rng.choice((*UNARY, *boxes))), grow(deep - 1))
        leaves = [lambda: build.symbol("x"), lambda: build.symbol("y"), lambda: build.number("-1/2")]
        return [*leaves, lambda: build.node("pi")][kind - 3]()

    roots = [build.node("equality", grow(rng.integers(0, depth)), grow(depth - 1)) for _ in range(count)]
    return build.equations(roots, rng.integers(0, 2, count).tolist())
