"""Which images have a label that counts, and which judge: drawn even over classes."""

from collections.abc import Sequence

import numpy as np


def names_in_order(labels: Sequence[str]) -> list[str]:
    """Names of classes, whole numbers by their size, and by their text where that is equal.

    Examples
    --------
    >>> names_in_order(["10", "9", "9"]), names_in_order(["b", "10", "a"])
    (['9', '10'], ['10', 'a', 'b'])
    """
    found = set(labels)
    are_numbers = all(each.isdecimal() for each in found)
    return sorted(found, key=lambda each: (int(each) if are_numbers else 0, each))


def in_turns(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Places of labelled images, one of each class, then a second of each, and so on, drawn at random.

    Parameters
    ----------
    y : int64 array, shape (n,)
        Classes, -1 where there is no label.
    rng : numpy.random.Generator

    Examples
    --------
    >>> y = np.array([0, 0, 0, 1, -1, 1])
    >>> y[in_turns(y, np.random.default_rng(0))][:4].reshape(2, 2).sum(1).tolist()
    [1, 1]
    """
    rows = rng.permutation(np.flatnonzero(y >= 0))
    by_class = np.argsort(y[rows], kind="stable")
    sizes = np.bincount(y[rows])
    turn = np.empty(len(rows), "int64")
    turn[by_class] = np.arange(len(rows)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return rows[np.argsort(turn, kind="stable")]


def fifth(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Which labelled images judge: a fifth of each class, one at least, and none of a class of one image.

    Parameters
    ----------
    y : int64 array, shape (n,)
    rng : numpy.random.Generator

    Returns
    -------
    bool array, shape (n,)
    """
    found = np.zeros(len(y), bool)
    for c in np.unique(y[y >= 0]):
        rows = rng.permutation(np.flatnonzero(y == c))
        found[rows[: max(round(len(rows) / 5), 1) if len(rows) > 1 else 0]] = True
    return found


def kept(order: np.ndarray, asked: int, classes: Sequence[str]) -> np.ndarray:
    """The labels that count, of those there are in turns.

    Parameters
    ----------
    order : int64 array, shape (labels,)
        See `in_turns`.
    asked : int
        0 takes all.
    classes : sequence of str

    Raises
    ------
    ValueError
        There are fewer, or too few for a label of each class.
    """
    if asked > len(order):
        raise ValueError(
            f"--labels {asked:,} are more than there are, {len(order):,} beside those that judge; "
            "ask for fewer"
        )
    if 0 < asked < len(classes):
        raise ValueError(
            f"--labels {asked} are fewer than the {len(classes)} classes; ask for one of each at least"
        )
    return order[:asked] if asked else order


def check_each(totals: np.ndarray, classes: Sequence[str]) -> None:
    """Refuse a class without a label to learn from.

    Parameters
    ----------
    totals : array, shape (classes,)
        Labels, or their shares.
    classes : sequence of str

    Raises
    ------
    ValueError
        Names the first.
    """
    if bare := [classes[at] for at in np.flatnonzero(totals <= 0).tolist()]:
        raise ValueError(
            f"no image of class {bare[0]} has a label to learn from; label some, or take the class out"
        )
