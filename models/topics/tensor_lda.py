"""Latent Dirichlet allocation from the moments of the words of documents."""

import warnings
from dataclasses import fields
from functools import partial
from operator import add
from pathlib import Path
from typing import Any, Literal, Self

from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from etl.engine import array_namespace
from etl.engine.types import Array, Csr
from etl.pieces import Pieces
from models.topics import documents, metrics, passes
from models.topics.choices import Options, initialise
from models.topics.start import Clock, first_pass

ETA = 1e-3
"""Tokens that each word has in each topic beforehand."""
FEW = 2000
"""Documents that alpha is learnt from."""


class TensorLDA(TransformerMixin, ClassNamePrefixFeaturesOutMixin, BaseEstimator):
    """Topics by a decomposition of the third moment, sharpened by a few variational passes.

    The whitened third moment of words, of which nothing of the size of the vocabulary squared is ever made,
    is decomposed into orthogonal components; each is a topic. In documents that the model has made they are
    all found, up to noise. In real text the components are a start, better than random ones, for passes
    over the documents. See `models.topics.moments` for the sources.

    Parameters
    ----------
    n_components : int or "auto"
        Topics; ``auto`` takes the largest gap of the spectrum, or all that stands above noise.
    alpha0 : float, optional
        Sum of the Dirichlet parameters: how many topics a document mixes. None finds it where the documents
        are what the model says, and takes 0.1 in bursty text.
    cap : float, None or "auto"
        Count of a word in a document beyond which the moments do not count: 1 in bursty text.
    power : float or "auto"
        Words weigh ``frequency ** -power`` in the moments: 0.25 in bursty text, else 0.5.
    start : {"auto", "tensor", "clusters", "kmeans", "random"}
        Topics before the passes: those of the tensor; the words of clusters of documents around its
        components; those of k-means in the same embedding; or random ones. ``auto`` takes the clusters in
        bursty text, where they are the better start, and else the tensor's topics.
    method : {"polar", "power", "als", "online"}
        Decomposition; see `models.topics.decompose`.
    krylov : int
        Passes over the documents for the whitening; the third moment takes one more.
    restarts : int
        Random starts of the decomposition.
    n_iter : int
        Variational passes, at most; 0 leaves the topics as the moments give them.
    tol : float
        A pass that gains less log likelihood a token is the last.
    most : int
        Documents that moments are taken of; of more, a random sample.
    n_jobs : int
        Threads, for documents that are not in `Pieces`.
    random_state : int

    Attributes
    ----------
    components_ : array, shape (n_components, words)
        Probability of each word in each topic.
    alpha_ : array, shape (n_components,)
        Dirichlet parameters of the mixtures.
    residual_ : float or None
        Share of the third moment that the components leave.
    spectrum_ : array
        Eigenvalues of the second moment, of weighed words.
    noise_ : float or None
        The second largest eigenvalue that documents of words drawn by chance would show.
    burstiness_ : float or None
        Same-word pairs over those that topics explain: 1 where the model holds.
    start_ : models.topics.start.Start
        Topics before any pass.
    choices_ : list of str
        Automatic choices, each with its reason.
    seconds_ : dict of float
        CPU seconds of this process by stage.
    history_ : list of float
        Log likelihood a token, before each pass's step.
    n_iter_, stop_reason_ : int, str

    Examples
    --------
    >>> import numpy as np
    >>> X = np.repeat(np.kron(np.eye(2, dtype=int), np.ones((1, 3), int)), 20, axis=0)
    >>> TensorLDA(2).fit(X).components_.round(1)[:, [0, 3]].max(axis=1)
    array([0.3, 0.3])
    """

    def __init__(
        self,
        n_components: int | Literal["auto"] = 20,
        *,
        alpha0: float | None = None,
        cap: float | Literal["auto"] | None = "auto",
        power: float | Literal["auto"] = "auto",
        start: Literal["auto", "tensor", "clusters", "kmeans", "random"] = "auto",
        method: Literal["polar", "power", "als", "online"] = "polar",
        krylov: int = 6,
        restarts: int = 4,
        n_iter: int = 12,
        tol: float = 5e-4,
        most: int = 200_000,
        n_jobs: int = 1,
        random_state: int = 0,
    ) -> None:
        self.n_components = n_components
        self.alpha0 = alpha0
        self.cap = cap
        self.power = power
        self.start = start
        self.method = method
        self.krylov = krylov
        self.restarts = restarts
        self.n_iter = n_iter
        self.tol = tol
        self.most = most
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(
        self,
        X: Csr | Array | Pieces,
        y: object = None,
        *,
        scratch: Path | None = None,
        watch: passes.Watch | None = None,
    ) -> Self:
        """Learn topics.

        Parameters
        ----------
        X : sparse or dense array of counts, shape (documents, words), or Pieces of them
        y : ignored
        scratch : Path, optional
            Directory that all workers see, for the mixtures between passes. Without it they are held in
            memory, or in a temporary directory where the pieces are with a cluster.
        watch : function of (pass, topics of shape (words, k)), optional
            Called after each pass.

        Raises
        ------
        TypeError, ValueError
            These are not counts, there are fewer documents or directions than topics, or no long ones.

        Warns
        -----
        UserWarning
            The moments are too noisy for so many topics.
        """
        pieces = documents.as_pieces(X, self.n_jobs)
        # threads of BLAS in each thread of pieces would be many times slower
        with threadpool_limits(1 if pieces.executor.workers > 1 else None):
            self._begin(pieces)
            if self.start_.warning:
                warnings.warn(self.start_.warning, UserWarning, stacklevel=2)
            return self._refine(pieces, scratch, watch)

    def _begin(self, pieces: Pieces) -> None:
        """Count, check, and start."""
        self._seen = pieces.reduce(documents.survey, add)
        given = {option.name: getattr(self, option.name) for option in fields(Options)}
        self.start_ = initialise(Options(**given), pieces, self._seen)
        self.n_features_in_ = len(self._seen.words)

    def _refine(self, pieces: Pieces, scratch: Path | None, watch: passes.Watch | None) -> Self:
        """Passes from the start on, and then alpha."""
        clock = Clock()
        B, alpha = first_pass(self.start_, self._seen.words)
        with passes.mixture_store(pieces, scratch) as store:
            refined = passes.run(pieces, B, alpha, **self._pass_options(), store=store, watch=watch)
        clock.mark("refine")
        few = documents.together(documents.first(pieces, self._seen.documents, FEW))
        self.alpha_ = passes.fit_alpha(few, refined.B, alpha)
        clock.mark("alpha")
        self.seconds_ = self.start_.seconds | clock.seconds
        return self._store(refined)

    def _pass_options(self) -> dict[str, Any]:
        return {
            "tokens": float(self._seen.words.sum()),
            "n_iter": self.n_iter,
            "first": 10 if self.start_.model_holds else 3,
            "tol": self.tol,
            "eta": ETA,
        }

    def _store(self, refined: passes.Refined) -> Self:
        self._words, self.history_ = refined.words, refined.history
        self.n_iter_, self.stop_reason_ = len(refined.history), refined.stop_reason
        self.components_ = refined.B.T.astype("float64") if self.n_iter else self.start_.topics
        start = self.start_
        self.residual_, self.spectrum_, self.choices_ = start.residual, start.spectrum, start.choices
        self.noise_, self.burstiness_ = start.noise, start.burstiness
        return self

    @property
    def _n_features_out(self) -> int:
        return len(self.components_)

    def transform(self, X: Csr | Array | Pieces, n_iter: int = 20) -> Array | Pieces:
        """Share of each topic in each document.

        Parameters
        ----------
        X : as for `fit`
        n_iter : int
            Steps of each mixture.

        Returns
        -------
        array of float32, shape (documents, n_components), or Pieces of them where ``X`` is Pieces
            Rows sum to one.

        Raises
        ------
        TypeError, ValueError
            These are not counts, or of another number of words.
        """
        check_is_fitted(self, "components_")
        work = partial(passes.mixtures, B=self._B(), alpha=self.alpha_, n_iter=n_iter)
        if isinstance(X, Pieces):
            return documents.as_pieces(X).map("transform", work)
        parts = list(documents.as_pieces(X, self.n_jobs).map("transform", work))
        if len(self.components_.T) != X.shape[1]:
            raise ValueError(f"X has {X.shape[1]:,} words; the topics have {self.components_.shape[1]:,}")
        return array_namespace(parts[0]).concatenate(parts)

    def _B(self) -> Array:
        xp = array_namespace(self.components_)
        return xp.ascontiguousarray(self.components_.T.astype("float32"))

    def partial_fit(self, X: Csr | Array | Pieces, y: object = None) -> Self:
        """Learn from more documents: the first batch as by `fit`, each later one by a stochastic step.

        Source: Hoffman, Blei and Bach, "Online learning for latent Dirichlet allocation", NIPS 2010,
        algorithm 2, with the step ``(batch + 1) ** -0.7``.

        Parameters
        ----------
        X : as for `fit`
        y : ignored

        Raises
        ------
        TypeError, ValueError
            See `fit`.
        """
        if not hasattr(self, "components_"):
            self._batches = 1
            return self.fit(X)
        pieces = documents.as_pieces(X, self.n_jobs)
        batch = pieces.reduce(documents.survey, add)
        options = self._pass_options() | {"n_iter": 1, "first": 10, "tokens": batch.words.sum()}
        refined = passes.run(pieces, self._B(), self.alpha_, **options)
        self._batches += 1
        share = self._batches**-0.7
        scale = float(self._words.sum() / refined.words.sum())
        self._words = (1 - share) * self._words + share * scale * refined.words
        B = self._words.astype("float64") + ETA
        self._seen = self._seen + batch
        self.components_ = (B / B.sum(axis=0)).T
        self.history_ = [*self.history_, *refined.history]
        self.n_iter_, self.stop_reason_ = self.n_iter_ + 1, "the batch was seen"
        return self

    def perplexity(self, X: Csr | Array, *, seed: int = 0) -> float:
        """Held-out perplexity by document completion; see `models.topics.metrics.perplexity`.

        Parameters
        ----------
        X : sparse or dense array of counts, shape (documents, words)
        seed : int
            Of the halves of documents that are read and scored.
        """
        check_is_fitted(self, "components_")
        words = self._seen.words + 1
        X = documents.check(X)
        return metrics.perplexity(
            X, self.components_, prior=self.alpha_, background=words / words.sum(), seed=seed
        )
