"""The rank by what it says of cells held out, the error on others beside baselines, and anomalies."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from etl.engine import engine_of
from etl.engine.types import Array
from etl.handoff import from_host, numbers, to_host
from etl.records.waiting import doing
from models.tensors import baselines
from models.tensors.carried import carried, shrinkage
from models.tensors.congruence import congruence
from models.tensors.outliers import robust_z
from models.tensors.validation import Choice, choose, draw, rmse
from pipelines.factors.config import Config
from pipelines.factors.data import Table
from pipelines.factors.demonstration import Truth
from pipelines.factors.fits import Parts, Shape, Units, decompose
from pipelines.run import Run

PENALTIES = (0.0, 0.1, 1.0, 10.0)
"""Of differences along the ordered mode; ranks are compared with the first."""
WORTH = 0.1
"""Least share of what neighbours are off from the fit that is carried: below it is noise."""
SEARCH = 30
"""Sweeps of a fit by which ranks and penalties are compared."""
MEAN, SEASON, LINES = "mean", "seasonal mean", "linear interpolation"


class Tuned(NamedTuple):
    """What was chosen by cells held out.

    Attributes
    ----------
    shape : Shape
    carry : float
        Share of what neighbours are off from the fit that is carried into gaps.
    choice : Choice
        Of the rank.
    reasons : list of str
        Of the others.
    """

    shape: Shape
    carry: float
    choice: Choice
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


def tune(config: Config, table: Table, X: Array, test: Array) -> Tuned:
    """Choose the rank, how alike neighbours are, and how much they say, by cells held out beside the test."""
    shape = Shape(config.method, min(config.ranks), table.along)
    seen = (X == X) & ~test
    held = draw(seen, config.held_out, config.seed + 1, table.along if config.runs else None)
    if not bool(held.any()):
        return Tuned(shape, 0.0, Choice(shape.rank, {}, "there are too few cells to hold some out"), [])
    known = engine_of(X).xp.where(seen & ~held, X, float("nan"))

    def error(shape: Shape) -> float:
        doing(f"rank {shape.rank}")
        found = decompose(shape, known, known == known, config.seed, SEARCH).whole()
        return numbers([rmse(found, X, held)])[0]

    if len(config.ranks) == 1:
        choice = Choice(config.ranks[0], {}, "as asked for")
    else:
        choice = choose(lambda rank: error(shape._replace(rank=rank)), sorted(set(config.ranks)))
    shape, reasons = shape._replace(rank=choice.rank), list[str]()
    if table.along is None:
        return Tuned(shape, 0.0, choice, reasons)
    name = table.names[table.along]
    if config.method == "cp":
        tried = {penalty: error(shape._replace(penalty=penalty)) for penalty in PENALTIES}
        shape = shape._replace(penalty=min(tried, key=lambda penalty: tried[penalty]))
        words = ", ".join(f"{penalty:g}" for penalty in PENALTIES)
        reasons.append(f"smooth: differences along {name} weigh {shape.penalty:g}, the best of {words}")
    fit = decompose(shape, known, known == known, config.seed).whole()
    share = numbers([shrinkage(X, fit, drawn_on(table, known, fit), held)])[0]
    share = share if share >= WORTH else 0.0
    reasons.append(f"neighbours: {share:.0%} of what those along {name} are off the fit goes into gaps")
    return Tuned(shape, share, choice, reasons)


def drawn_on(table: Table, X: Array, fit: Array) -> Array:
    """What neighbours along the ordered mode are off from the fit."""
    assert table.along is not None
    return carried(X, fit, table.along, from_host(table.axes[table.along].places(), engine_of(X)))


def completed(tuned: Tuned, table: Table, X: Array, fit: Array) -> Array:
    """The fit, and what neighbours say beside it."""
    return fit + tuned.carry * drawn_on(table, X, fit) if tuned.carry else fit


def judge(config: Config, run: Run, table: Table, units: Units, X: Array) -> tuple[Tuned, Judged]:
    """Choose the rank, and measure the error on cells that had no say in it."""
    scale = 1.0 if table.units is not None else numbers([units.spread.ravel()[0]])[0]
    test = draw(X == X, config.held_out, config.seed, table.along if config.runs else None)
    tuned = tune(config, table, X, test)
    for told in (f"rank: {tuned.choice.rank}, {tuned.choice.reason}", *tuned.reasons):
        run.say(told)
    ranks = {str(rank): scale * error for rank, error in tuned.choice.errors.items()}
    cells = int(test.sum())
    if not cells:
        run.say("held out: none, as there are too few cells; no error is measured")
        return tuned, Judged(ranks, None, None, {}, 0)
    known = run.engine.xp.where(test, float("nan"), X)
    fit = decompose(tuned.shape, known, known == known, config.seed).whole()
    rivals = rival_fits(table, known)
    found = [completed(tuned, table, known, fit), fit, *rivals.values()]
    error, plain, *others = (scale * one for one in numbers([rmse(one, X, test) for one in found]))
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
