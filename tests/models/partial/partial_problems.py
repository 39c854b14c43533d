"""Random problems of partial feedback: questions, priors, candidates, classes and costs."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from etl.engine import choose
from models.partial.questions import Questions, from_matrix

PRIORS = ("drawn", "dyadic", "holes", "flat", "right", "wrong", "nothing")
COSTS = ("one", "few", "drawn", "small")


@dataclass(frozen=True)
class Problem:
    P: np.ndarray
    Y: np.ndarray
    truth: np.ndarray
    asked: Questions

    @property
    def heap(self) -> tuple[np.ndarray, ...]:
        return self.P, self.Y, self.truth, self.asked.matrix, self.asked.costs


def tree(rng: np.random.Generator, classes: int) -> np.ndarray:
    """Sets of a laminar family that holds every class alone."""
    spans, rows = [np.arange(classes)], list(np.eye(classes, dtype=bool))
    while spans:
        span = spans.pop()
        if len(span) > 1:
            rows.append(np.isin(np.arange(classes), span))
            at = rng.integers(1, len(span))
            spans += [span[:at], span[at:]]
    return np.array(rows)[:, rng.permutation(classes)]


def mixed(rng: np.random.Generator, classes: int) -> np.ndarray:
    """Sets of any shape that tell classes apart, among them few of single classes."""
    codes = (np.arange(classes) >> np.arange(int(classes - 1).bit_length())[:, None] & 1).astype(bool)
    more = rng.random((rng.integers(0, 9), classes)) < rng.random()
    return rng.permutation(
        np.concatenate([codes[:, rng.permutation(classes)], more, np.eye(classes, dtype=bool)[::3]])
    )


def prior(rng: np.random.Generator, kind: str, truth: int, classes: int) -> np.ndarray:
    if kind in ("right", "wrong"):
        return np.eye(classes)[truth if kind == "right" else (truth + 1) % classes]
    if kind in ("flat", "nothing"):
        return np.full(classes, float(kind == "flat"))
    if kind == "dyadic":
        return 0.5 ** rng.integers(0, 4, classes)
    found = rng.dirichlet(np.full(classes, 0.3))
    return found * (rng.random(classes) < 0.5) if kind == "holes" else found


def made(seed: int, classes: int, items: int, kind: str, price: str, whole: bool) -> Problem:
    rng = np.random.default_rng(seed)
    rows = (tree if kind == "tree" else mixed)(rng, classes)
    costs = {
        "one": np.ones(len(rows)),
        "few": rng.choice([0.5, 1.0, 2.0, 3.0], len(rows)),
        "drawn": rng.lognormal(size=len(rows)),
        "small": rng.lognormal(size=len(rows)) * 1e-6,
    }[price]
    truth = rng.integers(0, classes, items)
    P = [prior(rng, str(rng.choice(PRIORS)), int(each), classes) for each in truth]
    Y = np.full((items, classes), whole) | (rng.random((items, classes)) < 0.6)
    Y[np.arange(items), truth] = True
    asked = from_matrix(rows, choose("cpu"), costs=costs)
    return Problem(np.array(P, dtype="float32").reshape(items, classes), Y, truth, asked)


problems = st.builds(
    made,
    st.integers(0, 2**32 - 1),
    st.integers(2, 12),
    st.integers(0, 12),
    st.sampled_from(["tree", "mixed"]),
    st.sampled_from(COSTS),
    st.booleans(),
)
