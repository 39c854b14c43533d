"""A person as the oracle: answers come when they come, and the model learns on while more are given.

`models.active.loop.ActiveLearner` waits for its oracle. Here a round takes the answers there are, and leaves
a `Proposal` that never changes: whoever asks the person reads the newest one, and waits for nothing.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from etl.conll.score import Score, span_f1
from etl.engine import array_namespace
from etl.engine.types import Array
from etl.handoff import to_host
from models.active.acquisition import Acquisition
from models.active.outputs import begins, read
from models.active.pool import ranked
from models.active.protocols import Learner
from models.active.seeds import round_seed


@dataclass(frozen=True)
class Known:
    """Answers about some items, in host memory.

    Attributes
    ----------
    items : int64 array, shape (n,)
    targets : int array, shape (tokens,)
        Codes of tags of the items' tokens, one item after another.
    """

    items: np.ndarray
    targets: np.ndarray


@dataclass(frozen=True)
class Proposal:
    """What the model of a round would ask next.

    Attributes
    ----------
    round : int
    items : int64 array, shape (n,)
        Best first.
    scores : float64 array, shape (n,)
    guesses : dict of int to int array
        The model's own tags of each of these items.
    judged : Score, optional
        Of the answers kept for judging, where there are any.
    held : int
        Number of those.
    seconds : float
        That learning and choosing took.
    """

    round: int
    items: np.ndarray
    scores: np.ndarray
    guesses: dict[int, np.ndarray] = field(repr=False)
    judged: Score | None
    held: int
    seconds: float


@dataclass
class PersonLearner:
    """Rounds of learning from a person's answers.

    Attributes
    ----------
    model : Learner
        Whose outputs hold ``tags`` as well.
    acquisition : Acquisition
    lengths : int64 array, shape (items,)
        Words of each item; its device is that of items and targets.
    names : sequence of str
        Of the tags, in BIOES.
    candidates : int
        Open items that are scored in a round, at most, drawn at random.
    seed : int
    """

    model: Learner
    acquisition: Acquisition
    lengths: Array
    names: Sequence[str]
    candidates: int = 2000
    seed: int = 0

    def learn(self, number: int, known: Known, held: Known, left: np.ndarray) -> Proposal:
        """Learn on from all answers, judge by those held out, and rank items that are left.

        Parameters
        ----------
        number : int
            Of the round, from 1; all that is random in it is drawn from the seed and this.
        known, held : Known
            Answers to learn from (at least one), and to judge by.
        left : int64 array, shape (n,)
            Items that may be asked.

        Raises
        ------
        ValueError
            There is no answer to learn from.
        """
        if not len(known.items):
            raise ValueError("there is no answer to learn from; give at least one")
        began, xp = time.perf_counter(), array_namespace(self.lengths)
        seed = round_seed(self.seed, number, "train")
        self.model.fit_more(xp.asarray(known.items), xp.asarray(known.targets), seed)
        judged = self._judge(held) if len(held.items) else None
        items, scores, guesses = self._rank(number, left)
        return Proposal(number, items, scores, guesses, judged, len(held.items), time.perf_counter() - began)

    def forget(self) -> None:
        """Begin the next round with new weights: after an error these may be no numbers."""
        self.model.restore(None)

    def _judge(self, held: Known) -> Score:
        xp = array_namespace(self.lengths)
        items, true = xp.asarray(held.items), xp.asarray(held.targets)
        tags = self.model.outputs(items, 0, 0).tags
        return span_f1(true, xp.asarray(tags), begins(self.lengths[items]), self.names)

    def _rank(self, number: int, left: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict[int, np.ndarray]]:
        """Candidates best first, their scores, and the model's tags of each."""
        if not len(left):
            return left, np.zeros(0), {}
        xp = array_namespace(self.lengths)
        drawn = ranked(left, np.zeros(len(left)), round_seed(self.seed, number, "ask"))[: self.candidates]
        items = xp.asarray(drawn)
        said = self.model.outputs(items, self.acquisition.samples, round_seed(self.seed, number, "sample"))
        scores = self.acquisition.score(read(said, items))
        best = to_host(ranked(items, scores, round_seed(self.seed, number, "choose")))
        score = dict(zip(drawn.tolist(), to_host(scores).tolist(), strict=True))
        tags = np.split(to_host(xp.asarray(said.tags)), to_host(xp.asarray(said.starts))[1:-1])
        ordered = np.array([score[item] for item in best.tolist()])
        return best, ordered, dict(zip(drawn.tolist(), tags, strict=True))
