"""The loop: ask for the labels of the most informative items, learn on, and ask again."""

import time
import zlib
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Self

import numpy as np

from etl.engine import array_namespace, engine_of
from etl.engine.types import Array
from etl.handoff import from_host, to_host
from models.active.acquisition import Acquisition
from models.active.outputs import Outputs, begins, read
from models.active.pool import Pool
from models.active.protocols import Learner, Oracle
from models.active.run_log import Memory, Row, RunLog
from models.active.seeds import round_seed
from models.active.stops import Stop


@dataclass
class ActiveLearner:
    """Rounds of queries by words. Source: Shen et al. 2018.

    Round 0 asks for items at random. Each later round scores all open items, takes the best for its budget of
    words, and trains on *all* labelled items with the weights kept. Budgets count from the start: after round
    r at least ``start + r * budget`` words are labelled, so that acquisitions are compared at like sizes.

    A round is noted in two steps: answers when they are there, and the model when it is trained. A run that
    was killed goes on from the last step, asks for no answer twice, and comes to the same choices and curve,
    as every random number is drawn from the seed and the round.

    Attributes
    ----------
    model : Learner
    acquisition : Acquisition
    oracle : Oracle
    start, budget : int
        Words of round 0, and of each round after.
    stop : Stop
        May differ when a run is taken up again; all else may not.
    run_log : RunLog
        Where rounds are noted.
    seed : int
    curve_ : list of dict
        ``round, items, words, share, cost, score, seconds`` after each round; ``seconds`` are of training and
        judging.
    queries_ : list of list of dict
        Of each round ``round, item, words, score, cost, seconds, target``; ``seconds`` are of the round's
        choice and answers.
    pool_ : Pool
    stop_reason_ : str
    """

    model: Learner
    acquisition: Acquisition
    oracle: Oracle
    start: int
    budget: int
    stop: Stop = field(default_factory=lambda: Stop(share=0.5))
    run_log: RunLog = field(default_factory=Memory)
    seed: int = 0

    def run(self, lengths: Array) -> Self:
        """Resume the run of the log, or begin one, and go on until a rule says stop.

        Parameters
        ----------
        lengths : int64 array, shape (items,)
            Words of each item of the pool; its device is that of items and targets.

        Raises
        ------
        ValueError
            ``start`` or ``budget`` is not positive, the log is of another run, or a score is NaN.
        """
        if min(self.start, self.budget) < 1:
            raise ValueError(f"start ({self.start}) and budget ({self.budget}) must be at least one word")
        self._resume(lengths)
        while (reason := self.stop.reason(self.curve_)) is None:
            self._round(len(self.curve_))
        self.stop_reason_ = reason
        return self

    def _resume(self, lengths: Array) -> None:
        self.pool_ = Pool.new(lengths)
        self.run_log.begin(self._settings())
        self.curve_ = self.run_log.points()
        self.queries_: list[list[Row]] = []
        self._items: list[Array] = []
        self._targets: list[Array] = []
        for number in range(len(self.curve_)):
            self._record(self.run_log.asked(number) or [])
        self.model.restore(self.run_log.state())

    def _settings(self) -> Row:
        lengths = np.ascontiguousarray(to_host(self.pool_.lengths), dtype="int64")
        return {
            "acquisition": self.acquisition.name,
            "samples": self.acquisition.samples,
            "start": self.start,
            "budget": self.budget,
            "seed": self.seed,
            "items": len(lengths),
            "words": self.pool_.words,
            "lengths_crc32": zlib.crc32(lengths.tobytes()),
        }

    def _round(self, number: int) -> None:
        queries = self.run_log.asked(number)
        if queries is None:
            self.run_log.ask(number, self._ask(number))
            queries = self.run_log.asked(number)  # targets as a run that is resumed would read them
        self._record(queries or [])
        began, xp = time.perf_counter(), array_namespace(self.pool_.lengths)
        items, targets = xp.concatenate(self._items), xp.concatenate(self._targets)
        self.model.fit_more(items, targets, round_seed(self.seed, number, "train"))
        point = self._curve_point(number, float(self.model.score()), began)
        self.run_log.close(number, point, self.model.state())
        self.curve_.append(point)

    def _ask(self, number: int) -> list[Row]:
        began = time.perf_counter()
        items, scores = self._choose(number)
        earlier = self._items or [items[:0]]
        answers = self.oracle.ask(items, array_namespace(items).concatenate(earlier))
        lengths = self.pool_.lengths[items]
        ends = to_host(begins(lengths)).tolist()
        targets = to_host(answers.targets).tolist()
        if len(targets) != ends[-1]:
            raise ValueError(
                f"the oracle gave {len(targets)} labels for {ends[-1]} words; it must give one each"
            )
        seconds = time.perf_counter() - began
        chosen, words, costs = (to_host(each).tolist() for each in (items, lengths, answers.costs))
        facts = (chosen, words, scores, costs, pairwise(ends))
        return [
            {
                "round": number,
                "item": item,
                "words": length,
                "score": score,
                "cost": cost,
                "seconds": seconds,
                "target": targets[first:end],
            }
            for item, length, score, cost, (first, end) in zip(*facts, strict=True)
        ]

    def _choose(self, number: int) -> tuple[Array, list[float | None]]:
        """Items of a round, and the score of each."""
        seed = round_seed(self.seed, number, "choose")
        if number == 0:
            items = self.pool_.draw(self.start, seed)
            return items, [None] * len(items)
        left = self.start + number * self.budget - self.pool_.labelled_words
        pool = self.pool_.open
        scores = self.acquisition.score(self._outputs(pool, number))
        items = self.pool_.choose(pool, scores, left, seed)
        return items, to_host(scores[array_namespace(pool).searchsorted(pool, items)]).tolist()

    def _outputs(self, items: Array, number: int) -> Outputs:
        if not self.acquisition.asks_model:
            return Outputs(begins(self.pool_.lengths[items]), items=items)
        seed = round_seed(self.seed, number, "sample")
        return read(self.model.outputs(items, self.acquisition.samples, seed), items)

    def _record(self, queries: list[Row]) -> None:
        engine = engine_of(self.pool_.lengths)
        items = from_host(np.array([query["item"] for query in queries], "int64"), engine)
        self.pool_ = self.pool_.with_labelled(items)
        self.queries_.append(queries)
        self._items.append(items)
        targets = np.array([target for query in queries for target in query["target"]])
        self._targets.append(from_host(targets, engine))

    def _curve_point(self, number: int, score: float, began: float) -> Row:
        if score != score:
            raise ValueError(f"the model's score after round {number} is NaN; see how it is computed")
        return {
            "round": number,
            "items": sum(map(len, self.queries_)),
            "words": self.pool_.labelled_words,
            "share": self.pool_.share,
            "cost": sum(query["cost"] for queries in self.queries_ for query in queries),
            "score": score,
            "seconds": time.perf_counter() - began,
        }
