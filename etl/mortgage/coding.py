"""Categories as codes, by a vocabulary of all pieces."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array, Frame
from etl.handoff import assign, from_host, numbers
from etl.mortgage.categories import categories, codes
from etl.mortgage.schema import CATEGORIES
from etl.records import Record, record

Vocabulary = dict[str, list[str]]
"""Values by column."""


@dataclass(frozen=True, kw_only=True)
class Unseen(Record):
    """Values of a category that the model has never seen, taken as missing, and the rows that hold them."""

    column: str
    values: list[str]
    rows: int


def vocabulary(frame: Frame) -> Vocabulary:
    """Category values of one piece: the sufficient statistic of `encode`."""
    return {name: sorted(categories(frame[name])) for name in CATEGORIES}


def merge(left: Vocabulary, right: Vocabulary) -> Vocabulary:
    """Union of two vocabularies, in alphabetical order.

    Parameters
    ----------
    left, right : dict of str to list of str
        Values by column, of every column of `schema.CATEGORIES`.
    """
    return {name: sorted({*left[name], *right[name]}) for name in CATEGORIES}


def encode(frame: Frame, words: Vocabulary, unseen: Literal["refuse", "missing"] = "refuse") -> Frame:
    """Replace each category by its code.

    Parameters
    ----------
    frame : DataFrame
        From `shape` or `latest`.
    words : dict of str to list of str
        Values by column, of all pieces; see `vocabulary` and `merge`.
    unseen : {"refuse", "missing"}
        What becomes of a value that the vocabulary lacks: an error, as where the vocabulary is of the same
        data; or a missing value, which is told.

    Returns
    -------
    DataFrame
        The same columns; categories are float32, a value's place in the vocabulary, NaN where it is missing.

    Raises
    ------
    ValueError
        A value is not in the vocabulary.
    """
    engine, coded = engine_of(frame), {}
    for name in CATEGORIES:
        values, places = categories(frame[name]), {word: place for place, word in enumerate(words[name])}
        new = sorted(set(values) - set(words[name]))
        if new and unseen == "refuse":
            raise ValueError(
                f"column {name} holds {new[:3]}, which the vocabulary lacks; fit it on all pieces"
            )
        coding = [*(places.get(value, float("nan")) for value in values), float("nan")]
        rows = codes(frame[name])
        held = _count(rows, [values.index(one) for one in new]) if new else 0
        if held:
            record(Unseen(column=name, values=new, rows=held))
        coded[name] = from_host(np.asarray(coding, dtype="float32"), engine)[rows]
    return assign(frame, **coded)


def _count(rows: Array, some: list[int]) -> int:
    """Rows that hold one of some codes."""
    xp = array_namespace(rows)
    return int(numbers([sum((rows == code).sum() for code in some) + xp.zeros((), "int64")])[0])
