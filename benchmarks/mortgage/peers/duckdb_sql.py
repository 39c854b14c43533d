"""DuckDB: one read of the used columns into memory, then windows.

Measured on 1M rows, one thread, for the label: one ``min`` over the rows that follow 0.14 core-seconds,
``range between 1 following and 12 following`` 0.22, twelve ``lead`` columns 0.29. Reading takes most of the
time. The table between is needed because the last month of all data must be known first.
"""

import duckdb
import pyarrow as pa

from benchmarks.mortgage.peers.columns import FIELDS, FLOATS, NULLS, PLAIN, USED, files, sellers
from benchmarks.mortgage.peers.digest import digest  # noqa: F401
from etl.mortgage.schema import PERIOD, STATUS


def run(data: str, threads: int, label: str) -> pa.Table:
    """Labelled rows with features, as an Arrow table."""
    db = duckdb.connect()
    db.execute(f"set threads = {threads}; set preserve_insertion_order = false")
    kinds = dict.fromkeys(FIELDS, "VARCHAR") | dict.fromkeys(FLOATS, "FLOAT")
    kinds |= {"loan_id": "BIGINT", PERIOD: "INTEGER"}
    db.execute(f"""
        create temp table raw as
        select {", ".join(name for name in USED if name != PERIOD)},
            ({PERIOD} % 10000 * 12 + {PERIOD} // 10000 - 1)::INTEGER as month
        from read_csv({files(data)}, delim='|', header=false, quote='', escape='', auto_detect=false,
            nullstr={NULLS}, columns={kinds})""")
    found = db.execute("select distinct seller_name from raw where seller_name is not null").fetchall()
    names = [row[0] for row in found]
    db.execute("create temp table names (name VARCHAR, normal VARCHAR)")
    if names:
        db.executemany("insert into names values (?, ?)", list(sellers(names).items()))
    masked = "current_actual_upb = 0 and zero_balance_code is null and not coalesce(loan_age > 6, false)"
    features = f"""
        {", ".join(PLAIN)}, {STATUS} as status, n.normal as seller_name,
        case when {masked} then null else current_actual_upb end as current_actual_upb,
        max({STATUS}) over past as worst_past_12,
        coalesce(sum(({STATUS} >= 1)::INTEGER) over past, 0)::FLOAT as times_past_12"""
    past = "past as (partition by loan_id order by month range between 11 preceding and current row)"
    query = DEFAULT if label == "default" else RAPIDS
    return db.sql(query.format(features=features, past=past)).to_arrow_table()


DEFAULT = f"""
    select * exclude (next_hit, last_month, late, zero_balance_code),
        coalesce(next_hit <= month + 12, false)::TINYINT as label
    from (
        select loan_id, month, {{features}}, zero_balance_code, {STATUS} >= 3 as late,
            min(case when hit then month end) over (partition by loan_id order by month
                rows between 1 following and unbounded following) as next_hit,
            max(month) over (partition by loan_id) as last_month
        from (select *, coalesce({STATUS} >= 3, false)
            or coalesce(zero_balance_code in (2, 3, 9, 15), false) as hit from raw) r
        left join names n on r.seller_name = n.name
        window {{past}})
    where zero_balance_code is null and not coalesce(late, false)
        and (coalesce(next_hit <= month + 12, false) or last_month >= month + 12)
        and month <= (select max(month) from raw) - 12"""
RAPIDS = f"""
    select * exclude (next_hit), coalesce(next_hit <= month + 11, false)::TINYINT as label
    from (
        select loan_id, month, {{features}},
            min(case when hit then month end) over (partition by loan_id order by month
                rows between current row and unbounded following) as next_hit
        from (select *, coalesce({STATUS} > 3, false) or coalesce(r0.current_actual_upb = 0, false) as hit
            from raw r0) r left join names n on r.seller_name = n.name
        window {{past}})"""
