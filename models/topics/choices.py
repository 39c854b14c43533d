"""What an estimator of topics chooses by itself before its passes, each choice with its reason."""

import warnings
from typing import Any

from etl.pieces import Pieces
from models.topics import baseline_starts, documents, number
from models.topics.burstiness import burstiness, weighting
from models.topics.documents import Survey
from models.topics.start import Settings, Start, moment_start

GUESS = 20
"""Topics by which burstiness is told where their number is yet to be chosen."""


def initialise(model: Any, pieces: Pieces, seen: Survey) -> Start:
    """Topics to begin with, as the parameters of a `TensorLDA` say.

    Warns
    -----
    UserWarning
        The moments are too noisy for so many topics.
    """
    if model.start == "random":
        if model.n_components == "auto":
            raise ValueError("n_components='auto' needs the moments; it does not go with start='random'")
        return baseline_starts.random(seen.words, model.n_components, model.random_state)
    few, count = documents.sample(pieces, seen.documents, model.most, model.random_state)
    choices = []
    if count < seen.documents:
        choices.append(
            f"moments: of {count:,} of {seen.documents:,} documents, as `most` says; passes see all"
        )
    cap, power, ratio, why = _weighting(model, few, count)
    choices += why
    topics = model.n_components
    if topics == "auto":
        topics, reason = number.choose(few, count, cap, power, model.krylov, model.random_state)
        choices.append(reason)
    gather = model.start == "gather" or (model.start == "auto" and cap is not None)
    if model.start == "auto":
        what = "documents gathered around the tensor's components" if gather else "the tensor's topics"
        choices.append(f"start: {what}, as counts are {'' if gather else 'not '}capped")
    options = model.krylov, model.restarts, model.method, model.random_state
    how = Settings(topics, model.alpha0, cap, power, *options, gather)
    begun = baseline_starts.kmeans(few, how) if model.start == "kmeans" else moment_start(few, how)
    begun.choices, begun.burstiness = choices + begun.choices, ratio
    if model.start != "kmeans":
        begun.noise = number.noise(few, count, cap, power, model.random_state)
        if doubt := number.noise_warning(begun.spectrum, topics, begun.noise):
            warnings.warn(doubt, UserWarning, stacklevel=5)
    return begun


def _weighting(model: Any, pieces: Pieces, count: int) -> tuple[float | None, float, float | None, list[str]]:
    """Cap, power, burstiness if it was measured, and the reason."""
    if model.cap != "auto" and model.power != "auto":
        return model.cap, model.power, None, []
    topics = GUESS if model.n_components == "auto" else model.n_components
    ratio = burstiness(pieces, count, topics, model.random_state)
    cap, power, reason = weighting(ratio, model.cap, model.power)
    return cap, power, ratio, [reason]
