"""Completions are certified, the same at each run, and the answers that were taken out are among them."""

import numpy as np
import pytest

from etl.equations.certify import certify
from etl.equations.fingerprint import fingerprint
from etl.equations.forest import Builder, Equations
from etl.equations.grammar import CODE
from etl.equations.parse import parse
from etl.equations.write import infix
from models.programs.blanking import blanked
from models.programs.complete import Completer
from models.programs.dual_encoder import DualEncoder

RIGHT = (
    "sin(x)**2 + cos(x)**2 = 1",
    "tan(x) = sin(x)/cos(x)",
    "exp(x)*exp(y) = exp(x + y)",
    "sinh(2*x) = 2*sinh(x)*cosh(x)",
    "(x + 1)**2 = x**2 + 2*x + 1",
    "ln(exp(tanh(x))) = tanh(x)",
)


def _read(*texts: str) -> Equations:
    build = Builder()
    return build.equations([parse(text, build) for text in texts])


def _filled(text: str, candidate: str) -> str:
    return text.replace("?", f"({candidate})")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("sin(x)**2 + ? = 1", "cos(x)**2"),
        ("exp(x)*? = exp(x + y)", "exp(y)"),
        ("tan(x) = sin(x)/?", "cos(x)"),
        ("?**x = 4**x", "4"),
        ("ln(?) = x*y", "exp(x*y)"),
        ("x**2 - ? = x**2", "0"),
    ],
)
def test_the_simplest_answer_comes_first(text: str, first: str) -> None:
    assert Completer().complete(text)[0].text == first


@pytest.mark.parametrize("propose", ["inversion", "enumeration", "ranking"])
def test_what_is_called_an_identity_is_one(propose) -> None:
    texts = ["sin(?)**2 + cos(x)**2 = 1", "x + ? = 2*x", "sqrt(?) = x", "tan(x)*? = sin(x)"]
    completer = Completer(propose)
    for text in texts:
        found = completer.complete(text)
        assert found or propose == "ranking"
        again = certify(_read(*(_filled(text, each.text) for each in found)), seed=5).names() if found else []
        assert again == [each.verdict for each in found]


def test_what_was_taken_out_is_found_again() -> None:
    asked, answers = blanked(_read(*RIGHT), times=3, seed=1)
    found = Completer().complete_all(asked, 50)
    for at, own in enumerate(found):
        build = Builder()
        nodes = [parse(each.text, build) for each in own]
        answer = parse(infix(asked.forest, int(answers[at])), build)
        prints = fingerprint(build.forest())
        assert own[0].verdict == "identity" or prints[answer] in prints[nodes], at


def test_frequent_parts_come_first_after_fitting() -> None:
    text = "0*? = 0"
    fitted = Completer().fit(_read(*["sin(x)**2 + cos(x)**2 = cos(0)"] * 3, "x = sin(x)*10/10"))
    assert fitted.complete(text, 2)[0].text != Completer().complete(text, 2)[0].text


def test_two_runs_are_the_same_and_untested_ones_say_so() -> None:
    completer = Completer(certify=False)
    assert completer.complete("sin(x)*? = sin(x)", 3) == completer.complete("sin(x)*? = sin(x)", 3)
    assert {each.verdict for each in completer.complete("sin(x)*? = sin(x)", 3)} == {"untested"}


def test_what_is_no_short_expression_is_told_by_inverse_functions() -> None:
    (found,) = Completer().complete("x*y*z*a*b + exp(2*?) = 0")
    assert (found.text, found.verdict) == ("ln(-(x*y*z*a*b))/2", "identity")


def test_a_deep_equation_is_completed() -> None:
    deep, holed = "x", "?"
    for _ in range(50):
        deep, holed = f"sin({deep} + 1)", f"sin({holed} + 1)"
    assert Completer().complete(f"{deep} = {holed}")[0].text == "x"


def test_no_candidate_is_given_where_none_fits() -> None:
    assert Completer().complete("0*? = 1") == []


@pytest.mark.parametrize(
    ("text", "cause"),
    [("x + 1 = 2", "no blank"), ("? + ? = 2", "more than one blank"), ("sin(?)", "needs an equation")],
)
def test_what_cannot_be_completed_is_refused(text: str, cause: str) -> None:
    with pytest.raises(ValueError, match=cause):
        Completer().complete(text)


def _candidates() -> Equations:
    build = Builder()
    x, y = build.symbol("x"), build.symbol("y")
    nodes = [x, y, build.number("1"), build.number("2"), build.add(CODE["pi"])]
    nodes += [build.node("sin", x), build.node("cos", x), build.node("add", x, y)]
    return build.equations(nodes)


def test_a_network_learns_where_parts_stand() -> None:
    equations = _read(*RIGHT)
    encoder = DualEncoder(_candidates(), hidden=16, epochs=25, batch=16, lr=2e-2).fit(equations)
    asked, answers = blanked(equations, 4)
    targets = encoder._targets(asked, answers)
    known = targets >= 0
    scores = encoder.scores(asked)
    assert np.allclose(np.exp(scores).sum(1), 1, atol=1e-5)
    assert (scores.argmax(1)[known] == targets[known]).mean() > 0.5
    assert encoder.history_[-1]["loss"] < encoder.history_[0]["loss"]


def test_a_networks_ranking_is_certified() -> None:
    encoder = DualEncoder(_candidates(), hidden=8, epochs=2)
    completer = Completer("ranking", _candidates(), encoder).fit(_read(*RIGHT))
    assert [each.text for each in completer.complete("sin(?)/cos(x) = tan(x)")] == ["x"]


def test_equations_without_a_candidate_teach_nothing() -> None:
    with pytest.raises(ValueError, match="no part of these equations"):
        DualEncoder(_candidates()).fit(_read("10 = 3 + 7"))


def test_blanks_stand_evenly_among_small_parts() -> None:
    equations = _read("sin(x)*2 = y")
    _, answers = blanked(equations, 2000, seed=0)
    _, counts = np.unique(answers, return_counts=True)
    assert len(counts) == 4, "x, sin(x), 2 and y"
    assert (abs(counts - 500) < 100).all()
