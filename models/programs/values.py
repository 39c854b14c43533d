"""Values at sample points as a further input: each node tells the network what it comes to.

A network over trees sees names alone, and guesses at depths that it was not trained on. Here each node also
has its values at points that all equations share, and each equation how far its sides are apart there.
"""

from collections.abc import Mapping

import numpy as np
import torch

from etl.engine import Engine
from etl.engine.types import Array, Tensor, TorchDevice
from etl.equations.evaluate import evaluate
from etl.equations.forest import Forest
from etl.equations.groups import part
from etl.equations.sampling import sample_points
from etl.handoff import to_torch
from models.programs.batches import Plan, Trees, numbered, upload
from models.programs.black_box import BlackBox
from models.programs.verifiers import TreeBatch

APART = 5
"""Numbers of an equation, see `apart`."""
TINY = 1e-16
"""Difference that counts as none, relative to the sides."""
LARGEST = 20.0
"""Of a logarithm of a magnitude."""


def width(points: int) -> int:
    """Numbers of each node, see `features`.

    Parameters
    ----------
    points : int
    """
    return 3 * points


def values(
    trees: Trees, roots: Array, points: int, seed: int, boxes: Mapping[str, BlackBox], engine: Engine
) -> Tensor:
    """Values of all nodes at or below roots, where the engine keeps arrays.

    Parameters
    ----------
    trees : Trees
    roots : int64 array
    points, seed : int
        Of `etl.equations.sampling.sample_points`.
    boxes : mapping of str to BlackBox
    engine : Engine

    Returns
    -------
    complex128 tensor, shape (nodes, points)
        nan where a value is undefined or not known, and of nodes that are not reached.
    """
    reached = trees.reached(roots)
    ends = [*trees.starts[1:], len(trees.func)]
    parts = []
    for forest, start, end in zip(trees.forests, trees.starts, ends, strict=True):
        nodes = reached[(reached >= start) & (reached < end)] - start
        given = engine.xp.asarray(_points(forest, trees.symbols, points, seed))
        found = engine.xp.full((len(forest), points), np.nan, np.complex128)
        found[engine.xp.asarray(nodes)] = evaluate(part(forest, nodes), given, boxes)
        parts.append(found)
    return to_torch(engine.xp.concatenate(parts))


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


def apart(left: Tensor, right: Tensor) -> Tensor:
    """How far two sides are apart at the points where both are known.

    Parameters
    ----------
    left, right : complex128 tensors, shape (equations, points)

    Returns
    -------
    float32 tensor, shape (equations, 5)
        The largest, mean and smallest logarithm of the relative difference, from 0 for equal to 1, and the
        shares of points where both sides, and only one of them, are known.
    """
    known = ~(left.isnan() | right.isnan())
    one = left.isnan() ^ right.isnan()
    gap = torch.where(known, left - right, 0).abs() / (1 + torch.where(known, left, 0).abs())
    logs = 1 + (gap + TINY).log10().clamp(max=0) / -np.log10(TINY)
    count = known.sum(1).clamp(min=1)
    mean = torch.where(known, logs, 0).sum(1) / count
    most, least = torch.where(known, logs, 0).amax(1), torch.where(known, logs, 1).amin(1)
    shares = known.double().mean(1), one.double().mean(1)
    return torch.stack([most, mean, least, *shares], 1).float()


class ValueBatches:
    """Makes batches of trees with values.

    Parameters
    ----------
    trees : Trees
    found : complex128 tensor, shape (nodes, points)
        By `values`, on the device where batches are to be.
    """

    def __init__(self, trees: Trees, found: Tensor) -> None:
        self.trees, self.found, self.features = trees, found, features(found)

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
        gaps = apart(self.found.index_select(0, left), self.found.index_select(0, right))
        return TreeBatch(plan, pairs.shape[1], self.features.index_select(0, nodes), gaps)
