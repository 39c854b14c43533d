"""Whether words come in bursts, and what moments are then to be taken of."""

from functools import partial
from operator import add
from typing import Literal

from etl.engine import array_namespace
from etl.pieces import Pieces
from models.topics import moments, whiten
from models.topics.documents import first, keep

BURSTY = 1.5
"""Same-word pairs over what topics explain, above which repeats are left out of the moments."""
ENOUGH = 8000
"""Documents that tell."""


def burstiness(pieces: Pieces, documents: int, topics: int, seed: int) -> float:
    """Pairs of tokens of a document that are the same word, over those that as many topics explain.

    Under latent Dirichlet allocation the diagonal of E2 is that of its leading directions, and this is 1;
    in real text a word that was used once is used again.

    Parameters
    ----------
    pieces : Pieces of CSR of float32, shape (documents, words)
    documents : int
        In all pieces; about `ENOUGH` of them are looked at.
    topics : int
    seed : int
        Of the random start of the eigenvectors.

    Returns
    -------
    float
        About 1 under the model, more where words come in bursts; 1 where the topics explain no pair.
    """
    few = first(pieces, documents, ENOUGH)
    bags = keep(few.map("prepare", partial(moments.prepare, cap=None, by_length=True)))
    total = bags.reduce(moments.sums, add).normal()
    xp, scale = array_namespace(total.M1), moments.scaling(total.M1, 0.5)
    values, U = whiten.directions(bags, total, scale, topics + whiten.SPARE, 3, seed)
    explained = (U**2) @ xp.maximum(values, 0).astype(U.dtype)
    free = xp.where(scale > 0, 1 / xp.where(scale > 0, scale, 1) ** 2, 0)
    below = float((explained * free).sum())
    return float(total.repeats.sum()) / below if below > 0 else 1.0


def weighting(
    ratio: float, cap: float | Literal["auto"] | None, power: float | Literal["auto"]
) -> tuple[float | None, float, str]:
    """Cap of counts and power of frequencies that go with this burstiness, unless they are given; and why.

    Parameters
    ----------
    ratio : float
        See `burstiness`.
    cap : float, None or "auto"
        Greatest count of a word in a document that the moments see; None for no limit.
    power : float or "auto"
        Words weigh ``frequency ** -power``.

    Returns
    -------
    cap : float or None
    power : float
    reason : str
    """
    bursty = ratio > BURSTY
    reason = "counts are capped at 1 and alphas not trusted" if bursty else "counts stand as they are"
    return (
        ((1.0 if bursty else None) if cap == "auto" else cap),
        ((0.25 if bursty else 0.5) if power == "auto" else power),
        f"moments: words come again {ratio:.1f} times as often as topics explain, so {reason}",
    )
