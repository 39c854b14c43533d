"""Values at sample points as a further input: each node tells the network what it comes to.

A network over trees sees names alone, and guesses at depths that it was not trained on. Here each node also
has its values at points that all equations share, and each equation how far its sides are apart there.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch

from etl.engine import Engine
from etl.engine.types import Array, Tensor, TorchDevice
from etl.equations.evaluate import evaluate
from etl.equations.forest import Forest
from etl.equations.sampling import sample_points
from etl.equations.trees import part
from etl.handoff import from_host, to_torch
from models.programs.batches import Trees, numbered, upload
from models.programs.black_box import BlackBox
from models.programs.plan import Plan
from models.programs.verifiers import TreeBatch

APART = 6
"""Numbers of an equation, see `apart`."""
TINY = 1e-12
"""Difference that rounding explains, relative to 1 and a side."""
DECADES = 4
"""Between a difference that is explained and one that tells all."""
TRIES = 3
"""Times that black boxes are moved by their errors."""
HUGE = 1e300
"""Magnitude that stands for those beyond doubles."""
LARGEST = 20.0
"""Of a logarithm of a magnitude."""


def width(points: int) -> int:
    """Numbers of each node, see `features`.

    Parameters
    ----------
    points : int
    """
    return 3 * points


class Sampled(NamedTuple):
    """What nodes come to at sample points.

    Attributes
    ----------
    values : complex128 tensor, shape (nodes, points)
        nan where a value is undefined or not known.
    spread : float64 tensor, shape (nodes, points)
        How far it may be off as black boxes are.
    """

    values: Tensor
    spread: Tensor


def sampled(
    trees: Trees, roots: Array, points: int, seed: int, boxes: Mapping[str, BlackBox], engine: Engine
) -> Sampled:
    """Values of all nodes at or below roots, where the engine keeps arrays; nan of others.

    Parameters
    ----------
    trees : Trees
    roots : int64 array
    points, seed : int
        Of `etl.equations.sampling.sample_points`.
    boxes : mapping of str to BlackBox
    engine : Engine
    """
    reached = trees.reached(roots)

    def found(known: Mapping[str, BlackBox]) -> Tensor:
        return to_torch(_values(trees, reached, points, seed, known, engine))

    values = found(boxes)
    spread = torch.zeros_like(values.real)
    for at in range(TRIES if boxes else 0):
        moved = {name: box.moved(seed + at) for name, box in boxes.items()}
        spread = torch.maximum(spread, (found(moved) - values).abs().nan_to_num(0.0))
    return Sampled(values, spread)


def _values(
    trees: Trees, reached: Array, points: int, seed: int, boxes: Mapping[str, BlackBox], engine: Engine
) -> Array:
    ends = [*trees.starts[1:], len(trees.func)]
    parts = []
    for forest, start, end in zip(trees.forests, trees.starts, ends, strict=True):
        nodes = reached[(reached >= start) & (reached < end)] - start
        given = from_host(_points(forest, trees.symbols, points, seed), engine)
        found = engine.xp.full((len(forest), points), np.nan, np.complex128)
        found[from_host(nodes, engine)] = evaluate(part(forest, nodes), given, boxes)
        parts.append(found)
    joined = engine.xp.concatenate(parts)
    joined[~engine.xp.isfinite(joined)] = np.nan  # a difference of two infinite values would be none
    return joined


def _points(forest: Forest, known: tuple[str, ...], points: int, seed: int) -> Array:
    """A row a symbol, by the number of its name; two symbols never have the same."""
    rows: list[int] = []
    for number in numbered(forest.symbols, known):
        rows.append(number if number not in rows else max(len(known), *rows) + 1)
    return sample_points(max(rows, default=0) + 1, points, seed)[rows]


def features(found: Tensor) -> Tensor:
    """Real and imaginary parts, as ``sign(v) log(1 + |v|)``, and whether there are any.

    Parameters
    ----------
    found : complex128 tensor, shape (nodes, points)

    Returns
    -------
    float32 tensor, shape (nodes, 3 * points)
    """
    missing = found.isnan()
    parts = torch.view_as_real(found).nan_to_num(0.0)
    logs = parts.sign() * parts.abs().log1p().clamp(max=LARGEST)
    return torch.cat([logs[..., 0], logs[..., 1], missing.to(logs)], 1).float()


def apart(left: Sampled, right: Sampled) -> Tensor:
    """How far two sides are apart at the points where both are known.

    A difference counts by the decades that it is above what rounding and black boxes explain, so that one
    threshold serves whatever a side is made of.

    Parameters
    ----------
    left, right : Sampled
        Of shape (equations, points).

    Returns
    -------
    float32 tensor, shape (equations, 6)
        The largest, mean and smallest of those counts, from 0 for equal to 1; the mean of the same count of
        what black boxes explain; shares of points where both sides, and only one of them, are known.
    """
    one, other = left.values, right.values
    known = ~(one.isnan() | other.isnan())
    gap, size = (torch.where(known, each, 0).abs().clamp(max=HUGE) for each in (one - other, one))
    exact = TINY * (1 + size)
    explained = exact + left.spread + right.spread
    counts, blurred = (_decades(*each) for each in ((gap, explained), (explained - exact, exact)))
    number = known.sum(1).clamp(min=1)
    means = [torch.where(known, each, 0).sum(1) / number for each in (counts, blurred)]
    most, least = torch.where(known, counts, 0).amax(1), torch.where(known, counts, 1).amin(1)
    shares = known.double().mean(1), (one.isnan() ^ other.isnan()).double().mean(1)
    return torch.stack([most, means[0], least, means[1], *shares], 1).float()


def _decades(size: Tensor, unit: Tensor) -> Tensor:
    return ((size / unit + 1).log10() / DECADES).clamp(max=1)


class ValueBatches:
    """Makes batches of trees with values.

    Parameters
    ----------
    trees : Trees
    found : Sampled
        Of the nodes of trees, on the device where batches are to be.
    """

    def __init__(self, trees: Trees, found: Sampled) -> None:
        self.trees, self.found, self.features = trees, found, features(found.values)

    def batch(self, pairs: Array, singles: Array, device: TorchDevice) -> TreeBatch:
        """Equations and expressions as a `TreeVerifier` takes them.

        Parameters
        ----------
        pairs : int array, shape (2, equations)
            Nodes of sides.
        singles : int array, shape (expressions,)
        device : torch.device
        """
        plan: Plan = self.trees.plan(np.concatenate([pairs.ravel(), singles]), device)
        nodes, left, right = upload([plan.nodes, *pairs], device)
        one, other = (Sampled(*(each.index_select(0, at) for each in self.found)) for at in (left, right))
        return TreeBatch(plan, pairs.shape[1], self.features.index_select(0, nodes), apart(one, other))
