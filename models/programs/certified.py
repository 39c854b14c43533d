"""Proposals for blanks, with the certifier's verdict of each."""

from dataclasses import dataclass

import numpy as np

from etl.equations.certify import certify
from etl.equations.fingerprint import fingerprint
from etl.equations.forest import Equations
from etl.equations.write import infix
from models.programs.graft import filled
from models.programs.proposals import Proposals

GOOD = ("proved", "identity", "conditional")
"""Verdicts of candidates that are returned, the best first."""
ROUNDS = 4
"""How often candidates that fail are followed by the next ones."""


@dataclass(frozen=True)
class Candidate:
    """What can stand in a blank.

    Attributes
    ----------
    text : str
        As it is written.
    verdict : str
        Of the equation with it, see `etl.equations.certify`; ``untested`` where none was asked for.
    score : float
        Of those with the same verdict, the higher is the better.
    """

    text: str
    verdict: str
    score: float


def untested(found: Proposals, k: int) -> list[Candidate]:
    """The first candidates as they are.

    Parameters
    ----------
    found : Proposals
    k : int
    """
    return [_told(found, at, "untested") for at in _distinct(found)[:k]]


def certified(equations: Equations, found: list[Proposals], k: int, seed: int = 0) -> list[list[Candidate]]:
    """The first candidates of each equation that make it an identity; if none does, conditional ones.

    Parameters
    ----------
    equations : Equations
    found : list of Proposals
        For each equation.
    k : int
        Candidates of each at most.
    seed : int
        Of the certifier's points.
    """
    waiting = [_distinct(each) for each in found]
    kept: list[list[Candidate]] = [[] for _ in found]
    for _ in range(ROUNDS):
        asked = [(at, place) for at, own in enumerate(waiting) for place in own[: k - len(kept[at])]]
        if not asked:
            break
        verdicts = _verdicts(equations, found, asked, seed)
        for (at, place), verdict in zip(asked, verdicts, strict=True):
            waiting[at].remove(place)
            if verdict in GOOD:
                kept[at].append(_told(found[at], place, verdict))
    return [_best(own) for own in kept]


def _best(kept: list[Candidate]) -> list[Candidate]:
    """Identities; where there is none, what holds under conditions."""
    whole = [each for each in kept if each.verdict != GOOD[-1]]
    return sorted(whole, key=lambda each: GOOD.index(each.verdict)) or kept


def _verdicts(
    equations: Equations, found: list[Proposals], asked: list[tuple[int, int]], seed: int
) -> list[str]:
    each = filled(equations, [(at, found[at].forest, int(found[at].nodes[place])) for at, place in asked])
    return certify(each, seed=seed).names()


def _distinct(found: Proposals) -> list[int]:
    """Places of the first of each class up to the order of sums and products."""
    classes = fingerprint(found.forest)[found.nodes]
    return sorted(np.unique(classes, return_index=True)[1].tolist())


def _told(found: Proposals, at: int, verdict: str) -> Candidate:
    return Candidate(infix(found.forest, int(found.nodes[at])), verdict, round(float(found.scores[at]), 4))
