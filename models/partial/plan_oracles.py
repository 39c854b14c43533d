"""Who answers, and what was bought: a replay of recorded votes, a simulated crowd, and the log of answers."""

from dataclasses import dataclass
from typing import Protocol

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array, ArrayModule, Frame
from models.active.random_order import uniform
from models.partial.plan_model import Outcomes


class Oracle(Protocol):
    """A crowd that can be asked."""

    @property
    def available(self) -> Array:
        """Who can be asked about what, bool, shape (items, workers)."""
        ...

    def ask(self, item: Array, question: Array, worker: Array) -> Array:
        """Answers, int64, shape (n,): 0 for no and 1 for yes, or a class to question number Q.

        Parameters
        ----------
        item, question, worker : int64 arrays, shape (n,)
        """
        ...


@dataclass(frozen=True)
class Replay:
    """Answers questions by the class that each worker saw.

    Attributes
    ----------
    seen : int64 array, shape (items, workers)
        Class, or -1 where the worker did not vote.
    questions : bool array, shape (Q, K)

    Examples
    --------
    >>> import numpy
    >>> crowd = Replay(numpy.array([[1, -1]]), numpy.array([[True, False]]))
    >>> [int(crowd.ask(*numpy.array([[0], [q], [0]]))[0]) for q in (0, 1)]
    [0, 1]
    """

    seen: Array
    questions: Array

    @property
    def available(self) -> Array:
        """Who voted on what, bool, shape (items, workers)."""
        return self.seen >= 0

    def ask(self, item: Array, question: Array, worker: Array) -> Array:
        """See `Oracle`.

        Raises
        ------
        ValueError
            The worker is unknown, or did not vote on the item.
        """
        xp, Q = array_namespace(self.seen), len(self.questions)
        unknown = (worker < 0) | (worker >= self.seen.shape[1])
        if bool(unknown.any()):
            raise ValueError(
                f"worker {int(worker[unknown][0])} is unknown; workers are 0 to {self.seen.shape[1] - 1}"
            )
        saw = self.seen[item, worker]
        if bool((saw < 0).any()):
            place = int((saw < 0).argmax())
            raise ValueError(
                f"worker {int(worker[place])} has no vote on item {int(item[place])}; ask those in available"
            )
        if not Q:
            return saw
        return xp.where(question < Q, self.questions[xp.minimum(question, Q - 1), saw], saw).astype("int64")


def simulated(truth: Array, confusion: Array, questions: Array, seed: int = 0) -> Replay:
    """A crowd in which each worker can be asked about each item, and sees a class by her confusion.

    Parameters
    ----------
    truth : int array, shape (items,)
    confusion : float array, shape (workers, true class, class seen)
        See `etl.crowd.simulate.confusions`.
    questions : bool array, shape (Q, K)
    seed : int
        Of what each worker sees.

    Examples
    --------
    >>> import numpy
    >>> simulated(numpy.array([1, 0]), numpy.eye(2)[None], numpy.zeros((0, 2), bool)).seen.tolist()
    [[1], [0]]
    """
    xp, workers = array_namespace(truth), len(confusion)
    seen = xp.empty((len(truth), workers), dtype="int64")
    for worker in range(workers):
        chance = uniform(xp.arange(len(truth)) * workers + worker, seed)
        below = confusion[worker][truth].cumsum(axis=1)[:, :-1]
        seen[:, worker] = (chance[:, None] >= below).sum(axis=1)
    return Replay(seen, questions)


@dataclass(frozen=True)
class Bought:
    """What the money bought.

    Attributes
    ----------
    posterior : float64 array, shape (items, K)
    labels : int64 array, shape (items,)
    spent : float
        Sum of the log's costs.
    log : DataFrame
        Columns item, question, worker, cost, answer; a row for each answer, in the order asked.
    """

    posterior: Array
    labels: Array
    spent: float
    log: Frame


def empty_log(xp: ArrayModule) -> Frame:
    """A log without answers."""
    none = xp.zeros(0, dtype="int64")
    return log_frame(none, none, none, none.astype("float64"), none)


def log_frame(item: Array, question: Array, worker: Array, cost: Array, answer: Array) -> Frame:
    """A log from its columns.

    Parameters
    ----------
    item, question, worker, answer : int64 arrays, shape (n,)
    cost : float64 array, shape (n,)

    Returns
    -------
    DataFrame
        See `Bought`.
    """
    columns = {"item": item, "question": question, "worker": worker, "cost": cost, "answer": answer}
    return engine_of(item).df.DataFrame(columns)


def ask_checked(
    oracle: Oracle, outcome: Outcomes, price: Array, item: Array, question: Array, worker: Array
) -> Frame:
    """Ask, and check what comes back.

    Parameters
    ----------
    oracle : Oracle
    outcome : Outcomes
    price : float64 array, shape (questions,)
    item, question, worker : int64 arrays, shape (n,)

    Returns
    -------
    DataFrame
        The log of these answers; see `Bought`.

    Raises
    ------
    ValueError
        The oracle gave too few or too many answers, or one that the question does not have.
    """
    xp = array_namespace(item)
    answer = xp.asarray(oracle.ask(item, question, worker))
    if answer.shape != item.shape or answer.dtype.kind not in "biu":
        raise ValueError(
            f"the oracle gave {answer.dtype} of shape {answer.shape} to {len(item)} questions; "
            "give a whole number for each"
        )
    bad = (answer < 0) | (answer >= outcome.answers[question])
    if bool(bad.any()):
        place = int(bad.argmax())
        raise ValueError(
            f"worker {int(worker[place])} answered {int(answer[place])} to question {int(question[place])} "
            f"about item {int(item[place])}; answers are 0 to {int(outcome.answers[question[place]]) - 1}"
        )
    return log_frame(item, question, worker, price[question], answer.astype("int64"))
