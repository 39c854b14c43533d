"""Precision, recall and F1 of spans: what seqeval's strict mode says, on flat arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from etl.conll.schemes import Spans, spans, types
from etl.engine import array_namespace
from etl.engine.types import Array
from etl.handoff import to_host


@dataclass(frozen=True)
class Score:
    """Numbers of spans, and what they say.

    Attributes
    ----------
    correct, predicted, true : int
        Spans found that are true in place and type, spans found, spans there are.
    by_type : mapping
        The same of each type.
    """

    correct: int
    predicted: int
    true: int
    by_type: Mapping[str, "Score"] = field(default_factory=dict)

    @property
    def precision(self) -> float:
        """Share of spans found that are correct; 0 if none were found."""
        return self.correct / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Share of true spans that were found; 0 if there are none."""
        return self.correct / self.true if self.true else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both; 0 if nothing is correct."""
        return 2 * self.correct / (self.predicted + self.true) if self.correct else 0.0


def span_f1(
    true: Array, predicted: Array, starts: Array, names: Sequence[str], reading: str = "BIOES"
) -> Score:
    """Score predicted tags by the spans that they write.

    A span counts as correct if a true one has its sentence, its tokens and its type. Totals are over all
    types (micro). With a strict reading these are the numbers of ``seqeval`` in ``mode="strict"``.

    Parameters
    ----------
    true, predicted : arrays of int, shape (tokens,)
        Places in ``names``.
    starts : array of int64, shape (sentences + 1,)
        First token of each sentence, and the number of tokens.
    names : sequence of str
        Names of the tags.
    reading : {"BIOES", "IOB2", "conlleval"}
        See `etl.conll.schemes.spans`.

    Raises
    ------
    ValueError
        Arrays differ in length, or a tag is none that is read.

    Examples
    --------
    >>> import numpy
    >>> tags = numpy.array([[1, 2, 0, 1], [1, 2, 1, 0]])
    >>> found = span_f1(tags[0], tags[1], numpy.array([0, 4]), ["O", "B-X", "I-X"], "IOB2")
    >>> found.precision, found.recall, found.f1
    (0.5, 0.5, 0.5)
    """
    if not len(true) == len(predicted) == int(starts[-1]):
        raise ValueError(
            f"there are {len(true)} true and {len(predicted)} predicted tags for {int(starts[-1])} tokens; "
            "give one of each a token"
        )
    kinds = types(names)
    theirs, ours = (spans(tags, starts, names, reading) for tags in (true, predicted))
    hits = ours.type[_in_both(ours, theirs, starts)]
    counts = [_by_type(kind, len(kinds)) for kind in (hits, ours.type, theirs.type)]
    each = {kind: Score(*numbers) for kind, *numbers in zip(kinds, *counts, strict=True)}
    total_correct, total_predicted, total_true = map(sum, counts)
    return Score(total_correct, total_predicted, total_true, each)


def by_sentence(
    true: Array, predicted: Array, starts: Array, names: Sequence[str], reading: str = "BIOES"
) -> Array:
    """Spans of each sentence that are correct, predicted and true, int64, shape (sentences, 3), on the host.

    Parameters
    ----------
    true, predicted, starts, names, reading
        See `span_f1`.
    """
    theirs, ours = (spans(tags, starts, names, reading) for tags in (true, predicted))
    xp, n = array_namespace(starts), len(starts) - 1
    each = (ours.sentence[_in_both(ours, theirs, starts)], ours.sentence, theirs.sentence)
    return to_host(xp.stack([xp.bincount(sentence, minlength=n) for sentence in each], axis=1))


def _in_both(ours: Spans, theirs: Spans, starts: Array) -> Array:
    """Which of our spans are theirs as well: no two of one side begin at one token."""
    xp = array_namespace(starts)
    end, kind = (xp.full(int(starts[-1]), -1) for _ in range(2))
    begin = starts[theirs.sentence] + theirs.begin
    end[begin], kind[begin] = theirs.end, theirs.type
    place = starts[ours.sentence] + ours.begin
    return (end[place] == ours.end) & (kind[place] == ours.type)


def _by_type(kind: Array, most: int) -> list[int]:
    return to_host(array_namespace(kind).bincount(kind, minlength=most)[:most]).tolist()
