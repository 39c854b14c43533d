"""The blank stands where the answer stood, and candidates are in the same forest."""

import json
from pathlib import Path

import numpy as np
import pytest

from etl.equations.blanks import read_blanks, read_candidates
from etl.equations.fingerprint import fingerprint
from etl.equations.forest import Builder
from etl.equations.parse import parse
from etl.equations.write import corpus, infix
from tests.support.real import EQUATIONS, present


def test_the_blank_is_put_in_the_place_of_its_subtree(tmp_path: Path) -> None:
    build = Builder()
    equation = corpus(*(lambda node: (build.forest(), node))(parse("sin(x)**2 + cos(x)**2 = 1", build)))
    path = tmp_path / "blanks.json"
    path.write_text(
        json.dumps([[], [{"equation": equation, "blankNodeNum": each} for each in ("3", "6", "99", "#")]])
    )
    found = read_blanks(path)
    forest = found.equations.forest
    assert [infix(forest, node) for node in found.equations.roots.tolist()] == [
        "?**2 + cos(x)**2 = 1",
        "sin(x)**2 + ? = 1",
    ]
    assert [infix(forest, node) for node in found.answers.tolist()] == ["sin(x)", "cos(x)**2"]
    assert len(set(found.whole.tolist())) == 1
    assert [each.line for each in found.equations.refused] == [3, 4]


def test_files_without_a_blank_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "none.json"
    path.write_text("[[]]")
    with pytest.raises(ValueError, match='no record with "blankNodeNum"'):
        read_blanks(path)
    path.write_text(json.dumps([{"class": "x", "equation": {"func": "One,#,#", "vars": "1,#,#"}}]))
    with pytest.raises(ValueError, match="record 1: invalid literal"):
        read_candidates(path)


def test_the_completion_set() -> None:
    path = present(EQUATIONS / "recursiveMemNet" / "blanks.tar.gz")
    build = Builder()
    candidates, classes = read_candidates(path, build)
    found = read_blanks(path, build)
    assert (len(candidates), len(np.unique(classes)), len(found)) == (1470, 602, 4159)
    assert candidates.refused == found.equations.refused == ()
    forest = found.equations.forest
    for root, whole, answer in zip(found.equations.roots, found.whole, found.answers, strict=True):
        blank, true, inner = (corpus(forest, int(each))["func"] for each in (root, whole, answer))
        assert str(blank).replace("Blank,#,#", str(inner)) == true
    content = fingerprint(forest)
    known = np.isin(content[found.answers], content[candidates.roots])
    assert known.mean() > 0.9
