"""What an estimator of topics chooses by itself before its passes, each choice with its reason."""

from dataclasses import dataclass
from typing import Literal

from etl.pieces import Pieces
from models.topics import baseline_starts, documents, number
from models.topics.burstiness import burstiness, weighting
from models.topics.documents import Survey
from models.topics.start import Settings, Start, moment_start

GUESS = 20
"""Topics by which burstiness is told where their number is yet to be chosen."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the start depends on: parameters of `models.topics.tensor_lda.TensorLDA`, of the same names."""

    n_components: int | Literal["auto"]
    alpha0: float | None
    cap: float | Literal["auto"] | None
    power: float | Literal["auto"]
    start: Literal["auto", "tensor", "clusters", "kmeans", "random"]
    method: Literal["polar", "power", "als", "online"]
    krylov: int
    restarts: int
    most: int
    random_state: int


@dataclass(frozen=True)
class _Weights:
    """How counts and words weigh in the moments."""

    cap: float | None
    power: float
    burstiness: float | None = None
    reason: str = ""


def initialise(options: Options, pieces: Pieces, survey: Survey) -> Start:
    """Topics to begin with, as the options say.

    Parameters
    ----------
    options : Options
    pieces : Pieces of CSR of float32, shape (documents, words)
    survey : Survey
        Of all pieces.

    Returns
    -------
    Start
        With its choices and their reasons, and a warning where the moments are too noisy for so many topics.

    Raises
    ------
    ValueError
        There are too few documents, words or directions for so many topics; or the number of topics is left
        open and the start is random.
    """
    _check(options, survey)
    if options.start == "random":
        if options.n_components == "auto":
            raise ValueError("n_components='auto' needs the moments; it does not go with start='random'")
        return baseline_starts.random(survey.words, options.n_components, options.random_state)
    sample, count = documents.sample(pieces, survey.documents, options.most, options.random_state)
    weights = _weights(options, sample, count)
    topics, why_topics = _topics(options, sample, count, weights)
    clusters, why_start = _clusters(options, weights.cap)
    settings = Settings(
        topics=topics,
        alpha0=options.alpha0,
        cap=weights.cap,
        power=weights.power,
        passes=options.krylov,
        restarts=options.restarts,
        method=options.method,
        seed=options.random_state,
        clusters=clusters,
    )
    is_baseline = options.start == "kmeans"
    start = baseline_starts.kmeans(sample, settings) if is_baseline else moment_start(sample, settings)
    reasons = [_why_sample(count, survey.documents), weights.reason, why_topics, why_start, *start.choices]
    start.choices, start.burstiness = [reason for reason in reasons if reason], weights.burstiness
    if not is_baseline:
        start.noise = number.noise(sample, count, weights.cap, weights.power, options.random_state)
        start.warning = number.noise_warning(start.spectrum, topics, start.noise)
    return start


def _check(options: Options, survey: Survey) -> None:
    if survey.documents == survey.empty:
        raise ValueError(f"none of {survey.documents:,} documents has a word; was the vocabulary theirs?")
    words = int((survey.words > 0).sum())
    if words < 2:
        raise ValueError("all documents are made of one word; there is nothing to tell topics apart by")
    if options.start != "random":
        _check_lengths(survey)
    if options.n_components != "auto" and not 1 < options.n_components <= min(words, survey.documents):
        raise ValueError(
            f"n_components is {options.n_components}; it must be at least 2 and at most the number of "
            f"documents ({survey.documents:,}) and of words that occur ({words:,})"
        )


def _check_lengths(survey: Survey) -> None:
    held = survey.documents - survey.empty
    if held > survey.short:
        return
    most = "two" if float(survey.words.sum()) == held else "three"
    raise ValueError(
        f"no document has {most} words, so none shows which words go together; give longer documents, or "
        "join short ones"
    )


def _why_sample(count: int, documents: int) -> str:
    if count == documents:
        return ""
    return f"moments: of {count:,} of {documents:,} documents, as `most` says; passes see all"


def _weights(options: Options, pieces: Pieces, count: int) -> _Weights:
    """As given, or as the burstiness of the documents says."""
    if options.cap != "auto" and options.power != "auto":
        return _Weights(options.cap, options.power)
    topics = GUESS if options.n_components == "auto" else options.n_components
    ratio = burstiness(pieces, count, topics, options.random_state)
    cap, power, reason = weighting(ratio, options.cap, options.power)
    return _Weights(cap, power, ratio, reason)


def _topics(options: Options, pieces: Pieces, count: int, weights: _Weights) -> tuple[int, str]:
    """The number of topics, and the reason if it was chosen here."""
    if options.n_components != "auto":
        return options.n_components, ""
    return number.choose(pieces, count, weights.cap, weights.power, options.krylov, options.random_state)


def _clusters(options: Options, cap: float | None) -> tuple[bool, str]:
    """Whether to start with the words of clusters, and the reason if that was chosen here."""
    if options.start != "auto":
        return options.start == "clusters", ""
    if cap is None:
        return False, "start: the tensor's topics, as counts are not capped"
    return True, "start: documents gathered around the tensor's components, as counts are capped"
