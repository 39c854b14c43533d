"""Equations with a blank: what can stand there, each with a verdict of the certifier.

A search or a network proposes, and the certifier disposes: whatever is proposed, no candidate is called an
identity that is none.
"""

from dataclasses import dataclass
from typing import Literal, Protocol, Self

import numpy as np
from sklearn.base import BaseEstimator

from etl.engine.types import Array
from etl.equations.fingerprint import fingerprint
from etl.equations.forest import Equations, Forest
from models.programs.certified import Candidate, certified, untested
from models.programs.context import Context, contexts
from models.programs.named_points import named_points
from models.programs.pool import Pool, distinct, leaves_below, usual, values_of
from models.programs.prior import Prior
from models.programs.proposals import Proposals, ranked, searched, widened

__all__ = ["Candidate", "Completer"]


class Ranker(Protocol):
    """Scores candidates for blanks, such as `models.programs.dual_encoder.DualEncoder`."""

    def fit(self, equations: Equations) -> Self:
        """Learn from right equations."""
        ...

    def scores(self, equations: Equations) -> Array:
        """Logarithms of how much is expected of each candidate in each blank, (equations, candidates)."""
        ...


@dataclass(frozen=True)
class _Shelf:
    """A pool, and what is expected of its candidates."""

    pool: Pool
    scores: Array


class Completer(BaseEstimator):
    """Fills blanks.

    Parameters
    ----------
    propose : {"inversion", "enumeration", "ranking"}
        How candidates are found: by the values that the blank must have, by trying all of the pool, or
        without values, those with the best scores.
    candidates : Equations, optional
        The pool, its roots being the candidates. By default all expressions over the equation's own symbols
        and numbers and the usual ones up to ``depth``; where too few of them fit, functions of two of them,
        and last what inverse functions tell.
    ranker : Ranker, optional
        What scores the same ``candidates``, whose scores take the place of counts; `fit` fits it.
    depth : {0, 1, 2}
        Of the default pool, and of the subtrees that `fit` counts.
    certify : bool
        False returns what fits the sample points, ``untested``.
    points : int
        Sample points.
    random_state : int
        Seed of the sample points.

    Attributes
    ----------
    prior_ : Prior
        Counts, after `fit`.

    Examples
    --------
    >>> found = Completer().complete("sin(x)**2 + ? = 1", k=1)
    >>> found[0].text, found[0].verdict
    ('cos(x)**2', 'identity')
    """

    def __init__(
        self,
        propose: Literal["inversion", "enumeration", "ranking"] = "inversion",
        candidates: Equations | None = None,
        ranker: Ranker | None = None,
        depth: int = 1,
        certify: bool = True,
        points: int = 12,
        random_state: int = 0,
    ) -> None:
        self.propose = propose
        self.candidates = candidates
        self.ranker = ranker
        self.depth = depth
        self.certify = certify
        self.points = points
        self.random_state = random_state

    def fit(self, equations: Equations) -> Self:
        """Count the subtrees of known equations, so that frequent ones come first.

        Parameters
        ----------
        equations : Equations
        """
        if self.ranker is not None:
            self.ranker.fit(equations)
        self.prior_ = Prior(self.depth)
        self.prior_.add(equations)
        self.__dict__.pop("_shelves", None)
        return self

    def complete(self, equation: str | Equations, k: int = 10) -> list[Candidate]:
        """Candidates for the blank of an equation.

        Parameters
        ----------
        equation : str or Equations
            With one blank, written ``?``.
        k : int
            Candidates at most.

        Returns
        -------
        list of Candidate
            Those with a certificate first; each distinct up to the order of sums and products.

        Raises
        ------
        ValueError
            No equation, no blank, or more than one.
        """
        if isinstance(equation, str):
            from etl.equations.forest import Builder
            from etl.equations.parse import parse

            build = Builder()
            node = parse(equation, build)
            equation = build.equations([node])
        return self.complete_all(equation, k)[0]

    def complete_all(self, equations: Equations, k: int = 10) -> list[list[Candidate]]:
        """`complete` for each of many equations, which are certified together."""
        found = self.proposals(equations, k)
        if not self.certify:
            return [untested(each, k) for each in found]
        return certified(equations, found, k, self.random_state)

    def proposals(self, equations: Equations, k: int = 10) -> list[Proposals]:
        """Candidates for each equation before they are certified, the best first.

        Parameters
        ----------
        equations : Equations
        k : int
            The default pool is left, for functions of two of its candidates, where fewer than these fit.
        """
        forest = equations.forest
        values = values_of(forest, self._points(forest))
        ranks = None if self.ranker is None else self.ranker.scores(equations)
        found = []
        for at, context in enumerate(contexts(equations, values)):
            shelf = self._shelf(forest, int(equations.roots[at]))
            scores = shelf.scores if ranks is None else ranks[at]
            proposed = self._proposed(context, shelf.pool, scores)
            if self.candidates is None and self.propose != "ranking" and len(proposed) < k:
                proposed = widened(proposed, context, shelf.pool, forest, self._prior.log)
            found.append(proposed)
        return found

    def _proposed(self, context: Context, pool: Pool, scores: Array) -> Proposals:
        if self.propose == "ranking":
            return ranked(pool, scores)
        return searched(context, pool, scores, self.propose)

    @property
    def _prior(self) -> Prior:
        return getattr(self, "prior_", None) or Prior(self.depth)

    def _points(self, forest: Forest) -> Array:
        return named_points(forest.symbols, self.points, self.random_state)

    def _shelf(self, forest: Forest, root: int) -> _Shelf:
        """The pool for an equation, made once for all with the same leaves."""
        shelves: dict[tuple[tuple[str, ...], ...], _Shelf] = self.__dict__.setdefault("_shelves", {})
        key = () if self.candidates is not None else leaves_below(forest, root)
        if key not in shelves:
            shelves[key] = self._given() if self.candidates is not None else self._usual(*key)
        return shelves[key]

    def _given(self) -> _Shelf:
        assert self.candidates is not None
        forest, nodes = self.candidates.forest, self.candidates.roots
        values = values_of(forest, self._points(forest))[nodes]
        prints = fingerprint(forest)[nodes]
        return _Shelf(Pool(forest, nodes, values, prints), self._prior.log(forest, nodes))

    def _usual(self, symbols: tuple[str, ...], numbers: tuple[str, ...]) -> _Shelf:
        forest = usual(symbols, numbers, self.depth).forest()
        values = values_of(forest, self._points(forest))
        logs = self._prior.log(forest, np.arange(len(forest)))
        nodes = np.array(distinct(values, np.argsort(-logs, kind="stable").tolist()))
        pool = Pool(forest, nodes, values[nodes], fingerprint(forest)[nodes])
        return _Shelf(pool, logs[nodes])
