"""What `selfcheck` asserts of frames, series and indexes: alike on the stand-in and on cuDF 26.10."""

import io

import cudf
import cupy as xp
import numpy as np
import pyarrow as pa

NAN = float("nan")


def _raises(kind, call):
    try:
        call()
    except kind:
        return True
    return False


def _is(column, wanted):
    return column.to_arrow().to_pylist() == wanted


def _read(field, kind, **options):
    given = {"sep": "|", "header": None, "names": ["a", "b"], "usecols": ["a"], "quoting": 3}
    return cudf.read_csv(io.BytesIO(f"{field}|x\n".encode()), dtype={"a": kind}, **given, **options)["a"]


class Nulls:
    def nan_is_null_in_a_new_column():
        return cudf.Series([1.0, NAN]).null_count == 1 and cudf.Series(xp.asarray([NAN])).null_count == 1

    def nan_is_null_when_it_is_assigned():
        frame = cudf.DataFrame({"a": [1.0, 2.0]})
        frame["a"] = xp.asarray([1.0, NAN])
        return frame["a"].null_count == 1 and frame["a"].has_nulls

    def nan_stays_where_it_is_asked_for():
        return cudf.Series(xp.asarray([NAN]), nan_as_null=False).null_count == 0

    def nan_from_arrow_stays():
        frame = cudf.DataFrame.from_arrow(pa.table({"a": pa.array([1.0, NAN, None])}))
        return frame["a"].null_count == 1 and frame["a"].isna().to_arrow().to_pylist() == [False, True, True]

    def nan_of_an_operation_stays():
        return (cudf.Series([0.0, 1.0]) / 0.0).null_count == 0

    def nan_is_what_where_is_given():
        column = cudf.Series([1.0, None, 3.0])
        return column.where(column >= 2, NAN).null_count == 0 and column.where(column >= 2).null_count == 2

    def filling_takes_nan_too():
        return _is(cudf.Series([NAN, 1.0], nan_as_null=False).fillna(5.0), [5.0, 1.0])

    def a_comparison_with_a_null_is_null():
        return _is(cudf.Series([1, None, 3]) > 2, [False, None, True])

    def a_comparison_of_texts_with_a_null_is_null():
        texts = cudf.Series(["a", "a", "b"])
        return _is(texts.ne(texts.shift(1)), [None, False, True])

    def a_comparison_with_nan_is_none():
        return _is(cudf.Series([NAN], nan_as_null=False) == 1.0, [False])

    def whole_numbers_stay_whole_beside_nulls():
        left, right = cudf.DataFrame({"k": [1, 2]}), cudf.DataFrame({"k": [1], "v": [5]})
        return left.merge(right, on="k", how="left")["v"].dtype == np.int64

    def sums_pass_over_nulls():
        return int(cudf.Series([1, None, 3]).sum()) == 4

    def a_mask_with_nulls_takes_no_row_of_them():
        column = cudf.Series([1, None, 3])
        return _is(column[column > 0], [1, 3])


class Arrays:
    def numbers_without_nulls_are_seen_in_place():
        frame = cudf.DataFrame({"a": xp.arange(3.0)})
        places = [frame["a"].values.__cuda_array_interface__["data"][0] for _ in range(2)]
        return places[0] == places[1] == frame["a"].__cuda_array_interface__["data"][0]

    def nulls_are_nan_in_a_copy():
        return np.isnan(cudf.Series([1, None]).values.get()).tolist() == [False, True]

    def nulls_of_truths_have_no_array():
        return _raises(ValueError, lambda: cudf.Series([True, None]).values)

    def a_column_with_nulls_is_no_array():
        return _raises(ValueError, lambda: xp.asarray(cudf.Series([True, None])))

    def a_column_without_nulls_is_an_array():
        return xp.asarray(cudf.Series([1, 2])).get().tolist() == [1, 2]

    def a_value_for_nulls_fills_a_copy():
        return cudf.Series([1, None]).to_cupy(na_value=7).get().tolist() == [1, 7]

    def texts_have_no_array():
        return _raises(TypeError, lambda: cudf.Series(["a"]).values)

    def texts_with_nulls_have_none_either():
        return _raises(ValueError, lambda: cudf.Series(["a", None]).values)

    def dates_with_nulls_have_no_array():
        dates = cudf.Series([0, None]).astype("datetime64[s]")
        return _raises(ValueError, lambda: dates.values)

    def arrays_of_dates_cannot_be_cast():
        dates = cudf.Series([0, 1]).astype("datetime64[s]")
        return _raises((ValueError, NotImplementedError), lambda: dates.values.astype("datetime64[D]"))

    def dates_become_whole_numbers():
        dates = cudf.Series([0, 86400]).astype("datetime64[s]")
        return dates.astype("int64").values.get().tolist() == [0, 86400]

    def a_frame_is_an_array_in_fortran_order():
        return cudf.DataFrame({"a": [1, 2], "b": [3.0, 4.0]}).values.flags.f_contiguous

    def there_is_no_way_to_numpy_unasked():
        return all(
            _raises(TypeError, lambda each=each: np.asarray(each))
            for each in (cudf.Series([1]), cudf.Index([1]))
        )

    def there_is_no_way_to_arrow_unasked():
        return _raises(TypeError, lambda: pa.array(cudf.Series([1])))

    def series_and_indexes_are_not_iterable():
        return _raises(TypeError, lambda: list(cudf.Series([1]))) and _raises(
            TypeError, lambda: list(cudf.Index([1]))
        )

    def series_and_indexes_give_no_list():
        return _raises(TypeError, cudf.Series([1]).tolist) and _raises(TypeError, cudf.Index([1]).tolist)


class Categories:
    def codes_keep_the_nulls():
        codes = cudf.Series(["b", None, "a"]).astype("category").cat.codes
        return codes.null_count == 1 and codes.dtype == np.int8

    def codes_with_nulls_are_floats_in_an_array():
        found = cudf.Series(["b", None, "a"]).astype("category").cat.codes.values
        return (
            found.dtype == np.float64 and found.get()[[0, 2]].tolist() == [1, 0] and bool(xp.isnan(found[1]))
        )

    def codes_without_nulls_are_whole():
        return cudf.Series(["b", "a"]).astype("category").cat.codes.values.dtype == np.int8

    def there_are_no_categories_of_texts():
        return not hasattr(cudf.Series(["a"]), "cat")

    def codes_of_factorize_are_an_array():
        codes, found = cudf.factorize(cudf.Series(["b", None, "a"]), sort=True)
        return codes.get().tolist() == [1, -1, 0] and _is(found, ["a", "b"])


class Names:
    def to_csv_has_no_index_label():
        return _raises(TypeError, lambda: cudf.DataFrame({"a": [1]}).to_csv(index_label="x"))

    def series_have_no_rename_axis():
        return not hasattr(cudf.Series([1]), "rename_axis") and not hasattr(cudf.DataFrame(), "rename_axis")

    def columns_of_several_types_are_not_joined():
        return _raises(TypeError, lambda: cudf.concat([cudf.Series([1]), cudf.Series(["a"])]))

    def a_column_holds_one_type():
        return _raises(TypeError, lambda: cudf.Series([1, "a"]))

    def lists_have_no_methods_of_texts():
        return _raises((AttributeError, TypeError), lambda: cudf.Series([["a"], ["b"]]).str.lower())

    def an_index_answers_with_arrays():
        index = cudf.Index([3, 1])
        return isinstance(index.isin([1]), xp.ndarray) and index.get_indexer([1, 9]).get().tolist() == [1, -1]

    def indexes_of_other_series_are_not_compared():
        other = cudf.Series([1, 2], index=[5, 6])
        return _raises(ValueError, lambda: cudf.Series([1, 2]) == other)

    def a_merge_keeps_rows_in_no_order():
        left = cudf.DataFrame({"k": xp.arange(50)})
        found = left.merge(left.assign(v=xp.arange(50)), on="k")
        return sorted(found["v"].to_arrow().to_pylist()) == list(range(50))

    def columns_of_a_frame_are_iterated_by_name():
        return list(cudf.DataFrame({"a": [1], "b": [2]})) == ["a", "b"]


class Csv:
    def whole_numbers_end_at_the_point():
        return _is(_read("12.7", "int64"), [12])

    def whole_numbers_end_at_the_exponent():
        return _is(_read("1e3", "int64"), [1])

    def whole_numbers_wrap_around():
        return _is(_read("4294967301", "int32"), [5])

    def plus_signs_are_passed_over():
        return _is(_read("1+2", "int64"), [12]) and _is(_read("+80", "int64"), [80])

    def blanks_around_numbers_are_passed_over():
        return _is(_read(" 80 ", "float32"), [80.0])

    def what_is_no_number_is_null():
        return _is(_read("abc", "float32"), [None])

    def usual_words_for_missing_are_missing():
        return _is(_read("N/A", "str"), [None]) and _is(_read("null", "int64"), [None])

    def words_for_missing_are_those_given_only():
        found = _read("N/A", "str", keep_default_na=False, na_values=["", "?"])
        return _is(found, ["N/A"]) and _is(_read("?", "str", keep_default_na=False, na_values=["?"]), [None])

    def digits_are_summed_in_the_columns_precision():
        return float(_read("4.375", "float32").iloc[0]) != 4.375 == float(_read("4.375", "float64").iloc[0])
