"""Votes of any form as pieces, and what is known of them before anything is learnt."""

from dataclasses import replace
from functools import partial
from typing import NamedTuple

from etl.crowd.votes import Votes, encode
from etl.engine.types import Array, Frame, Index, Series
from etl.ids import tally
from etl.pieces import Pieces


def as_pieces(
    votes: Frame | Votes | Pieces,
    truth: Series | Frame | None = None,
    workers: Index | None = None,
    classes: Index | None = None,
) -> Pieces:
    """Votes of any form as pieces, with what is known of their tasks.

    Parameters
    ----------
    votes : DataFrame with columns task, worker, label; Votes; or Pieces of Votes
    truth : Series by task, or DataFrame with columns task and label, optional
        Known labels.
    workers, classes : Index, optional
        Ids to code a table by; those it holds by default.
    """
    if not isinstance(votes, Pieces):
        votes = Pieces([votes if isinstance(votes, Votes) else encode(votes, workers, classes)])
    if truth is None:
        return votes
    known = replace(votes, items=list(votes.items))  # `persist` lets its items go, and these are the caller's
    return known.map("truth", partial(Votes.with_truth, truth=truth)).persist()


class Description(NamedTuple):
    """What a piece holds.

    Attributes
    ----------
    workers, classes : Index
        Those of all pieces.
    n_votes, n_tasks : int
    by_worker : int64 array, shape (workers,)
        Votes that each worker gave.
    """

    workers: Index
    classes: Index
    n_votes: int
    n_tasks: int
    by_worker: Array


def describe(votes: Votes) -> Description:
    """What one piece holds."""
    by_worker = tally(votes.worker, len(votes.workers))
    return Description(votes.workers, votes.labels, len(votes), len(votes.tasks), by_worker)


def join(left: Description, right: Description) -> Description:
    """What two pieces hold together.

    Parameters
    ----------
    left, right : Description
        Of pieces that share their workers and labels.
    """
    sums = (a + b for a, b in zip(left[2:], right[2:], strict=True))
    return Description(left.workers, left.classes, *sums)
