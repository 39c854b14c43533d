"""What answers say of items and workers, where an answer is the set of classes that a worker may have seen.

Worker ``w`` sees class ``z'`` of an item of class ``z`` with probability ``C[w, z, z']``. A yes or no tells a
set of classes that holds ``z'``; the K-way question "which class is it?" tells ``z'`` itself. So every answer
is a row of one binary matrix of outcomes, and EM over ``z`` and ``z'`` is the same for all questions.
"""

from dataclasses import dataclass

from etl.engine import array_namespace
from etl.engine.types import Array, ArrayModule
from etl.ids import tally

TINY = 1e-300
FIRST = 0.7
"""Probability of seeing the true class, believed of all workers before any answer."""
LEAST = 5.0
"""Answers of each true class that this belief counts as, at least."""
HOLD = 10.0
"""Answers that the skill of all workers counts as in the skill of one."""


@dataclass(frozen=True)
class Outcomes:
    """Answers that can be given: no and yes to each question, then each class to the K-way question.

    Attributes
    ----------
    sets : float64 array, shape (R, K)
        1 for the classes that the answer leaves.
    begins, answers : int64 arrays, shape (questions,)
        Answer ``a`` to question ``q``, below ``answers[q]``, is outcome ``begins[q] + a``.
    groups : float64 array, shape (R, questions)
        1 where an outcome answers the question.
    """

    sets: Array
    begins: Array
    answers: Array
    groups: Array


def outcomes(questions: Array, kway: bool = True) -> Outcomes:
    """Outcomes of binary questions, and of the K-way one, which is question number Q.

    Parameters
    ----------
    questions : bool array, shape (Q, K)
    kway : bool
        Whether the K-way question is among them.

    Examples
    --------
    >>> import numpy
    >>> outcomes(numpy.array([[True, False]])).sets.tolist()
    [[0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
    """
    xp = array_namespace(questions)
    Q, K = questions.shape
    pairs = xp.stack([~questions, questions], axis=1).reshape(2 * Q, K)
    sets = xp.concatenate([pairs, xp.eye(K, dtype=bool)]) if kway else pairs
    number = xp.arange(Q + kway, dtype="int64")
    answers = xp.where(number < Q, 2, K)
    question = xp.minimum(xp.arange(len(sets)) // 2, Q)
    groups = (question[:, None] == number).astype("float64")
    return Outcomes(sets.astype("float64"), 2 * number, answers, groups)


@dataclass(frozen=True)
class Belief:
    """What is believed of classes and workers.

    Attributes
    ----------
    shares : float64 array, shape (K,)
        Of the classes; they sum to 1.
    confusion : float64 array, shape (workers, true class, class seen)
        Rows sum to 1.
    """

    shares: Array
    confusion: Array

    def chances(self, sets: Array) -> Array:
        """P(outcome | true class, worker), float64, shape (workers, R, K), for sets of shape (R, K)."""
        return array_namespace(sets).matmul(sets, self.confusion.transpose(0, 2, 1))


def posterior(item: Array, cell: Array, chances: Array, prior: Array, items: int) -> Array:
    """P(class | answers): the prior times the likelihood of each answer.

    Parameters
    ----------
    item : int64 array, shape (answers,)
    cell : int64 array, shape (answers,)
        ``worker * R + outcome``.
    chances : array, shape (workers, R, K)
    prior : array, shape (K,) or (items, K)
    items : int

    Returns
    -------
    float64 array, shape (items, K)
        Rows sum to 1.
    """
    xp = array_namespace(chances)
    logs = xp.log(xp.maximum(chances.reshape(-1, chances.shape[2])[cell], TINY))
    scores = by_class(item, logs, items) + xp.log(xp.maximum(prior, TINY))
    scores = xp.exp(scores - scores.max(axis=1, keepdims=True))
    return scores / scores.sum(axis=1, keepdims=True)


def by_class(key: Array, rows: Array, size: int) -> Array:
    """Sums of rows that share a key.

    Parameters
    ----------
    key : int64 array, shape (n,)
        Below ``size``.
    rows : float array, shape (n, K)
    size : int

    Returns
    -------
    float64 array, shape (size, K)
    """
    xp, K = array_namespace(rows), rows.shape[1]
    flat = (key[:, None] * K + xp.arange(K)).ravel()
    return tally(flat, size * K, rows.ravel()).reshape(size, K)


def initial_belief(workers: int, K: int, xp: ArrayModule) -> Belief:
    """Belief before any answer: equal shares, and workers who are right with probability `FIRST`.

    Parameters
    ----------
    workers : int
    K : int
        Classes.
    xp : module
        `numpy` or `cupy`.
    """
    off = (1 - FIRST) / max(K - 1, 1)
    row = xp.full((K, K), off) + xp.eye(K) * (FIRST - off)
    return Belief(xp.full(K, 1.0 / K), xp.tile(row, (workers, 1, 1)))


def step(belief: Belief, item: Array, cell: Array, sets: Array, prior: Array, strength: float) -> Belief:
    """One pass of EM: expected counts of (z, z') of each worker, then the means of their posteriors.

        p(z | answers) ~ prior_z prod over answers of P(outcome | z, worker)
        n[w, z, z'] = C[w, z, z'] sum over w's answers of p(z | answers) [z' in outcome] / P(outcome | z, w)

    Answers of one worker on an item cannot tell a rare class from a worker who errs. So the counts of classes
    are drawn to equal ones, and the pooled confusion to the first belief, each by as many answers as the sum
    over items of ``1 / answers**2``: much where items have one answer, little where they have several. Source
    of the model: Dawid and Skene, "Maximum likelihood estimation of observer error-rates using the EM
    algorithm", 1979, equations 2.3 to 2.5, with ``z'`` hidden as well.

    Parameters
    ----------
    belief : Belief
    item, cell
        See `posterior`.
    sets : float64 array, shape (R, K)
        See `Outcomes`.
    prior : float64 array, shape (items, K)
    strength : float
        See `pool`.
    """
    xp, (workers, K, _) = array_namespace(sets), belief.confusion.shape
    # E: p(z | answers), and n[w, z, z']
    chances = belief.chances(sets)
    p = posterior(item, cell, chances, prior, len(prior))
    weight = by_class(cell, p[item], workers * len(sets)).reshape(chances.shape)
    weight = weight / xp.maximum(chances, TINY)
    counts = belief.confusion * xp.matmul(weight.transpose(0, 2, 1), sets)
    # M: shares and confusions, drawn to equal ones by so many answers a class
    answers = tally(item, len(prior))
    anchor = float((1.0 / answers[answers > 0] ** 2.0).sum()) / K
    shares = p[answers > 0].sum(axis=0) + anchor + 1.0 / K
    return Belief(shares / shares.sum(), pool(counts, LEAST + anchor, strength))


def pool(counts: Array, anchor: float, strength: float) -> Array:
    """Confusions from counts, each row with the prior ``Dirichlet(strength * mean row)``.

    The mean row is that of all workers together, with its diagonal's odds scaled by how much more often this
    worker was right than workers are on her items: as in `models.crowd.pooled`, but a good worker is believed
    to be good at classes that she has not met.

    Parameters
    ----------
    counts : float64 array, shape (workers, true class, class seen)
        Expected.
    anchor : float
        Answers of each true class that the first belief counts as in the mean row.
    strength : float
        Answers that the mean row counts as in a worker's row.

    Returns
    -------
    float64 array, shape of ``counts``
        Rows sum to 1.
    """
    xp, K = array_namespace(counts), counts.shape[1]
    # the mean row of all workers
    pooled = counts.sum(axis=0) + anchor * initial_belief(1, K, xp).confusion[0]
    pooled = pooled / pooled.sum(axis=1, keepdims=True)
    # odds of the diagonal, times how much more often this worker was right than workers usually are
    usual = xp.diagonal(pooled)
    base, met = HOLD * usual.mean(), counts.sum(axis=2)
    total = met.sum(axis=1) + HOLD
    skill = (xp.diagonal(counts, axis1=1, axis2=2).sum(axis=1) + base) / total
    lead = odds(skill) / odds((met @ usual + base) / total)
    scaled = odds(usual) * lead[:, None]
    right = (scaled / (1 + scaled))[:, :, None]
    # the mistakes of the mean row, and the posterior's mean
    eye = xp.eye(K)
    wrong = pooled * (1 - eye)
    wrong = wrong / xp.maximum(wrong.sum(axis=1, keepdims=True), TINY)
    mine = counts + strength * (wrong * (1 - right) + eye * right)
    return mine / mine.sum(axis=2, keepdims=True)


def odds(chance: Array) -> Array:
    """Odds of a probability, kept finite."""
    chance = array_namespace(chance).clip(chance, 1e-4, 1 - 1e-4)
    return chance / (1 - chance)


def gains(p: Array, chances: Array, outcome: Outcomes) -> Array:
    """Mutual information of an item's class and a worker's answer: ``H(outcome) - H(outcome | class)``.

    Of several workers, all at once.

    Parameters
    ----------
    p : float64 array, shape (n, K)
        Posteriors of items.
    chances : float64 array, shape (R, K) or (workers, R, K)
        P(outcome | class) of one worker, or of several; see `Belief.chances`.
    outcome : Outcomes

    Returns
    -------
    float64 array, shape (n, questions) or (n, workers, questions)
        In nats.

    Examples
    --------
    >>> import numpy
    >>> even = numpy.array([[0.5, 0.5]])
    >>> gains(even, numpy.eye(2), outcomes(numpy.zeros((0, 2), bool))).round(3).tolist()
    [[0.693]]
    """
    xp = array_namespace(p)
    rows = chances.reshape(-1, chances.shape[-1])
    marginal = p @ rows.T
    conditional = p @ (rows * xp.log(xp.maximum(rows, TINY))).T
    gained = conditional - marginal * xp.log(xp.maximum(marginal, TINY))
    return gained.reshape(len(p), *chances.shape[:-1]) @ outcome.groups
