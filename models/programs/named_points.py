"""Values of variables at sample points, the same for a name wherever it stands."""

import zlib
from collections.abc import Sequence

import numpy as np

from etl.engine.types import Array


def named_points(symbols: Sequence[str], count: int, seed: int = 0) -> Array:
    """Values of each symbol: a third of the points in (0.1, 1), a third in (-1, -0.1), others in (-2.5, 2.5).

    Between 0.1 and 1 most functions of the grammar, and their inverses, are real; what holds for one sign
    alone is met with all symbols of that sign.

    Parameters
    ----------
    symbols : sequence of str
    count : int
    seed : int

    Returns
    -------
    complex128 array, shape (symbols, count)

    Examples
    --------
    >>> both, alone = named_points(["x", "y"], 6), named_points(["y"], 6)
    >>> bool((both[1] == alone[0]).all()), bool((abs(both[:, :2] - 0.55) <= 0.45).all())
    (True, True)
    """
    found = np.empty((len(symbols), count), np.complex128)
    for row, name in zip(found, symbols, strict=True):
        rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
        small, third = rng.uniform(0.1, 1.0, count), count // 3
        row[:] = rng.uniform(-2.5, 2.5, count)
        row[:third], row[third : 2 * third] = small[:third], -small[third : 2 * third]
    return found
