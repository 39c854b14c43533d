"""``DataFrame``: columns that share an index."""

import numpy as np
import pandas as pd
import pyarrow as pa
from cupy._array import ndarray, wrap
from stand_in import bind, crossing

from cudf._base import KINDS, Base, Places, given, index_of, show
from cudf._columns import array_of, cast, from_arrow, make_column, plain, table, to_arrow
from cudf._series import Series

_MIXING = np.random.default_rng(20261127)
"""Orders that cuDF does not promise are mixed."""


class DataFrame(Base):
    """``cudf.DataFrame``."""

    _kind = "DataFrame"
    _methods = (
        "copy drop drop_duplicates duplicated dropna fillna head isna notna reindex rename reset_index "
        "set_index sort_values take"
    )
    columns = property(lambda self: self._p.columns)
    dtypes = property(lambda self: pd.Series({name: self[name].dtype for name in self.columns}, dtype=object))
    index = property(lambda self: show(self._p.index), Base._set_index)
    loc = property(lambda self: Places(self, "loc"))
    iloc = property(lambda self: Places(self, "iloc"))

    def __init__(self, data=None, index=None, columns=None, dtype=None, copy=None, nan_as_null=True):
        if dtype is not None or copy is not None:
            raise NotImplementedError("dtype and copy of a new frame are not in the stand-in")
        if isinstance(columns, Base):
            columns._out("names of columns to the host", columns._p)
        labels = None if columns is None else pd.Index(given(columns))
        if isinstance(data, ndarray | np.ndarray):
            made = list(map(wrap, np.array(given(data), order="F").T))
            labels = pd.RangeIndex(len(made)) if labels is None else labels
        else:
            data = {} if data is None else data
            labels = pd.Index(list(data)) if labels is None else labels
            made = [data.get(name, []) if isinstance(data, dict) else data[name] for name in labels]
        index = _index_for(made) if index is None else index_of(index)
        self._p = DataFrame._of(
            table([_aligned(each, index, nan_as_null) for each in made], index, labels)
        )._p

    @classmethod
    def from_arrow(cls, table_):
        crossing("from_arrow", "in", table_.nbytes)
        made = [from_arrow(table_[name]) for name in table_.column_names]
        return cls._of(table(made, pd.RangeIndex(table_.num_rows), table_.column_names))

    def __iter__(self):
        return iter(self._p.columns)

    def __contains__(self, name):
        return name in self._p

    def _chosen(self, key):
        return show(self._p[list(key) if isinstance(key, pd.Index) else key])

    def __setitem__(self, name, value):
        if not isinstance(name, str | int):
            raise NotImplementedError("the stand-in sets one column at a time")
        held = self._p
        index = held.index if held.shape[1] or len(held) else _index_for([value])
        made = dict(held.items()) | {name: _aligned(value, index)}
        self._p = DataFrame._of(table(list(made.values()), index, pd.Index(list(made))))._p

    def assign(self, **columns):
        made = DataFrame._of(self._p)
        for name, value in columns.items():
            made[name] = value(made) if callable(value) else value
        return made

    def astype(self, dtype, copy=None, errors="raise"):
        wanted = dtype if isinstance(dtype, dict) else dict.fromkeys(self._p.columns, dtype)
        if set(wanted) - set(self._p.columns):
            raise KeyError("Only a column name can be used for the key in a dtype mappings argument.")
        made = [cast(column, wanted[name]) if name in wanted else column for name, column in self._p.items()]
        return show(table(made, self._p.index, self._p.columns))

    def merge(self, right, **kwargs):
        bind("cudf.DataFrame.merge", (self, right), kwargs)
        if set(kwargs) - {"on", "how", "suffixes"}:
            raise NotImplementedError("the stand-in merges on columns, by on, how and suffixes")
        found = self._p.merge(right._p, **kwargs)
        return show(found.iloc[_MIXING.permutation(len(found))].reset_index(drop=True))

    def to_cupy(self, dtype=None, copy=False, na_value=None):
        found = [array_of(column, None, na_value) for _, column in self._p.items()]
        kind = np.result_type(*found, *[np.float64] * (not found)) if dtype is None else dtype
        out = np.empty(self.shape, kind, order="F")
        for place, each in enumerate(found):
            out[:, place] = each
        return wrap(out)

    def to_numpy(self, dtype=None, copy=True, na_value=None):
        return self._out("to_numpy", self.to_cupy(dtype, copy, na_value)._a)

    def to_arrow(self, preserve_index=None):
        named = {str(name): to_arrow(column) for name, column in self._p.items()}
        if preserve_index or (preserve_index is None and not isinstance(self._p.index, pd.RangeIndex)):
            named[self._p.index.name or "__index_level_0__"] = to_arrow(self.index._column())
        return self._out("to_arrow", pa.table(named))

    def to_pandas(self, *, nullable=False, arrow_type=False):
        return self._out("to_pandas", plain_frame(self._p))

    def to_csv(self, *args, **kwargs):
        bind("cudf.DataFrame.to_csv", (self, *args), kwargs)
        return self._out("to_csv", plain_frame(self._p)).to_csv(*args, **kwargs)


def plain_frame(held):
    return table([plain(column) for _, column in held.items()], held.index, held.columns)


def _index_for(values):
    series = [each._p.index for each in values if isinstance(each, Series)]
    sized = [len(each) for each in values if hasattr(each, "__len__") and not isinstance(each, str)]
    return series[0] if series else pd.RangeIndex(max(sized, default=min(1, len(values))))


def _aligned(value, index, nan_as_null=True):
    if not isinstance(value, Series):
        return make_column(value, None, nan_as_null, len(index))
    return value._p if value._p.index.equals(index) else value._p.reindex(index)


KINDS[pd.DataFrame] = DataFrame
