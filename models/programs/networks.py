"""Networks by their names, and the batches that each takes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from etl.engine.types import Array, Module, TorchDevice
from models.programs.batches import Trees
from models.programs.encoders import tree_lstm, tree_nn
from models.programs.sequence import HEADS, LSTMReader, SequenceBatches, SequenceVerifier, TransformerReader
from models.programs.verifiers import TreeBatches, TreeVerifier

TREES = {"tree_lstm": tree_lstm, "tree_nn": tree_nn}
READERS: dict[str, Callable[..., Module]] = {"lstm": LSTMReader, "transformer": TransformerReader}
NAMES = (*TREES, *READERS)


class Batcher(Protocol):
    """Makes batches of one kind of network."""

    def batch(self, pairs: Array, singles: Array, device: TorchDevice) -> Any:
        """Equations and expressions as the network takes them."""
        ...


@dataclass(frozen=True)
class Shape:
    """What a network is made of.

    Attributes
    ----------
    name : str
        One of `NAMES`.
    symbols, boxes, hidden : int
    dropout : float
    extra, apart : int
        Numbers of each node and of each equation beside what is written, of networks over trees.
    """

    name: str
    symbols: int
    boxes: int
    hidden: int = 50
    dropout: float = 0.1
    extra: int = 0
    apart: int = 0


def network(shape: Shape) -> Module:
    """A new network: ``network(batch)`` gives logits of equations and values of expressions.

    Parameters
    ----------
    shape : Shape

    Raises
    ------
    ValueError
        The name is not known, or sizes do not fit.
    """
    if shape.name not in NAMES:
        raise ValueError(f"network is {shape.name!r}; there are {', '.join(NAMES)}")
    symbols = max(shape.symbols, 1)
    if shape.name in TREES:
        made = TREES[shape.name](symbols, shape.hidden, shape.dropout, shape.boxes, shape.extra)
        return TreeVerifier(made, shape.apart)
    if shape.hidden % HEADS:
        raise ValueError(f"hidden is {shape.hidden}; a transformer has {HEADS} heads: give a multiple")
    reader = READERS[shape.name](shape.hidden, shape.dropout)
    return SequenceVerifier(reader, symbols, shape.boxes, shape.hidden)


def batcher(name: str, trees: Trees) -> Batcher:
    """What makes batches of a network.

    Parameters
    ----------
    name : str
        One of `NAMES`.
    trees : Trees
    """
    return TreeBatches(trees) if name in TREES else SequenceBatches(trees)
