"""Training and test equations that share no equation, whichever way round it is written."""

from collections.abc import Collection
from dataclasses import replace

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from etl.equations.fingerprint import keys
from etl.equations.forest import Equations


def depths(equations: Equations) -> np.ndarray:
    """Height of each equation's root, which is what the corpus of neural programs calls its depth.

    ``x = y`` has depth 1, ``1 + 1 = 2`` depth 2, ``sin(x)**2 + cos(x)**2 = 1`` depth 4.

    Parameters
    ----------
    equations : Equations

    Returns
    -------
    int32 array, shape (equations,)
    """
    return np.asarray(equations.forest.height[equations.roots])


def subset(equations: Equations, chosen: np.ndarray) -> Equations:
    """Some of the equations, in the same forest.

    Parameters
    ----------
    equations : Equations
    chosen : bool array, shape (equations,), or int array
    """
    places = tuple(np.array(equations.places, object)[chosen]) if equations.places else ()
    pairs = equations.pairs[chosen] if len(equations.pairs) else equations.pairs
    told = {"labels": equations.labels[chosen], "places": places, "pairs": pairs}
    return replace(equations, roots=equations.roots[chosen], **told)


def distinct(equations: Equations) -> Equations:
    """The first of equations that are mirror images or commuted copies of each other.

    Parameters
    ----------
    equations : Equations
    """
    _, first = np.unique(keys(equations), return_index=True)
    return subset(equations, np.sort(first))


def split(equations: Equations, share: float = 0.2, seed: int = 0) -> tuple[Equations, Equations]:
    """Training and test equations; mirror images and commuted copies stay on one side, and so do pairs.

    An identity and the false equation that was made of it differ in one place: if one were learnt and the
    other asked, what was learnt of the first would mislead.

    Parameters
    ----------
    equations : Equations
    share : float
        Of distinct equations, or of pairs, for the test.
    seed : int

    Raises
    ------
    ValueError
        If ``share`` is not between 0 and 1.
    """
    if not 0 < share < 1:
        raise ValueError(f"share is {share}; take a part between 0 and 1")
    number, which = _together(equations)
    test = np.zeros(number, bool)
    test[np.random.default_rng(seed).permutation(number)[: round(share * number)]] = True
    return subset(equations, ~test[which]), subset(equations, test[which])


def _together(equations: Equations) -> tuple[int, np.ndarray]:
    """Groups that no split may part, and the group of each equation."""
    found, which = np.unique(keys(equations), return_inverse=True)
    if not len(equations.pairs):
        return len(found), which
    ends = len(found) + equations.pairs
    links = coo_array((np.ones(len(which)), (which, ends)), shape=(ends.max() + 1, ends.max() + 1))
    _, group = connected_components(links, directed=False)
    groups, which = np.unique(group[which], return_inverse=True)
    return len(groups), which


def by_depth(
    equations: Equations, train: Collection[int] = (1, 2, 3), test: Collection[int] = (4, 5, 6, 7, 8)
) -> tuple[Equations, Equations]:
    """Training and test equations of other depths.

    Parameters
    ----------
    equations : Equations
    train, test : collections of int

    Raises
    ------
    ValueError
        If a depth is asked for on both sides.
    """
    both = set(train) & set(test)
    if both:
        raise ValueError(f"depths {sorted(both)} are in train and in test; name each once")
    depth = depths(equations)
    return subset(equations, np.isin(depth, list(train))), subset(equations, np.isin(depth, list(test)))


def drop_mirrors(train: Equations, test: Equations, commuted: bool = True) -> Equations:
    """Test equations that are no training equation, its mirror image, or a commuted copy.

    Of the 1,225 symbolic test equations of the corpus of neural programs, 230 are mirror images of training
    equations, and another 193 are commuted copies.

    Parameters
    ----------
    train, test : Equations
        Of the same or of different forests.
    commuted : bool
        Whether copies that differ in the order of sums and products go, too; else mirror images alone.

    Returns
    -------
    Equations
        Those of ``test`` that are left.
    """
    return subset(test, ~np.isin(keys(test, commuted), keys(train, commuted)))
