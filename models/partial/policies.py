"""What the planner is compared with: fixed redundancy, workers believed, and pairs drawn at random."""

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array, Estimator, Frame
from etl.handoff import to_host
from etl.hashing import mix
from models.crowd.majority import MajorityVote
from models.crowd.pooled import PooledDawidSkene
from models.partial.plan_model import outcomes
from models.partial.plan_oracles import Bought, Oracle, ask_checked, empty_log
from models.partial.plan_search import CENT
from models.partial.planner import prices

AGGREGATORS = {
    "majority": lambda seed: MajorityVote(ties="random", random_state=seed),
    "dawid_skene": lambda seed: PooledDawidSkene(random_state=seed),
}


def fixed(
    oracle: Oracle, questions: Array, kway: float, budget: float, redundancy: int, seed: int = 0
) -> dict[str, Bought]:
    """The K-way question to so many random workers an item, items in random order, until the money ends.

    Items that have fewer workers are asked of all. The last item bought may have fewer answers.

    Parameters
    ----------
    oracle : Oracle
    questions : bool array, shape (Q, K)
        They are not asked; the K-way one has number Q.
    kway : float
        Its cost.
    budget : float
    redundancy : int
        Workers an item, at least 1.
    seed : int
        Of workers, the order of items, and ties.

    Returns
    -------
    dict of Bought
        What the same answers come to by ``"majority"`` and by ``"dawid_skene"`` (the pooled one).

    Raises
    ------
    ValueError
        ``redundancy`` is below 1.

    Examples
    --------
    >>> import numpy
    >>> from models.partial.plan_oracles import Replay
    >>> none, seen = numpy.zeros((0, 2), bool), numpy.array([[1, 1, 1], [0, 0, 0]])
    >>> fixed(Replay(seen, none), none, 1.0, 6.0, 3)["majority"].labels.tolist()
    [1, 0]
    """
    if redundancy < 1:
        raise ValueError(f"redundancy is {redundancy}; an item takes at least 1 worker")
    free = oracle.available
    xp, items = array_namespace(free), len(free)
    rank = _draw(free, seed).argsort(axis=1)[:, :redundancy]
    item = xp.repeat(mix(xp.arange(items), seed + 1).argsort(), rank.shape[1])
    worker = rank[item[:: rank.shape[1]]].ravel()
    kept = free[item, worker]
    return _bought(oracle, questions, kway, budget, item[kept], worker[kept], seed)


def pairs(oracle: Oracle, questions: Array, kway: float, budget: float, seed: int = 0) -> dict[str, Bought]:
    """The K-way question to one random (item, worker) after the other, until the money ends.

    Parameters
    ----------
    oracle, questions, kway, budget, seed
        See `fixed`.

    Returns
    -------
    dict of Bought
        As `fixed` has it.
    """
    free = oracle.available
    xp = array_namespace(free)
    item, worker = xp.nonzero(free)
    order = mix(item * free.shape[1] + worker, seed).argsort()
    return _bought(oracle, questions, kway, budget, item[order], worker[order], seed)


def exact(
    oracle: Oracle, questions: Array, costs: Array, budget: float, kway: float | None = None, seed: int = 0
) -> Bought:
    """One random worker an item, whose answers are believed: binary questions until one class is left.

    The next question is that which splits the classes left most evenly for its cost; the K-way question is
    not asked. A chain that the money cuts short leaves several classes, of which the commonest is taken.
    Source: Hu, Lipton, Anandkumar and Ramanan, "Active learning with partial feedback", ICLR 2019, section 2,
    with equal probabilities.

    Parameters
    ----------
    oracle : Oracle
    questions : bool array, shape (Q, K)
    costs : float array, shape (Q,)
        Above 0.
    budget : float
    kway : float, optional
        Cost of the K-way question.
    seed : int
        Of workers, and the order of items.

    Raises
    ------
    ValueError
        Questions cannot tell all classes apart, or costs do not fit.
    """
    free, price = oracle.available, prices(questions, costs, kway)
    xp, K = array_namespace(free), questions.shape[1]
    outcome = outcomes(questions, kway is not None)
    if len({tuple(column) for column in to_host(questions.T).tolist()}) < K:
        raise ValueError("two classes have the same answers to all questions; add one that tells them apart")
    order = mix(xp.arange(len(free)), seed + 1).argsort()
    order, worker = order[free[order].any(axis=1)], _draw(free, seed).argmin(axis=1)
    left, log, longest = xp.ones((len(free), K), dtype=bool), empty_log(xp), (K - 1) * float(price.max())
    while len(order):
        spent = float(log["cost"].sum())
        block = max(1, int((budget - spent) / longest))
        item, order = order[:block], order[block:]
        while len(item):
            split = xp.minimum(
                left[item] @ questions.T.astype("float64"), left[item] @ (~questions).T.astype("float64")
            )
            what = (split / price[: len(questions)]).argmax(axis=1)
            if float(price[what].sum()) > budget - float(log["cost"].sum()) + CENT:
                order = order[:0]
                break
            new = ask_checked(oracle, outcome, price, item, what, worker[item])
            log = engine_of(free).df.concat([log, new], ignore_index=True)
            left[item] &= questions[what] == (new["answer"].values == 1)[:, None]
            item = item[left[item].sum(axis=1) > 1]
    return _believed(left, log)


def _believed(left: Array, log: Frame) -> Bought:
    xp = array_namespace(left)
    done = left.sum(axis=1) == 1
    shares = left[done].sum(axis=0) + 1.0 / left.shape[1]
    found = left * (shares / shares.sum())
    found = found / found.sum(axis=1, keepdims=True)
    return Bought(found, xp.argmax(found, axis=1), float(log["cost"].sum()), log)


def _draw(free: Array, seed: int) -> Array:
    """A number of each (item, worker); the highest where the worker cannot be asked."""
    xp, (items, workers) = array_namespace(free), free.shape
    number = mix(xp.arange(items)[:, None] * workers + xp.arange(workers), seed) >> xp.uint64(1)
    return xp.where(free, number, xp.uint64(2**63))


def _bought(
    oracle: Oracle, questions: Array, kway: float, budget: float, item: Array, worker: Array, seed: int
) -> dict[str, Bought]:
    xp, Q = array_namespace(item), len(questions)
    paid = int(budget / kway + CENT)
    item, worker = item[:paid], worker[:paid]
    price, number = xp.full(Q + 1, kway), xp.full(len(item), Q, dtype="int64")
    log = ask_checked(oracle, outcomes(questions), price, item, number, worker)
    shape = len(oracle.available), questions.shape[1]
    return {name: _aggregated(log, make(seed), shape) for name, make in AGGREGATORS.items()}


def _aggregated(log: Frame, aggregator: Estimator, shape: tuple[int, int]) -> Bought:
    """Posteriors of items with answers; others have the shares of the classes."""
    engine = engine_of(log)
    xp, votes = engine.xp, log.rename(columns={"item": "task", "answer": "label"})
    known = xp.unique(votes["label"].values)
    found = xp.full(shape, 1.0 / shape[1])
    if len(known) < 2:
        found[:, known] += 1.0
        found = found / found.sum(axis=1, keepdims=True)
        return Bought(found, found.argmax(axis=1), float(log["cost"].sum()), log)
    proba = aggregator.fit(votes[["task", "worker", "label"]]).predict_proba()
    labels = aggregator.predict()
    place = xp.asarray(labels.index.values)
    shares = getattr(aggregator, "priors_", None)
    usual = xp.bincount(labels.values, minlength=shape[1]) / len(labels)
    if shares is not None:
        usual[known] = shares.values
    found[:] = usual
    found[place] = 0.0
    found[place[:, None], known] = proba.values
    out = found.argmax(axis=1)
    out[place] = labels.values
    return Bought(found, out, float(log["cost"].sum()), log)
