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

MASKED_AGE = 6
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


def _at_start(rng: np.random.Generator, loans: Columns, ids: np.ndarray) -> Text:
    """What is known at origination, a row a loan."""
    count, at = len(ids), loans["first"]

    def pick(values: Sequence[str], p: Sequence[float]) -> pa.Array:
        return pa.array(list(values)).take(pa.array(rng.choice(len(values), count, p=p)))

    state = rng.integers(0, len(STATES), count)
    insured = loans["ltv"] > 80
    insurance = np.where(loans["ltv"] > 90, 30, 25)
    return {
        "loan_id": pa.array(ids),
        "orig_channel": pick("RCB", [0.5, 0.35, 0.15]),
        "seller_name": pa.array(SELLERS).take(pa.array(rng.integers(0, len(SELLERS), count))),
        "orig_interest_rate": pa.array(loans["rate"]),
        "orig_upb": pa.array(loans["upb"].astype("int64")),
        "orig_loan_term": pa.array(loans["term"]),
        "orig_date": _date(at),
        "first_pay_date": _date(at + 2),
        "maturity_date": _date(at + loans["term"]),
        "orig_ltv": pa.array(loans["ltv"].astype("int64")),
        "orig_cltv": pa.array(loans["cltv"].astype("int64")),
        "num_borrowers": _blank(loans["borrowers"], rng.random(count) < 0.002),
        "dti": _blank(loans["dti"].astype("int64"), rng.random(count) < 0.02),
        "borrower_credit_score": _blank(loans["score"].astype("int64"), rng.random(count) < 0.01),
        "coborrow_credit_score": _blank(loans["score"].astype("int64"), loans["borrowers"] < 2),
        "first_home_buyer": pick("NY", [0.8, 0.2]),
        "loan_purpose": pick("PCR", [0.45, 0.25, 0.3]),
        "property_type": pick(["SF", "PU", "CO", "MH", "CP"], [0.62, 0.27, 0.09, 0.01, 0.01]),
        "num_units": pa.array(loans["units"]),
        "occupancy_status": pick("PSI", [0.88, 0.04, 0.08]),
        "property_state": pa.array(STATES).take(pa.array(state)),
        "zip": pa.array([f"{n:03d}" for n in range(1000)]).take(
            pa.array(state * 48 + rng.integers(0, 40, count))
        ),
        "msa": pa.array(
            np.where(rng.random(count) < 0.1, 0, 10_180 + state * 1900 + 20 * rng.integers(0, 20, count))
        ),
        "mortgage_insurance_percent": _blank(insurance, ~insured),
        "mortgage_insurance_type": _blank(np.where(rng.random(count) < 0.8, 1, 2), ~insured),
        "product_type": pick(["FRM"], [1.0]),
        "relocation_mortgage_indicator": pick("NY", [0.998, 0.002]),
    }


def _balance(histories: Histories) -> np.ndarray:
    """Balance of an annuity at each row's age; payments missed at that time are still owed."""
    months, loan = histories.months, histories.months["loan"]
    upb, term, rate = (histories.loans[name][loan] for name in ("upb", "term", "rate"))
    growth, paid = 1 + rate / 1200, np.maximum(months["age"] - months["status"], 0)
    return np.maximum(upb * (growth**term - growth**paid) / (growth**term - 1), 0).round(2)


def _monthly(histories: Histories) -> Text:
    """What both layouts say of a month."""
    months, loan = histories.months, histories.months["loan"]
    left = months["code"] > 0
    remaining = np.maximum(histories.loans["term"][loan] - months["age"], 0)
    return {
        "interest_rate": _blank(histories.loans["rate"][loan], left),
        "loan_age": _blank(months["age"] - 1, left),
        "remaining_months_to_legal_maturity": _blank(remaining, left),
        "adj_remaining_months_to_maturity": _blank(remaining, left),
        "mod_flag": _blank(pa.array(["N", "Y"]).take(pa.array(months["modified"].astype("int8"))), left),
        "zero_balance_code": _CODES.take(pa.array(months["code"])),
    }


def combined(rng: np.random.Generator, histories: Histories, ids: np.ndarray, fields: int) -> pa.Table:
    """Lines of the combined layout: status ``XX`` and balance 0.00 at removal, young balances masked."""
    months, loan = histories.months, pa.array(histories.months["loan"])
    left, month = months["code"] > 0, months["month"]
    start = {name: values.take(loan) for name, values in _at_start(rng, histories.loans, ids).items()}
    masked = left | (months["age"] <= MASKED_AGE)
    columns = start | _monthly(histories)
    columns |= {
        "monthly_reporting_period": _date(month),
        "servicer": start["seller_name"],
        "current_actual_upb": pa.array(np.where(masked, 0.0, _balance(histories))).cast(pa.decimal128(12, 2)),
        "current_loan_delinquency_status": pc.if_else(
            pa.array(left), "XX", _STATUSES.take(pa.array(months["status"]))
        ),
        "zero_balance_effective_date": _blank(_date(month), ~left),
    }
    return _table(columns, COMBINED[:fields], len(month))


def acquisition(rng: np.random.Generator, histories: Histories, ids: np.ndarray) -> pa.Table:
    """Lines of the old layout's file of loans."""
    first = histories.loans["first"]
    columns = _at_start(rng, histories.loans, ids)
    columns |= {"orig_date": _date(first, _SHORT_DATES), "first_pay_date": _date(first + 2, _SHORT_DATES)}
    return _table(columns, ACQUISITION[:25], len(ids))


def performance(histories: Histories, ids: np.ndarray) -> pa.Table:
    """Lines of the old layout's monthly file: status -2 at removal, young balances empty, by date string."""
    months, loan = histories.months, histories.months["loan"]
    left, month = months["code"] > 0, months["month"]
    columns = _monthly(histories)
    columns |= {
        "loan_id": pa.array(ids).take(pa.array(loan)),
        "monthly_reporting_period": _date(month, _OLD_DATES),
        "current_actual_upb": _blank(_balance(histories), left | (months["age"] <= MASKED_AGE)),
        "maturity_date": _date(histories.loans["first"][loan] + histories.loans["term"][loan], _SHORT_DATES),
        "msa": pa.array(10_180 + 20 * (ids[loan] % 900)),
        "current_loan_delinquency_status": pa.array(np.where(left, -2, months["status"])),
        "zero_balance_effective_date": _blank(_date(month, _SHORT_DATES), ~left),
    }
    order = np.lexsort((month // 12, month % 12, loan))
    return _table(columns, PERFORMANCE, len(month)).take(pa.array(order))
