"""Spans of tokens and the tags that write them: IOB1, IOB2 and BIOES, on flat arrays.

Tags are codes, the places of their names in a list. The functions are array code, and work where the codes
lie. Source: Ramshaw and Marcus, "Text chunking using transformation-based learning", 1995, for IOB1;
Tjong Kim Sang and Veenstra, "Representing text chunks", 1999, for the others.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array
from etl.handoff import from_host

PREFIXES = {"BIOES": "BIES", "IOB2": "BI", "IOB1": "BI"}
"""Prefixes of each scheme, in the order of their codes."""
READINGS = {"BIOES": "OBIES", "IOB2": "OBI", "conlleval": "OBIES"}
"""Prefixes that each way of reading knows."""


class Spans(NamedTuple):
    """Runs of tokens that are one thing, int64 arrays of one length, sorted by place.

    Attributes
    ----------
    sentence : number of the sentence
    begin, end : first token in the sentence, from 0, and the one after the last
    type : code of the type
    """

    sentence: Array
    begin: Array
    end: Array
    type: Array


def types(names: Sequence[str]) -> tuple[str, ...]:
    """Types of named tags, sorted; codes of types are places in this.

    Examples
    --------
    >>> types(["O", "I-PER", "B-LOC", "I-LOC"])
    ('LOC', 'PER')
    """
    return tuple(sorted({_type(name) for name in names if name[:1] != "O"}))


def _type(name: str) -> str:
    return name[1:].strip("-") or "_"


def tag_names(kinds: Sequence[str], scheme: str = "BIOES") -> tuple[str, ...]:
    """Names of all tags of these types, O first, in the order that `tags` codes them.

    Parameters
    ----------
    kinds : sequence of str
        The types, in the order of their codes.
    scheme : {"BIOES", "IOB2", "IOB1"}

    Raises
    ------
    ValueError
        The scheme is unknown.

    Examples
    --------
    >>> tag_names(["LOC"])
    ('O', 'B-LOC', 'I-LOC', 'E-LOC', 'S-LOC')
    """
    _known(scheme, PREFIXES)
    return ("O", *(f"{prefix}-{kind}" for kind in kinds for prefix in PREFIXES[scheme]))


def spans(tags: Array, starts: Array, names: Sequence[str], reading: str = "BIOES") -> Spans:
    """Spans that tags write.

    Parameters
    ----------
    tags : array of int, shape (tokens,)
        Places in ``names``.
    starts : array of int64, shape (sentences + 1,)
        First token of each sentence, and the number of tokens.
    names : sequence of str
        Names of the tags.
    reading : {"BIOES", "IOB2", "conlleval"}
        The first two are strict, as seqeval is in that mode: what a span lacks makes it none. The last takes
        a tag that continues nothing for the beginning of a span, as the CoNLL's own program does; it is the
        way to read IOB1.

    Raises
    ------
    ValueError
        The reading is unknown, or a tag has a prefix that it does not know.

    Examples
    --------
    >>> names = ["O", "B-X", "I-X"]
    >>> found = spans(np.array([2, 1, 2, 0]), np.array([0, 4]), names, "IOB2")
    >>> found.begin.tolist(), found.end.tolist()
    ([1], [3])
    >>> spans(np.array([2, 1, 2, 0]), np.array([0, 4]), names, "conlleval").begin.tolist()
    [0, 1]
    """
    _known(reading, READINGS)
    alien = [name for name in names if name[:1] not in READINGS[reading] or not name]
    if alien:
        raise ValueError(f"tag {alien[0]!r} is none that {reading} reads; convert the tags, or name theirs")
    engine, kinds = engine_of(tags), types(names)
    xp = engine.xp
    prefix = from_host(np.array(["OBIES".index(name[0]) for name in names], "int8"), engine)[tags]
    coded = [-1 if name[0] == "O" else kinds.index(_type(name)) for name in names]
    kind = from_host(np.array(coded, "int64"), engine)[tags]
    begin = xp.flatnonzero(~_continues(prefix, kind, starts))
    end = xp.concatenate([begin[1:], xp.full(min(1, len(begin)), len(tags))])
    kept = _counts(prefix[begin], prefix[end - 1], reading)
    begin, end = begin[kept], end[kept]
    sentence = xp.searchsorted(starts, begin, side="right") - 1
    return Spans(sentence, begin - starts[sentence], end - starts[sentence], kind[begin])


def _continues(prefix: Array, kind: Array, starts: Array) -> Array:
    """Whether each token goes on with what the one before it is in: I or E, after B or I of its type."""
    on = (prefix == 2) | (prefix == 3)
    before = (prefix == 1) | (prefix == 2)
    on[1:] &= before[:-1] & (kind[1:] == kind[:-1])
    on[starts[starts < len(prefix)]] = False
    return on


def _counts(first: Array, last: Array, reading: str) -> Array:
    """Whether runs are spans, by their first and last prefix."""
    if reading == "conlleval":
        return first != 0
    opened = (first == 1) | (first == 4)
    return opened & ((last == 3) | (last == 4)) if reading == "BIOES" else opened


def tags(found: Spans, starts: Array, scheme: str = "BIOES") -> Array:
    """Tags that write spans.

    Parameters
    ----------
    found : Spans
        In any order.
    starts : array of int64, shape (sentences + 1,)
        First token of each sentence, and the number of tokens.
    scheme : {"BIOES", "IOB2", "IOB1"}

    Returns
    -------
    array of int32, shape (tokens,)
        Places in `tag_names` of all types in that scheme.

    Raises
    ------
    ValueError
        The scheme is unknown, or spans are empty, overlap or leave their sentence.

    Examples
    --------
    >>> one = Spans(*(np.array([k]) for k in (0, 1, 3, 0)))
    >>> tags(one, np.array([0, 4])).tolist(), tags(one, np.array([0, 4]), "IOB1").tolist()
    ([0, 1, 3, 0], [0, 2, 2, 0])
    """
    _known(scheme, PREFIXES)
    xp = array_namespace(starts)
    place = xp.arange(int(starts[-1]))
    if not len(found.sentence):
        return xp.zeros(len(place), "int32")
    flat = _flat(found, starts)
    which = xp.searchsorted(flat.begin, place, side="right") - 1
    inside = (which >= 0) & (place < flat.end[which])
    first = place == flat.begin[which]
    if scheme == "BIOES":
        last = place == flat.end[which] - 1
        prefix = xp.where(first, xp.where(last, 3, 0), xp.where(last, 2, 1))
    else:
        prefix = xp.where(first & (_touching(flat)[which] if scheme == "IOB1" else True), 0, 1)
    code = 1 + len(PREFIXES[scheme]) * flat.type[which] + prefix
    return xp.where(inside, code, 0).astype("int32")


def _flat(found: Spans, starts: Array) -> Spans:
    """The spans in order, with places counted over all sentences."""
    base = starts[found.sentence]
    order = (base + found.begin).argsort()
    moved = Spans(found.sentence, base + found.begin, base + found.end, found.type)
    sentence, begin, end, kind = (values[order] for values in moved)
    wrong = (end <= begin) | (begin < starts[sentence]) | (end > starts[sentence + 1])
    wrong[1:] |= begin[1:] < end[:-1]
    if bool(wrong.any()):
        row = int(sentence[wrong.argmax()])
        raise ValueError(f"a span of sentence {row} is empty, overlaps another or leaves it; mend the spans")
    return Spans(sentence, begin, end, kind)


def _touching(flat: Spans) -> Array:
    """Whether each span begins where one of its type and sentence ends: there IOB1 writes a B."""
    touch = flat.begin < 0
    same = (flat.type[1:] == flat.type[:-1]) & (flat.sentence[1:] == flat.sentence[:-1])
    touch[1:] = same & (flat.begin[1:] == flat.end[:-1])
    return touch


def convert(
    codes: Array, starts: Array, names: Sequence[str], to: str = "BIOES", reading: str = "conlleval"
) -> tuple[Array, tuple[str, ...]]:
    """The same spans written in another scheme.

    Parameters
    ----------
    codes : array of int, shape (tokens,)
        Tags: places in ``names``.
    starts : array of int64, shape (sentences + 1,)
        First token of each sentence, and the number of tokens.
    names : sequence of str
        Names of the tags.
    to : {"BIOES", "IOB2", "IOB1"}
        The new scheme.
    reading : {"BIOES", "IOB2", "conlleval"}
        How the old tags are read, see `spans`.

    Returns
    -------
    tags : array of int32, shape (tokens,)
        Places in ``names`` that are returned.
    names : tuple of str

    Raises
    ------
    ValueError
        See `spans` and `tags`.

    Examples
    --------
    >>> convert(np.array([1, 1, 0]), np.array([0, 3]), ["O", "I-X"])
    (array([1, 3, 0], dtype=int32), ('O', 'B-X', 'I-X', 'E-X', 'S-X'))
    """
    return tags(spans(codes, starts, names, reading), starts, to), tag_names(types(names), to)


def _known(name: str, table: dict[str, str]) -> None:
    if name not in table:
        raise ValueError(f"{name!r} is unknown; it must be one of {', '.join(table)}")
