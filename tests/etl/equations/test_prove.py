"""SymPy proves what it can in a process of its own, and is ended when its time is over."""

import pytest
import sympy

from etl.equations.certify import certify
from etl.equations.forest import Builder
from etl.equations.parse import parse
from etl.equations.prove import Prover
from etl.equations.to_sympy import to_sympy
from etl.equations.trees import below, part


def test_identities_are_proved_and_what_is_slow_is_ended() -> None:
    build = Builder()
    roots = [parse(text, build) for text in ("sin(x)**2 + cos(x)**2 = 1", "x = 2*x", "0**x = 0")]
    held = build.equations(roots)
    prover = Prover()
    nodes = below(held.forest, held.roots[:1])
    assert not prover.simplifies_to_zero(part(held.forest, nodes), 0.0)
    assert prover.process is None
    found = certify(held, prove=True, time_limit=60.0)
    assert found.names() == ["proved", "false", "conditional"]


def test_expressions_are_those_that_sympy_makes_of_the_text() -> None:
    build = Builder()
    text = "log(x, 3) - acoth(y)*abs(x)/sqrt(2) + 0.25**ln(pi) + sech(x)"
    node = build.keys[parse(f"{text} = 1", build)][1]
    x, y = sympy.symbols("x y", real=True)
    own = sympy.log(x, 3) - sympy.acoth(y) * abs(x) / sympy.sqrt(2)
    own += sympy.Rational(1, 4) ** sympy.log(sympy.pi) + sympy.sech(x)
    assert to_sympy(build.forest(), node) == own


def test_what_sympy_has_no_function_for_is_refused() -> None:
    build = Builder(("f",))
    node = build.node("f", build.symbol("x"))
    with pytest.raises(ValueError, match="f is no function of SymPy"):
        to_sympy(build.forest(), node)
