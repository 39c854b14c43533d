"""The bridges between libraries. Each says what it costs and writes that to the run's ledger.

``copies`` is one of ``none`` (the same addresses on both sides), ``device`` (one copy in the memory where
the data lies) and ``host`` (a crossing between device and host). It is found by comparing addresses.
"""

from etl.handoff.columns import assign, column, matrix, matrix_to_xgboost, to_xgboost
from etl.handoff.cost import address, ledger
from etl.handoff.host import from_host, numbers, to_host, to_list
from etl.handoff.tables import from_arrow, read_csv, to_arrow, to_pandas
from etl.handoff.tensors import beside, from_torch, on_device, on_host, to_torch

__all__ = [
    "address",
    "assign",
    "beside",
    "column",
    "from_arrow",
    "from_host",
    "from_torch",
    "ledger",
    "matrix",
    "matrix_to_xgboost",
    "numbers",
    "on_device",
    "on_host",
    "read_csv",
    "to_arrow",
    "to_host",
    "to_list",
    "to_pandas",
    "to_torch",
    "to_xgboost",
]
