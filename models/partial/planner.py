"""The planner: whom to ask what about which item, so that a budget teaches most."""

from dataclasses import dataclass

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array, Frame
from etl.hashing import mix
from models.partial import plan_model as model
from models.partial.plan_oracles import Bought, Oracle, ask_checked, empty_log
from models.partial.plan_search import CENT, best

MEET = 5
"""Answers of each item that workers are learnt from first."""
WARM, COLD = 3, 30
"""Passes of EM after a batch, from where the last ended; and of the last judgement, from the start."""


@dataclass
class _State:
    """How far a run has come.

    Attributes
    ----------
    free : bool array, shape (items, workers)
        Who can still be asked about what.
    log : DataFrame
        See `Bought`.
    belief : Belief
    spent : float
    """

    free: Array
    log: Frame
    belief: model.Belief
    spent: float = 0.0


@dataclass(frozen=True)
class Planner:
    """Asks, batch by batch, the (item, question, worker) of most mutual information per cost.

    The gain is ``I(class; answer)`` under the posterior and confusions learnt so far. The other choice, the
    expected rise of the largest posterior, is zero for a second answer that cannot overturn the first, so it
    says nothing of whom to ask: at two answers an item it lost 20 points of accuracy on the votes d_sentiment
    and 8 on rte. Mixes of both were no better over the sets. Constants are one setting for all sets, chosen
    in view of nine sets of recorded votes. Source of the gain: Lindley, "On a measure of the information
    provided by an experiment", 1956; of the model: `models.partial.plan_model`.

    First, some money is spent on a few random items alone, so that workers meet there and can be told apart:
    a share of what is left after one answer an item. Without it, EM may take a crowd of mostly guessing
    workers for one that knows.

    A worker is asked at most one question about an item, and an item at most one a batch. So a question uses
    up a worker too, who is valued at the money left for each (item, worker) that can still be asked: where
    workers are few, dearer questions that tell more are taken.

    Parameters
    ----------
    questions : bool array, shape (Q, K)
        Classes whose true answer is yes.
    costs : float array, shape (Q,)
        Above 0.
    budget : float
    kway : float, optional
        Cost of the question "which class is it?", which has number Q; it is not asked by default.
    prior : float64 array, shape (items, K), optional
        Of each item, as a classifier's probabilities; class shares learnt on the way by default.
    confusion : float64 array, shape (workers, K, K), optional
        Known confusions; learnt on the way by default.
    strength : float
        Answers that the prior of a worker's row of confusion counts as.
    batch : float
        Share of the budget that is spent before posteriors and confusions are learnt anew.
    explore : float
        Share, of the money beyond one answer an item (the dearest), that is spent first on few items.
    seed : int
        Of ties, and of those items.

    Examples
    --------
    >>> import numpy
    >>> from models.partial.plan_oracles import simulated
    >>> leaves, truth = numpy.eye(3, dtype=bool), numpy.array([2, 0, 1, 2])
    >>> perfect = numpy.tile(numpy.eye(3), (5, 1, 1))
    >>> crowd = simulated(truth, perfect, leaves)
    >>> bought = Planner(leaves, numpy.ones(3), budget=9.0, kway=1.5, confusion=perfect).run(crowd)
    >>> bought.labels.tolist(), bought.spent
    ([2, 0, 1, 2], 6.0)
    """

    questions: Array
    costs: Array
    budget: float
    kway: float | None = None
    prior: Array | None = None
    confusion: Array | None = None
    strength: float = 6.0
    batch: float = 0.02
    explore: float = 0.2
    seed: int = 0

    def run(self, oracle: Oracle) -> Bought:
        """Spend the budget; stops earlier when no question is left that would teach anything.

        Parameters
        ----------
        oracle : Oracle
            The crowd.

        Raises
        ------
        ValueError
            Shapes or costs do not fit, or an answer is none of its question's.
        """
        free = oracle.available.copy()
        items, workers = free.shape
        self._check(items, workers)
        few, money = self._few(items)
        state = _State(free, empty_log(array_namespace(free)), self._begin(workers))
        # workers meet on a few items, as long as that money lasts and any of these can be asked about
        while state.spent < money and self._buy_batch(oracle, state, few[:, None]):
            pass
        # then all items compete
        while self._buy_batch(oracle, state):
            pass
        return self.judge(state.log, items, workers)

    def _buy_batch(self, oracle: Oracle, state: _State, allowed: Array | None = None) -> bool:
        """Ask the batch that is worth most, and learn from it; False where nothing is worth its cost."""
        items, outcome = len(state.free), self._outcomes()
        p, chances = self._posterior(state.log, state.belief, items), state.belief.chances(outcome.sets)
        free = state.free if allowed is None else state.free & allowed
        item, question, worker = self._choose(p, chances, free, self.budget - state.spent)
        if not len(item):
            return False
        answers = ask_checked(oracle, outcome, self._price(), item, question, worker)
        state.free[item, worker] = False
        state.log = engine_of(state.free).df.concat([state.log, answers], ignore_index=True)
        state.spent += float(answers["cost"].sum())
        state.belief = self._learn(state.log, state.belief, items, WARM)
        return True

    def judge(self, log: Frame, items: int, workers: int) -> Bought:
        """Posterior and labels from a log alone; those of `run` are these.

        Parameters
        ----------
        log : DataFrame
            See `models.partial.plan_oracles.Bought`.
        items, workers : int
        """
        belief = self._learn(log, self._begin(workers), items, COLD)
        p = self._posterior(log, belief, items)
        return Bought(p, p.argmax(axis=1), float(log["cost"].sum()), log)

    def _choose(self, p: Array, chances: Array, free: Array, left: float) -> tuple[Array, Array, Array]:
        """Item, question and worker of the next batch, the most gain per cost first."""
        xp, price = array_namespace(p), self._price()
        value, question, worker = best(p, chances, free, price, self._outcomes(), left, self.seed)
        tie = mix(xp.arange(len(p)), self.seed + 1).astype("float64")
        order = xp.lexsort(xp.stack([tie, -value]))
        order = order[value[order] > CENT]
        bill = xp.cumsum(price[question[order]])
        allowed = min(left, max(self.batch * self.budget, float(bill[0]) if len(bill) else 0.0))
        item = order[bill <= allowed + CENT]
        return item, question[item], worker[item]

    def _few(self, items: int) -> tuple[Array, float]:
        """Items that are asked about first, bool (items,), and the money for them: `MEET` answers of each."""
        xp, dearest = array_namespace(self.questions), float(self._price().max())
        money = self.explore * max(0.0, self.budget - items * dearest)
        few = xp.zeros(items, dtype=bool)
        few[mix(xp.arange(items), self.seed + 2).argsort()[: int(money / (MEET * dearest)) + 1]] = True
        return few, money

    def _learn(self, log: Frame, belief: model.Belief, items: int, passes: int) -> model.Belief:
        sets, (item, cell) = self._outcomes().sets, self._cells(log)
        for _ in range(passes if len(item) else 0):
            learnt = model.step(belief, item, cell, sets, self._prior(belief, items), self.strength)
            known = belief.confusion if self.confusion is not None else learnt.confusion
            belief = model.Belief(learnt.shares, known)
        return belief

    def _posterior(self, log: Frame, belief: model.Belief, items: int) -> Array:
        chances = belief.chances(self._outcomes().sets)
        return model.posterior(*self._cells(log), chances, self._prior(belief, items), items)

    def _cells(self, log: Frame) -> tuple[Array, Array]:
        outcome = self._outcomes()
        item, question, worker, answer = (log[n].values for n in ("item", "question", "worker", "answer"))
        return item, worker * len(outcome.sets) + outcome.begins[question] + answer

    def _prior(self, belief: model.Belief, items: int) -> Array:
        xp = array_namespace(belief.shares)
        return xp.tile(belief.shares, (items, 1)) if self.prior is None else self.prior

    def _begin(self, workers: int) -> model.Belief:
        first = model.initial_belief(workers, self.questions.shape[1], array_namespace(self.questions))
        return first if self.confusion is None else model.Belief(first.shares, self.confusion)

    def _outcomes(self) -> model.Outcomes:
        return model.outcomes(self.questions, self.kway is not None)

    def _price(self) -> Array:
        return prices(self.questions, self.costs, self.kway)

    def _check(self, items: int, workers: int) -> None:
        K = self.questions.shape[1]
        shapes = {"prior": (items, K), "confusion": (workers, K, K)}
        for name, shape in shapes.items():
            given = getattr(self, name)
            if given is not None and given.shape != shape:
                raise ValueError(f"{name} has shape {given.shape}; the oracle's crowd asks for {shape}")
        if self.budget < 0 or not 0 < self.batch <= 1:
            raise ValueError(
                f"budget is {self.budget} and batch {self.batch}; they are 0 or more, and in (0, 1]"
            )


def prices(questions: Array, costs: Array, kway: float | None) -> Array:
    """Cost of each question, the K-way one last.

    Parameters
    ----------
    questions : bool array, shape (Q, K)
    costs : float array, shape (Q,)
        Above 0.
    kway : float or None
        Cost of the K-way question, if it is asked.

    Returns
    -------
    float64 array, shape (Q,) or (Q + 1,)

    Raises
    ------
    ValueError
        Questions are not a bool matrix, there is none, or a cost is missing or not above 0.
    """
    xp = array_namespace(questions)
    if questions.ndim != 2 or questions.dtype.kind != "b":
        raise ValueError(f"questions: {questions.dtype} {questions.shape}; give bool, (Q, K)")
    if len(costs) != len(questions) or (not len(questions) and kway is None):
        raise ValueError(
            f"there are {len(questions)} questions, {len(costs)} costs, kway {kway}; give each a cost"
        )
    kways = xp.full(0 if kway is None else 1, kway or 0.0)
    price = xp.concatenate([costs.astype("float64"), kways])
    if not bool((price > 0).all()):
        raise ValueError(
            f"question {int((~(price > 0)).argmax())} costs {float(price.min())}; costs are above 0"
        )
    return price
