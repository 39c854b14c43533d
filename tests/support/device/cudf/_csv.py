"""``cudf.read_csv`` for separated text without a header, by the rules of libcudf's reader.

A field of a number is trimmed of blanks; whole numbers end at a point or an exponent and wrap around; digits of
floats are summed in the column's own precision; what is no number becomes null. Missing are the texts of pandas'
list, the given ones, and none.
"""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from cudf._convert import TEXT, loose, tight
from stand_in import bind, crossing

DEFAULT_NA = {
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA", "NULL",
    "NaN", "n/a", "nan", "null",
}


def read_csv(*args, **kwargs):
    from cudf._frames import DataFrame

    bind("cudf.read_csv", args, kwargs)
    (source,) = args
    known = {"sep", "header", "names", "usecols", "dtype", "na_values", "keep_default_na", "quoting"}
    if set(kwargs) - known or kwargs.get("header") is not None or kwargs.get("quoting") != 3:
        raise NotImplementedError("the stand-in reads separated text without header and quotes only")
    raw = source.read() if hasattr(source, "read") else open(source, "rb").read()
    crossing("read_csv", "in", len(raw))
    names, dtypes = kwargs["names"], kwargs["dtype"]
    missing = (DEFAULT_NA if kwargs.get("keep_default_na", True) else set()) | set(map(str, kwargs.get("na_values") or ()))
    sep, used = kwargs.get("sep", ",").encode(), [name for name in names if name in set(kwargs.get("usecols") or names)]
    made = {name: _column(column, dtypes[name], missing) for name, column in _split(raw, sep, names, used).items()}
    return DataFrame._of(pd.DataFrame(made, copy=False))


def _split(raw, sep, names, used):
    """Fields of the used columns as dictionaries of text; lines that are empty are passed over."""
    text = pa.dictionary(pa.int32(), pa.string())
    if not raw.strip(b"\r\n"):
        return {name: pa.chunked_array([pa.array([], pa.string()).dictionary_encode()]) for name in used}
    table = pyarrow.csv.read_csv(
        pa.BufferReader(raw),
        read_options=pyarrow.csv.ReadOptions(column_names=list(names), use_threads=False, block_size=len(raw) + 1),
        parse_options=pyarrow.csv.ParseOptions(delimiter=sep.decode(), quote_char=False, ignore_empty_lines=True),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(used, text), include_columns=used, null_values=[], strings_can_be_null=False
        ),
    )
    return {name: table[name].unify_dictionaries() for name in used}


def _column(values, dtype, missing):
    coded = values.combine_chunks()
    codes, words = coded.indices.to_numpy(), coded.dictionary.to_pylist()
    lost = np.array([word in missing for word in words], bool)
    if np.dtype(dtype).kind in "OU" if dtype not in ("str", str) else True:
        table = np.array([None if gone else word for word, gone in zip(words, lost, strict=True)] or [None], dtype=object)
        return pd.Series(table[codes] if len(codes) else [], dtype=TEXT)
    kind = np.dtype(dtype)
    found = [None if gone else parse(word, kind) for word, gone in zip(words, lost, strict=True)]
    table = np.array([0 if each is None else each for each in found] or [0], dtype=kind)
    mask = np.array([each is None for each in found] or [True], bool)
    column = loose(pd.Series(table[codes] if len(codes) else np.zeros(0, kind)))
    if len(codes):
        column.array._mask[:] = mask[codes]
    return tight(column)


def parse(field, kind):
    """A number as libcudf reads it, or None."""
    text = field.strip(" \t")
    sign, at, value, one = (-1 if text[:1] == "-" else 1), 0, kind.type(0), kind.type(10)
    real = kind.kind == "f"
    if real and text.lower().lstrip("+-") in ("inf", "infinity"):
        return kind.type(sign * np.inf)
    if text[:1] in ("-", "+"):
        at = 1
    if not real:
        total = 0
        while at < len(text):
            if text[at] == ".":
                break
            if text[at] in "eE":
                break
            if text[at] != "+":
                if text[at] not in "0123456789":
                    return None
                total = total * 10 + int(text[at])
            at += 1
        bits = 8 * kind.itemsize
        total = (sign * total) & ((1 << bits) - 1)
        return kind.type(total - (1 << bits) if total >> (bits - 1) else total)
    while at < len(text):
        if text[at] == ".":
            at += 1
            break
        if text[at] in "eE":
            break
        if text[at] != "+":
            if text[at] not in "0123456789":
                return None
            value = kind.type(value * one) + kind.type(int(text[at]))
        at += 1
    share = 1.0
    while at < len(text):
        if text[at] in "eE":
            at += 1
            break
        if text[at] != "+":
            if text[at] not in "0123456789":
                return None
            share /= 10
            value = kind.type(float(value) + int(text[at]) * share)
        at += 1
    if at < len(text):
        down = -1 if text[at] == "-" else 1
        at += text[at] in "+-"
        power = 0
        while at < len(text):
            if text[at] not in "0123456789":
                return None
            power, at = power * 10 + int(text[at]), at + 1
        if power:
            value = kind.type(float(value) * 10.0 ** (power * down))
    return kind.type(value * sign)


__all__ = ["parse", "read_csv"]
