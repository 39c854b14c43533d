"""What cells mean: ids as written, numbers where they are declared, and blanks, which are missing."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

WORDS = ("na", "n/a", "#n/a", "nan", "null", "none", "nil", "-", "?", ".")
"""Words that mean a missing number, in any case; among ids and texts they are words."""
_GROUPED = r"^[+-]?[1-9][0-9]{0,2}(\.[0-9]{3})+$"
_COMMA = r"^[+-]?([0-9]*|[1-9][0-9]{0,2}(\.[0-9]{3})+),[0-9]+([eE][+-]?[0-9]+)?$"
_NUMBER = r"^[+-]?(([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|(?i:inf(inity)?))$"


def flat(values: pa.ChunkedArray | pa.Array) -> pa.Array:
    """One array, whose dictionary is spelled out.

    Parameters
    ----------
    values : pyarrow array, shape (n,)
    """
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
        values = pa.concat_arrays(values.chunks) if isinstance(values, pa.ChunkedArray) else values
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    return values.cast(pa.string()) if pa.types.is_string_view(values.type) else values


def ids(values: pa.ChunkedArray | pa.Array, where: str) -> pa.Array:
    """Ids as text as written, or as int64 where that says the same.

    Parameters
    ----------
    values : pyarrow array, shape (n,)
    where : str
        File and column, for messages.

    Returns
    -------
    pyarrow array of int64 or string, shape (n,)
        int64 if each is a whole number as Python spells it, so that 007, 1.10, +7 and numbers beyond 64 bits
        are text. Blanks are null.

    Raises
    ------
    ValueError
        The values are lists, structures or bytes.
    """
    values = flat(values)
    kind = values.type
    if is_text(kind):
        return _written(blank_as_null(values.cast(pa.string())))
    if pa.types.is_null(kind):
        return values.cast(pa.string())
    if pa.types.is_boolean(kind):
        return pc.if_else(values, "True", "False")
    if pa.types.is_floating(kind):
        return _whole_floats(values)
    if pa.types.is_integer(kind):
        return _as_int64(values)
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        raise ValueError(f"{where} holds {kind}, which names nothing; give text or whole numbers")
    return values.cast(pa.string())


def alike(found: pa.Array, whole: bool) -> pa.Array:
    """Ids of one file in the type of another's: null where they cannot be.

    Parameters
    ----------
    found : pyarrow array of int64 or string, shape (n,)
        From `ids`.
    whole : bool
        Whether the others are whole numbers, else text.

    Examples
    --------
    >>> alike(pa.array(["7", "07"]), whole=True).to_pylist(), alike(pa.array([7]), whole=False).to_pylist()
    ([7, None], ['7'])
    """
    if not whole:
        return found.cast(pa.string())
    if pa.types.is_integer(found.type):
        return found
    plain = pc.match_substring_regex(found, r"^(0|-?[1-9][0-9]{0,17})$")
    return pc.if_else(plain, found, None).cast(pa.int64())


def is_text(kind: pa.DataType) -> bool:
    """Whether a type is text of any width."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def blank_as_null(values: pa.Array) -> pa.Array:
    """Texts, of which those that are empty or of blanks alone are null.

    Parameters
    ----------
    values : pyarrow array of string or large_string, shape (n,)
    """
    blank = pc.or_(pc.equal(pc.binary_length(values), 0), pc.utf8_is_space(values))
    return pc.if_else(blank, None, values) if pc.any(blank).as_py() else values


def _written(values: pa.Array) -> pa.Array:
    """Whole numbers as int64, if each is written as it would be printed; by their length in all."""
    known = values.drop_null()
    if not len(known) or not pc.match_substring_regex(known[:1], r"^-?[0-9]{1,19}$")[0].as_py():
        return values
    try:
        numbers = values.cast(pa.int64())
    except pa.ArrowInvalid:
        return values
    written = pc.sum(pc.binary_length(known)).as_py()
    return numbers if written == _length(numbers.drop_null().to_numpy()) else values


def _length(numbers: np.ndarray) -> int:
    """Characters of all numbers, printed."""
    size = np.abs(numbers)  # of the least int64 it is negative, so that too little is counted
    most = int(size.max())
    length = len(numbers) + int((numbers < 0).sum())
    return length + sum(int((size >= 10**digits).sum()) for digits in range(1, len(str(most))))


def _as_int64(values: pa.Array) -> pa.Array:
    try:
        return values.cast(pa.int64())
    except pa.ArrowInvalid:  # unsigned, beyond 2^63
        return values.cast(pa.string())


def _whole_floats(values: pa.Array) -> pa.Array:
    """Whole numbers, as pandas keeps those with gaps, as int64; others as text."""
    numbers = values.cast(pa.float64())
    numbers = pc.if_else(pc.is_nan(numbers), None, numbers)
    known = numbers.drop_null()
    whole = pc.and_(pc.equal(pc.floor(known), known), pc.less(pc.abs(known), 2.0**53))
    if pc.all(whole, min_count=0).as_py():
        return numbers.cast(pa.int64())
    return pc.if_else(numbers.is_valid(), values.cast(pa.string()), None)


def numbers(
    values: pa.ChunkedArray | pa.Array, comma: bool = False, infinite: bool = False
) -> tuple[pa.Array, pa.Array]:
    """Numbers, and which cells hold neither a number nor nothing.

    Parameters
    ----------
    values : pyarrow array, shape (n,)
        Text, or numbers of any type.
    comma : bool
        Whether a comma begins the decimals, and points part thousands.
    infinite : bool
        Whether a number may be infinite.

    Returns
    -------
    numbers : pyarrow array of float64, shape (n,)
        Null where there is none: blanks, and `WORDS`.
    wrong : pyarrow array of bool, shape (n,)
    """
    values = flat(values)
    if not is_text(values.type):
        return _finite(*_typed(values), infinite)
    text = pc.utf8_trim_whitespace(values.cast(pa.string()))
    missing = pc.or_(pc.equal(text, ""), pc.is_in(pc.utf8_lower(text), pa.array(WORDS)))
    text = pc.if_else(missing, None, text)
    text = _with_points(text) if comma else text
    spelled = pc.match_substring_regex(text, _NUMBER)
    found = pc.if_else(spelled, text, None).cast(pa.float64())
    found = _within(found, text) if infinite else found
    return _finite(found, pc.xor(text.is_valid(), found.is_valid()), infinite)


def _within(found: pa.Array, text: pa.Array) -> pa.Array:
    """Numbers, but for those that float64 does not hold, such as 1e400, which is not infinite."""
    wild = pc.is_inf(found)
    if not pc.any(wild).as_py():
        return found
    return pc.if_else(pc.and_(wild, pc.match_substring_regex(text, "[0-9]")), None, found)


def _with_points(text: pa.Array) -> pa.Array:
    """Numbers with decimal commas as with points; what is written in two ways at once stays as it is.

    Points part thousands where three digits follow each, unless one of the column plainly begins decimals.
    """
    grouped = pc.match_substring_regex(text, _GROUPED)
    plain = pc.match_substring_regex(text, r"^[+-]?[0-9]*\.?[0-9]*([eE][+-]?[0-9]+)?$")
    decimals = pc.any(pc.and_(pc.match_substring(text, "."), pc.and_(plain, pc.invert(grouped)))).as_py()
    whole = pc.and_(grouped, not decimals)
    spelled = pc.or_(whole, pc.match_substring_regex(text, _COMMA))
    changed = pc.replace_substring(pc.replace_substring(text, ".", ""), ",", ".")
    return pc.if_else(spelled, changed, text)


def _finite(found: pa.Array, wrong: pa.Array, infinite: bool) -> tuple[pa.Array, pa.Array]:
    """Infinite numbers as wrong ones, if they may not be."""
    if infinite:
        return found, wrong
    wild = pc.is_inf(found).fill_null(False)
    return pc.if_else(wild, None, found), pc.or_(wrong, wild)


def _typed(values: pa.Array) -> tuple[pa.Array, pa.Array]:
    if pa.types.is_temporal(values.type):
        return pa.nulls(len(values), pa.float64()), values.is_valid()
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.int8())
    try:
        found = values.cast(pa.float64(), safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.nulls(len(values), pa.float64()), values.is_valid()
    return pc.if_else(pc.is_nan(found), None, found), pa.repeat(False, len(found))


def text(values: pa.ChunkedArray | pa.Array, where: str) -> pa.Array:
    """Texts as large_string; blanks are null.

    Parameters
    ----------
    values : pyarrow array, shape (n,)
    where : str
        File and column, for messages.

    Raises
    ------
    ValueError
        The values are no text.
    """
    values = flat(values)
    if pa.types.is_null(values.type):
        return values.cast(pa.large_string())
    if not is_text(values.type):
        raise ValueError(
            f"{where} holds {values.type} and no text; name the column of texts, or write it as text"
        )
    return blank_as_null(values.cast(pa.large_string()))


def truths(cells: pa.Array) -> int:
    """How many cells say true or false, in any case.

    Parameters
    ----------
    cells : pyarrow array, shape (n,)
    """
    return int(pc.sum(_truth(cells)).as_py() or 0) if is_text(cells.type) else 0


def _truth(cells: pa.Array) -> pa.Array:
    lower = pc.utf8_lower(pc.utf8_trim_whitespace(cells))
    return pc.is_in(lower, pa.array(["true", "false"], lower.type))


def inferred(cells: pa.Array, comma: bool = False, truth: bool = False) -> tuple[pa.Array, pa.Array] | None:
    """Numbers that nobody declared, infinite ones too, and which cells are none.

    Parameters
    ----------
    cells : pyarrow array, shape (n,)
    comma : bool
        See `numbers`.
    truth : bool
        Whether they are truths.

    Returns
    -------
    numbers : pyarrow array of float64, shape (n,)
    wrong : pyarrow array of bool, shape (n,)
        Or None, of cells some of which are written like ids, with zeros in front.

    Examples
    --------
    >>> inferred(pa.array(["1.5", "", "-2e3", "x"]))[0].to_pylist(), inferred(pa.array(["01", "2"]))
    ([1.5, None, -2000.0, None], None)
    >>> inferred(pa.array(["True", None, "false", "NA"]), truth=True)[0].to_pylist()
    [1.0, None, 0.0, None]
    """
    if is_text(cells.type) and truth:
        good, lower = _truth(cells), pc.utf8_lower(pc.utf8_trim_whitespace(cells))
        missing = pc.is_in(lower, pa.array(["", *WORDS], lower.type))
        wrong = pc.and_(cells.is_valid(), pc.invert(pc.or_(good, missing)))
        return pc.if_else(good, pc.equal(lower, "true"), None).cast(pa.float64()), wrong
    if is_text(cells.type) and pc.any(pc.match_substring_regex(cells, r"^\s*[+-]?0[0-9]")).as_py():
        return None
    return numbers(cells, comma, infinite=True)
