"""``cudf.read_csv`` for separated text without a header, by the rules of libcudf's reader.

Of a number, blanks around it are dropped and plus signs passed over; whole numbers end at a point or an
exponent and wrap around; digits of floats are summed in the column's own precision; others are null.
"""

import re

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv
from stand_in import bind, crossing

from cudf._columns import TEXT, masked

_MISSING = set(
    "|#N/A|#N/A N/A|#NA|-1.#IND|-1.#QNAN|-NaN|-nan|1.#IND|1.#QNAN|<NA>|N/A|NA|NULL|NaN|n/a|nan|null".split(
        "|"
    )
)
_OPTIONS = {"sep", "header", "names", "usecols", "dtype", "na_values", "keep_default_na", "quoting"}
_WHOLE, _REAL = r"([+-]?)([\d+]*)(?:[.eE].*)?", r"([+-]?)([\d+]*)(?:\.([\d+]*))?(?:[eE]([+-]?\d*))?"


def read_csv(*args, **kwargs):
    from cudf._frames import DataFrame

    bind("cudf.read_csv", args, kwargs)
    if set(kwargs) - _OPTIONS or kwargs.get("header", 0) is not None or kwargs.get("quoting") != 3:
        raise NotImplementedError("the stand-in reads separated text without header and quotes only")
    raw, names = args[0].read(), list(kwargs["names"])
    crossing("read_csv", "in", len(raw))
    used = [name for name in names if name in set(kwargs.get("usecols") or names)]
    missing = (_MISSING if kwargs.get("keep_default_na", True) else set()) | set(
        kwargs.get("na_values") or ()
    )
    fields = _split(raw, kwargs.get("sep", ","), names, used)
    made = {name: _column(fields[name], kwargs["dtype"][name], missing) for name in used}
    return DataFrame._of(pd.DataFrame(made, copy=False))


def _split(raw, sep, names, used):
    """Fields of the used columns as dictionaries of text; empty lines are passed over."""
    text = pa.dictionary(pa.int32(), pa.string())
    if not raw.strip(b"\r\n"):
        return dict.fromkeys(used, pa.array([], text))
    read = csv.ReadOptions(column_names=names, use_threads=False, block_size=len(raw) + 1)
    convert = csv.ConvertOptions(column_types=dict.fromkeys(used, text), include_columns=used)
    found = csv.read_csv(
        pa.BufferReader(raw), read, csv.ParseOptions(delimiter=sep, quote_char=False), convert
    )
    return {name: found[name].unify_dictionaries().combine_chunks() for name in used}


def _column(fields, dtype, missing):
    """Each word is parsed once."""
    words, codes = fields.dictionary.to_pylist(), fields.indices.to_numpy()
    if dtype in ("str", str):
        found = np.array([*(None if word in missing else word for word in words), None], dtype=object)
        return pd.Series(found[codes], dtype=TEXT)
    kind = np.dtype(dtype)
    found = [None if word in missing else _number(word.strip(" \t"), kind) for word in words]
    values = np.array([*(0 if each is None else each for each in found), 0], kind)
    return masked(values[codes], np.array([*(each is None for each in found), True])[codes])


def _number(text, kind):
    """A number as ``parse_numeric`` of libcudf's parsing_utils.cuh reads it, or None."""
    real = kind.kind == "f"
    if real and re.fullmatch(r"[+-]?inf(?:inity)?", text.lower()):
        return kind.type(text[0] + "inf" if text[0] in "+-" else "inf")
    if not (found := re.fullmatch(_REAL if real else _WHOLE, text)):
        return None
    sign, digits = -1 if found[1] == "-" else 1, found[2].replace("+", "")
    if not real:
        half = 1 << 8 * kind.itemsize - 1
        return (sign * int(digits or 0) + half) % (2 * half) - half
    value, share = kind.type(0), 1.0
    for digit in digits:
        value = value * kind.type(10) + kind.type(int(digit))
    for digit in (found[3] or "").replace("+", ""):
        share /= 10
        value = kind.type(float(value) + int(digit) * share)
    power = int(found[4] or 0) if (found[4] or "") not in ("+", "-") else 0
    return kind.type(sign * (kind.type(float(value) * 10.0**power) if power else value))
