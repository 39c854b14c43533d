"""From posteriors to what a user reads: the label, or the probability of each, of every task."""

from collections.abc import Callable
from typing import TypeAlias

import pandas

from etl.crowd.votes import Votes
from etl.engine import engine_of
from etl.engine.types import Array, Frame, Index, Series
from etl.handoff import to_list
from models.crowd import products
from models.crowd.ties import Ties, winner

Rule: TypeAlias = Callable[[Votes, Array], Series | Frame | Array]
"""Votes and the posterior of their tasks, float64 (tasks, classes), to something by task."""


def by_task(votes: Votes, table: Array, posterior: products.Posterior, rule: Rule) -> Series | Frame | Array:
    """What a rule makes of the posterior of a piece, whose known labels are certain.

    Parameters
    ----------
    votes : Votes
    table : float64 array, shape (workers * classes, classes)
        See `models.crowd.products.scores`.
    posterior : callable
        See `models.crowd.products.Posterior`.
    rule : callable
        See `Rule`.
    """
    q = posterior(products.scores(votes, table), votes.first)[0]
    return rule(votes, q if votes.gold is None else products.clamp(q, votes.gold))


def column_names(ids: Index) -> pandas.Index:
    """Ids as names of a frame's columns, which are the host's in every library."""
    return ids if engine_of(ids).name == "cpu" else pandas.Index(to_list(ids), name=ids.name)


def posteriors(votes: Votes, q: Array) -> Array:
    """Posterior as it is.

    Parameters
    ----------
    votes : Votes
    q : float64 array, shape (tasks, classes)
    """
    return q


def probabilities(votes: Votes, q: Array) -> Frame:
    """Posterior as a frame, tasks by labels.

    Parameters
    ----------
    votes : Votes
    q : float64 array, shape (tasks, classes)
    """
    return votes.engine.df.DataFrame(q, index=votes.tasks, columns=column_names(votes.labels))


def labels(votes: Votes, q: Array, ties: Ties, seed: int) -> Series:
    """Likeliest label of each task, a Series by task, named label.

    Parameters
    ----------
    votes : Votes
    q : float64 array, shape (tasks, classes)
    ties, seed
        See `models.crowd.ties.winner`.
    """
    codes = winner(q, ties, seed, votes.first)
    return votes.engine.df.Series(votes.labels.take(codes), index=votes.tasks, name="label")
