"""What all aggregators share: EM over pieces, prediction by task, and streaming updates.

An aggregator is a table and an M step. The table gives each vote, a pair of worker and label, its weight for
every true label. The E step (`models.crowd.products`) turns it into posteriors and those into expected
counts; the M step turns counts, summed over all pieces, into the next parameters, and they into the next
table. Nothing of the size of the votes leaves a piece.
"""

from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, NamedTuple, Self, TypeAlias

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from etl.crowd.votes import Votes
from etl.engine import Engine, engine_of
from etl.engine.types import Array, Frame, Series
from etl.handoff import numbers
from etl.ids import spell
from etl.pieces import Pieces
from models.crowd import products
from models.crowd.incremental import Stream, update
from models.crowd.inputs import as_pieces, describe, join
from models.crowd.prediction import Rule, by_task, labels, probabilities
from models.crowd.ties import Ties

Params: TypeAlias = Any
"""What an algorithm learns: an array, or a NamedTuple of arrays; None before the first M step of some."""


AHEAD = 8
"""Passes that a GPU makes before their likelihoods are read, together; those beyond the last are let go."""


class EMPass(NamedTuple):
    """What a pass over the votes comes to.

    Attributes
    ----------
    params
        After the M step.
    counts
        Which that step was made of; see `models.crowd.products.Counts`.
    log_likelihood : float64 array, shape (), or float
        Of the parameters before.
    """

    params: Params
    counts: tuple[Array, Array] | None = None
    log_likelihood: Array | float = 0.0


@dataclass
class EMRun:
    """Passes over the votes from one beginning, and what they came to.

    Attributes
    ----------
    last : EMPass
    history, n_iter, stop_reason
        See `Aggregator`.
    """

    last: EMPass
    stop_reason: str
    history: list[float] = field(default_factory=list)
    n_iter: int = 0


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
        What the algorithm raises, a vote, after each pass: mostly the log likelihood, in nats.
    stop_reason_ : str
    """

    ties: Ties
    random_state: int
    n_iter: int = 1
    tol: float | None = None
    _passes_without_likelihood: ClassVar[float] = 0
    """First passes whose posterior has no likelihood; they are not in ``history_``."""
    _counts: tuple[Array, Array] | None
    _params: Params

    def fit(self, votes: Frame | Votes | Pieces, truth: Series | Frame | None = None) -> Self:
        """Learn from votes, and from the known labels of some tasks.

        Parameters
        ----------
        votes : DataFrame with columns task, worker, label; Votes; or Pieces of Votes
            `Pieces` must share their workers and labels; see `etl.crowd.read`.
        truth : Series by task, or DataFrame with columns task and label, optional
            These tasks' labels are taken as certain. Or probabilities of them, a DataFrame by task with a
            column a label.

        Raises
        ------
        ValueError
            All votes are for one label; and see `etl.crowd.votes.encode`.
        """
        self._pieces = as_pieces(votes, truth)
        self._stream = Stream(votes if hasattr(votes, "columns") else None)
        self._describe(self._pieces)
        self._learn()
        return self

    def _learn(self) -> None:
        self._adopt(self._em(EMPass(self._initial_params())))

    def _em(self, start: EMPass) -> EMRun:
        """E and M steps until one gains less than ``tol``, or ``n_iter`` are made."""
        run, made, likelihoods = EMRun(start, f"n_iter ({self.n_iter}) passes were made"), [start], []
        for number in range(1, self.n_iter + 1):
            self.n_iter_ = number
            after = self._pass(made[-1])
            made = [after] if self.tol is None else [*made, after]  # any may be the last
            likelihoods.append(after.log_likelihood)
            if len(likelihoods) == self._ahead or number == self.n_iter:
                if self._is_over(run, made[-len(likelihoods) :], numbers(likelihoods)):
                    break
                made, likelihoods = [run.last], []
        return run

    def _is_over(self, run: EMRun, made: list[EMPass], likelihoods: list[float]) -> bool:
        """Add passes to the run until one is converged; whether one was."""
        for place, log_likelihood in enumerate(likelihoods):
            run.last = made[min(place, len(made) - 1)]
            run.n_iter += 1
            if run.n_iter > self._passes_without_likelihood:
                run.history.append(log_likelihood / self.n_votes_)
            if reason := self._convergence(run.history):
                run.stop_reason = reason
                return True
        return False

    def _pass(self, before: EMPass) -> EMPass:
        """An E step and an M step."""
        by_vote, by_task, log_likelihood = self._e_step(self._pieces, before.params)
        return EMPass(self._m_step(by_vote, by_task, before.params), (by_vote, by_task), log_likelihood)

    def _adopt(self, run: EMRun) -> None:
        self._counts = run.last.counts
        self.history_, self.n_iter_, self.stop_reason_ = run.history, run.n_iter, run.stop_reason
        self._store(run.last.params)

    def partial_fit(self, votes: Frame, truth: Series | Frame | None = None, passes: int = 2) -> Self:
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

    def predict(self, votes: Frame | Votes | Pieces | None = None) -> Series:
        """Label of each task, a Series by task; of the votes fitted on, or of others by the same workers."""
        rule = partial(labels, ties=self.ties, seed=self.random_state)
        return self._predict(votes, rule, "label")

    def predict_proba(self, votes: Frame | Votes | Pieces | None = None) -> Frame:
        """Probability of each label, a DataFrame of float64, tasks by labels; of votes as in `predict`."""
        return self._predict(votes, probabilities, "posterior")

    def fit_predict(self, votes: Frame | Votes | Pieces, truth: Series | Frame | None = None) -> Series:
        """Fit, then the label of each task."""
        return self.fit(votes, truth).predict()

    def fit_predict_proba(self, votes: Frame | Votes | Pieces, truth: Series | Frame | None = None) -> Frame:
        """Fit, then the probability of each label of each task."""
        return self.fit(votes, truth).predict_proba()

    def _predict(self, votes: Frame | Votes | Pieces | None, rule: Rule, stage: str) -> Series | Frame:
        check_is_fitted(self, "skills_")
        pieces = self._pieces if votes is None else as_pieces(votes, None, self.workers_, self.classes_)
        table, posterior = self._table(self._params)
        frames = list(pieces.map(stage, partial(by_task, table=table, posterior=posterior, rule=rule)))
        return frames[0] if len(frames) == 1 else engine_of(frames[0]).df.concat(frames)

    def _describe(self, pieces: Pieces) -> None:
        """Set ``workers_, classes_, votes_`` and sizes, and refuse votes for one label only."""
        facts = pieces.reduce(describe, join)
        self.workers_, self.classes_ = facts.workers, facts.classes
        self.n_votes_, self.n_tasks_ = facts.n_votes, facts.n_tasks
        self.votes_ = self._by_worker(facts.by_worker, "votes")
        if len(self.classes_) < 2:
            raise ValueError(
                f"all votes are for one label, {spell(self.classes_[0])}; there is nothing to decide between"
            )

    def _e_step(self, pieces: Pieces, params: Params) -> products.Counts:
        table, posterior = self._training_table(params)
        return pieces.reduce(partial(products.counts, table=table, posterior=posterior), products.add)

    def _convergence(self, history: list[float]) -> str | None:
        """Why to stop after these passes, or None."""
        if self.tol is None or len(history) < 2:
            return None
        gain = history[-1] - history[-2]
        if abs(gain) >= self.tol:
            return None
        return f"the last pass gained {gain:.2g} a vote, less than tol ({self.tol:g})"

    @property
    def _ahead(self) -> int:
        """Passes that are made before their likelihoods are read."""
        return self.n_iter if self.tol is None else AHEAD if self._engine.name == "gpu" else 1

    @property
    def _shape(self) -> tuple[int, int]:
        return len(self.workers_), len(self.classes_)

    @property
    def _engine(self) -> Engine:
        return engine_of(self.workers_)

    def _initial_params(self) -> Params:
        """Parameters of the first E step."""
        raise NotImplementedError

    def _table(self, params: Params) -> tuple[Array, products.Posterior]:
        """Table, float64, (workers * classes, classes), and posterior rule of parameters."""
        raise NotImplementedError

    def _training_table(self, params: Params) -> tuple[Array, products.Posterior]:
        """The same for the passes that are learnt from."""
        return self._table(params)

    def _m_step(self, by_vote: Array, by_task: Array, params: Params) -> Params:
        """Parameters from counts, (workers * classes, classes) and (classes,), and those before."""
        raise NotImplementedError

    def _extended(self, params: Params) -> Params:
        """Parameters with room for workers and labels that are new, as far as the M step reads them."""
        return params

    def _store(self, params: Params) -> None:
        """Keep parameters as what users read."""
        raise NotImplementedError

    def _by_worker(self, values: Array, name: str) -> Series:
        return self._engine.df.Series(values, index=self.workers_, name=name)
