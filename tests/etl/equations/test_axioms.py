"""Each identity of ours is one, none is there twice, and together they have all functions."""

import numpy as np

from etl.equations.axioms import AXIOMS
from etl.equations.certify import certify
from etl.equations.fingerprint import keys
from etl.equations.forest import Builder
from etl.equations.grammar import FUNCTIONS
from etl.equations.parse import parse
from tests.support.exactly import truth


def test_each_axiom_is_an_identity_of_its_own_and_all_functions_are_there() -> None:
    build = Builder()
    equations = build.equations([parse(text, build) for text in AXIOMS])
    roots = equations.roots.tolist()
    assert {
        text for text, root in zip(AXIOMS, roots, strict=True) if truth(equations.forest, root, 0) != "true"
    } == set()
    found = certify(equations).names()
    assert set(found) <= {"identity", "undecided"}
    assert found.count("undecided") <= 5
    _, first = np.unique(keys(equations), return_index=True)
    assert sorted(set(range(len(AXIOMS))) - set(first.tolist())) == []
    assert {FUNCTIONS[code] for code in np.unique(equations.forest.func)} == set(FUNCTIONS) - {"blank"}
