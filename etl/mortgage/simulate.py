"""Loan histories from a Markov model of delinquency with good and bad years.

Each loan *i* draws score, loan-to-value and debt-to-income from one quality factor, and with them a risk

    r_i = exp(-(score - 730) / 36 + (ltv - 75) / 22 + (dti - 35) / 25).

The economy multiplies it: c(t) = 1 + 3 * sum_k exp(-((t - t_k) / 7)^2 / 2), with downturns every 66 months.
A current loan misses a payment with probability 0.0025 * r^0.8 * c; a late one rolls on, stays or cures with
probabilities that depend on how late it is; six months late it may leave by a credit event. A current one
prepays with probability 0.011, more where its rate lies above the market's.
"""

from dataclasses import dataclass

import numpy as np

CUTOFF = 2022 * 12 + 2
"""Last month of all files, March 2022, as year * 12 + month - 1."""
DOWNTURNS = tuple(2014 * 12 + 9 + 66 * k for k in range(-3, 3))
_ROLL = np.array([0.0, 0.30, 0.55, 0.80, 0.85, 0.88, 0.90])
_CURE = np.array([0.0, 0.55, 0.28, 0.07, 0.05, 0.04, 0.03])
DEFAULTS = (2, 3, 9, 15)

Columns = dict[str, np.ndarray]


@dataclass(frozen=True)
class Histories:
    """Loans, and their months flattened in order of loan and month.

    Attributes
    ----------
    loans : dict of arrays, shape (loans,)
    months : dict of arrays, shape (rows,)
        ``loan`` (place in ``loans``), ``month``, ``age``, ``status``, ``code`` (0 none), ``modified``.
    """

    loans: Columns
    months: Columns


def cycle(month: np.ndarray | int) -> np.ndarray:
    """Multiplier of the risk of missing a payment in a month, 1 in good years and about 4 in the worst."""
    distance = np.asarray(month)[..., None] - np.array(DOWNTURNS)
    return 1 + 3 * np.exp(-((distance / 7) ** 2) / 2).sum(axis=-1)


def market_rate(month: np.ndarray | int) -> np.ndarray:
    """Mortgage rate of new loans in percent: a slow wave around 4.1."""
    return 4.1 + 0.7 * np.sin((np.asarray(month) - 24_160) / 19)


def draw(rng: np.random.Generator, count: int, start: int) -> Columns:
    """Draw loans as they are originated.

    Parameters
    ----------
    rng : Generator
    count : int
        Loans to draw.
    start : int
        First month of the quarter of origination, as year * 12 + month - 1.

    Returns
    -------
    dict of arrays, shape (count,)
        ``score``; ``ltv``, ``cltv`` and ``dti`` in percent; ``term`` in months; ``first``, the month of
        origination; ``rate`` in percent; ``upb`` in dollars; ``risk``, r of the module's formula;
        ``borrowers``; ``units``. Float64, but ``term, first, borrowers, units`` int64.
    """
    quality = rng.normal(size=count)
    score = np.clip(745 + 42 * quality + 22 * rng.normal(size=count), 600, 832).round()
    ltv = np.clip(74 - 6 * quality + 15 * rng.normal(size=count), 10, 97).round()
    dti = np.clip(35 - 3 * quality + 8 * rng.normal(size=count), 3, 50).round()
    term = rng.choice([360, 360, 360, 240, 180], count)
    month = start + rng.integers(0, 3, count)
    rate = market_rate(month) - 0.15 * quality + 0.15 * rng.normal(size=count) - 0.6 * (term < 300)
    risk = np.exp(-(score - 730) / 36 + (ltv - 75) / 22 + (dti - 35) / 25)
    return {
        "score": score,
        "ltv": ltv,
        "cltv": np.minimum(ltv + 5 * (rng.random(count) < 0.08), 97),
        "dti": dti,
        "term": term,
        "first": month,
        "rate": (rate * 8).round() / 8,
        "upb": np.exp(rng.normal(12.15, 0.5, count)).round(-3).clip(2e4, 8e5),
        "risk": risk,
        "borrowers": rng.choice([1, 2, 2, 3], count, p=[0.5, 0.3, 0.18, 0.02]),
        "units": rng.choice([1, 2, 3, 4], count, p=[0.97, 0.02, 0.005, 0.005]),
    }


def simulate(rng: np.random.Generator, loans: Columns) -> Histories:
    """Let the loans live until they leave or the data ends.

    Parameters
    ----------
    rng : Generator
    loans : dict of arrays, shape (loans,)
        From `draw`, at least one.

    Returns
    -------
    Histories
    """
    count, first = len(loans["first"]), loans["first"]
    span = CUTOFF - int(first.min()) + 1
    status, code = np.full((count, span), -1, "int8"), np.zeros((count, span), "int8")
    modified = np.zeros((count, span), bool)
    state, alive, changed = np.zeros(count, "int8"), np.ones(count, bool), np.zeros(count, bool)
    for step in range(span):
        month = first + step
        alive &= month <= CUTOFF
        rows = np.flatnonzero(alive)
        if not len(rows):
            break
        if step:
            before = state[rows]
            state[rows], out = _move(rng, before, loans, rows, month[rows])
            changed[rows] |= (before >= 4) & (state[rows] == 0)
            code[rows, step] = out
            alive[rows[out > 0]] = False
        status[rows, step], modified[rows, step] = state[rows], changed[rows]
    gaps = _gaps(rng, status.shape)
    status[gaps] = np.where(code[gaps] > 0, status[gaps], -1)
    loan, age = np.nonzero(status >= 0)
    kept = {"status": status[loan, age], "code": code[loan, age], "modified": modified[loan, age]}
    return Histories(loans, {"loan": loan, "month": first[loan] + age, "age": age, **kept})


def _move(
    rng: np.random.Generator, state: np.ndarray, loans: Columns, rows: np.ndarray, month: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Next state of each live loan, and the code by which it leaves or 0."""
    chance, leave, risk = rng.random(len(rows)), rng.random(len(rows)), loans["risk"][rows]
    late = np.minimum(state, 6)
    miss = np.minimum(0.0025 * risk**0.8 * cycle(month), 0.5)
    roll = np.where(state == 0, miss, _ROLL[late])
    cured = (state > 0) & (chance > 1 - _CURE[late])
    new = np.where(chance < roll, state + 1, np.where(cured, 0, state)).astype("int8")
    gain = np.clip(loans["rate"][rows] - market_rate(month), -1, 1.5)
    code = np.where((new == 0) & (leave < 0.011 * np.exp(1.2 * gain)), 1, 0).astype("int8")
    code[(code == 0) & (leave > 1 - 6e-5)] = 16
    code[(code == 0) & (leave > 1 - 1e-4)] = 6
    lost = (new >= 6) & (leave < 0.09)
    code[lost] = rng.choice(DEFAULTS, len(rows), p=[0.2, 0.25, 0.45, 0.1])[lost]
    return np.minimum(new, 99).astype("int8"), code


def _gaps(rng: np.random.Generator, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Months that one loan in a hundred lacks: one to three in its third year."""
    loans = np.flatnonzero(rng.random(shape[0]) < 0.01)
    start = rng.integers(24, 36, len(loans))
    loan, month = np.repeat(loans, 3), np.ravel(start[:, None] + np.arange(3))
    kept = (np.tile(np.arange(3), len(loans)) < np.repeat(rng.integers(1, 4, len(loans)), 3)) & (
        month < shape[1]
    )
    return loan[kept], month[kept]
