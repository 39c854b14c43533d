"""Certificates of many equations as arrays, and the verdicts that follow from them."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from etl.equations.certificate import Certificate, certificate
from etl.equations.forest import Equations
from etl.equations.states import ABSENT, DIFFERENT, EQUAL, UNDEFINED, UNTOLD

VERDICTS: Final = ("identity", "false", "conditional", "undefined", "proved", "undecided")
"""Verdicts by code.

``identity``: equal wherever it was tried; ``false``: different wherever both sides are defined;
``conditional``: equal at some points, and different or undefined at others; ``undefined``: nowhere defined;
``proved``: an identity that SymPy simplifies to 0 = 0; ``undecided``: no number of digits told.
"""


@dataclass(frozen=True)
class Certificates:
    """What was found of equations.

    Attributes
    ----------
    equations : Equations
    points : complex128 array, shape (symbols, points)
        On the host, as all of these.
    states : int8 array, shape (equations, points)
        Codes of `states`.
    verdict : int8 array, shape (equations,)
        Places in `VERDICTS`.
    digits : int16 array, shape (equations,)
        Most digits that were needed; 16 where doubles told all.
    difference : float64 array, shape (equations,)
        Largest relative difference of the sides in doubles.
    """

    equations: Equations
    points: np.ndarray
    states: np.ndarray
    verdict: np.ndarray
    digits: np.ndarray
    difference: np.ndarray

    def __len__(self) -> int:
        """Equations."""
        return len(self.verdict)

    @property
    def defined(self) -> np.ndarray:
        """Points at which both sides are defined, of each equation."""
        return np.isin(self.states, (EQUAL, DIFFERENT)).sum(axis=1)

    @property
    def true(self) -> np.ndarray:
        """Points at which the sides are equal, of each equation."""
        return (self.states == EQUAL).sum(axis=1)

    @property
    def escalated(self) -> int:
        """Equations that doubles left open."""
        return int((self.digits > 16).sum())

    def names(self) -> list[str]:
        """Verdicts in words."""
        return [VERDICTS[code] for code in self.verdict]

    def counts(self) -> dict[str, int]:
        """Equations by verdict."""
        return {name: int((self.verdict == code).sum()) for code, name in enumerate(VERDICTS)}

    def of(self, number: int) -> Certificate:
        """One equation in words, with its values."""
        root, states = int(self.equations.roots[number]), self.states[number]
        verdict, digits = VERDICTS[self.verdict[number]], int(self.digits[number])
        return certificate(self.equations.forest, root, self.points, states, verdict, digits)


def verdicts(states: np.ndarray) -> np.ndarray:
    """Verdicts by what equations are at points.

    Parameters
    ----------
    states : int8 array, shape (equations, points)

    Returns
    -------
    int8 array, shape (equations,)
        Places in `VERDICTS`.
    """
    equal, different, undefined, untold = (
        (states == state).sum(axis=1) for state in (EQUAL, DIFFERENT, UNDEFINED, UNTOLD)
    )
    there = (states != ABSENT).sum(axis=1)
    found = np.full(len(states), VERDICTS.index("undecided"), np.int8)
    found[(different > 0) & (equal == 0)] = VERDICTS.index("false")
    found[(equal > 0) & (different + undefined > 0)] = VERDICTS.index("conditional")
    found[(equal > 0) & (different + undefined == 0) & ((2 * untold <= there) | (equal >= 4))] = (
        VERDICTS.index("identity")
    )
    found[(undefined > 0) & (equal + different + untold == 0)] = VERDICTS.index("undefined")
    return found
