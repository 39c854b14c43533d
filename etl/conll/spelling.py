"""Features of words by themselves: how they begin and end, and which kinds of characters they have."""

import pyarrow as pa
import pyarrow.compute as pc

SHAPES = ((r"\p{Lu}", "X"), (r"\p{Ll}", "x"), (r"\p{Nd}", "d"), (r"\p{Lo}", "c"))
FLAGS = {
    "capital": r"^\p{Lu}",
    "capitals": r"^\p{Lu}{2,}$",
    "digits": r"^\p{Nd}+$",
    "digit": r"\p{Nd}",
    "hyphen": r"-",
    "punctuation": r"^[\p{P}\p{S}]+$",
}
"""Properties of words: a name and what the word matches."""


def of_words(words: pa.Array, affixes: int) -> dict[str, pa.Array]:
    """Features of words alone: text that begins with their name, or null where a word lacks them.

    Parameters
    ----------
    words : pyarrow array of large_string, shape (n,)
        Distinct words, as each costs the same.
    affixes : int
        Longest prefix and suffix.

    Returns
    -------
    dict of str to pyarrow array of large_string, shape (n,)
        By a name that tells the features apart, such as ``prefix2``.
    """
    length, shape = pc.utf8_length(words), words
    found = {"word=": words, "lower=": pc.utf8_lower(words)}
    for size in range(1, affixes + 1):
        kept = pc.if_else(pc.greater_equal(length, size), words, None)
        found[f"prefix{size}"] = pc.utf8_slice_codeunits(kept, 0, size)
        found[f"suffix{size}"] = pc.utf8_slice_codeunits(kept, -size)
    for pattern, letter in SHAPES:
        shape = pc.replace_substring_regex(shape, pattern, letter)
    found["shape="] = short = shape
    for _, letter in SHAPES:
        short = pc.replace_substring_regex(short, f"{letter}+", letter)
    found["short="] = short
    named = {name: joined(name.rstrip("0123456789=") + "=", values) for name, values in found.items()}
    return named | {
        name: pc.if_else(pc.match_substring_regex(words, pattern), _text(name), None)
        for name, pattern in FLAGS.items()
    }


def _text(value: str) -> pa.Scalar:
    return pa.scalar(value, pa.large_string())


def joined(*parts: str | pa.Array, between: str = "") -> pa.Array:
    """Texts joined row by row; null where a part is.

    Parameters
    ----------
    *parts : str, or pyarrow array of large_string, shape (n,)
        One text for all rows, or one a row; one part at least is an array.
    between : str
        What parts are joined by.

    Returns
    -------
    pyarrow array of large_string, shape (n,)
    """
    texts = (_text(part) if isinstance(part, str) else part for part in parts)
    return pc.binary_join_element_wise(*texts, _text(between))
