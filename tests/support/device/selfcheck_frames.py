"""What `selfcheck` asserts of frames, series and indexes: alike on the stand-in and on cuDF 26.10."""

import io

import cudf
import cupy as xp
import numpy as np
import pyarrow as pa

NAN, _BIG = float("nan"), 2**53
_LINES = {"sep": "|", "header": None, "names": ["a", "b"], "usecols": ["a"], "quoting": 3}


def _raises(kind, *calls):
    for call in calls:
        try:
            call()
        except kind:
            continue
        return False
    return True


def _is(column, *wanted):
    return column.to_arrow().to_pylist() == list(wanted)


def _read(field, kind, **options):
    text = io.BytesIO(f"{field}|x\n".encode())
    return cudf.read_csv(text, dtype={"a": kind}, **_LINES, **options)["a"]


def _series(*values, **options):
    return cudf.Series(list(values), **options)


def _assigned():
    frame = cudf.DataFrame({"a": [1.0, 2.0]})
    frame["a"] = xp.asarray([1.0, NAN])
    return frame["a"]


def _merged(left, right, **how):
    return cudf.DataFrame(left).merge(cudf.DataFrame(right), on="k", **how)["v"]


def _codes(*texts):
    return _series(*texts).astype("category").cat.codes


def _place(held):
    return held.__cuda_array_interface__["data"][0]


def _dates(*seconds):
    return _series(*seconds).astype("datetime64[s]")


_ARROW = pa.table({"a": pa.array([1.0, NAN, None])})
_PAIR = {"a": [1, 2], "b": [3.0, 4.0]}
_NUMBERS = {"k": list(range(50)), "v": list(range(50))}
_NULLS = {
    "nan is null in a new column": lambda: _series(1.0, NAN).null_count == 1,
    "nan is null in a column of an array": lambda: cudf.Series(xp.asarray([NAN])).null_count == 1,
    "nan is null when it is assigned": lambda: _assigned().null_count == 1 and _assigned().has_nulls,
    "nan stays where it is asked for": lambda: _series(NAN, nan_as_null=False).null_count == 0,
    "nan from arrow stays": lambda: cudf.DataFrame.from_arrow(_ARROW)["a"].null_count == 1,
    "nan counts as missing": lambda: _is(cudf.DataFrame.from_arrow(_ARROW)["a"].isna(), False, True, True),
    "nan of an operation stays": lambda: (_series(0.0, 1.0) / 0.0).null_count == 0,
    "nan is what where is given": lambda: (
        _series(1.0, 3.0).where(xp.asarray([True, False]), NAN).null_count == 0
    ),
    "where puts nulls": lambda: _series(1.0, 3.0).where(xp.asarray([True, False])).null_count == 1,
    "filling takes nan too": lambda: _is(_series(NAN, 1.0, nan_as_null=False).fillna(5.0), 5.0, 1.0),
    "a comparison with a null is null": lambda: _is(_series(1, None, 3) > 2, False, None, True),
    "a comparison of texts with a null is null": lambda: _is(
        _series("a", "a", "b").ne(_series("a", "a", "b").shift(1)), None, False, True
    ),
    "a comparison with nan is not": lambda: _is(_series(NAN, nan_as_null=False) == 1.0, False),
    "whole numbers stay whole beside nulls": lambda: _series(1, None).dtype == np.int64,
    "and in a merge": lambda: _merged({"k": [1, 2]}, {"k": [1], "v": [5]}, how="left").dtype == np.int64,
    "sums pass over nulls": lambda: int(_series(1, None, 3).sum()) == 4,
    "a mask's nulls take no row": lambda: _is(_series(1, None, 3)[_series(1, None, 3) > 0], 1, 3),
}
_ARRAYS = {
    "numbers without nulls are seen in place": lambda: len({*map(_place, [c := _series(1), c.values])}) == 1,
    "nulls are nan in a copy": lambda: np.isnan(_series(1, None).values.get()).tolist() == [False, True],
    "nulls of truths have no array": lambda: _raises(ValueError, lambda: _series(True, None).values),
    "a column with nulls is no array": lambda: _raises(ValueError, lambda: xp.asarray(_series(True, None))),
    "a column without nulls is one": lambda: xp.asarray(_series(1, 2)).get().tolist() == [1, 2],
    "a value fills nulls": lambda: _series(1, None).to_cupy(na_value=7).get().tolist() == [1, 7],
    "texts have no array": lambda: _raises(TypeError, lambda: _series("a").values),
    "texts with nulls have none": lambda: _raises(ValueError, lambda: _series("a", None).values),
    "dates with nulls have no array": lambda: _raises(ValueError, lambda: _dates(0, None).values),
    "arrays of dates are not cast": lambda: _raises(
        (ValueError, NotImplementedError), lambda: _dates(0, 1).values.astype("datetime64[D]")
    ),
    "dates become whole numbers": lambda: _dates(0, 9).astype("int64").values.get().tolist() == [0, 9],
    "a frame is an array by columns": lambda: cudf.DataFrame(_PAIR).values.flags.f_contiguous,
    "series do not become numpy's": lambda: _raises(TypeError, lambda: np.asarray(_series(1))),
    "indexes do not either": lambda: _raises(TypeError, lambda: np.asarray(cudf.Index([1]))),
    "series do not become arrow's": lambda: _raises(TypeError, lambda: pa.array(_series(1))),
    "nothing is iterated": lambda: _raises(
        TypeError, lambda: list(_series(1)), lambda: list(cudf.Index([1])), _series(1).tolist
    ),
}
_NAMES = {
    "codes keep the nulls": lambda: _codes("b", None, "a").null_count == 1,
    "codes are small": lambda: _codes("b", None, "a").dtype == np.int8 == _codes("a").values.dtype,
    "codes with nulls are floats in an array": lambda: _codes("b", None).values.dtype == np.float64,
    "texts have no categories": lambda: not hasattr(_series("a"), "cat"),
    "factorize gives an array": lambda: (
        cudf.factorize(_series("b", None, "a"), sort=True)[0].get().tolist() == [1, -1, 0]
    ),
    "factorize gives an index": lambda: _is(cudf.factorize(_series("b", None, "a"), sort=True)[1], "a", "b"),
    "to_csv has no index_label": lambda: _raises(
        TypeError, lambda: cudf.DataFrame(_PAIR).to_csv(index_label="x")
    ),
    "there is no rename_axis": lambda: (
        not any(hasattr(each, "rename_axis") for each in (_series(1), cudf.Index))
    ),
    "texts and numbers are not joined": lambda: _raises(
        TypeError, lambda: cudf.concat([_series(1), _series("a")])
    ),
    "a column holds one type": lambda: _raises(TypeError, lambda: _series(1, "a")),
    "lists have no methods of texts": lambda: _raises(
        (AttributeError, TypeError), lambda: _series(["a"], ["b"]).str.lower()
    ),
    "an index finds by an array": lambda: cudf.Index([3, 1]).get_indexer([1, 9]).get().tolist() == [1, -1],
    "an index of numbers finds texts of them": lambda: (
        cudf.Index([3, 7]).get_indexer(cudf.Index(["7", "07", "7.0"])).get().tolist() == [1, 1, 1]
    ),
    "an index of texts finds numbers": lambda: cudf.Index(["7", "3"]).get_indexer([3]).get().tolist() == [1],
    "and none where a text is no number": lambda: (
        cudf.Index([3, 7]).get_indexer(cudf.Index(["7", "a"])).get().tolist() == [-1, -1]
    ),
    "an index compares mixed signs as floats": lambda: (
        cudf.Index([_BIG]).get_indexer(_series(_BIG + 1).astype("uint64")).get().tolist() == [0]
    ),
    "an index answers by an array": lambda: isinstance(cudf.Index([3, 1]).isin([1]), xp.ndarray),
    "other indexes are not compared": lambda: _raises(
        ValueError, lambda: _series(1, 2) == _series(1, 2, index=[5, 6])
    ),
    "a merge promises no order": lambda: (
        sorted(_merged({"k": list(range(50))}, _NUMBERS).to_arrow().to_pylist()) == list(range(50))
    ),
    "a frame is iterated by names": lambda: list(cudf.DataFrame(_PAIR)) == ["a", "b"],
}
_CSV = {
    "whole numbers end at the point": lambda: _is(_read("12.7", "int64"), 12),
    "whole numbers end at the exponent": lambda: _is(_read("1e3", "int64"), 1),
    "whole numbers wrap around": lambda: _is(_read("4294967301", "int32"), 5),
    "plus signs are passed over": lambda: _is(_read("1+2", "int64"), 12) and _is(_read("+80", "int64"), 80),
    "blanks around numbers are passed over": lambda: _is(_read(" 80 ", "float32"), 80.0),
    "what is no number is null": lambda: _is(_read("abc", "float32"), None),
    "usual words are missing": lambda: _is(_read("N/A", "str"), None) and _is(_read("null", "int64"), None),
    "or none of them": lambda: _is(_read("N/A", "str", keep_default_na=False, na_values=["?"]), "N/A"),
    "given words are missing": lambda: _is(_read("?", "str", keep_default_na=False, na_values=["?"]), None),
    "digits are summed in float32": lambda: float(_read("4.375", "float32").iloc[0]) != 4.375,
    "and in float64": lambda: float(_read("4.375", "float64").iloc[0]) == 4.375,
}
Frames = type("Frames", (), _NULLS | _ARRAYS | _NAMES | _CSV)
