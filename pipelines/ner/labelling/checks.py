"""Whether answers fit their text: those that come from a browser, and those that a folder holds."""

from collections.abc import Sequence
from typing import Any

from etl.conll.corpus import Corpus
from etl.labelling.answers import AnswerLog, Span

LONGEST = 1e9
"""Seconds over an answer, at most."""


def item(number: Any, sentences: int) -> int:
    """The number of a sentence.

    Raises
    ------
    ValueError
        It is none.
    """
    if type(number) is not int or not 0 <= number < sentences:
        raise ValueError(f"there is no sentence {number!r}; they are numbered 0 to {sentences - 1}")
    return number


def spans(found: Any, length: int, kinds: Sequence[str]) -> tuple[Span, ...]:
    """Spans of a sentence of so many words, sorted.

    Raises
    ------
    ValueError
        One is empty, overlaps another, leaves the sentence, or has another type.

    Examples
    --------
    >>> spans([[2, 3, "LOC"], [0, 1, "PER"]], 3, ["PER", "LOC"])
    ((0, 1, 'PER'), (2, 3, 'LOC'))
    """
    end = 0
    try:
        rows = sorted((begin, after, kind) for begin, after, kind in found)
    except (TypeError, ValueError):
        raise ValueError("spans must be a list of [first word, word after the last, type]") from None
    for begin, after, kind in rows:
        if type(begin) is not int or type(after) is not int or not end <= begin < after <= length:
            raise ValueError(f"span {begin!r} to {after!r} is empty, overlaps another or leaves the sentence")
        if kind not in kinds:
            raise ValueError(f"type {kind!r} is none of {', '.join(kinds)}")
        end = after
    return tuple(rows)


def seconds(spent: Any) -> None:
    """Whether this is a time.

    Raises
    ------
    ValueError
        It is none.
    """
    if type(spent) not in (int, float) or not 0 <= spent <= LONGEST:
        raise ValueError(f"seconds is {spent!r}; it must be a number from 0 to {LONGEST:g}")


def words(corpus: Corpus, number: int) -> tuple[str, ...]:
    """Words of a sentence."""
    begin, end = corpus.starts[number : number + 2].tolist()
    return tuple(corpus.words[begin:end].to_pylist())


def log(answers: AnswerLog, corpus: Corpus, kinds: Sequence[str]) -> None:
    """Whether a folder's answers are about this text, and of these types.

    Raises
    ------
    ValueError
        They are not; the message names one.
    """
    for answer in answers.latest.values():
        if not 0 <= answer.item < len(corpus) or answer.words != words(corpus, answer.item):
            raise ValueError(
                f"{answers.path} holds an answer about sentence {answer.item} that the text does not have "
                "there; give the text it is of, or take another folder"
            )
        strange = {kind for _, _, kind in answer.spans or ()} - set(kinds)
        if strange:
            raise ValueError(f"{answers.path} holds spans of type {min(strange)}; add it to --types")
