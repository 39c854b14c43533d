"""How many topics the second moment of documents shows."""

from functools import partial

import numpy as np

from etl.engine import engine_of
from etl.engine.types import Array, Csr
from etl.handoff import from_host, to_host
from etl.pieces import Pieces
from models.topics import moments, whiten
from models.topics.start import summed

MOST = 200
"""Directions looked at."""
GAP = 2.0
"""Ratio of neighbouring eigenvalues that counts as the end of topics."""
ABOVE = 1.5
"""Times noise from which an eigenvalue is a topic's."""
LEAST = 1.25
"""Times noise below which a topic is seldom found."""
FEW = 8_000
"""Documents that noise is measured on."""


def choose(
    pieces: Pieces, documents: int, cap: float | None, power: float, krylov: int, seed: int
) -> tuple[int, str]:
    """Number of topics, and the reason: the largest gap of the spectrum, or what stands above noise.

    Noise is the largest eigenvalue of documents of the same lengths whose words are drawn afresh: Horn, "A
    rationale and test for the number of factors in factor analysis", Psychometrika 1965.

    Parameters
    ----------
    pieces : Pieces of CSR of float32, shape (documents, words)
    documents : int
        In all pieces.
    cap : float or None
        Greatest count of a word in a document that the moments see.
    power : float
        Words weigh ``frequency ** -power``.
    krylov : int
        Passes over the documents.
    seed : int

    Returns
    -------
    topics : int
        At least 2, at most `MOST`.
    reason : str

    Raises
    ------
    ValueError
        No document has three words.
    """
    bags, total = summed(pieces, cap)
    scale = moments.scaling(total.M1, power)
    most = min(MOST, int((scale > 0).sum()) - 1, max(documents // 10, 2))
    values = to_host(whiten.directions(bags, total, scale, most, krylov, seed)[0])
    level = ABOVE * noise(pieces, documents, cap, power, seed)
    above = max(2, int((values > level).sum()))
    if above < 3:
        return above, f"n_components: {above}, as so many eigenvalues stand above noise"
    ratios = values[1 : above - 1] / values[2:above] if above > 3 else values[1:2] / values[2:3]
    end = values[above - 1] / (values[above] if above < len(values) and values[above] > level else level)
    place = int(ratios.argmax())
    if float(ratios[place]) > max(GAP, float(end)):
        return place + 2, (
            f"n_components: {place + 2}, as the next eigenvalue is {float(ratios[place]):.1f} times smaller"
        )
    bound = " (as many as were looked at)" if above == most else ""
    return above, f"n_components: {above}, as so many eigenvalues stand above noise{bound}"


def noise(pieces: Pieces, documents: int, cap: float | None, power: float, seed: int) -> float:
    """Largest eigenvalue that words drawn independently would show in as many documents.

    Parameters
    ----------
    pieces : Pieces of CSR of float32, shape (documents, words)
    documents : int
        In all pieces; about `FEW` of them are looked at.
    cap : float or None
        Greatest count of a word in a document that the moments see.
    power : float
        Words weigh ``frequency ** -power``.
    seed : int

    Returns
    -------
    float
        In units of the spectrum of `models.topics.whiten.directions`.
    """
    share = min(1.0, FEW / documents)
    null = pieces.map("shuffle", partial(_shuffle, share=share, seed=seed))
    bags, total = summed(null, cap)
    scale = moments.scaling(total.M1, power)
    values, _ = whiten.directions(bags, total, scale, 2, 8, seed)
    # the first direction is that of the frequencies themselves, which independent words share
    return float(values[1]) * share**0.5


def noise_warning(spectrum: Array, topics: int, level: float) -> str | None:
    """What is to be said where the moments are too noisy for so many topics.

    Parameters
    ----------
    spectrum : array of float64, shape (m,)
        Eigenvalues, descending.
    topics : int
    level : float
        See `noise`.

    Returns
    -------
    str or None
        None where all topics stand above noise.
    """
    above = int((spectrum[:topics] > LEAST * level).sum())
    if above >= topics:
        return None
    return (
        f"the moments tell about {above} topics from chance, and {topics} are asked for: "
        f"the others begin as noise. Take n_components={max(above, 2)}, or more documents, "
        "or rely on the passes (n_iter)"
    )


def _shuffle(X: Csr, share: float, seed: int) -> Csr:
    """Tokens of all documents dealt out again, to documents of the same lengths."""
    engine = engine_of(X)
    xp, X = engine.xp, X[: max(1, round(share * X.shape[0]))]
    ends = xp.cumsum(X.data.astype("int64"))
    place = xp.searchsorted(ends, xp.arange(int(ends[-1]) if len(ends) else 0), side="right")
    tokens = X.indices[place]  # CuPy repeats no array
    order = np.random.default_rng(seed + len(tokens)).permutation(len(tokens))
    lengths = xp.asarray(X.sum(axis=1)).ravel().astype("int64")
    indptr = xp.concatenate([xp.zeros(1, "int64"), xp.cumsum(lengths)])
    dealt, ones = tokens[from_host(order, engine)], xp.ones(len(tokens), "float32")
    shuffled = engine.sparse.csr_matrix((ones, dealt, indptr), shape=X.shape)
    shuffled.sum_duplicates()
    return shuffled
