"""Labels of loan-months, by sort, shift and compare on whichever device holds the arrays.

Rows must be sorted by loan and month, one row a month. A *key* that is loan * 2**16 + month makes one
subtraction tell both whether two rows are of one loan and how many months lie between them. Events are
rare, so each shift moves the event rows only: cost grows with events, not with rows.
"""

import numpy as np

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array, Frame
from etl.handoff import column, from_host
from etl.mortgage.schema import DEFAULT_CODES, LOAN, REMOVAL

_SPAN = 1 << 16


def keys(loan: Array, month: Array) -> Array:
    """Keys of rows: ``loan number * 2**16 + month``, where loans are numbered from 0 in their order.

    Parameters
    ----------
    loan : array of int64, shape (n,)
        Ids, rows of a loan together.
    month : array of int32, shape (n,)
        Calendar months, ``year * 12 + month - 1``.

    Returns
    -------
    array of int64, shape (n,)
    """
    xp = array_namespace(loan)
    number = xp.zeros(len(loan), dtype="int64")
    number[1:] = xp.cumsum(loan[1:] != loan[:-1])
    return number * _SPAN + month


def ahead(key: Array, hit: Array, first: int, last: int) -> Array:
    """Whether a row of the same loan, ``first`` to ``last`` months later, is a hit.

    Parameters
    ----------
    key : array of int64, shape (n,)
        From `keys`, sorted, none twice.
    hit : array of bool, shape (n,)
    first, last : int
        Months, from 0: the row's own month is 0 months later.

    Returns
    -------
    array of bool, shape (n,)
    """
    xp = array_namespace(key)
    out = xp.zeros(len(key), dtype=bool)
    rows = xp.flatnonzero(hit)
    for back in range(min(first, 1), last + 1):
        before = rows[rows >= back] - back
        distance = key[before + back] - key[before]
        out[before[(distance >= first) & (distance <= last)]] = True
    return out


def default(frame: Frame, horizon: int = 12) -> Array:
    """Label each row by whether its loan defaults within the next ``horizon`` months.

    An event is 90 days of delinquency or more (``status >= 3``) or a zero-balance code of a credit event
    (`schema.DEFAULT_CODES`), strictly after the row's month. Rows already at 90 days and rows at which the
    loan has left are not observations. A row without an event is labelled 0 only if its loan is observed
    until the horizon: prepayment, any other removal and the data's end before then censor it.

    Parameters
    ----------
    frame : DataFrame
        Tidy, sorted rows with ``loan_id, month, status, zero_balance_code``; months are calendar months.
    horizon : int
        Months.

    Returns
    -------
    array of int8, shape (n,)
        1 event, 0 none, -1 censored, -2 not an observation.
    """
    month, status, code = column(frame, "month"), column(frame, "status"), column(frame, REMOVAL)
    xp = array_namespace(month)
    key = keys(column(frame, LOAN), month)
    late, gone = status >= 3, ~xp.isnan(code)
    bad = from_host(np.asarray(DEFAULT_CODES, dtype=code.dtype), engine_of(code))
    hit = late | xp.isin(code, bad)
    outcome = xp.where(last_month(key) - key >= horizon, 0, -1).astype("int8")
    outcome[ahead(key, hit, 1, horizon)] = 1
    outcome[late | gone] = -2
    return outcome


def last_month(key: Array) -> Array:
    """Key of the last row of each row's loan, int64, shape (n,)."""
    xp = array_namespace(key)
    number = key // _SPAN
    ends = xp.append(xp.flatnonzero(number[1:] != number[:-1]), len(key) - 1)
    return key[ends][number] if len(key) else key


def rapids(frame: Frame) -> Array:
    """Label each row as the RAPIDS mortgage notebook does, for comparison with published runs.

    1 if in the row's month or the 11 after it the loan is more than 3 months late or its balance is 0.
    The month itself is in the window, so the label leaks into the feature ``status``; masked balances of
    young loans count as 0. Do not use it to judge a model.

    Parameters
    ----------
    frame : DataFrame
        Tidy, sorted rows with ``loan_id, month, status, current_actual_upb``.

    Returns
    -------
    array of int8, shape (n,)
    """
    key = keys(column(frame, LOAN), column(frame, "month"))
    hit = (column(frame, "status") > 3) | (column(frame, "current_actual_upb") == 0)
    return ahead(key, hit, 0, 11).astype("int8")
