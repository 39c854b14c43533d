"""The same assertions on the stand-in and on real RAPIDS: whichever ``import cupy, cudf`` finds.

    PYTHONPATH=. python selfcheck.py          # the stand-in
    python selfcheck.py                       # real RAPIDS, where there is a GPU

A line that holds on one and not on the other is a fault of the stand-in.
"""

import io

import cudf
import cupy as xp
import cupyx.scipy.sparse as sparse
import numpy as np
import pyarrow as pa

CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def raises(kind, call):
    try:
        call()
    except kind:
        return True
    return False


@check
def arrays_of_host_and_device_do_not_mix():
    a, b = xp.arange(3), np.arange(3)
    return raises(TypeError, lambda: a + b) and raises(TypeError, lambda: b + a) and raises(TypeError, lambda: np.asarray(a))


@check
def a_reduction_is_an_array():
    return isinstance(xp.arange(3).sum(), xp.ndarray) and xp.arange(3).sum().ndim == 0


@check
def a_device_number_is_no_index():
    return raises(TypeError, lambda: range(xp.asarray(3))) and raises(TypeError, lambda: xp.arange(4)[: xp.asarray(3)])


@check
def an_index_of_the_host_is_taken():
    return xp.arange(4)[np.asarray([1, 2])].get().tolist() == [1, 2]


@check
def a_slice_takes_no_array_of_the_host():
    return raises(ValueError, lambda: xp.zeros(4).__setitem__(slice(0, 2), np.ones(2)))


@check
def max_has_no_initial():
    return raises(TypeError, lambda: xp.zeros(3).max(initial=0))


@check
def there_is_no_text():
    return raises(ValueError, lambda: xp.asarray(np.asarray(["a"])))


@check
def lexsort_takes_one_array():
    keys = [xp.asarray([1, 0]), xp.asarray([0, 1])]
    return raises(AttributeError, lambda: xp.lexsort(keys)) and xp.lexsort(xp.stack(keys)).get().tolist() == [0, 1]


@check
def searchsorted_takes_arrays_or_numbers_of_python():
    return raises(NotImplementedError, lambda: xp.searchsorted(xp.arange(3), [1]))


@check
def scattering_is_of_some_types():
    return raises(TypeError, lambda: xp.minimum.at(xp.zeros(2, "int8"), xp.asarray([0]), 1))


@check
def sparse_holds_floats_only():
    at = (xp.asarray([0, 1]), xp.asarray([0, 1, 2]))
    return raises(ValueError, lambda: sparse.csr_matrix((xp.ones(2, "int32"), *at), shape=(2, 2)))


@check
def sparse_products_are_in_fortran_order():
    m = sparse.csr_matrix((xp.ones(2), xp.asarray([0, 1]), xp.asarray([0, 1, 2])), shape=(2, 2))
    return (m @ xp.ones((2, 3))).flags.f_contiguous and not hasattr(m.sum(axis=1), "A1")


@check
def series_are_not_iterable():
    return raises(TypeError, lambda: list(cudf.Series([1, 2]))) and raises(TypeError, lambda: cudf.Index([1]).tolist())


@check
def nan_becomes_null():
    frame = cudf.DataFrame({"a": xp.asarray([1.0, np.nan])})
    frame["a"] = frame["a"].to_cupy(na_value=float("nan"))
    return frame["a"].null_count == 1 and raises(ValueError, lambda: xp.asarray(frame["a"]))


@check
def nan_from_arrow_stays():
    return cudf.DataFrame.from_arrow(pa.table({"a": pa.array([1.0, float("nan")])}))["a"].has_nulls is False


@check
def values_of_nulls_are_a_copy_with_nan():
    column = cudf.Series([1.0, None])
    return np.isnan(column.values.get()).tolist() == [False, True]


@check
def values_of_text_are_refused():
    return raises(TypeError, lambda: cudf.Series(["a"]).values)


@check
def whole_numbers_stay_whole_beside_nulls():
    return cudf.DataFrame({"k": [1, 2]}).merge(cudf.DataFrame({"k": [1], "v": [5]}), on="k", how="left")["v"].dtype == np.int64


@check
def columns_of_several_types_are_not_joined():
    return raises(TypeError, lambda: cudf.concat([cudf.Series([1]), cudf.Series(["a"])]))


@check
def an_index_answers_with_arrays():
    index = cudf.Index([3, 1])
    return isinstance(index.isin([1]), xp.ndarray) and index.get_indexer([1, 9]).get().tolist() == [1, -1]


@check
def to_csv_has_no_index_label():
    return raises(TypeError, lambda: cudf.DataFrame({"a": [1]}).to_csv(index_label="x"))


@check
def series_have_no_rename_axis():
    return not hasattr(cudf.Series([1]), "rename_axis") and not hasattr(cudf.Series([1]), "idxmax")


def _read(field, kind):
    text = io.BytesIO(f"{field}|x\n".encode())
    return cudf.read_csv(
        text, sep="|", header=None, names=["a", "b"], usecols=["a"], dtype={"a": kind}, na_values=["", "NULL"], quoting=3
    )["a"]


@check
def whole_numbers_end_at_the_point():
    return int(_read("12.7", "int64").iloc[0]) == 12 and int(_read("1e3", "int64").iloc[0]) == 1


@check
def plus_signs_are_passed_over():
    return int(_read("1+2", "int64").iloc[0]) == 12


@check
def what_is_no_number_is_null():
    return _read("abc", "float32").null_count == 1


@check
def usual_words_for_missing_are_missing():
    return _read("N/A", "str").null_count == 1


@check
def digits_are_summed_in_the_columns_precision():
    return float(_read("4.375", "float32").iloc[0]) != 4.375


if __name__ == "__main__":
    wrong = 0
    for function in CHECKS:
        try:
            right = bool(function())
        except Exception as error:
            right = f"{type(error).__name__}: {error}"
        wrong += right is not True
        print("ok  " if right is True else "WRONG", function.__name__, "" if isinstance(right, bool) else right)
    print(f"{len(CHECKS) - wrong} of {len(CHECKS)} hold on", "the stand-in" if getattr(cudf, "IS_STAND_IN", False) else "RAPIDS")
    raise SystemExit(wrong > 0)
