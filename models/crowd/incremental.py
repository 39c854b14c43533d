"""Streaming updates of an aggregator: incremental EM over the tasks that a batch of votes touches."""

from typing import Any

from etl.crowd.votes import Votes, encode
from etl.engine import array_namespace, engine_of
from etl.pieces import Pieces
from models.crowd import products


class Stream:
    """Votes seen, and the posterior of each task that its counts were made with.

    Parameters
    ----------
    votes : DataFrame or None
        Those that were fitted on.
    """

    def __init__(self, votes: Any) -> None:
        self.votes = votes
        self.share: Any = None

    def of(self, tasks: Any) -> Any:
        """Votes seen on these tasks."""
        return self.votes[self.votes["task"].isin(tasks)]


def update(model: Any, votes: Any, truth: Any, passes: int) -> None:
    """Replace the counts of the tasks that an `Aggregator` gets votes on, and step."""
    df = engine_of(votes).df
    stream = model._stream
    if stream.votes is not None and stream.share is None:
        _begin(model)
    grow(model, votes)
    old = stream.of(votes["task"]) if stream.votes is not None else votes[:0]
    together = df.concat([old[["task", "worker", "label"]], votes[["task", "worker", "label"]]])
    batch = encode(together.reset_index(drop=True), model.workers_, model.classes_)
    batch = batch if truth is None else batch.with_truth(truth)
    by_vote, by_task = _without(model, old)
    for _ in range(passes):
        share = _judge(model, batch)
        more = _count(batch, share)
        model._counts = by_vote + more[0], by_task + more[1]
        model._params = model._m_step(*model._counts)
    model.n_iter_ += passes
    model._store(model._params)
    _keep(model, votes, batch, share)


def _begin(model: Any) -> None:
    """Posteriors of what was fitted on, and counts that are theirs."""
    (votes,) = model._pieces
    share = _judge(model, votes)
    model._counts = _count(votes, share)
    model._stream.share = engine_of(votes.flat).df.DataFrame(share, index=votes.tasks, columns=votes.labels)


def grow(model: Any, votes: Any) -> None:
    """Make room for workers and labels that were not seen before, after those that were."""
    before = model._shape if hasattr(model, "workers_") else (0, 0)
    model.workers_ = _union(getattr(model, "workers_", None), votes["worker"])
    model.classes_ = _union(getattr(model, "classes_", None), votes["label"])
    workers, classes = model._shape
    xp = model._engine.xp
    cube, tasks = xp.zeros((workers, classes, classes)), xp.zeros(classes)
    if model._counts is not None:
        held = model._counts[0].reshape(before[0], before[1], before[1])
        cube[: before[0], : before[1], : before[1]] = held
        tasks[: before[1]] = model._counts[1]
        if (workers, classes) != before:
            model._params = model._m_step(cube.reshape(-1, classes), tasks)
    model._counts = cube.reshape(-1, classes), tasks
    if model._stream.share is not None:
        model._stream.share = model._stream.share.reindex(columns=model.classes_).fillna(0.0)


def _union(known: Any, values: Any) -> Any:
    found = engine_of(values).df.Index(values.unique(), name=values.name).sort_values()
    return found if known is None else known.append(found[~found.isin(known)])


def _without(model: Any, old: Any) -> tuple[Any, Any]:
    """Counts without what these votes have added."""
    by_vote, by_task = model._counts
    if not len(old):
        return by_vote, by_task
    held = encode(old, model.workers_, model.classes_)
    share = model._stream.share.reindex(held.tasks).to_numpy()
    gone = _count(held, array_namespace(by_vote).asarray(share))
    return (by_vote - gone[0]).clip(0.0), (by_task - gone[1]).clip(0.0)


def _judge(model: Any, batch: Votes) -> Any:
    table, posterior = model._training_table(model._params)
    share = posterior(products.scores(batch, table), 0)[0]
    return share if batch.gold is None else products.clamp(share, batch.gold)


def _count(votes: Votes, share: Any) -> tuple[Any, Any]:
    by_vote = sum(transposed @ share[tasks] for tasks, _, transposed in votes.blocks)
    return by_vote, share.sum(axis=0)


def _keep(model: Any, votes: Any, batch: Votes, share: Any) -> None:
    """Hold votes and posteriors for the next batch, and for `predict`."""
    df, stream = engine_of(votes).df, model._stream
    fresh = df.DataFrame(share, index=batch.tasks, columns=model.classes_)
    if stream.share is None:
        stream.votes, stream.share = votes[["task", "worker", "label"]], fresh
    else:
        stream.votes = df.concat([stream.votes, votes[["task", "worker", "label"]]], ignore_index=True)
        stream.share = df.concat([stream.share[~stream.share.index.isin(fresh.index)], fresh])
    held = encode(stream.votes, model.workers_, model.classes_)
    model._pieces = Pieces([held])
    model.n_votes_, model.n_tasks_ = len(held), len(held.tasks)
    model.stop_reason_ = "updated by partial_fit"
