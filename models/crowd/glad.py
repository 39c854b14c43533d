"""GLAD: the ability of workers and the difficulty of tasks, learnt together."""

from dataclasses import dataclass, replace
from functools import partial
from operator import attrgetter
from typing import NamedTuple, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from etl.crowd.votes import Votes
from etl.engine import array_namespace
from etl.engine.types import Array, Frame, Series
from etl.ids import tally
from etl.pieces import Pieces
from models.crowd import products
from models.crowd.aggregator import Aggregator, EMPass
from models.crowd.inputs import as_pieces
from models.crowd.prediction import Rule
from models.crowd.ties import Ties

MAX_STEP = 1.0
"""A step changes a parameter by no more than this."""
PASSES_TO_PREDICT = 10
"""Passes that the ease of tasks which were not fitted on is found in."""


class AbilitySums(NamedTuple):
    """What the Newton step of the abilities needs of a piece.

    Attributes
    ----------
    slope, curvature : float64 array, shape (workers,)
        First and minus the second derivative of the expected log likelihood by each ability.
    log_likelihood : float64 array, shape ()
        Of the votes, in nats.
    """

    slope: Array
    curvature: Array
    log_likelihood: Array


@dataclass(frozen=True)
class TaskState:
    """A piece, the log ease of its tasks, (tasks,), and sums for the next step of the abilities."""

    votes: Votes
    log_ease: Array
    sums: AbilitySums | None = None


class Difficulties(NamedTuple):
    """Parameters of GLAD: the ability of each worker, (workers,), and the states of the pieces."""

    ability: Array
    states: Pieces


class GLAD(Aggregator):
    """A vote is right with probability ``1 / (1 + exp(-ability * ease))``, and wrong in all ways alike.

    Source: Whitehill, Ruvolo, Wu, Bergsma and Movellan, "Whose vote should count more", NIPS 2009, equations
    1 to 5, with its priors: ability ~ N(1, 1) and log ease ~ N(1, 1). Each pass makes posteriors, then one
    Newton step of the abilities and ``inner`` Fisher steps of each task's ease (generalised EM).

    Parameters
    ----------
    n_iter, tol, ties, random_state
        See `DawidSkene`.
    inner : int
        Steps of the tasks' ease in a pass.

    Attributes
    ----------
    skills_ : Series
        Ability of each worker: 0 guesses, negative misleads.
    difficulty_ : Series
        ``1 / ease`` of each task fitted on.
    """

    def __init__(
        self,
        *,
        n_iter: int = 100,
        tol: float | None = 1e-5,
        inner: int = 3,
        ties: Ties = "first",
        random_state: int = 0,
    ) -> None:
        self.n_iter = n_iter
        self.tol = tol
        self.inner = inner
        self.ties = ties
        self.random_state = random_state

    def _initial_params(self) -> Difficulties:
        states = _held(self._pieces).map("start", initial_state).persist()
        return Difficulties(self._engine.xp.ones(len(self.workers_)), states)

    def _pass(self, before: EMPass) -> EMPass:
        ability, states = before.params
        states = _held(states) if self._ahead > 1 else states  # any of several passes may be the last
        states = states.map("pass", partial(em_pass, ability=ability, inner=self.inner)).persist()
        sums = states.reduce(attrgetter("sums"), products.add)
        ability = ability + newton_step(sums.slope, sums.curvature, ability)
        return EMPass(Difficulties(ability, states), None, sums.log_likelihood)

    def _store(self, params: Difficulties) -> None:
        self._params, self._states = params
        self.skills_ = self._by_worker(self._params, "skill")
        frames = list(self._states.map("difficulty", difficulty))
        self.difficulty_ = frames[0] if len(frames) == 1 else self._engine.df.concat(frames)

    def _predict(self, votes: Frame | Votes | Pieces | None, rule: Rule, stage: str) -> Series | Frame:
        check_is_fitted(self, "skills_")
        states = self._states
        if votes is not None:
            states = as_pieces(votes, None, self.workers_, self.classes_).map("start", initial_state)
            for _ in range(PASSES_TO_PREDICT):
                states = states.map("pass", partial(em_pass, ability=self._params, inner=self.inner))
        frames = list(states.map(stage, partial(_by_task, ability=self._params, rule=rule)))
        return frames[0] if len(frames) == 1 else self._engine.df.concat(frames)

    def partial_fit(self, votes: Frame, truth: Series | Frame | None = None, passes: int = 2) -> Self:
        """Not to be had: the ease of every task would have to be kept; use `fit` on all votes."""
        raise NotImplementedError("GLAD cannot be updated, as each task has an ease of its own; fit it again")


def _held(pieces: Pieces) -> Pieces:
    """The same pieces, of which `persist` lets no item go."""
    return replace(pieces, items=list(pieces.items))


def initial_state(votes: Votes) -> TaskState:
    """State before the first pass: all tasks as easy as the prior's mean."""
    return TaskState(votes, votes.engine.xp.ones(len(votes.tasks)))


def em_pass(state: TaskState, ability: Array, inner: int) -> TaskState:
    """One pass over a piece: posteriors, ease of its tasks, and sums for the abilities.

    Parameters
    ----------
    state : TaskState
    ability : float64 array, shape (workers,)
    inner : int
        Fisher steps of the log ease.
    """
    votes, log_ease = state.votes, state.log_ease
    xp, task, ability_of_vote = votes.engine.xp, votes.task, ability[votes.worker]
    q, log_likelihood = e_step(votes, ability_of_vote * xp.exp(log_ease)[task])
    right = q.reshape(-1)[task * q.shape[1] + votes.label]  # probability that the vote is right
    for _ in range(inner):
        logit = ability_of_vote * xp.exp(log_ease)[task]
        # d logit / d log_ease = logit
        log_ease = log_ease + newton_step(*_derivatives(logit, right, logit, task, len(log_ease)), log_ease)
    ease = xp.exp(log_ease)[task]
    # d logit / d ability = ease
    slope, curvature = _derivatives(ability_of_vote * ease, right, ease, votes.worker, len(ability))
    return replace(state, log_ease=log_ease, sums=AbilitySums(slope, curvature, log_likelihood))


def e_step(votes: Votes, logit: Array) -> tuple[Array, Array]:
    """Posteriors of tasks, and the log likelihood; equation 3 of the paper, for many classes.

    A vote is right with probability ``sigmoid(logit)``, and each of the other ``K - 1`` labels has an equal
    part of the rest: its odds for its own label are ``exp(logit) * (K - 1)``.

    Parameters
    ----------
    votes : Votes
    logit : float64 array, shape (votes,)
        ``ability * ease`` of each vote.

    Returns
    -------
    q : float64 array, shape (tasks, classes)
    log_likelihood : float64 array, shape ()
        In nats, with uniform class shares.
    """
    xp, classes, tasks = votes.engine.xp, len(votes.labels), len(votes.tasks)
    log_others = np.log(float(max(classes - 1, 1)))
    odds = logit + log_others
    scores = tally(votes.task * classes + votes.label, tasks * classes, odds)
    q, of_right = products.softmax(scores.reshape(tasks, classes))
    # log of (1 - sigmoid(logit)) / (K - 1), of all votes
    of_wrong = -xp.logaddexp(0.0, logit).sum() - len(votes) * log_others
    if votes.gold is not None:
        q = products.clamp(q, votes.gold)
    return q, of_right + of_wrong - tasks * np.log(float(classes))


def newton_step(slope: Array, curvature: Array, values: Array) -> Array:
    """Step of parameters with the prior N(1, 1), at most `MAX_STEP` long.

    Parameters
    ----------
    slope, curvature : float64 array, shape (n,)
        First and minus the second derivative of the log likelihood by each parameter.
    values : float64 array, shape (n,)
        The parameters.

    Returns
    -------
    float64 array, shape (n,)
    """
    step = (slope - (values - 1.0)) / (curvature + 1.0)
    return step.clip(-MAX_STEP, MAX_STEP)


def difficulty(state: TaskState) -> Series:
    """Difficulty of each task, a Series by task."""
    xp = state.votes.engine.xp
    return state.votes.engine.df.Series(xp.exp(-state.log_ease), index=state.votes.tasks, name="difficulty")


def _derivatives(logit: Array, right: Array, factor: Array, group: Array, groups: int) -> tuple[Array, Array]:
    """Slope and curvature of the expected log likelihood, summed by group; factor: the logit's slope."""
    xp = array_namespace(logit)
    p = 1.0 / (1.0 + xp.exp(-logit))
    slope = tally(group, groups, factor * (right - p))
    return slope, tally(group, groups, factor**2 * p * (1 - p))


def _by_task(state: TaskState, ability: Array, rule: Rule) -> Series | Frame:
    votes = state.votes
    q, _ = e_step(votes, ability[votes.worker] * votes.engine.xp.exp(state.log_ease)[votes.task])
    return rule(votes, q)
