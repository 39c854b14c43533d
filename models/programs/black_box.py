"""Functions that are known by samples only: values between the samples, and where they are not known."""

from dataclasses import dataclass, replace

import numpy as np

from etl.engine import engine_of
from etl.engine.types import Array
from etl.equations.forest import Equations
from etl.equations.grammar import BINARY, CODE, FUNCTIONS, LEAVES
from etl.handoff import from_host, to_host
from etl.records import Choice, record

FEWEST = 6
"""Distinct samples; a spline takes five, of which one in three is held out to judge it."""
UNSURE = 0.1
"""Error at a sample, relative to 1 + |y|, from which the stretches beside it count as unknown."""


@dataclass(frozen=True)
class BlackBox:
    """A function of one argument by pieces of cubics.

    Attributes
    ----------
    x : float64 array, shape (samples,)
        Ends of the pieces, ascending.
    coefficients : float64 array, shape (4, samples - 1)
        Of each piece in powers 0, 1, 2 and 3 of the distance to its left end; nan where it is not known.
    errors : float64 array, shape (samples - 1,)
        How far each may be off.
    reason : str
        Why these pieces.
    """

    x: np.ndarray
    coefficients: np.ndarray
    errors: np.ndarray
    reason: str = ""

    def moved(self, seed: int) -> "BlackBox":
        """The same with each piece moved up or down by its error.

        Parameters
        ----------
        seed : int
            Of the directions.
        """
        signs = np.random.default_rng(seed).choice([-1.0, 1.0], len(self.errors))
        shift = np.zeros_like(self.coefficients)
        shift[0] = signs * self.errors
        return replace(self, coefficients=self.coefficients + shift)

    def __call__(self, arguments: Array) -> Array:
        """Values, complex128; nan outside of the samples, and of numbers that are not real.

        Parameters
        ----------
        arguments : complex128 array, numpy or cupy
        """
        engine = engine_of(arguments)
        xp, x, pieces = engine.xp, from_host(self.x, engine), from_host(self.coefficients, engine)
        inside = (arguments.real >= x[0]) & (arguments.real <= x[-1]) & (arguments.imag == 0)
        real = xp.where(inside, arguments.real, x[0])
        piece = xp.clip(xp.searchsorted(x, real, side="right") - 1, 0, len(x) - 2)
        along = real - x[piece]
        zero, one, two, three = pieces[:, piece]
        with np.errstate(all="ignore"):  # far from the samples, where nothing is known
            found = zero + along * (one + along * (two + along * three))
        return xp.where(inside, found, xp.nan).astype(xp.complex128)


def black_box(x: Array, y: Array) -> BlackBox | None:
    """A function between its samples, by straight lines or a smoothing spline, whichever foretells more.

    They are judged by the median error at every third sample, which is held out. Stretches beside a sample
    that is not met, as about a pole, are not known: lines are judged by the line through the neighbours.

    Parameters
    ----------
    x, y : float arrays, shape (samples,)

    Returns
    -------
    BlackBox or None
        None of fewer than six distinct arguments.

    Examples
    --------
    >>> x = np.linspace(-3, 3, 60)
    >>> box = black_box(x, np.sin(x))
    >>> values = box(np.array([1.0, 5.0, 1j]))
    >>> round(float(values[0].real), 3), np.isnan(values[1:]).tolist()
    (0.841, [True, True])
    """
    places, back = np.unique(np.asarray(x, float), return_inverse=True)
    if len(places) < FEWEST:
        return None
    means = np.bincount(back, np.asarray(y, float)) / np.bincount(back)
    held = np.arange(len(places)) % 3 == 1
    errors = {}
    for kind, make in KINDS.items():
        foretold = _made(places[~held], make(places[~held], means[~held]))(places[held] + 0j).real
        errors[kind] = float(np.nanmedian(np.abs(foretold - means[held])))
    best = min(errors, key=lambda kind: errors[kind])
    told = ", ".join(f"{kind} {error:.2g}" for kind, error in errors.items())
    pieces = KINDS[best](places, means)
    fitted = _made(places, pieces)(places + 0j).real
    missed = np.abs(_from_neighbours(places, means) if best == "lines" else fitted - means)
    unsure = missed > UNSURE * (1 + np.abs(means))
    pieces[:, unsure[:-1] | unsure[1:]] = np.nan
    off = np.maximum(np.maximum(missed[:-1], missed[1:]), errors[best])
    return BlackBox(places, pieces, off, f"{best}: median errors of samples held out are {told}")


def _made(x: np.ndarray, pieces: np.ndarray) -> BlackBox:
    return BlackBox(x, pieces, np.zeros(len(x) - 1))


def _from_neighbours(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Errors of the line that leaves a sample out; 0 at both ends."""
    slopes = (y[2:] - y[:-2]) / (x[2:] - x[:-2])
    inner = y[:-2] + slopes * (x[1:-1] - x[:-2]) - y[1:-1]
    return np.concatenate([[0.0], inner, [0.0]])


def _lines(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    slopes = np.diff(y) / np.diff(x)
    return np.stack([y[:-1], slopes, np.zeros_like(slopes), np.zeros_like(slopes)])


def _spline(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A cubic spline whose smoothness is chosen by generalised cross-validation."""
    from scipy.interpolate import make_smoothing_spline

    spline = make_smoothing_spline(x, y)
    value, slope, bend = (spline(x, nu=order) for order in range(3))
    return np.stack([value[:-1], slope[:-1], bend[:-1] / 2, np.diff(bend) / (6 * np.diff(x))])


KINDS = {"lines": _lines, "spline": _spline}


def boxes_of(samples: dict[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, BlackBox]:
    """Black boxes by name; one of too few samples is known nowhere.

    Parameters
    ----------
    samples : dict of str to two float arrays, shape (samples,)
        Arguments and values.
    """
    found = {}
    for name, (x, y) in samples.items():
        box = black_box(x, y)
        if box is None:
            nothing = np.array([0.0, 1.0]), np.full((4, 1), np.nan), np.zeros(1)
            box = BlackBox(*nothing, f"fewer than {FEWEST} samples")
        record(Choice(reason=f"black box {name} is known by {box.reason}"))
        found[name] = box
    return found


def withhold(equations: Equations, name: str) -> Equations:
    """The same equations, in which a function of one argument is a black box, ``black_sin`` for ``sin``.

    Parameters
    ----------
    equations : Equations
        Identities, or evaluations, from which it is to be known.
    name : str
        Of `etl.equations.grammar.UNARY`.

    Raises
    ------
    ValueError
        It is no function of one argument, or a black box already.
    """
    forest, box = equations.forest, f"black_{name}"
    if CODE.get(name, 0) < len(LEAVES) + len(BINARY) or box in forest.boxes:
        raise ValueError(f"{name} cannot be withheld: name a known function of one argument")
    code = len(FUNCTIONS) + len(forest.boxes)
    func = np.where(to_host(forest.func) == CODE[name], code, to_host(forest.func)).astype(np.int16)
    return replace(equations, forest=replace(forest, func=func, boxes=(*forest.boxes, box)))
