"""Equations of the corpus are told apart, and wrong verdicts stop the benchmark."""

import pytest

from benchmarks.programs import corpus
from benchmarks.programs.data import numeric
from benchmarks.programs.digits import wrong
from benchmarks.programs.run import Config
from etl.equations.forest import Builder, Equations
from etl.equations.parse import parse

TEXTS = ("sin(1.25) = 0.95", "2.5 = 2 + 5*10**(-1)", "2 = 2.0", "0.7*1 = 0.7", "sin(x) = 0.95", "1 + 1 = 2")


def _read(*texts: str, label: int = 1) -> Equations:
    build = Builder()
    return build.equations([parse(text, build) for text in texts], [label] * len(texts))


def test_what_tells_values_is_told_apart() -> None:
    asked = _read(*TEXTS)
    assert numeric(asked).tolist() == [True, True, True, False, False, False]
    assert corpus.is_decimal_tree(asked).tolist()[:3] == [False, True, True]
    assert not numeric(_read("sin(1.25) = 0.96", label=0)).any()


def test_verdicts_that_more_digits_do_not_confirm_are_found() -> None:
    asked = _read("sin(x)**2 + cos(x)**2 = 1", "sin(x) = cos(x)", "sqrt(x**2) = abs(x)", "ln(x) = ln(2*x)")
    right = ["identity", "false", "identity", "false"]
    assert wrong(asked, right, seed=0) == []
    for at, name in enumerate(right):
        swapped = right.copy()
        swapped[at] = {"identity": "false", "false": "identity"}[name]
        assert wrong(asked, swapped, seed=0) == [at]


def test_a_wrong_verdict_stops_it(monkeypatch) -> None:
    config = Config(corpus=True, count=60)
    assert corpus.generated(config)["wrong"] == 0
    monkeypatch.setattr(corpus, "wrong", lambda *given: [3])
    with pytest.raises(ValueError, match="1 verdicts of 60 are wrong"):
        corpus.generated(config)
