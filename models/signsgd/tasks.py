"""What workers learn together, and how it is judged: a network, its batches, its loss and its score."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from etl.conll import score
from etl.engine.types import Module, Tensor, TorchDevice
from etl.handoff import on_device, to_host

if TYPE_CHECKING:
    from models.tagger.dataset import Dataset
    from models.tagger.network import Network
    from models.tagger.sentences import Batch

Pair = tuple[np.ndarray, np.ndarray]
"""Examples, and what is true of them."""
JUDGED = 1000
"""Examples that are judged at a time."""


@dataclass(frozen=True, eq=False)
class Task:
    """What is learnt, and how it is judged.

    Attributes
    ----------
    measure : str
        What ``judge`` gives.
    message : str
        Which examples there are.
    count : int
        Examples to learn from.
    make : callable
        ``make()`` is a new network.
    batch : callable
        ``batch(rows)`` is what the network reads of these examples, and what is true of them.
    loss : callable
        ``loss(outputs, truth)`` is the mean of the examples.
    judge : callable
        ``judge(network)`` on held-out examples, from 0 to 1.
    baseline : tuple of str and float
        What knows nothing of an example, or next to nothing, and the same measure of it.
    form : dict
        What brings new data into the form of these, for JSON.
    """

    measure: str
    message: str
    count: int
    make: Callable[[], Module]
    batch: Callable[[Tensor], tuple[Any, Tensor]]
    loss: Callable[[Any, Tensor], Tensor]
    judge: Callable[[Module], float]
    baseline: tuple[str, float]
    form: Mapping[str, Any]


def array_task(
    measure: str,
    message: str,
    make: Callable[[], Module],
    train: Pair,
    test: Pair,
    device: TorchDevice,
    form: Mapping[str, Any],
) -> Task:
    """Classes of arrays: of images, or of each next character.

    Parameters
    ----------
    measure, message : str
        See `Task`; the numbers of examples are added to the message.
    make : callable
        ``make()`` is a new network, to scores (b, classes) or (b, classes, ...).
    train, test : pair of arrays, shapes (n, ...) and (n,) or (n, ...)
        Examples, and codes of their classes.
    device : torch.device
        Where they are held.
    form : mapping
        See `Task`.
    """
    X, X_test = (on_device(x, device) for x in (train[0], test[0]))
    X, X_test = (x.float() if x.is_floating_point() else x for x in (X, X_test))
    y, y_test = (on_device(part.astype("int64"), device) for part in (train[1], test[1]))

    @torch.no_grad()
    def judge(network: Module) -> float:
        network.eval()
        pairs = zip(X_test.split(JUDGED), y_test.split(JUDGED), strict=True)
        right = sum(int((network(x).argmax(1) == t).sum()) for x, t in pairs)
        network.train()
        return right / y_test.numel()

    def batch(rows: Tensor) -> tuple[Tensor, Tensor]:
        rows = rows.to(device, non_blocking=True)
        return X[rows], y[rows]

    message += f"{len(X):,} to learn from, {len(X_test):,} to judge by"
    usual = np.bincount(train[1].astype("int64").ravel()).argmax()
    baseline = "the commonest class", float((test[1] == usual).mean())
    return Task(measure, message, len(X), make, batch, cross_entropy, judge, baseline, form)


def tagger_task(message: str, data: "Dataset", network: "Network", form: Mapping[str, Any]) -> Task:
    """Tags of sentences; the score is F1 of spans.

    Parameters
    ----------
    message : str
        Which sentences there are.
    data : Dataset
        Where its codes lie is where it is learnt.
    network : Network
    form : mapping
        See `Task`.
    """
    # Taggers take a second to import, which workers on images need not wait for.
    from models.tagger.longest_match import longest_match
    from models.tagger.network import estimator
    from models.tagger.outputs import best_tags
    from models.tagger.sentences import Tensors

    make = estimator(data.sizes, data.names, network, vectors=data.vectors).module_fn
    pool, held = Tensors(data.pool), Tensors(data.held)

    def f1(tags: np.ndarray) -> float:
        return float(score.span_f1(to_host(data.held.tags), tags, to_host(data.held.starts), data.names).f1)

    @torch.no_grad()
    def judge(tagger: Module) -> float:
        tags = to_host(best_tags(tagger, held))
        tagger.train()
        return f1(tags)

    def batch(rows: Tensor) -> tuple["Batch", Tensor]:
        sentences = pool.batch(rows)
        return sentences, sentences.mask

    def loss(losses: Tensor, mask: Tensor) -> Tensor:
        return losses.sum() / mask.sum()

    baseline = "a dictionary of the names", f1(longest_match(data.train, data.test))
    return Task("F1 of names", message, len(pool), make, batch, loss, judge, baseline, form)
