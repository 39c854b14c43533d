"""What all aggregators share: fitting over pieces, prediction by task, and streaming updates.

An aggregator is a table and a step. The table gives each vote, a pair of worker and label, its weight for
every true label; `models.crowd.products` turns it into posteriors and those into expected counts; the step
turns counts, summed over all pieces, into the next table. Nothing of the size of the votes leaves a piece.
"""

from dataclasses import replace
from functools import partial
from typing import Any, Self

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from etl.crowd.votes import Votes, encode
from etl.engine import array_namespace, engine_of
from etl.ids import spell
from etl.pieces import Pieces
from models.crowd import products
from models.crowd.incremental import Stream, update
from models.crowd.ties import Ties, one_hot, winner


class Aggregator(BaseEstimator):
    """Base of the aggregators; see `MajorityVote` for the methods in use.

    Attributes
    ----------
    workers_, classes_ : Index
        Ids of the workers and labels seen.
    skills_ : Series
        Of each worker, by worker: see each algorithm.
    votes_ : Series
        Votes that each worker gave.
    n_votes_, n_tasks_ : int
    n_iter_ : int
        Passes over the votes that were made to fit.
    history_ : list of float
        What the algorithm raises, a vote, after each pass.
    stop_reason_ : str
    """

    ties: Ties
    random_state: int
    n_iter: int = 1
    tol: float | None = None
    _counts: Any
    _params: Any

    def fit(self, votes: Any, truth: Any = None) -> Self:
        """Learn from votes, and from the known labels of some tasks.

        Parameters
        ----------
        votes : DataFrame with columns task, worker, label; Votes; or Pieces of Votes
            `Pieces` must share their workers and labels; see `etl.crowd.read`.
        truth : Series by task, or DataFrame with columns task and label, optional
            These tasks' labels are taken as certain.
        """
        self._pieces = as_pieces(votes, truth)
        self._stream = Stream(votes if hasattr(votes, "columns") else None)
        self._about(self._pieces)
        self._learn()
        return self

    def _learn(self) -> None:
        params = self._begin()
        self.history_: list[float] = []
        self.n_iter_ = 0
        self.stop_reason_ = f"n_iter ({self.n_iter}) passes were made"
        for _ in range(self.n_iter):
            by_vote, by_task, loss = self._pass(self._pieces, params)
            self.n_iter_ += 1
            self._counts = by_vote, by_task
            params = self._m_step(by_vote, by_task)
            if self._is_done(loss / self.n_votes_):
                break
        self._store(params)

    def partial_fit(self, votes: Any, truth: Any = None, passes: int = 2) -> Self:
        """Learn from more votes: on new tasks, on old ones, by new workers, for new labels.

        Incremental EM: the posteriors of the tasks voted on are replaced, and their counts with them; those
        of other tasks stay. Source: Neal and Hinton, "A view of the EM algorithm that justifies incremental,
        sparse, and other variants", 1998, equation 7.

        Parameters
        ----------
        votes : DataFrame with columns task, worker, label
        truth : see `fit`
            Of tasks in this batch.
        passes : int
            Posteriors of the batch that are made.

        Notes
        -----
        Votes are kept, to be joined by later ones on the same tasks. After a `fit` on pieces they are not at
        hand: votes on its tasks then count as votes on other tasks.
        """
        if not hasattr(self, "_stream"):
            self._stream, self._counts = Stream(None), None
            self.history_, self.n_iter_, self._params = [], 0, None
        update(self, votes, truth, passes)
        return self

    def predict(self, votes: Any = None) -> Any:
        """Label of each task, a Series by task; of the votes fitted on, or of others by the same workers."""
        rule = partial(_winners, ties=self.ties, seed=self.random_state)
        return self._over(votes, rule, "label")

    def predict_proba(self, votes: Any = None) -> Any:
        """Probability of each label, a DataFrame of float64, tasks by labels."""
        return self._over(votes, _frame, "posterior")

    def fit_predict(self, votes: Any, truth: Any = None) -> Any:
        """Fit, then the label of each task."""
        return self.fit(votes, truth).predict()

    def fit_predict_proba(self, votes: Any, truth: Any = None) -> Any:
        """Fit, then the probability of each label of each task."""
        return self.fit(votes, truth).predict_proba()

    def _over(self, votes: Any, rule: Any, name: str) -> Any:
        check_is_fitted(self, "skills_")
        pieces = self._pieces if votes is None else as_pieces(votes, None, self.workers_, self.classes_)
        frames = list(pieces.map(name, partial(_apply, look=self._table(self._params), rule=rule)))
        return frames[0] if len(frames) == 1 else engine_of(frames[0]).df.concat(frames)

    def _about(self, pieces: Pieces) -> None:
        first, self.n_votes_, self.n_tasks_, votes = pieces.reduce(_sizes, _join)
        self.workers_, self.classes_ = first
        self.votes_ = self._by_worker(votes, "votes")
        if len(self.classes_) < 2:
            raise ValueError(
                f"all votes are for one label, {spell(self.classes_[0])}; there is nothing to decide between"
            )

    def _pass(self, pieces: Pieces, params: Any) -> products.Counts:
        table, posterior = self._training_table(params)
        return pieces.reduce(partial(products.counts, table=table, posterior=posterior), products.add)

    def _is_done(self, loss: float) -> bool:
        self.history_.append(loss)
        if self.tol is None or len(self.history_) < 2:
            return False
        gain = self.history_[-1] - self.history_[-2]
        if abs(gain) >= self.tol:
            return False
        self.stop_reason_ = f"the last pass gained {gain:.2g} a vote, less than tol ({self.tol:g})"
        return True

    @property
    def _shape(self) -> tuple[int, int]:
        return len(self.workers_), len(self.classes_)

    @property
    def _engine(self) -> Any:
        return engine_of(self.workers_)

    def _begin(self) -> Any:
        """Parameters of the first pass."""
        raise NotImplementedError

    def _table(self, params: Any) -> tuple[Any, products.Posterior]:
        """Table and posterior rule of parameters."""
        raise NotImplementedError

    def _training_table(self, params: Any) -> tuple[Any, products.Posterior]:
        """The same for the passes that are learnt from."""
        return self._table(params)

    def _m_step(self, by_vote: Any, by_task: Any) -> Any:
        """Parameters from counts, (workers * classes, classes) and (classes,)."""
        raise NotImplementedError

    def _store(self, params: Any) -> None:
        """Keep parameters as what users read."""
        raise NotImplementedError

    def _by_worker(self, values: Any, name: str) -> Any:
        return self._engine.df.Series(values, index=self.workers_, name=name)


def as_pieces(votes: Any, truth: Any = None, workers: Any = None, labels: Any = None) -> Pieces:
    """Votes of any form as pieces, with what is known of their tasks."""
    if not isinstance(votes, Pieces):
        votes = Pieces([votes if isinstance(votes, Votes) else encode(votes, workers, labels)])
    if truth is None:
        return votes
    known = replace(votes, items=list(votes.items))  # `persist` lets its items go, and these are the caller's
    return known.map("truth", partial(Votes.with_truth, truth=truth)).persist()


def _sizes(votes: Votes) -> tuple[tuple[Any, Any], int, int, Any]:
    given = votes.engine.xp.bincount(votes.worker, minlength=len(votes.workers))
    return (votes.workers, votes.labels), len(votes), len(votes.tasks), given


def _join(one: Any, other: Any) -> Any:
    return one[0], *(mine + yours for mine, yours in zip(one[1:], other[1:], strict=True))


def _apply(votes: Votes, look: tuple[Any, products.Posterior], rule: Any) -> Any:
    table, posterior = look
    share = posterior(products.scores(votes, table), votes.first)[0]
    if votes.gold is not None:
        share = products.clamp(share, votes.gold)
    return rule(votes, share)


def _frame(votes: Votes, share: Any) -> Any:
    return votes.engine.df.DataFrame(share, index=votes.tasks, columns=votes.labels)


def _winners(votes: Votes, share: Any, ties: Ties, seed: int) -> Any:
    codes = winner(share, ties, seed, votes.first)
    return votes.engine.df.Series(votes.labels.take(codes), index=votes.tasks, name="label")


def vote_table(skills: Any, classes: int) -> Any:
    """Table in which each vote has its worker's weight for its own label, (workers * classes, classes)."""
    xp = array_namespace(skills)
    return xp.kron(skills[:, None], xp.eye(classes))


def argmax_posterior(scores: Any, first: int, ties: Ties, seed: int) -> tuple[Any, float]:
    """Posterior that is certain of the heaviest label."""
    return one_hot(winner(scores, ties, seed, first), scores.shape[1]), 0.0
