"""Simulated histories as the lines of loan files, column by column, in the real files' spelling."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from etl.mortgage.schema import ACQUISITION, COMBINED, PERFORMANCE
from etl.mortgage.simulate import Columns, Histories

SHOWN_FROM = (5, 6, 7, 8, 9), (0.18, 0.5, 0.26, 0.05, 0.01)
"""Age from which a loan's balance is shown, and how often, as in the file of 2017Q1."""
UNKNOWN_UNTIL = 2020 * 12 + 5
"""Month, June 2020, until which a loan that leaves has status XX; it has 00 after."""
CONSTANT = {
    "prepayment_penalty_indicator": "N",
    "interest_only_loan_indicator": "N",
    "homeready_program_indicator": "N",
    "property_valuation_method": "A",
    "high_balance_loan_indicator": "N",
    "hltv_refinance_option_indicator": "N",
}
SELLERS = (
    "JPMorgan Chase Bank, National Association|JPMORGAN CHASE BANK, NA|Wells Fargo Bank, N.A."
    "|WELLS FARGO BANK, NA|Quicken Loans Inc.|Quicken Loans, LLC|Rocket Mortgage, LLC|Bank of America, N.A."
    "|U.S. Bank N.A."
    "|Flagstar Bank, FSB|PennyMac Corp.|loanDepot.com, LLC|United Shore Financial Services, LLC|Other"
).split("|")
STATES = "CA TX FL NY CO WA IL AZ NC GA MI OH PA VA NJ MN MD OR MA UT".split()
_FIRST, _MONTHS = 1980 * 12, 1200
_DATES = pa.array([f"{m % 12 + 1:02d}{1980 + m // 12}" for m in range(_MONTHS)])
_OLD_DATES = pa.array([f"{m % 12 + 1:02d}/01/{1980 + m // 12}" for m in range(_MONTHS)])
_SHORT_DATES = pa.array([f"{m % 12 + 1:02d}/{1980 + m // 12}" for m in range(_MONTHS)])
_STATUSES = pa.array([f"{n:02d}" for n in range(100)])
_CODES = pa.array([None, *(f"{n:02d}" for n in range(1, 17))])
_RATES = pa.array([str(n / 8) for n in range(200)])

Text = dict[str, pa.Array]


class Writers:
    """Files that tables are appended to, one table a file at a time."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._files = [path.open("wb") for path in paths]

    def __enter__(self) -> "Writers":
        """Nothing to do: the files are open."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the files."""
        for file in self._files:
            file.close()

    def write(self, tables: Sequence[pa.Table]) -> None:
        """Append one table to each file, without header or quotes."""
        options = pyarrow.csv.WriteOptions(include_header=False, delimiter="|", quoting_style="none")
        for file, table in zip(self._files, tables, strict=True):
            pyarrow.csv.write_csv(table, file, options)


def _table(columns: Text, names: Sequence[str], rows: int) -> pa.Table:
    blank = pa.nulls(rows, pa.string())
    return pa.table([columns.get(name, blank) for name in names], names=list(names))


def _date(month: np.ndarray, spelling: pa.Array = _DATES) -> pa.Array:
    return spelling.take(pa.array(np.clip(month - _FIRST, 0, _MONTHS - 1)))


def _blank(values: np.ndarray | pa.Array, where: np.ndarray) -> pa.Array:
    array = pa.array(values)
    return pc.if_else(pa.array(where), pa.scalar(None, array.type), array)


def _fixed(values: np.ndarray | pa.Array, digits: int) -> pa.Array:
    """Numbers with this many digits after the point."""
    return pa.array(values).cast(pa.float64()).cast(pa.decimal128(14, digits))


def _is_shown(rng: np.random.Generator, histories: Histories) -> np.ndarray:
    """Whether each row's balance is in the file."""
    begins = rng.choice(SHOWN_FROM[0], len(histories.loans["first"]), p=SHOWN_FROM[1])
    return histories.months["age"] - 1 >= begins[histories.months["loan"]]


def _at_start(rng: np.random.Generator, loans: Columns, ids: np.ndarray) -> Text:
    """What is known at origination, a row a loan.

    The order of the draws makes the bytes of a seed, so it may not change.
    """
    state = rng.integers(0, len(STATES), len(ids))
    terms = _loan_terms(rng, loans, ids)
    borrower = _borrower(rng, loans)
    house = _property(rng, loans, state)
    return terms | borrower | house | _insurance(rng, loans)


def _pick(rng: np.random.Generator, count: int, values: Sequence[str], p: Sequence[float]) -> pa.Array:
    """Draw from a few texts by their probabilities."""
    return pa.array(list(values)).take(pa.array(rng.choice(len(values), count, p=p)))


def _loan_terms(rng: np.random.Generator, loans: Columns, ids: np.ndarray) -> Text:
    count, first = len(ids), loans["first"]
    return {
        "loan_id": pa.array(ids),
        "orig_channel": _pick(rng, count, "RCB", [0.5, 0.35, 0.15]),
        "seller_name": pa.array(SELLERS).take(pa.array(rng.integers(0, len(SELLERS), count))),
        "orig_interest_rate": pa.array(loans["rate"]),
        "orig_upb": pa.array(loans["upb"].astype("int64")),
        "orig_loan_term": pa.array(loans["term"]),
        "orig_date": _date(first),
        "first_pay_date": _date(first + 2),
        "maturity_date": _date(first + loans["term"]),
        "orig_ltv": pa.array(loans["ltv"].astype("int64")),
        "orig_cltv": pa.array(loans["cltv"].astype("int64")),
    }


def _borrower(rng: np.random.Generator, loans: Columns) -> Text:
    count, score = len(loans["first"]), loans["score"].astype("int64")
    return {
        "num_borrowers": _blank(loans["borrowers"], rng.random(count) < 0.002),
        "dti": _blank(loans["dti"].astype("int64"), rng.random(count) < 0.02),
        "borrower_credit_score": _blank(score, rng.random(count) < 0.01),
        "coborrow_credit_score": _blank(score, loans["borrowers"] < 2),
        "first_home_buyer": _pick(rng, count, "NY", [0.8, 0.2]),
        "loan_purpose": _pick(rng, count, "PCR", [0.45, 0.25, 0.3]),
    }


def _property(rng: np.random.Generator, loans: Columns, state: np.ndarray) -> Text:
    count = len(state)
    kind = _pick(rng, count, ["SF", "PU", "CO", "MH", "CP"], [0.62, 0.27, 0.09, 0.01, 0.01])
    occupancy = _pick(rng, count, "PSI", [0.88, 0.04, 0.08])
    zips = state * 48 + rng.integers(0, 40, count)
    is_rural = rng.random(count) < 0.1
    areas = 10_180 + state * 1900 + 20 * rng.integers(0, 20, count)
    return {
        "property_type": kind,
        "num_units": pa.array(loans["units"]),
        "occupancy_status": occupancy,
        "property_state": pa.array(STATES).take(pa.array(state)),
        "zip": pa.array([f"{n:03d}" for n in range(1000)]).take(pa.array(zips)),
        "msa": pa.array(np.where(is_rural, 0, areas)),
    }


def _insurance(rng: np.random.Generator, loans: Columns) -> Text:
    count, is_insured = len(loans["first"]), loans["ltv"] > 80
    percent = np.where(loans["ltv"] > 90, 30, 25)
    return {
        "mortgage_insurance_percent": _blank(percent, ~is_insured),
        "mortgage_insurance_type": _blank(np.where(rng.random(count) < 0.8, 1, 2), ~is_insured),
        "product_type": _pick(rng, count, ["FRM"], [1.0]),
        "relocation_mortgage_indicator": _pick(rng, count, "NY", [0.998, 0.002]),
    }


def _balance(histories: Histories) -> np.ndarray:
    """Balance of an annuity at each row's age; payments missed at that time are still owed."""
    months, loan = histories.months, histories.months["loan"]
    upb, term, rate = (histories.loans[name][loan] for name in ("upb", "term", "rate"))
    growth, paid = 1 + rate / 1200, np.maximum(months["age"] - months["status"], 0)
    return np.maximum(upb * (growth**term - growth**paid) / (growth**term - 1), 0).round(2)


def _monthly(histories: Histories) -> Text:
    """What the combined layout says of a month in which a loan has not left."""
    months, loan = histories.months, histories.months["loan"]
    left = months["code"] > 0
    remaining = np.maximum(histories.loans["term"][loan] - months["age"], 0)
    return {
        "loan_age": _blank(months["age"] - 1, left),
        "remaining_months_to_legal_maturity": _blank(remaining, left),
        "adj_remaining_months_to_maturity": _blank(remaining, left),
        "mod_flag": _blank(pa.array(["N", "Y"]).take(pa.array(months["modified"].astype("int8"))), left),
        "zero_balance_code": _CODES.take(pa.array(months["code"])),
    }


def combined(rng: np.random.Generator, histories: Histories, ids: np.ndarray, fields: int) -> pa.Table:
    """Lines of the combined layout: status ``XX`` or 00, balance 0.00 at removal, young balances masked.

    Parameters
    ----------
    rng : Generator
        Of what `Histories` do not say, such as the seller.
    histories : Histories
    ids : array of int64, shape (loans,)
    fields : {108, 113}
        Of a line.

    Returns
    -------
    pyarrow Table, shape (rows, fields)
        Columns `schema.COMBINED`, a row a line, by loan and month.
    """
    months, loan = histories.months, pa.array(histories.months["loan"])
    left, month, loans = months["code"] > 0, months["month"], histories.loans
    start = {name: values.take(loan) for name, values in _spelled(_at_start(rng, loans, ids), loans).items()}
    is_shown, balance = _is_shown(rng, histories) & ~left, _fixed(_balance(histories), 2)
    rate = _fixed(loans["rate"][loan], 3)
    columns = start | _monthly(histories)
    columns |= {name: pc.if_else(pa.array(month >= 0), value, None) for name, value in CONSTANT.items()}
    columns |= {
        "monthly_reporting_period": _date(month),
        "servicer": _blank(start["seller_name"], left),
        "interest_rate": _blank(rate, left),
        "maturity_date": _blank(start["maturity_date"], left),
        "current_actual_upb": pc.if_else(pa.array(is_shown), balance, pa.scalar(0.0).cast(balance.type)),
        "upb_at_the_time_of_removal": _blank(balance, ~left),
        "current_loan_delinquency_status": pc.if_else(
            pa.array(left & (month <= UNKNOWN_UNTIL)),
            "XX",
            _STATUSES.take(pa.array(np.where(left, 0, months["status"]))),
        ),
        "zero_balance_effective_date": _blank(_date(month), ~left),
        "servicing_activity_indicator": pc.if_else(pa.array(left), None, "N"),
        "repurchase_make_whole_proceeds_flag": pc.if_else(pa.array(left), "N", None),
    }
    return _table(columns, COMBINED[:fields], len(month))


def _spelled(start: Text, loans: Columns) -> Text:
    """Values at origination in the digits of the combined layout."""
    return start | {
        "orig_interest_rate": _fixed(loans["rate"], 3),
        "orig_upb": _fixed(loans["upb"], 2),
        "msa": pc.utf8_lpad(start["msa"].cast(pa.string()), 5, "0"),
        "mortgage_insurance_percent": _fixed(start["mortgage_insurance_percent"], 2),
    }


def old(rng: np.random.Generator, histories: Histories, ids: np.ndarray) -> list[pa.Table]:
    """Lines of the old layout's two files: of loans, and of their months.

    Parameters
    ----------
    rng, histories, ids
        See `combined`.

    Returns
    -------
    list of two pyarrow Tables
        Columns of `schema.ACQUISITION`, without the last, and of `schema.PERFORMANCE`.
    """
    first = histories.loans["first"]
    start = _at_start(rng, histories.loans, ids)
    dates = {"orig_date": _date(first, _SHORT_DATES), "first_pay_date": _date(first + 2, _SHORT_DATES)}
    return [
        _table(start | dates, ACQUISITION[:25], len(ids)),
        _performance(_is_shown(rng, histories), start, histories),
    ]


def _performance(is_shown: np.ndarray, start: Text, histories: Histories) -> pa.Table:
    """Lines by date string: status -2 at removal, young balances empty, unknown text ``NULL``."""
    months, loan = histories.months, histories.months["loan"]
    left, month, loans = months["code"] > 0, months["month"], histories.loans
    remaining = _fixed(np.maximum(loans["term"][loan] - months["age"], 0), 1)
    unknown = pa.array(np.full(len(month), "NULL"))
    columns = {
        "loan_id": start["loan_id"].take(pa.array(loan)),
        "monthly_reporting_period": _date(month, _OLD_DATES),
        "servicer": unknown,
        "interest_rate": _RATES.take(pa.array((loans["rate"][loan] * 8).round().astype(int))),
        "current_actual_upb": _blank(_balance(histories), ~(is_shown | left)),
        "loan_age": _fixed(months["age"] - 1, 1),
        "remaining_months_to_legal_maturity": remaining,
        "adj_remaining_months_to_maturity": remaining,
        "maturity_date": _date(loans["first"][loan] + loans["term"][loan], _SHORT_DATES),
        "msa": _fixed(start["msa"], 1).take(pa.array(loan)),
        "current_loan_delinquency_status": pa.array(np.where(left, -2, months["status"])),
        "mod_flag": pa.array(["N", "Y"]).take(pa.array(months["modified"].astype("int8"))),
        "zero_balance_code": _CODES.take(pa.array(months["code"])).fill_null("NULL"),
        "zero_balance_effective_date": _blank(_date(month, _SHORT_DATES), ~left),
        "repurchase_make_whole_proceeds_flag": pc.if_else(pa.array(left), "N", "NULL"),
        "servicing_activity_indicator": unknown,
    }
    order = np.lexsort((month // 12, month % 12, loan))
    return _table(columns, PERFORMANCE, len(month)).take(pa.array(order))
