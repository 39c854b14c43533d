"""Polars: a streaming scan of the used columns, then windows over the loans.

Measured on 1M rows, one thread, for one history feature: rolling by month over loans 0.07 core-seconds,
eleven global shifts that compare loans 0.09, ``shift(k).over`` 1.34. The scan takes most of the time.
"""

import polars as pl
import pyarrow as pa

from benchmarks.mortgage.peers.columns import FIELDS, FLOATS, NULLS, PLAIN, USED, files, sellers
from benchmarks.mortgage.peers.digest import digest as _digest
from etl.mortgage.schema import CATEGORIES, FEATURES, PERIOD, STATUS


def run(data: str, threads: int, label: str) -> pl.DataFrame:
    """Labelled rows with features; threads are set by the environment."""
    kinds = dict.fromkeys(FIELDS, pl.String) | dict.fromkeys(FLOATS, pl.Float32)
    kinds |= dict.fromkeys(CATEGORIES, pl.Categorical) | {"loan_id": pl.Int64, PERIOD: pl.Int32}
    scan = pl.scan_csv(
        files(data), separator="|", has_header=False, schema=kinds, quote_char=None, null_values=NULLS
    )
    month = (pl.col(PERIOD) % 10_000 * 12 + pl.col(PERIOD) // 10_000 - 1).alias("month")
    raw = scan.select(*(name for name in USED if name != PERIOD), month).collect(engine="streaming")
    return _label(raw, label).collect()


STATE, CODE, AGE = pl.col(STATUS), pl.col("zero_balance_code"), pl.col("loan_age")
BALANCE, MONTH = pl.col("current_actual_upb"), pl.col("month")


def _label(raw: pl.DataFrame, label: str) -> pl.LazyFrame:
    late = (STATE >= 1).fill_null(False).cast(pl.Float32)
    rows = raw.lazy().with_columns(
        _next_hit(label).alias("next"),
        MONTH.max().over("loan_id").alias("last"),
        STATE.rolling_max_by("month", "12i").over("loan_id").alias("worst_past_12"),
        late.rolling_sum_by("month", "12i").over("loan_id").alias("times_past_12"),
    )
    ahead = pl.col("next").backward_fill().over("loan_id") <= MONTH + (12 if label == "default" else 11)
    rows = rows.with_columns(ahead.fill_null(False).cast(pl.Int8).alias("label"))
    if label == "default":
        live = CODE.is_null() & ~(STATE >= 3).fill_null(False)
        known = (pl.col("label") == 1) | (pl.col("last") >= MONTH + 12)
        rows = rows.filter(live & known & (int(raw["month"].max()) - 12 >= MONTH))
    return _selected(rows, sellers(raw["seller_name"].unique().drop_nulls().cast(pl.String).to_list()))


def _next_hit(label: str) -> pl.Expr:
    """Month of a default after this one, or of a delinquency or a payoff from this one on."""
    if label == "default":
        hit = (STATE >= 3).fill_null(False) | CODE.is_in([2.0, 3.0, 9.0, 15.0]).fill_null(False)
        return pl.when(hit).then(MONTH).shift(-1, fill_value=None).over("loan_id")
    hit = (STATE > 3).fill_null(False) | (BALANCE == 0).fill_null(False)
    return pl.when(hit).then(MONTH)


def _selected(rows: pl.LazyFrame, spelling: dict[str, str]) -> pl.LazyFrame:
    masked = (BALANCE == 0) & CODE.is_null() & ~(AGE > 6).fill_null(False)
    return rows.select(
        "loan_id",
        "month",
        "label",
        *PLAIN,
        STATE.alias("status"),
        pl.col("seller_name").cast(pl.String).replace(spelling).cast(pl.Categorical).alias("seller_name"),
        pl.when(~masked.fill_null(False)).then(BALANCE).alias("current_actual_upb"),
        "worst_past_12",
        "times_past_12",
    )


def digest(frame: pl.DataFrame) -> dict:
    """See `benchmarks.mortgage.peers.digest`."""
    table: pa.Table = frame.with_columns(pl.col(list(CATEGORIES)).cast(pl.String)).to_arrow()
    return _digest(table.select(["loan_id", "month", "label", *FEATURES]))
