"""Values in doubles with what their digits are worth: a bound of the error, and what could be lost unseen.

Running error analysis (Wilkinson 1963; Higham, Accuracy and Stability, 2nd ed., 3.3): each operation adds its
own rounding to the errors of its arguments times its derivatives. Beside it runs the *influence*, the least
change of the value for a change of some leaf by its own size. Where the bound is not far below the influence,
equal values say nothing: a leaf was absorbed (1 + 1e-17), or lost at a limit (tanh(30)).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array
from etl.equations.evaluate import VALUED, check, leaves
from etl.equations.forest import Forest
from etl.equations.functions import UNDEFINED, apply, joined
from etl.equations.grammar import CODE
from etl.equations.groups import exact, groups
from etl.equations.rules import RULES, SEEN, at_limit, steps
from etl.handoff import from_host

UNIT: Final = 2.0**-53
ROOT: Final = 2.0**-26.5
OWN: Final = 8.0
"""Rounding of one function, in units: four times the worst that was seen of NumPy's.

CuPy's complex functions promise 4 units in the last place, 8 of these; sides are compared by four times their
bounds.
"""
SETTLED: Final = 1e-12
"""Errors below which a value may be taken to be a whole or half number."""
DIGITS: Final = 16.0
"""Decimal digits of a double."""
FLOOR: Final = 1e-300
"""Error of what may have underflown."""
FAR: Final = 0.01
"""Errors above this part of a rule's radius are not bounded by a derivative."""


@dataclass(frozen=True)
class Measured:
    """Values and what they are worth.

    Attributes
    ----------
    value : complex128 array
        nan with the error 0 where it is undefined.
    error : float64 array
        Bound of the absolute error; infinite where nothing is known.
    influence : float64 array
        Least change of the value when a leaf changes by its own size; infinite where there is no leaf but
        exact zeros.
    """

    value: Array
    error: Array
    influence: Array

    def __getitem__(self, index: Array) -> "Measured":
        """Some of them."""
        return Measured(self.value[index], self.error[index], self.influence[index])

    def __setitem__(self, index: Array, new: "Measured") -> None:
        """Store some."""
        self.value[index], self.error[index], self.influence[index] = new.value, new.error, new.influence

    @property
    def undefined(self) -> Array:
        """Where there is no value, for certain."""
        return array_namespace(self.error).isnan(self.value) & (self.error == 0)


def measure(forest: Forest, points: Array, known: tuple[np.ndarray, Measured] | None = None) -> Measured:
    """Values of nodes as of `evaluate`, with their worth; black boxes are not known well enough for that.

    Parameters
    ----------
    forest : Forest
    points : complex128 array, shape (symbols, points), numpy or cupy
    known : tuple of int array and Measured, optional
        Nodes without variables, and their worth in arrays of shape (nodes, 1), where that was found before.

    Returns
    -------
    Measured
        Arrays of shape (nodes, points).
    """
    check(forest, points, {})
    engine, shape = engine_of(points), (len(forest), points.shape[1])
    xp = engine.xp
    found = Measured(xp.full(shape, np.nan, np.complex128), xp.zeros(shape), xp.zeros(shape))
    wanted = np.ones(len(forest), bool)
    with np.errstate(all="ignore"):
        _put_leaves(forest, points, found, VALUED if known is None else ("symbol",))
        if known is not None:
            found[from_host(known[0], engine)] = known[1]
            wanted[known[0]] = False
        for group in groups(forest, engine, wanted):
            found[group.nodes] = measured(group.name, *(found[child] for child in group.children))
    return found


def _put_leaves(forest: Forest, points: Array, found: Measured, kinds: Sequence[str]) -> None:
    for kind, nodes, rows in leaves(forest, points, kinds):
        xp, size = array_namespace(rows), abs(rows)
        influence = xp.where(size == 0, np.inf, size)
        if kind == "pi":
            found.error[nodes] = np.pi * UNIT
        elif kind == "number":
            told = [_rounded(forest.numbers[leaf]) for leaf in forest.leaf[forest.func == CODE["number"]]]
            errors, long = from_host(np.array(told, float).T, engine_of(points))[..., None]
            found.error[nodes] = errors
            influence = xp.where(long > 0, 0.0, influence)
        found.value[nodes], found.influence[nodes] = rows, influence


@lru_cache(maxsize=1 << 16)
def _rounded(text: str) -> tuple[float, bool]:
    """Error of a number as a double, and whether digits were lost that were written."""
    number = exact(text)
    try:
        double = float(number)
    except OverflowError:
        return float("inf"), True
    error = 0.0 if number == double else max(abs(double) * UNIT, FLOOR)
    return error, error > 0 and len(text) > 13


def measured(name: str, *arguments: Measured) -> Measured:
    """A function of values of known worth.

    Parameters
    ----------
    name : str
        As of `functions.apply`.
    *arguments : Measured
    """
    if name == "log":
        return _mul(measured("ln", arguments[0]), measured("inverse", measured("ln", arguments[1])))
    if name in _BINARY:
        return _BINARY[name](*arguments)
    found = arguments[0]
    for step in steps(name):
        found = _square(found) if step == "square" else _by_rule(step, found)
    if name in ("acot", "acoth"):
        return _with_value_at_zero(name, arguments[0], found)
    return found


def _finish(value: Array, error: Array, influence: Array, undefined: Array) -> Measured:
    """Errors that are not known are infinite; whole and half numbers to all digits are taken to be exact."""
    xp = array_namespace(error)
    known = (error < np.inf) & xp.isfinite(value)
    seen = (error <= SEEN * influence) & (error < SETTLED)
    value = _without_noise(value, 4 * xp.where(seen, error, 0.0))
    nearest = 0.5 * xp.rint(2.0 * value.real)
    settled = seen & (abs(value - nearest) <= 4 * error)
    exact = undefined | settled
    error = xp.where(exact, 0.0, xp.where(known, error, np.inf))
    value = xp.where(undefined, UNDEFINED, xp.where(settled, nearest, value))
    return Measured(value, error, xp.where(exact, np.inf, influence))


def _without_noise(value: Array, noise: Array) -> Array:
    """Complex numbers with parts of 0 where these are no larger than noise."""
    xp, real, imag = array_namespace(noise), value.real, value.imag
    real_is, imag_is = (abs(part) <= noise for part in (real, imag))
    if xp is np and not ((real_is & (real != 0)) | (imag_is & (imag != 0))).any():
        return value  # the device does not wait for that
    return joined(xp.where(real_is, 0.0, real), xp.where(imag_is, 0.0, imag))


def _by_rule(name: str, a: Measured) -> Measured:
    xp, rule, value = array_namespace(a.error), RULES[name], apply(name, a.value)
    slope = rule.slope(a.value, value)
    nearness = xp.where(a.error > 0, a.error / rule.radius(a.value, value), 0.0)
    spread = xp.where(a.error > 0, 1.5 * slope * a.error, 0.0)
    error = spread + abs(value) * (nearness * nearness + OWN * UNIT) + (FLOOR if name == "exp" else 0.0)
    unsure = (nearness > FAR) | _astride(rule.cut, a)
    shown = xp.maximum(slope, ROOT) if rule.stationary else slope
    influence = xp.where(a.influence == np.inf, np.inf, shown * a.influence)
    influence = xp.where(at_limit(rule, a.value, DIGITS), 0.0, influence) if rule.limit else influence
    undefined = a.undefined
    for pole in rule.poles:
        undefined = undefined | ((a.value == pole) & (a.error == 0))
    return _finish(value, xp.where(unsure, np.inf, error), influence, undefined)


def _astride(cut: str, a: Measured) -> Array | bool:
    """Whether an error is a jump across a cut; a part that is zero is taken to be so exactly."""
    if cut == "none":
        return False
    real, imag = a.value.real, a.value.imag
    if cut == "imaginary":
        return (real != 0) & (abs(real) <= 4 * a.error) & (abs(imag) > 1 - FAR)
    there = {"negative": real < 0, "below_one": real < 1, "outer": abs(real) > 1 - FAR}[cut]
    return there & (imag != 0) & (abs(imag) <= 4 * a.error)


def _exact_zero(a: Measured) -> Array:
    return (a.value == 0) & (a.error == 0)


def _add(a: Measured, b: Measured) -> Measured:
    xp, value = array_namespace(a.error), a.value + b.value
    error = a.error + b.error + UNIT * abs(value)
    return _finish(value, error, xp.minimum(a.influence, b.influence), a.undefined | b.undefined)


def _mul(a: Measured, b: Measured) -> Measured:
    xp, value = array_namespace(a.error), a.value * b.value
    left, right = abs(a.value), abs(b.value)
    zero = _exact_zero(a) | _exact_zero(b)
    error = left * b.error + right * a.error + a.error * b.error + OWN * UNIT * abs(value)
    error = xp.where(zero, left * b.error + right * a.error, error + FLOOR)
    influence = xp.where(zero, np.inf, xp.minimum(right * a.influence, left * b.influence))
    return _finish(value, error, influence, a.undefined | b.undefined)


def _square(a: Measured) -> Measured:
    value, size = a.value * a.value, abs(a.value)
    zero = _exact_zero(a)
    xp = array_namespace(a.error)
    error = 2 * size * a.error + a.error * a.error + OWN * UNIT * abs(value) + xp.where(zero, 0.0, FLOOR)
    return _finish(value, error, xp.where(zero, np.inf, 2 * size * a.influence), a.undefined)


def _pow(a: Measured, b: Measured) -> Measured:
    xp, value = array_namespace(a.error), apply("pow", a.value, b.value)
    size, grade = abs(a.value), abs(b.value)
    turns = abs(apply("ln", a.value))
    near_a = xp.where(a.error > 0, a.error * (1 + grade) / size, 0.0)
    near_b = b.error * (1 + turns)
    nearness = near_a + near_b
    error = abs(value) * (1.5 * nearness + nearness * nearness + OWN * UNIT * (1 + grade * turns)) + FLOOR
    unsure = (nearness > FAR) | _astride("negative", a)
    influence = abs(value) * xp.minimum(grade / size * a.influence, turns * b.influence)
    plain = _exact_zero(b) | (_exact_zero(a) & (grade > b.error) & ~xp.isnan(value))
    plain = plain | ((a.value == 1) & (a.error == 0) & (b.error < np.inf))
    pole = _exact_zero(a) & (grade > b.error) & xp.isnan(value)
    error = xp.where(plain, 0.0, xp.where(unsure, np.inf, error))
    undefined = a.undefined | b.undefined | pole
    return _finish(value, error, xp.where(plain, np.inf, influence), undefined)


_BINARY = {"add": _add, "mul": _mul, "pow": _pow}


def _with_value_at_zero(name: str, a: Measured, found: Measured) -> Measured:
    xp, zero = array_namespace(a.error), _exact_zero(a)
    value = xp.where(zero, apply(name, a.value), found.value)
    error = xp.where(zero, OWN * UNIT, found.error)
    return Measured(value, error, xp.where(zero, np.inf, found.influence))
