"""How strongly a shallow tagger's weights are held back, by the spans it finds in sentences held out."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sklearn.base import clone

from etl.conll.corpus import Corpus
from etl.conll.score import span_f1
from etl.engine.types import Array
from models.tagger.crf_features import ShallowCRF

GRID = tuple((c1, c2) for c1 in (0.0, 0.03, 0.1, 0.3) for c2 in (0.003, 0.01, 0.03, 0.1))
"""Pairs of c1 and c2."""


class Tuned(NamedTuple):
    """What `tune` chose.

    Attributes
    ----------
    estimator : ShallowCRF
        The best, fitted on the training sentences.
    trials : list of dict
        ``c1``, ``c2``, ``f1``, ``n_iter`` and ``stop_reason`` of each that was tried.
    reason : str
    """

    estimator: ShallowCRF
    trials: list[dict[str, Any]]
    reason: str


def tune(
    train: Corpus,
    held: Corpus,
    grid: Iterable[tuple[float, float]] = GRID,
    *,
    estimator: ShallowCRF | None = None,
    classes: tuple[Array | None, Array | None] = (None, None),
) -> Tuned:
    """Choose c1 and c2 by the F1 of spans in sentences that were held out, and print why.

    Spans are read strictly, as BIOES if a tag has the prefix E or S, else as IOB2. Of equals the first wins.

    Parameters
    ----------
    train, held : Corpus
        Sentences to learn from, and others; their tags may be coded differently.
    grid : iterable of (c1, c2)
    estimator : ShallowCRF, optional
        All its other parameters are kept.
    classes : (array, array), optional
        Those of both corpora; see `ShallowCRF.fit`.

    Raises
    ------
    ValueError
        There is nothing to try, or no span in ``held``.
    """
    names = tuple(dict.fromkeys((*train.names, *held.names)))
    train, held = train.named(names), held.named(names)
    trials, best = [], None
    for c1, c2 in grid:
        fitted = clone(estimator or ShallowCRF()).set_params(c1=c1, c2=c2).fit(train, classes=classes[0])
        f1 = _f1(fitted, held, classes[1])
        trials.append(
            {"c1": c1, "c2": c2, "f1": f1, "n_iter": fitted.n_iter_, "stop_reason": fitted.stop_reason_}
        )
        if best is None or f1 > max(trial["f1"] for trial in trials[:-1]):
            best = fitted
    if best is None:
        raise ValueError("the grid is empty; give at least one pair of c1 and c2")
    reason = _reason(best, trials, len(held))
    print(reason)
    return Tuned(best, trials, reason)


def _f1(fitted: ShallowCRF, held: Corpus, classes: Array | None) -> float:
    reading = "BIOES" if any(name[:1] in "ES" for name in held.names) else "IOB2"
    score = span_f1(held.tags, fitted.predict(held, classes=classes), held.starts, held.names, reading)
    if not score.true:
        raise ValueError("the sentences held out hold no span; hold out more, or others")
    return score.f1


def _reason(best: ShallowCRF, trials: list[dict[str, Any]], sentences: int) -> str:
    scores = [trial["f1"] for trial in trials]
    return (
        f"c1 = {best.c1:g} and c2 = {best.c2:g}: the F1 of spans in {sentences} sentences held out is "
        f"{max(scores):.4f}, best of {len(scores)} tried, whose worst is {min(scores):.4f}"
    )
