"""What a training learns from, in host memory, and the batches that it draws."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from etl.engine.types import Array, Tensor, TorchDevice
from etl.equations.forest import Equations
from etl.equations.grammar import FUNCTIONS
from etl.handoff import to_host
from etl.records import Choice, record
from models.programs.batches import Trees, sides, upload
from models.programs.networks import Batcher
from models.programs.objectives import Targets, constants, encodings, evaluations

FEWEST = 20
"""Equations of a validation part; with fewer there is none."""


@dataclass(frozen=True)
class Examples:
    """Equations and evaluations in one numbering.

    Attributes
    ----------
    trees : Trees
    pairs : int64 array, shape (2, equations)
        Nodes of the sides.
    labels : float32 array, shape (equations,)
    held : bool array, shape (equations,)
        Which are of the validation part.
    told, coded : Targets
        Values of expressions, and numbers that are to be read back.
    """

    trees: Trees
    pairs: Array
    labels: Array
    held: Array
    told: Targets
    coded: Targets

    @property
    def nodes(self) -> Array:
        """All that is looked at."""
        return np.concatenate([self.pairs.ravel(), self.told.nodes, self.coded.nodes])

    def told_of(self) -> str:
        """What a checkpoint must agree with: sizes, and sums of what is learnt from."""
        arrays = (
            self.trees.func,
            self.trees.left,
            self.trees.values,
            self.pairs,
            self.labels,
            self.told.values,
        )
        return str([(array.shape, float(array.sum(dtype=np.float64))) for array in arrays])


def examples(
    equations: Equations | None,
    labels: Array | None,
    evaluated: Equations | None,
    validation: float = 0.1,
    seed: int = 0,
) -> Examples:
    """Check what is given, and bring it into one numbering.

    Parameters
    ----------
    equations : Equations, optional
    labels : int array, shape (equations,), optional
        By default those of the equations; -1 is not learnt from.
    evaluated : Equations, optional
        Expressions and their values.
    validation : float
        Share of the equations that is not learnt from.
    seed : int

    Raises
    ------
    ValueError
        There is nothing to learn from, or labels do not fit.
    """
    forests = [each.forest for each in (equations, evaluated) if each is not None]
    if not forests:
        raise ValueError("there is nothing to learn from: give equations, evaluations, or both")
    if len(forests) == 2 and forests[0] is forests[1]:
        forests.pop()
    codes, coded = encodings(forests if evaluated is not None else [])
    symbols, boxes = (_names([getattr(f, name) for f in forests]) for name in ("symbols", "boxes"))
    trees = Trees(*forests, codes, symbols=symbols, boxes=boxes)
    starts = dict(zip(map(id, forests), trees.starts, strict=False))
    pairs, known = np.zeros((2, 0), np.int64), np.zeros(0, np.float32)
    if equations is not None:
        pairs, known = _labelled(equations, labels)
        pairs = pairs + starts[id(equations.forest)]
    told = Targets(np.zeros(0, np.int64), np.zeros(0, np.float32), np.zeros(0, np.float32))
    if evaluated is not None:
        told = evaluations(evaluated).moved(starts[id(evaluated.forest)])
    if not len(known) + len(told):
        raise ValueError("there is nothing to learn from: no equation has a label, and no value is told")
    return Examples(
        trees, pairs, known, _held(len(known), validation, seed), told, coded.moved(trees.starts[-1])
    )


def _names(told: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in told for name in names))


def _labelled(equations: Equations, labels: Array | None) -> tuple[Array, Array]:
    """Sides and labels of the equations that have one."""
    given = np.asarray(to_host(equations.labels if labels is None else labels))
    if given.shape != (len(equations),):
        raise ValueError(f"labels are {given.shape}, for {len(equations)} equations; give one for each")
    if len(odd := np.flatnonzero(~np.isin(given, (-1, 0, 1)))):
        raise ValueError(f"label {odd[0]} is {given[odd[0]]}; give 1 true, 0 false or -1 not told")
    return sides(equations)[:, given >= 0], given[given >= 0].astype(np.float32)


def _held(count: int, share: float, seed: int) -> Array:
    held, size = np.zeros(count, bool), round(share * count)
    if 0 < size < FEWEST:
        record(Choice(reason=f"none of {count} equations is held out: probabilities are not calibrated"))
    elif size:
        held[np.random.default_rng(seed).permutation(count)[:size]] = True
    return held


def samples(given: Examples) -> dict[str, tuple[Array, Array]]:
    """Arguments and values of each black box of the trees, as evaluations tell them.

    Parameters
    ----------
    given : Examples
    """
    trees = given.trees
    found: dict[str, tuple[Array, Array]] = {}
    func, child = trees.func[given.told.nodes], trees.left[given.told.nodes]
    kind, numbers = constants(trees.func, trees.left, trees.right, trees.values)
    for place, name in enumerate(trees.boxes):
        at = (func == len(FUNCTIONS) + place) & (kind[child] > 0)
        found[name] = (numbers[child[at]].astype(float), given.told.values[at].astype(float))
    return found


class Drawn:
    """The batches of a training: each epoch takes all examples once, in an order of its own.

    Parameters
    ----------
    examples : Examples
    batcher : Batcher
        Makes what the network takes.
    batch_size : int
        Equations, or, where there are none, expressions.
    weights : tuple of float
        Of values of expressions, and of numbers that are read back.
    seed : int
    """

    def __init__(
        self,
        examples: Examples,
        batcher: Batcher,
        batch_size: int,
        weights: tuple[float, float],
        seed: int,
    ) -> None:
        self.examples, self.batcher = examples, batcher
        self.weights, self.seed = weights, seed
        self.learnt = np.flatnonzero(~examples.held)
        self.per_epoch = -(-(len(self.learnt) or len(examples.told)) // batch_size)
        self.order = lru_cache(maxsize=1)(self._order)

    def _order(self, epoch: int) -> list[list[Array]]:
        """For each kind of example, those of each batch."""
        rng = np.random.default_rng([self.seed, epoch])
        kinds = self.learnt, np.arange(len(self.examples.told)), np.arange(len(self.examples.coded))
        return [np.array_split(rng.permutation(kind), self.per_epoch) for kind in kinds]

    def batch(self, step: int, device: TorchDevice) -> tuple[object, Tensor, Tensor, Tensor]:
        """What the network takes, and labels, values and weights as `joint` does.

        Parameters
        ----------
        step : int
        device : torch.device
        """
        epoch, place = divmod(step, self.per_epoch)
        of, told, coded = (kind[place] for kind in self.order(epoch))
        given = self.examples
        singles = [(given.told, told, self.weights[0]), (given.coded, coded, self.weights[1])]
        nodes = np.concatenate([t.nodes[at] for t, at, _ in singles])
        values = np.concatenate([t.values[at] for t, at, _ in singles])
        shares = [t.scale[at] * np.float32(weight / max(len(at), 1)) for t, at, weight in singles]
        made = self.batcher.batch(given.pairs[:, of], nodes, device)
        return (made, *upload([given.labels[of], values, np.concatenate(shares)], device))
