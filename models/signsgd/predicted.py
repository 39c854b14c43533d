"""Scores of a network as a table of classes and probabilities."""

from collections.abc import Mapping, Sequence

import pyarrow as pa
import torch

from etl.engine import Engine
from etl.engine.types import Array, Frame, Module, Tensor
from etl.handoff import from_arrow, from_torch
from models.signsgd.tasks import JUDGED


@torch.no_grad()
def softmax(network: Module, rows: Tensor) -> Tensor:
    """Probabilities of the classes of each row, or of what follows its last place, (n, classes).

    Parameters
    ----------
    network : torch.nn.Module
    rows : Tensor, shape (n, ...)
    """
    network.to(rows.device).eval()
    scores = torch.cat([network(part) for part in rows.split(JUDGED)])
    return (scores[:, :, -1] if scores.ndim == 3 else scores).softmax(1)


def table(first: Mapping[str, Array], P: Tensor, names: Sequence[str], engine: Engine) -> Frame:
    """Likeliest class of each row, its probability, and the probability of each class.

    Parameters
    ----------
    first : mapping of str to array, shape (n,)
        Columns that come first.
    P : Tensor, shape (n, classes)
    names : sequence of str
        Of the classes.
    engine : Engine
    """
    array = from_torch(P, engine)
    known = from_arrow(pa.table({"name": pa.array(names, pa.string())}), engine)["name"]
    label = known.take(array.argmax(axis=1)).reset_index(drop=True)
    each = {f"p:{name}": array[:, place] for place, name in enumerate(names)}
    return engine.df.DataFrame({**first, "class": label, "probability": array.max(axis=1), **each})
