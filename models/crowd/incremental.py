"""Streaming updates of an aggregator: incremental EM over the tasks that a batch of votes touches."""

from typing import Any, Protocol

from etl.crowd.votes import Votes, encode
from etl.engine import Engine, engine_of
from etl.engine.types import Array, Frame, Index, Series
from etl.pieces import Pieces
from models.crowd import products
from models.crowd.prediction import column_names, probabilities

COLUMNS = ["task", "worker", "label"]


class Stream:
    """Votes seen, and the posterior of each task that its counts were made with.

    Parameters
    ----------
    votes : DataFrame or None
        Those that were fitted on.

    Attributes
    ----------
    votes : DataFrame or None
    share : DataFrame or None
        Posterior, tasks by labels.
    """

    votes: Frame
    share: Frame

    def __init__(self, votes: Frame | None) -> None:
        self.votes = votes
        self.share = None

    def votes_on(self, tasks: Series) -> Frame:
        """Votes seen on these tasks."""
        return self.votes[self.votes["task"].isin(tasks)]


class Streaming(Protocol):
    """What an update reads and changes of a `models.crowd.aggregator.Aggregator`."""

    workers_: Index
    classes_: Index
    n_votes_: int
    n_tasks_: int
    n_iter_: int
    stop_reason_: str
    _stream: Stream
    _pieces: Pieces
    _counts: tuple[Array, Array] | None
    _params: Any

    @property
    def _shape(self) -> tuple[int, int]: ...

    @property
    def _engine(self) -> Engine: ...

    def _training_table(self, params: Any) -> tuple[Array, products.Posterior]: ...

    def _m_step(self, by_vote: Array, by_task: Array, params: Any) -> Any: ...

    def _extended(self, params: Any) -> Any: ...

    def _store(self, params: Any) -> None: ...


def update(model: Streaming, votes: Frame, truth: Series | Frame | None, passes: int) -> None:
    """Replace the counts of the tasks that an `Aggregator` gets votes on, and step.

    Parameters
    ----------
    model : Aggregator
        Changed in place.
    votes, truth, passes
        See `models.crowd.aggregator.Aggregator.partial_fit`.
    """
    stream = model._stream
    if stream.votes is not None and stream.share is None:
        _start_stream(model)
    counts = extend(model, votes)
    earlier = stream.votes_on(votes["task"]) if stream.votes is not None else votes[:0]
    together = engine_of(votes).df.concat([earlier[COLUMNS], votes[COLUMNS]]).reset_index(drop=True)
    batch = encode(together, model.workers_, model.classes_)
    batch = batch if truth is None else batch.with_truth(truth)
    by_vote, by_task = _without(counts, model, earlier)
    for _ in range(passes):
        q = _posterior(model, batch)
        of_votes, of_tasks = _expected_counts(batch, q)
        model._counts = by_vote + of_votes, by_task + of_tasks
        model._params = model._m_step(*model._counts, model._params)
    model.n_iter_ += passes
    model._store(model._params)
    _store(model, votes, batch, q)


def _start_stream(model: Streaming) -> None:
    """Posteriors of what was fitted on, and counts that are theirs."""
    (votes,) = model._pieces
    q = _posterior(model, votes)
    model._counts = _expected_counts(votes, q)
    model._stream.share = probabilities(votes, q)


def extend(model: Streaming, votes: Frame) -> tuple[Array, Array]:
    """Make room for workers and labels that were not seen before, after those that were; returns the counts.

    Parameters
    ----------
    model : Aggregator
        Changed in place.
    votes : DataFrame with columns task, worker, label
    """
    workers_before, classes_before = before = model._shape if hasattr(model, "workers_") else (0, 0)
    model.workers_ = _union(getattr(model, "workers_", None), votes["worker"])
    model.classes_ = _union(getattr(model, "classes_", None), votes["label"])
    workers, classes = model._shape
    xp = model._engine.xp
    cube, by_task = xp.zeros((workers, classes, classes)), xp.zeros(classes)
    if model._counts is not None:
        known = model._counts[0].reshape(workers_before, classes_before, classes_before)
        cube[:workers_before, :classes_before, :classes_before] = known
        by_task[:classes_before] = model._counts[1]
        if (workers, classes) != before:
            params = model._extended(model._params)
            model._params = model._m_step(cube.reshape(-1, classes), by_task, params)
    if model._stream.share is not None:
        model._stream.share = model._stream.share.reindex(columns=column_names(model.classes_)).fillna(0.0)
    model._counts = cube.reshape(-1, classes), by_task
    return model._counts


def _union(known: Index | None, values: Series) -> Index:
    ids = engine_of(values).df.Index(values.unique(), name=values.name).sort_values()
    return ids if known is None else known.append(ids[~ids.isin(known)])


def _without(counts: tuple[Array, Array], model: Streaming, earlier: Frame) -> tuple[Array, Array]:
    """Counts without what these votes have added."""
    by_vote, by_task = counts
    if not len(earlier):
        return by_vote, by_task
    votes = encode(earlier, model.workers_, model.classes_)
    of_votes, of_tasks = _expected_counts(votes, model._stream.share.reindex(votes.tasks).values)
    return (by_vote - of_votes).clip(0.0), (by_task - of_tasks).clip(0.0)


def _posterior(model: Streaming, votes: Votes) -> Array:
    """Posterior of tasks by the model's parameters, (tasks, classes); the first half of an E step."""
    table, posterior = model._training_table(model._params)
    q = posterior(products.scores(votes, table), 0)[0]
    return q if votes.gold is None else products.clamp(q, votes.gold)


def _expected_counts(votes: Votes, q: Array) -> tuple[Array, Array]:
    """Counts by vote and by task of these posteriors; the second half of an E step."""
    by_vote = sum(transposed @ q[tasks] for tasks, _, transposed in votes.blocks)
    return by_vote, q.sum(axis=0)


def _store(model: Streaming, votes: Frame, batch: Votes, q: Array) -> None:
    """Keep votes and posteriors for the next batch, and for `predict`."""
    df, stream = engine_of(votes).df, model._stream
    fresh = df.DataFrame(q, index=batch.tasks, columns=column_names(model.classes_))
    if stream.share is None:
        stream.votes, stream.share = votes[COLUMNS], fresh
    else:
        stream.votes = df.concat([stream.votes, votes[COLUMNS]], ignore_index=True)
        stream.share = df.concat([stream.share[~stream.share.index.isin(fresh.index)], fresh])
    seen = encode(stream.votes, model.workers_, model.classes_)
    model._pieces = Pieces([seen])
    model.n_votes_, model.n_tasks_ = len(seen), len(seen.tasks)
    model.stop_reason_ = "updated by partial_fit"
