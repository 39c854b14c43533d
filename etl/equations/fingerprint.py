"""A number for each node that tells its content in any forest, whatever the order of sums and products."""

import hashlib
from collections.abc import Collection

import numpy as np

from etl.equations.forest import Equations, Forest
from etl.equations.grammar import CODE, COMMUTATIVE, FUNCTIONS
from etl.equations.trees import levels


def fingerprint(forest: Forest, commutative: Collection[int] = COMMUTATIVE) -> np.ndarray:
    """The same number for nodes that differ only in the order of arguments of sums, products, equalities.

    Parameters
    ----------
    forest : Forest
    commutative : collection of int
        Codes of the functions whose arguments may change places.

    Returns
    -------
    uint64 array, shape (nodes,)
        Of content alone, so nodes of two forests can be compared. Two of a million others share one with
        probability 3e-8.

    Examples
    --------
    >>> from etl.equations.forest import Builder
    >>> one, other = Builder(), Builder()
    >>> _ = one.node("add", one.symbol("x"), one.number("2"))
    >>> _ = other.node("add", other.number("2"), other.symbol("x"))
    >>> bool(fingerprint(one.forest())[-1] == fingerprint(other.forest())[-1])
    True
    """
    found = _mixed(_leaves(forest) + forest.func.astype(np.uint64))
    commutes = np.isin(forest.func, list(commutative))
    for level in levels(forest.height)[1:]:
        first = found[forest.left[level]]
        second = np.where(forest.right[level] < 0, np.uint64(0), found[forest.right[level]])
        turned = commutes[level] & (second < first)
        first, second = np.where(turned, second, first), np.where(turned, first, second)
        found[level] = _mixed(_mixed(found[level] ^ first) + second)
    return found


def keys(equations: Equations, commuted: bool = True) -> np.ndarray:
    """Fingerprint of each equation, shared by its mirror image.

    Parameters
    ----------
    equations : Equations
    commuted : bool
        Whether it is shared by copies that differ in the order of sums and products, too.

    Returns
    -------
    uint64 array, shape (equations,)
    """
    return fingerprint(equations.forest, COMMUTATIVE if commuted else {CODE["equality"]})[equations.roots]


def _leaves(forest: Forest) -> np.ndarray:
    """Numbers of the names of leaves and black boxes, 0 for other nodes."""
    hashes = np.zeros(len(forest), np.uint64)
    for code, names in ((CODE["number"], forest.numbers), (CODE["symbol"], forest.symbols)):
        these = forest.func == code
        hashes[these] = _hashes(names)[forest.leaf[these]]
    boxes = forest.func >= len(FUNCTIONS)
    hashes[boxes] = _hashes(forest.boxes)[forest.func[boxes] - len(FUNCTIONS)]
    return hashes


def _hashes(names: tuple[str, ...]) -> np.ndarray:
    digests = [hashlib.blake2b(name.encode(), digest_size=8).digest() for name in names]
    return np.frombuffer(b"".join(digests), np.uint64)


def _mixed(values: np.ndarray) -> np.ndarray:
    """Finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): every bit depends on all."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(values ^ (values >> np.uint64(31)))
