"""The rank by what it says of cells held out, the error on others beside baselines, and anomalies."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from etl.engine import engine_of
from etl.engine.types import Array
from etl.handoff import from_host, numbers, to_host
from etl.records.waiting import doing
from models.tensors import baselines
from models.tensors.congruence import congruence
from models.tensors.held_out import best_of, rmse, split
from models.tensors.local import carried
from models.tensors.outliers import robust_z
from pipelines.factors.config import Config
from pipelines.factors.data import Table
from pipelines.factors.demonstration import Truth
from pipelines.factors.fits import Parts, Shape, Units, decompose
from pipelines.run import Run

PENALTIES = (0.0, 0.1, 1.0, 10.0)
"""Of differences along the ordered mode; ranks are compared with the first."""
GAIN = 0.01
"""Share of the error that a higher rank, or what neighbours say, must save."""
SEARCH = 30
"""Sweeps of a fit by which ranks and penalties are compared."""
CARRIES = tuple((s, s / far**2) for s in (0.01, 0.1, 0.3, 1.0, 3.0) for far in (1, 3, 10, 30))
"""Pairs of stiffness and pull: how much residuals are smoothed, and over so many steps they fade."""
MEAN, SEASON, LINES = "mean", "seasonal mean", "linear interpolation"


class Tuned(NamedTuple):
    """What was chosen by cells held out.

    Attributes
    ----------
    shape : Shape
    carry : pair of float, optional
        Stiffness and pull by which neighbours' residuals go into gaps; see `models.tensors.local`.
    ranks : dict of int to float
        Error of each rank that was tried.
    reasons : list of str
    """

    shape: Shape
    carry: tuple[float, float] | None
    ranks: dict[int, float]
    reasons: list[str]


class Judged(NamedTuple):
    """Errors on cells held out, in the table's unit or, with units by label, in deviations.

    Attributes
    ----------
    ranks : dict of str to float
        Of the plain fits by which the rank was chosen.
    error, plain : float, optional
        Of the fit with what neighbours say beside it, and without.
    baselines : dict of str to float or None
        Of each baseline; None where none could be drawn.
    cells : int
        Held out to measure the error.
    """

    ranks: dict[str, float]
    error: float | None
    plain: float | None
    baselines: dict[str, float | None]
    cells: int


@dataclass(frozen=True, eq=False)
class Filled:
    """What a fit says of all cells.

    Attributes
    ----------
    fit, guess : float arrays, shape (n_1, ..., n_N)
        In the table's units; the guess has what neighbours say, too.
    residual : float
        Norm of what is left of the known cells, over theirs.
    places, distances : arrays on the host, shape (anomalies,)
        Of the known cells that are far from the fit, the farthest first: in the flat tensor, and how far.
    """

    fit: Array
    guess: Array
    residual: float
    places: np.ndarray
    distances: np.ndarray


def tune(config: Config, table: Table, X: Array, rest: Array) -> Tuned:
    """Choose the rank, how alike neighbours are, and how much they say, by cells held out beside the test."""
    shape = Shape(config.method, min(table.ranks), table.along)
    seen, held, how = hidden(config, table, rest, config.seed + 1)
    if not bool(held.any()):
        return Tuned(shape, None, {}, [f"rank: {shape.rank}; there are too few cells to hold some out"])
    known = engine_of(X).xp.where(seen > 0, X, float("nan"))

    def error(shape: Shape) -> float:
        doing(f"rank {shape.rank}")
        found = decompose(shape, known, known == known, config.seed, SEARCH).whole()
        return numbers([rmse(X, held, found)])[0]

    if len(config.ranks) == 1 == len(table.ranks):
        errors, reasons = dict[int, float](), [f"rank: {table.ranks[0]}, as asked for"]
        shape = shape._replace(rank=table.ranks[0])
    else:
        ranks = sorted(set(table.ranks))
        rank, errors, told = best_of(ranks, lambda rank: error(shape._replace(rank=rank)), "rank", GAIN)
        reasons = [f"{told}; the least within {GAIN:.0%} of the best, on {how}"]
        shape = shape._replace(rank=rank)
    if table.along is None:
        return Tuned(shape, None, errors, reasons)
    if config.method == "cp":
        penalty, _, told = best_of(PENALTIES, lambda each: error(shape._replace(penalty=each)), "smoothness")
        shape = shape._replace(penalty=penalty)
        reasons.append(f"{told}; it weighs differences along {table.names[table.along]}")
    fit = decompose(shape, known, known == known, config.seed).whole()
    carry, told = carrying(table, X, known, held, fit)
    return Tuned(shape, carry, errors, [*reasons, told])


def hidden(config: Config, table: Table, seen: Array, seed: int) -> tuple[Array, Array, str]:
    """What stays, what is held out, and how: see `models.tensors.held_out.split`."""
    left, held, how = split(seen[None] * 1.0, config.held_out, seed, table.along if config.runs else None)
    return left[0], held[0], how


def carrying(
    table: Table, X: Array, known: Array, held: Array, fit: Array
) -> tuple[tuple[float, float] | None, str]:
    """How neighbours' residuals are carried into gaps, if that makes the error less; and why, in words."""
    found = [fit, *(fit + drawn_on(table, known, fit, each) for each in CARRIES)]
    plain, *errors = numbers([rmse(X, held, each) for each in found])
    least = min(errors)
    told = f"neighbours: with their residuals along {table.names[table.along or 0]} the error is {least:.4g}"
    if least >= (1 - GAIN) * plain:
        return None, f"{told}, without {plain:.4g}, so they are left out"
    stiffness, pull = CARRIES[errors.index(least)]
    return (stiffness, pull), f"{told} (stiffness {stiffness:g}, pull {pull:.2g}), without {plain:.4g}"


def drawn_on(table: Table, X: Array, fit: Array, carry: tuple[float, float]) -> Array:
    """Residuals along the ordered mode, carried into gaps; the further, the less."""
    assert table.along is not None
    xp = engine_of(X).xp
    steps = np.diff(table.axes[table.along].places())
    left = xp.moveaxis(xp.where(X == X, X - fit, 0.0), table.along, -1)
    seen = xp.moveaxis((X == X) * 1.0, table.along, -1)
    found = carried(left, seen, *carry, from_host(steps / np.median(steps), engine_of(X)))
    return xp.moveaxis(found, -1, table.along)


def completed(tuned: Tuned, table: Table, X: Array, fit: Array) -> Array:
    """The fit, and what neighbours say beside it."""
    return fit + drawn_on(table, X, fit, tuned.carry) if tuned.carry else fit


def judge(config: Config, run: Run, table: Table, units: Units, X: Array) -> tuple[Tuned, Judged]:
    """Choose the rank, and measure the error on cells that had no say in it."""
    scale = 1.0 if table.units is not None else numbers([units.spread.ravel()[0]])[0]
    rest, test, how = hidden(config, table, X == X, config.seed)
    tuned = tune(config, table, X, rest > 0)
    for told in tuned.reasons:
        run.say(told)
    ranks = {str(rank): scale * error for rank, error in tuned.ranks.items()}
    cells = int(test.sum())
    if not cells:
        run.say("held out: none, as there are too few cells; no error is measured")
        return tuned, Judged(ranks, None, None, {}, 0)
    run.say(f"held out: {cells:,} cells to measure the error, {how}")
    known = run.engine.xp.where(rest > 0, X, float("nan"))
    fit = decompose(tuned.shape, known, known == known, config.seed).whole()
    rivals = rival_fits(table, known)
    found = [completed(tuned, table, known, fit), fit, *rivals.values()]
    error, plain, *others = (scale * one for one in numbers([rmse(X, test, one) for one in found]))
    lines = {} if LINES in rivals else {LINES: None}
    return tuned, Judged(ranks, error, plain, dict(zip(rivals, others, strict=True)) | lines, cells)


def rival_fits(table: Table, X: Array) -> dict[str, Array]:
    """What baselines say of all cells, by their names."""
    season = baselines.seasonal_mean(X, table.over, () if table.along is None else (table.along,))
    found = {MEAN: baselines.mean(X), SEASON: season}
    if table.along is not None:
        places = from_host(table.axes[table.along].places(), engine_of(X))
        found[LINES] = baselines.interpolate(X, table.along, places, season)
    return found


def anomalies(X: Array, fit: Array, far: float) -> tuple[Array, Array]:
    """Known cells that are far from the fit in robust deviations, the farthest first.

    Returns
    -------
    places : int array, shape (k,)
        In the flat tensor.
    distances : float array, shape (k,)
    """
    xp = engine_of(X).xp
    z = robust_z(X - fit)
    flat = xp.where(z == z, z, 0.0).ravel()
    found = xp.flatnonzero(xp.abs(flat) >= far)
    found = found[xp.argsort(-xp.abs(flat[found]), kind="stable")]
    return found, flat[found]


def compared(truth: Truth, table: Table, parts: Parts, filled: Filled) -> dict[str, Any]:
    """What the demonstration planted beside what was found."""
    whole, seen = truth.whole, to_host(table.seen)
    found = np.zeros(whole.size, bool)
    found[filled.places] = True
    right = int((found & truth.wrong.ravel()).sum())
    off = (to_host(filled.guess) - whole)[~seen]
    told = {
        "rank": truth.factors[0].shape[1],
        "wrong_counts": int(truth.wrong.sum()),
        "wrong_counts_found": right,
        "found_that_were_right": len(filled.places) - right,
        "rmse_of_filled": float(np.sqrt((off**2).mean())),
    }
    if parts.method == "cp":
        factors = [to_host(factor) for factor in parts.factors]
        told["congruence"] = congruence(factors, truth.factors)
    return told
