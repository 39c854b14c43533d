"""From components of the whitened moment to topics over words and their shares.

Source: Anandkumar, Ge, Hsu, Kakade and Telgarsky, "Tensor decompositions for learning latent variable
models", JMLR 2014, sections 3.2 and 4, with the weights of its moments of latent Dirichlet allocation:
``alpha_i = 4 a0 (a0 + 1) / ((a0 + 2)^2 strength_i^2)`` and ``topic_i = (a0 + 2) / 2 * strength_i *
unwhitened v_i``.
"""

from dataclasses import dataclass

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array
from etl.handoff import from_host
from models.topics.decompose import Components
from models.topics.whiten import Sketch, Whitened


@dataclass(frozen=True)
class Recovered:
    """Topics as the moments give them.

    Attributes
    ----------
    topics : array of float64, shape (k, words)
        On the simplex; where the sketch's eigenvectors lie.
    alpha : array of float64, shape (k,)
        In host memory, before any scaling; their sum is alpha0 where the documents are what the model says.
    sums : array of float64, shape (k,)
        Of each topic before its projection: 1 where the model holds.
    """

    topics: Array
    alpha: Array
    sums: Array


def recover(sketch: Sketch, whitened: Whitened, components: Components, alpha0: float) -> Recovered:
    """Undo the whitening and the scaling of words, and project on the simplex.

    Parameters
    ----------
    sketch : Sketch
        In m directions.
    whitened : Whitened
        Of this sketch and alpha0, in k directions.
    components : Components
        Of ``whitened.T``.
    alpha0 : float
    """
    xp = array_namespace(sketch.U)
    inverse = xp.where(sketch.scale > 0, 1 / xp.where(sketch.scale > 0, sketch.scale, 1), 0)
    turned = (whitened.back @ components.V) * ((alpha0 + 2) / 2 * components.strengths)
    turned = from_host(turned.astype(sketch.U.dtype), engine_of(sketch.U))
    raw = (inverse[:, None] * (sketch.U @ turned)).astype("float64").T
    sums = raw.sum(axis=1)
    safe = xp.where(xp.abs(sums) > 1e-12, sums, 1.0)
    topics = simplex(raw / safe[:, None])
    return Recovered(topics, weights(components.strengths, alpha0), sums)


def weights(strengths: Array, alpha0: float) -> Array:
    """alpha of each topic, ``4 a0 (a0 + 1) / ((a0 + 2)^2 strength_i^2)``.

    Parameters
    ----------
    strengths : array of float64, shape (k,)
        Of the components of the whitened third moment, all positive.
    alpha0 : float

    Returns
    -------
    array of float64, shape (k,)
    """
    return 4 * alpha0 * (alpha0 + 1) / ((alpha0 + 2) ** 2 * strengths**2)


def simplex(rows: Array) -> Array:
    """Nearest point on the simplex of each row.

    Source: Duchi, Shalev-Shwartz, Singer and Chandra, "Efficient projections onto the l1-ball", ICML 2008,
    figure 1.

    Parameters
    ----------
    rows : array of float, shape (n, d)

    Returns
    -------
    array of float, shape (n, d)
        None below 0, rows sum to one.

    Examples
    --------
    >>> import numpy
    >>> simplex(numpy.array([[0.8, 0.6, -0.4]]))
    array([[0.6, 0.4, 0. ]])
    """
    xp = array_namespace(rows)
    ordered = -xp.sort(-rows, axis=1)
    excess = xp.cumsum(ordered, axis=1) - 1
    place = xp.arange(1, rows.shape[1] + 1)
    last = (ordered * place > excess).sum(axis=1) - 1
    height = excess[xp.arange(len(rows)), last] / (last + 1)
    return xp.maximum(rows - height[:, None], 0)
