"""Proposals for blanks, with the certifier's verdict of each."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from etl.equations.certify import DOUBLE, certify
from etl.equations.forest import Equations
from etl.equations.write import infix
from models.programs.graft import filled
from models.programs.proposals import Proposals

GOOD = ("identity", "conditional")
"""Verdicts of candidates that are returned, the best first."""
ROUNDS = 5
"""How often candidates that fail are followed by the next ones."""
DIGITS, FEW = 50, 3
"""Candidates that doubles leave open are tried with so many digits, where no other is an identity: the first
ones, as this takes a hundred times as long."""


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
    opened: list[list[int]] = [[] for _ in found]
    for _ in range(ROUNDS):
        asked = [(at, place) for at, own in enumerate(waiting) for place in own[: k - len(kept[at])]]
        waiting = [own[k - len(kept[at]) :] for at, own in enumerate(waiting)]
        for (at, place), verdict in _verdicts(equations, found, asked, seed, DOUBLE):
            if verdict in GOOD:
                kept[at].append(_told(found[at], place, verdict))
            elif verdict == "undecided":
                opened[at].append(place)
    left = [(at, place) for at, own in enumerate(kept) if not _whole(own) for place in opened[at][:FEW]]
    for (at, place), verdict in _verdicts(equations, found, left, seed, DIGITS):
        if verdict in GOOD:
            kept[at].append(_told(found[at], place, verdict))
    return [_whole(own) or own for own in kept]


def _whole(kept: list[Candidate]) -> list[Candidate]:
    """Those that are identities."""
    return [each for each in kept if each.verdict != GOOD[-1]]


def _verdicts(
    equations: Equations, found: list[Proposals], asked: list[tuple[int, int]], seed: int, digits: int
) -> Iterable[tuple[tuple[int, int], str]]:
    """Each of what is asked for, a place among equations and one among its proposals, with its verdict."""
    if not asked:
        return ()
    each = filled(equations, [(at, found[at].forest, int(found[at].nodes[place])) for at, place in asked])
    return zip(asked, certify(each, seed=seed, digits=digits).names(), strict=True)


def _distinct(found: Proposals) -> list[int]:
    """Places of the first of each class up to the order of sums and products."""
    return sorted(np.unique(found.prints, return_index=True)[1].tolist())


def _told(found: Proposals, at: int, verdict: str) -> Candidate:
    return Candidate(infix(found.forest, int(found.nodes[at])), verdict, round(float(found.scores[at]), 4))
