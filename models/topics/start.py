"""Topics before any look at documents' mixtures, by the tensor."""

import time
from dataclasses import dataclass, field
from functools import partial
from operator import add

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array
from etl.handoff import from_host
from etl.pieces import Pieces
from models.topics import alpha0 as sum_rule
from models.topics import clusters, decompose, moments, recover, whiten
from models.topics.documents import keep

FLAT = 0.1
"""alpha of each topic during the passes where the moments give none to trust."""


@dataclass(kw_only=True)
class Start:
    """Topics to begin with, and what the moments say of the documents.

    Attributes
    ----------
    topics : array of float64, shape (k, words)
        Rows sum to one.
    alpha : array of float64, shape (k,)
    model_holds : bool
        The alphas recovered add up to alpha0.
    residual : float or None
        Share of the whitened third moment that the components leave.
    spectrum : array of float64, shape (m,), or None
        Eigenvalues of the scaled second moment.
    alpha0 : float or None
        As given or chosen, where the start is the tensor's.
    choices : list of str
        Automatic choices and their reasons.
    warning : str or None
        What a user is to be warned of.
    seconds : dict of float
        CPU seconds by stage.
    noise, burstiness : float or None
        See `models.topics.tensor_lda.TensorLDA`.
    """

    topics: Array
    alpha: Array
    model_holds: bool = False
    residual: float | None = None
    spectrum: Array | None = None
    alpha0: float | None = None
    choices: list[str] = field(default_factory=list)
    warning: str | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    noise: float | None = None
    burstiness: float | None = None


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How moments are taken and taken apart.

    Attributes
    ----------
    topics : int
    alpha0 : float or None
        Sum of the Dirichlet parameters; None to find it.
    cap : float or None
        Greatest count of a word in a document that the moments see; None for no limit.
    power : float
        Words weigh ``frequency ** -power``.
    passes : int
        Sweeps over the documents for the eigenvectors of the second moment.
    restarts : int
        Random starts of the decomposition.
    method : str
        A key of `models.topics.decompose.METHODS`.
    seed : int
    clusters : bool
        Whether the topics are the words of documents gathered around the components, or the components'.
    """

    topics: int
    alpha0: float | None
    cap: float | None
    power: float
    passes: int
    restarts: int
    method: str
    seed: int
    clusters: bool = False


def moment_start(pieces: Pieces, settings: Settings) -> Start:
    """Topics by the method of moments. Source: see `models.topics.moments`, `whiten` and `recover`.

    Parameters
    ----------
    pieces : Pieces of CSR of float32, shape (documents, words)
    settings : Settings

    Raises
    ------
    ValueError
        No document has three words, or the second moment has fewer directions than topics are asked for.
    """
    clock = Clock()
    bags, sketch = _sketch(pieces, settings, clock)
    # T = M3(W, W, W), whitened by M2 at this alpha0
    alpha0, reason = _alpha0(sketch, settings)
    whitened = whiten.whiten(sketch, alpha0, settings.topics)
    # T = sum of strength_i v_i x v_i x v_i
    decomposition = decompose.METHODS[settings.method]
    components = decomposition(whitened.T, restarts=settings.restarts, seed=settings.seed)
    clock.mark("decompose")
    # topic_i = (a0 + 2) / 2 * strength_i * unwhitened v_i, and alpha_i of strength_i
    recovered = recover.recover(sketch, whitened, components, alpha0)
    clock.mark("recover")
    topics = recovered.topics
    if settings.clusters:
        topics = _cluster_words(pieces, bags, settings.cap, sketch, whitened, components)
        clock.mark("clusters")
    return Start(
        topics=topics,
        alpha=from_host(recovered.alpha, engine_of(topics)),
        model_holds=settings.cap is None and _adds_up(recovered.alpha, alpha0),
        residual=components.residual,
        spectrum=sketch.values,
        alpha0=alpha0,
        choices=[reason] * bool(reason),
        seconds=clock.seconds,
    )


def _sketch(pieces: Pieces, settings: Settings, clock: "Clock") -> tuple[Pieces, whiten.Sketch]:
    """Prepared pieces, and their moments in some directions more than topics."""
    # M1, and the sums that E2 and E3 need
    bags, total = summed(pieces, settings.cap)
    clock.mark("count")
    # W' E2 W = I, q = W' M1 and E3(W, W, W)
    sketch = whiten.sketch(bags, total, settings.power, settings.topics, settings.passes, settings.seed)
    check_rank(sketch, settings.topics)
    clock.mark("moments")
    return bags, sketch


def _alpha0(sketch: whiten.Sketch, settings: Settings) -> tuple[float, str]:
    """As given, or by the sum rule, which bursty text does not keep; and the reason if it was chosen here."""
    if settings.alpha0 is not None:
        return settings.alpha0, ""
    if settings.cap is None:
        return sum_rule.find(sketch, settings.topics, settings.restarts, settings.seed)
    return sum_rule.TEXT, f"alpha0: {sum_rule.TEXT}, as for bursty text no value fits"


def _adds_up(alpha: Array, alpha0: float) -> bool:
    """``sum alpha_i = alpha0``, within 5 %."""
    return abs(float(alpha.sum()) / alpha0 - 1) < 0.05


def _cluster_words(
    pieces: Pieces,
    bags: Pieces,
    cap: float | None,
    sketch: whiten.Sketch,
    whitened: whiten.Whitened,
    components: decompose.Components,
) -> Array:
    """Words of the documents around each component, (k, words): spherical k-means from the components."""
    engine, dtype = engine_of(sketch.U), sketch.U.dtype
    W = sketch.W @ from_host(whitened.turn.astype(dtype), engine)
    centres = clusters.reassign(bags, W, from_host(components.V.T.astype(dtype), engine))
    topics, _ = clusters.words(pieces, cap, W, centres)
    return topics


def summed(pieces: Pieces, cap: float | None) -> tuple[Pieces, moments.Sums]:
    """Prepared pieces, kept where they lie, and their sums.

    Parameters
    ----------
    pieces : Pieces of CSR of float32, shape (documents, words)
    cap : float or None
        Greatest count of a word in a document that the moments see.

    Returns
    -------
    bags : Pieces of Bags
    total : Sums
        Normal.

    Raises
    ------
    ValueError
        No document has three words.
    """
    bags = keep(pieces.map("prepare", partial(moments.prepare, cap=cap, by_length=True)))
    total = bags.reduce(moments.sums, add)
    if float(total.weight[2]) == 0:
        raise ValueError(
            "no document has three words, so there is no third moment; "
            "pass longer documents, or take start='random'"
        )
    return bags, total.normal()


def check_rank(sketch: whiten.Sketch, topics: int) -> None:
    """Refuse more topics than the second moment has directions.

    Parameters
    ----------
    sketch : Sketch
    topics : int

    Raises
    ------
    ValueError
        Fewer eigenvalues than topics are above a millionth of the largest.
    """
    rank = len(sketch.values)
    floor = 1e-6 * float(sketch.values[0]) if rank else 0.0
    rank = int((sketch.values > floor).sum()) if rank else 0
    if rank < 2:
        raise ValueError(
            "all documents are the same, or nearly so: their words go together in one way only; give "
            "documents that differ"
        )
    if rank < topics:
        raise ValueError(
            f"n_components is {topics}, but words of these documents go together in {rank} ways only; "
            f"take n_components={max(rank, 1)} or less, or more documents"
        )


def first_pass(start: Start, words: Array) -> tuple[Array, Array]:
    """Topics and alpha of the first pass; some unigram shares in each rule no word out.

    Parameters
    ----------
    start : Start
    words : array of float64, shape (words,)
        Tokens of each word in all documents.

    Returns
    -------
    B : array of float32, shape (words, k)
        Columns sum to one.
    alpha : array of float64, shape (k,)
    """
    xp, k = array_namespace(words), len(start.alpha)
    unigram = words / words.sum()
    mix = 0.02 if start.model_holds else 0.1
    B = (1 - mix) * start.topics.T + mix * unigram[:, None]
    alpha = xp.maximum(start.alpha, 1e-2) if start.model_holds else xp.full(k, FLAT)
    return B.astype("float32"), alpha


class Clock:
    """CPU seconds of this process between marks."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.process_time()

    def mark(self, name: str) -> None:
        """Book what was spent since the last mark."""
        now = time.process_time()
        self.seconds[name], self._last = round(now - self._last, 3), now
