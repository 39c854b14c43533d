"""The completion set: its classes of candidates, and its equations with a blank in two parts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from etl.equations.blanks import read_blanks, read_candidates
from etl.equations.fingerprint import fingerprint
from etl.equations.forest import Builder, Equations, Forest
from etl.equations.generate import generate
from etl.equations.splits import subset
from etl.equations.trees import below, sizes

CHOSEN_ON = 5
"""Files, of 15, on which settings are chosen and from which counts are taken."""
FILE = re.compile(r"_(\d+)\.json")


@dataclass(frozen=True, eq=False)
class Completion:
    """The set.

    Attributes
    ----------
    members : Equations
        All candidates.
    classes : int array, shape (members,)
        Those of equal value have the same.
    candidates : Equations
        The smallest member of each class.
    asked : Equations
        With a blank.
    answers : int array, shape (equations,)
        Nodes of the same forest.
    truth : int array, shape (equations,)
        Classes of the answers.
    whole : Equations
        The equations with their answers.
    """

    members: Equations
    classes: np.ndarray
    candidates: Equations
    asked: Equations
    answers: np.ndarray
    truth: np.ndarray
    whole: Equations

    def part(self, chosen: np.ndarray) -> "Completion":
        """Some of the equations.

        Parameters
        ----------
        chosen : bool or int array
        """
        return replace(
            self,
            asked=subset(self.asked, chosen),
            answers=self.answers[chosen],
            truth=self.truth[chosen],
            whole=subset(self.whole, chosen),
        )


def completion_set(data: Path) -> tuple[Completion, Completion]:
    """Equations of the first files, and of the others without those that the first have.

    Parameters
    ----------
    data : Path
        Folder with recursiveMemNet in it.
    """
    path, build = data / "recursiveMemNet" / "blanks.tar.gz", Builder()
    members, numbers = read_candidates(path, build)
    blanks = read_blanks(path, build)
    forest = build.forest()
    _, classes = np.unique(numbers, return_inverse=True)
    known = dict(zip(members.roots.tolist(), classes.tolist(), strict=True))
    candidates = replace(members, forest=forest, roots=smallest(forest, members.roots, classes))
    whole = replace(blanks.equations, forest=forest, roots=blanks.whole)
    truth = np.array([known[node] for node in blanks.answers.tolist()])
    found = Completion(
        replace(members, forest=forest),
        classes,
        replace(candidates, labels=np.full(len(candidates.roots), -1, np.int8), places=()),
        blanks.equations,
        blanks.answers,
        truth,
        whole,
    )
    first = _files(blanks.equations.places) < CHOSEN_ON
    prints = fingerprint(forest)[blanks.equations.roots]
    return found.part(first), found.part(~first & ~np.isin(prints, prints[first]))


def smallest(forest: Forest, nodes: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """The first of the smallest members of each class.

    Parameters
    ----------
    forest : Forest
    nodes, classes : int arrays, shape (members,)
    """
    order = np.lexsort((np.arange(len(nodes)), sizes(forest)[nodes], classes))
    _, first = np.unique(classes[order], return_index=True)
    found: np.ndarray = nodes[order[first]]
    return found


def _files(places: Sequence[str]) -> np.ndarray:
    """Number of each equation's file."""
    found = [FILE.search(place) for place in places]
    return np.array([int(each[1]) if each else -1 for each in found])


def grown(given: Completion, count: int, seed: int) -> Equations:
    """Generated identities of the functions that the candidates have, in the names of their variables.

    Parameters
    ----------
    given : Completion
    count : int
        Equations that are generated, of which those with other functions are left out.
    seed : int
    """
    made = generate(count, seed, depths=(2, 8), negatives=0.01, log=lambda _: None)
    members = given.members.forest
    common = np.isin(made.forest.func, np.unique(members.func[below(members, given.members.roots)]))
    common |= made.forest.func == members.func[given.whole.roots[0]]
    true = np.flatnonzero(made.labels == 1)
    own = [at for at in true if common[below(made.forest, made.roots[[at]])].all()]
    forest = replace(made.forest, symbols=members.symbols[: len(made.forest.symbols)])
    return replace(subset(made, np.array(own)), forest=forest)
