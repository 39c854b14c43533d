"""Classes of candidates, and what is counted of answers."""

import numpy as np

from benchmarks.programs import completion, rankers
from benchmarks.programs.blanks import Completion, smallest
from benchmarks.programs.rankers import Frequencies, Representatives
from etl.equations.forest import Builder, Equations
from etl.equations.parse import parse
from models.programs.complete import Candidate, Completer

MEMBERS = ("x*1", "x", "1", "x**0", "sin(x)", "2")
CLASSES = np.array([0, 0, 1, 1, 2, 3])
ASKED = ("x + ? = 2*x", "sin(x)*? = sin(x)", "sin(x)**2 = ?**2", "x*? = x + x")
ANSWERS = ("x", "1", "sin(x)", "2")
TRUTH = np.array([0, 1, 2, 3])


def _given() -> Completion:
    build = Builder()
    members, answers, asked = (
        np.array([parse(text, build) for text in texts]) for texts in (MEMBERS, ANSWERS, ASKED)
    )
    pairs = zip(ASKED, ANSWERS, strict=True)
    whole = np.array([parse(text.replace("?", f"({answer})"), build) for text, answer in pairs])
    forest = build.forest()
    all_of = [
        Equations(forest, nodes, np.ones(len(nodes), np.int8))
        for nodes in (members, smallest(forest, members, CLASSES), asked, whole)
    ]
    return Completion(all_of[0], CLASSES, all_of[1], all_of[2], answers, TRUTH, all_of[3])


def test_a_class_is_told_by_its_smallest_member() -> None:
    given = _given()
    assert given.candidates.forest.height[given.candidates.roots].tolist() == [0, 0, 1, 0]


def test_answers_count_by_class_and_by_certificate() -> None:
    found = [["x"], ["2", "1"], [], ["x", "1", "sin(x)", "2"]]
    row = completion.judged([[Candidate(text, "", 0.0) for text in own] for own in found], _given())
    assert (row["top_1"], row["top_5"]) == (0.25, 0.75)
    assert (row["certified_1"], row["certified_5"]) == (0.25, 0.75)


def test_the_true_answers_are_found_with_a_certificate() -> None:
    given = _given()
    for propose in ("inversion", "enumeration"):
        found = Completer(propose, given.candidates).complete_all(given.asked)
        row = completion.judged(found, given)
        assert (row["top_1"], row["certified_1"]) == (1.0, 1.0)
        assert {each.verdict for own in found for each in own} == {"identity"}


def test_counts_are_of_all_members_of_a_class() -> None:
    given = _given()
    scores = Frequencies(given.members, CLASSES).fit(given.whole).scores(given.asked)
    counts = np.exp(scores[0]) - 0.5
    assert counts.round(6).tolist() == [10, 1, 4, 4], "x, 1, sin(x), 2 in the four equations"


def test_a_network_scores_classes_by_their_members(monkeypatch) -> None:
    monkeypatch.setattr(rankers, "BLANKS", 40)
    given = _given()
    ranker = Representatives(given.members, CLASSES)
    ranker.network.set_params(epochs=1, hidden=4)
    scores = ranker.fit(given.whole).scores(given.asked)
    assert scores.shape == (4, 4)
    assert np.allclose(np.exp(scores).sum(1), 1, atol=1e-4)
