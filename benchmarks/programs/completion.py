"""Blanks of the completion set filled: how often, and how fast, by how candidates are found.

``python -m benchmarks.programs --completion --data FOLDER``, with recursiveMemNet/blanks.tar.gz in FOLDER. A
candidate is a class of the set's expressions, by its smallest member. Settings were chosen on files 0-4, from
which counts and networks learn; what is told is of files 5-14, without equations that the first have, too.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import numpy as np
import torch

from benchmarks import harness
from benchmarks.programs.blanks import Completion, completion_set, grown
from benchmarks.programs.rankers import Frequencies, Representatives
from benchmarks.programs.run import Config, Row
from etl.equations.certify import DOUBLE, certify
from etl.equations.merge import restrict
from etl.equations.splits import subset
from etl.equations.write import infix
from models.programs.certified import Candidate
from models.programs.complete import Completer, Ranker
from models.programs.graft import filled

K, ALONE = 10, 200
"""Candidates of a query, and queries that are timed one at a time."""
LEARNT = 20_000
"""Equations that are generated to learn from."""


@dataclass(frozen=True)
class Way:
    """How blanks are filled.

    Attributes
    ----------
    propose : str
        Of `Completer`.
    order : str
        ``size``; ``counts`` of classes in the first files or of generated equations; or a ``network``.
    certify : bool
    """

    propose: Literal["inversion", "enumeration", "ranking"]
    order: str
    certify: bool = True


WAYS = {
    "size": Way("ranking", "size", certify=False),
    "counts": Way("ranking", "counts", certify=False),
    "counts of generated": Way("ranking", "counts of generated", certify=False),
    "network": Way("ranking", "network", certify=False),
    "counts, certified": Way("ranking", "counts"),
    "network, certified": Way("ranking", "network"),
    "enumeration, by size": Way("enumeration", "size"),
    "enumeration, by counts": Way("enumeration", "counts"),
    "inversion, by size": Way("inversion", "size"),
    "inversion, by counts": Way("inversion", "counts"),
    "inversion, by network": Way("inversion", "network"),
    "inversion, by network, not certified": Way("inversion", "network", certify=False),
    "network of generated": Way("ranking", "network of generated", certify=False),
    "network of generated, certified": Way("ranking", "network of generated"),
}
"""Ways by name. The first ones propose candidates whatever the equation's values are."""


def main(config: Config) -> list[Row]:
    """Measure each way; returns a row each."""
    torch.set_num_threads(1)
    first, others = completion_set(config.data)
    rankers = Rankers(first, config)
    rows: list[Row] = [{"way": "the true answer", **ceiling(others)}]
    for name in config.variants or WAYS:
        make = partial(one, WAYS[name], rankers, others)
        rows.append({"way": name, **harness.remembered(config.scratch, f"completion-{name}", make)})
        print(rows[-1], flush=True)
    if config.out:
        harness.write(config.out, rows, versions={"torch": torch.__version__})
    return rows


def ceiling(given: Completion) -> Row:
    """Verdicts of the equations with their true answers.

    Parameters
    ----------
    given : Completion
    """
    counts = certify(given.whole).counts()
    return {"equations": len(given.whole), "verdicts": {name: n for name, n in counts.items() if n}}


@dataclass
class Rankers:
    """What orders candidates, learnt once for all ways.

    Attributes
    ----------
    first : Completion
        To learn from.
    config : Config
    """

    first: Completion
    config: Config
    learnt: dict[str, tuple[Ranker | None, float]] = field(default_factory=dict)

    def get(self, order: str) -> tuple[Ranker | None, float]:
        """A ranker, and the CPU seconds of its learning.

        Parameters
        ----------
        order : str
            Of a `Way`.
        """
        if order not in self.learnt:
            before = time.process_time()
            ranker = None if order == "size" else self._learn(order)
            self.learnt[order] = ranker, time.process_time() - before
        return self.learnt[order]

    def _learn(self, order: str) -> Ranker:
        first, seed = self.first, self.config.seed
        equations = grown(first, LEARNT, seed) if order.endswith("generated") else first.whole
        if order.startswith("counts"):
            return Frequencies(first.members, first.classes).fit(equations)
        return Representatives(first.members, first.classes, seed).fit(equations)


def one(way: Way, rankers: Rankers, others: Completion) -> Row:
    """Fill the blanks of the other files, and judge.

    Parameters
    ----------
    way : Way
    rankers : Rankers
    others : Completion
        To judge by.
    """
    ranker, learning = rankers.get(way.order)
    completer = Completer(way.propose, others.candidates, ranker, certify=way.certify)
    completer.complete_all(subset(others.asked, np.arange(2)), K)
    found, bulk = _timed(lambda: completer.complete_all(others.asked, K), len(others.asked))
    singles = [restrict(subset(others.asked, np.array([at]))) for at in range(min(ALONE, len(others.asked)))]
    _, alone = _timed(lambda: [completer.complete(each, K) for each in singles], len(singles))
    return {
        "certify": way.certify,
        "queries": len(found),
        **judged(found, others),
        "ms_alone": round(alone, 3),
        "ms_together": round(bulk, 3),
        "learning_cpu_s": round(learning, 1),
    }


def _timed(work: Callable[[], list[list[Candidate]]], queries: int) -> tuple[list[list[Candidate]], float]:
    """What is found, and milliseconds a query."""
    before = time.process_time()
    found = work()
    return found, 1e3 * (time.process_time() - before) / queries


def judged(found: list[list[Candidate]], given: Completion) -> Row:
    """Shares of the equations whose first candidates have the true answer's class, or one that is certified.

    Parameters
    ----------
    found : list of list of Candidate
    given : Completion
    """
    forest = given.candidates.forest
    classes = {infix(forest, node): at for at, node in enumerate(given.candidates.roots.tolist())}
    places = [[classes[each.text] for each in own] for own in found]
    hits = _first([[place == truth for place in own] for own, truth in zip(places, given.truth, strict=True)])
    holds = _first(_certified(places, given))
    row = {f"top_{k}": round(float((hits < k).mean()), 4) for k in (1, 5, 10)}
    return row | {f"certified_{k}": round(float((holds < k).mean()), 4) for k in (1, 5, 10)}


def _certified(places: list[list[int]], given: Completion) -> list[list[bool]]:
    """Which candidates make the equation an identity, by points of their own."""
    forest, nodes = given.candidates.forest, given.candidates.roots.tolist()
    asked = [(at, forest, nodes[place]) for at, own in enumerate(places) for place in own]
    verdicts = iter(certify(filled(given.asked, asked), seed=1, digits=DOUBLE).names())
    return [[next(verdicts) == "identity" for _ in own] for own in places]


def _first(flags: list[list[bool]]) -> np.ndarray:
    """Place of the first one that is set; beyond all others where none is."""
    return np.array([own.index(True) if True in own else K for own in flags])
