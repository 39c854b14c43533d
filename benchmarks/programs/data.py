"""The corpus of neural programs, part by part."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from etl.equations.forest import Equations
from etl.equations.read import read_equations
from etl.equations.splits import depths, subset
from models.programs.pool import leaves_below

DEEPEST = 20
"""The first record of each file lists what there is in one equation, which is deeper than all others."""
OWN = "0.7"
"""The decimal that stands in symbolic equations, too."""


@lru_cache
def corpus(data: Path, name: str) -> Equations:
    """A file of neuralMath without its first record.

    Parameters
    ----------
    data : Path
        Folder with neuralMath in it.
    name : str
        Of the file, without its endings.

    Raises
    ------
    FileNotFoundError
    """
    found = read_equations(data / "neuralMath" / f"{name}.json.gz")
    return subset(found, depths(found) < DEEPEST)


def numeric(equations: Equations) -> np.ndarray:
    """Which equations tell a value: a function's at a number, or a decimal's of its digits.

    Parameters
    ----------
    equations : Equations
        With labels.

    Returns
    -------
    bool array, shape (equations,)
    """
    leaves = [leaves_below(equations.forest, root) for root in equations.roots.tolist()]
    tells = [not symbols and _tells(numbers) for symbols, numbers in leaves]
    return np.array(tells, bool) & (equations.labels == 1)


def _tells(numbers: tuple[str, ...]) -> bool:
    decimals = {number for number in numbers if "." in number}
    return bool(decimals - {OWN}) or (bool(decimals) and {"10", "7"} <= set(numbers))


def symbolic(data: Path) -> tuple[Equations, Equations]:
    """Identities and false equations of the corpus's own split, to learn from and to test by."""
    parts = (corpus(data, name) for name in ("restrainData", "restestData"))
    train, test = (subset(part, ~numeric(part)) for part in parts)
    return train, test


def values(data: Path) -> tuple[Equations, Equations]:
    """What tells values in the same split."""
    parts = (corpus(data, name) for name in ("restrainData", "restestData"))
    train, test = (subset(part, numeric(part)) for part in parts)
    return train, test
