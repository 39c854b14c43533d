"""GLAD: the ability of workers and the difficulty of tasks, learnt together."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Self

from etl.crowd.votes import Votes
from models.crowd import products
from models.crowd.aggregator import Aggregator, as_pieces
from models.crowd.ties import Ties

LONGEST = 1.0
"""A step changes a parameter by no more than this."""


@dataclass(frozen=True)
class State:
    """A piece and what is known of its tasks: log easiness, posteriors, and sums for the next step."""

    votes: Votes
    log_ease: Any
    share: Any = None
    sums: Any = None


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

    def _learn(self) -> None:
        held = replace(self._pieces, items=list(self._pieces.items))  # `persist` lets its items go
        states = held.map("start", begin).persist()
        ability = self._engine.xp.ones(len(self.workers_))
        self.history_, self.n_iter_ = [], 0
        self.stop_reason_ = f"n_iter ({self.n_iter}) passes were made"
        for _ in range(self.n_iter):
            states = states.map("pass", partial(work, ability=ability, inner=self.inner)).persist()
            slope, bend, loss = states.reduce(_sums, products.add)
            self.n_iter_ += 1
            step = (slope - (ability - 1.0)) / (bend + 1.0)
            ability = ability + step.clip(-LONGEST, LONGEST)
            if self._is_done(loss / self.n_votes_):
                break
        self._states, self._params = states, ability
        self.skills_ = self._by_worker(ability, "skill")
        frames = list(states.map("difficulty", difficulty))
        self.difficulty_ = frames[0] if len(frames) == 1 else self._engine.df.concat(frames)

    def _over(self, votes: Any, rule: Any, name: str) -> Any:
        states = self._states
        if votes is not None:
            states = as_pieces(votes, None, self.workers_, self.classes_).map("start", begin)
            for _ in range(10):
                states = states.map("pass", partial(work, ability=self._params, inner=self.inner))
        frames = list(states.map(name, partial(_apply, ability=self._params, rule=rule)))
        return frames[0] if len(frames) == 1 else self._engine.df.concat(frames)

    def partial_fit(self, votes: Any, truth: Any = None, passes: int = 2) -> Self:
        """Not to be had: the ease of every task would have to be kept; use `fit` on all votes."""
        raise NotImplementedError("GLAD cannot be updated, as each task has an ease of its own; fit it again")


def begin(votes: Votes) -> State:
    """State before the first pass: all tasks as easy as the prior's mean."""
    return State(votes, votes.engine.xp.ones(len(votes.tasks)))


def work(state: State, ability: Any, inner: int) -> State:
    """One pass over a piece: posteriors, ease of its tasks, and sums for the abilities."""
    votes = state.votes
    xp, task = votes.engine.xp, votes.task
    able = ability[votes.worker]
    share, loss = judge(votes, able * xp.exp(state.log_ease)[task])
    right = share.reshape(-1)[task * share.shape[1] + votes.label]
    log_ease = state.log_ease
    for _ in range(inner):
        logit = able * xp.exp(log_ease)[task]
        slope, bend = _moments(logit, right, logit, task, len(log_ease), xp)
        step = (slope - (log_ease - 1.0)) / (bend + 1.0)
        log_ease = log_ease + step.clip(-LONGEST, LONGEST)
    ease = xp.exp(log_ease)[task]
    slope, bend = _moments(able * ease, right, ease, votes.worker, len(ability), xp)
    return replace(state, log_ease=log_ease, share=share, sums=(slope, bend, loss))


def judge(votes: Votes, logit: Any) -> tuple[Any, float]:
    """Posteriors of tasks from the log odds that each vote is right, and the log likelihood."""
    xp, classes, tasks = votes.engine.xp, len(votes.labels), len(votes.tasks)
    odds = logit + xp.log(float(max(classes - 1, 1)))
    scores = xp.bincount(votes.task * classes + votes.label, weights=odds, minlength=tasks * classes)
    share, loss = products.softmax(scores.reshape(tasks, classes))
    wrong = -xp.logaddexp(0.0, logit).sum() - len(votes) * xp.log(float(max(classes - 1, 1)))
    if votes.gold is not None:
        share = products.clamp(share, votes.gold)
    return share, loss + float(wrong) - tasks * float(xp.log(float(classes)))


def difficulty(state: State) -> Any:
    """Difficulty of each task, a Series by task."""
    xp = state.votes.engine.xp
    return state.votes.engine.df.Series(xp.exp(-state.log_ease), index=state.votes.tasks, name="difficulty")


def _moments(logit: Any, right: Any, factor: Any, group: Any, groups: int, xp: Any) -> tuple[Any, Any]:
    """Slope and curvature of the expected log likelihood along ``factor``, summed by group."""
    chance = 1.0 / (1.0 + xp.exp(-logit))
    slope = xp.bincount(group, weights=factor * (right - chance), minlength=groups)
    return slope, xp.bincount(group, weights=factor**2 * chance * (1 - chance), minlength=groups)


def _sums(state: State) -> Any:
    return state.sums


def _apply(state: State, ability: Any, rule: Any) -> Any:
    votes = state.votes
    share, _ = judge(votes, ability[votes.worker] * votes.engine.xp.exp(state.log_ease)[votes.task])
    return rule(votes, share)
