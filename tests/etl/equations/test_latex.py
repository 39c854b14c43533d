"""LaTeX becomes the tree of the infix text that means the same."""

import gzip
import json

import numpy as np
import pytest

from etl.equations.forest import Builder
from etl.equations.latex import parse_latex
from etl.equations.parse import ParseError, parse
from etl.equations.write import latex
from tests.support.real import EQUATIONS, present


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (r"\sin^{2}\theta + \cos^2\theta = 1", "sin(theta)**2 + cos(theta)**2 = 1"),
        (
            r"\tan(2\theta) = \frac{2\tan\theta}{1-\tan^{2}\theta}",
            "tan(2theta) = 2*tan(theta)/(1 - tan(theta)**2)",
        ),
        (r"\sin \alpha \cos \beta", "sin(alpha)*cos(beta)"),
        (r"\sin 2x \cos 3y^2", "sin(2x)*cos(3*y**2)"),
        (r"\sin^{-1} x + \tanh^{-1}\left(x\right)", "asin(x) + atanh(x)"),
        (r"\sin\cos x", "sin(cos(x))"),
        (r"\ln\sin(x) y", "ln(sin(x))*y"),
        (r"\sin\frac{x}{2}\cos y", "sin(x/2)*cos(y)"),
        (r"2^{\sin x} + 1", "2**sin(x) + 1"),
        (r"\frac{1}{2} + \frac{1}{x} + \frac{-3}{4}", "1/2 + 1/x + (-3/4)"),
        (r"a\frac{1}{2}", "a*(1/2)"),
        (r"x^{10}y + x^2y", "x**10*y + x**2*y"),
        (r"\sqrt{x} + \sqrt[3]{x} + \sqrt[n]{x}", "sqrt(x) + x**(1/3) + x**(1/n)"),
        (r"\log_{2}(x) + \log_2 x + \log x", "log(x, 2) + log(x, 2) + ln(x)"),
        (r"e^{x} + \exp\left(x\right) + \mathrm{e}", "exp(x) + exp(x) + e"),
        (r"\operatorname{arsinh} x + \arcsin{x}", "asinh(x) + asin(x)"),
        (r"xyz \cdot x_1 \times x_{1,2} * \mathrm{var}_{0}", "x*y*z*x_1*x_1_2*var_0"),
        (r"\left|x+1\right|^2 + \lvert x \rvert", "abs(x + 1)**2 + abs(x)"),
        (r"$$ \left[x\right] = \{y\}. $$", "x = y"),
        (r"\[ \pi\, = 3.14 \\ \]", "pi = 3.14"),
        (r"\square + ? = \theta_i", "? + ? = theta_i"),
        (r"-4\sin^{3}(\theta)", "-4*sin(theta)**3"),
        (r"\sin^{n+1}(x)", "sin(x)**(n + 1)"),
    ],
)
def test_what_means_the_same(text: str, same: str) -> None:
    build = Builder()
    assert parse_latex(text, build) == parse(same, build)


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        (r"x + \hteta", 5, r"unknown command '\\hteta' \(nearest: '\\theta'\)"),
        (r"x(y+1)", 1, r"write x\*\(...\) for a product"),
        (r"2\frac{1}{2}", 2, "a sum or a product"),
        (r"x^10", 2, "stands in braces"),
        (r"\frac12", 1, "take braces"),
        (r"\frac{1}x", 8, "take braces"),
        (r"\sin x(y)", 7, "two ways"),
        (r"\sin -x", 6, "in parentheses"),
        (r"1 + \sin", 5, "no argument"),
        (r"(\sin)", 6, "no argument"),
        (r"\ln^{-1} x", 1, "two ways"),
        (r"|x|", 1, r"write \\left\|"),
        (r"x \neq y", 3, "inequation"),
        (r"I x", 1, "imaginary"),
        (r"\frac{x", 6, "never closed"),
        (r"x}", 2, "closes nothing"),
        (r"x = \input{file}", 5, "unknown command"),
        (r"\mathrm{a.b}", 1, "no name"),
        (r"\mathrm{1abc}", 1, "no name"),
        (r"x_{\theta}", 2, "subscript"),
        ("{" * 5000, 1001, "more than 1,000"),
        (r"\frac{" * 5000, 3001, "more than 1,000"),
    ],
)
def test_what_is_no_equation_is_told_with_its_place(text: str, column: int, reason: str) -> None:
    build = Builder()
    with pytest.raises(ParseError, match=f"line 4, column {column}: .*{reason}"):
        parse_latex(text, build, 4)
    assert len(build.forest()) == 0


def test_published_identities_are_read_but_for_the_misspelt() -> None:
    with gzip.open(present(EQUATIONS / "neuralMath" / "trigonometryAxioms.json.gz")) as file:
        texts = [entry["equation"] for entry in json.load(file)]
    build, failed = Builder(), []
    for text in texts:
        try:
            node = parse_latex(text, build)
        except ParseError as error:
            failed.append((text[error.column - 1 : error.column + 5], error.reason))
            continue
        assert parse_latex(latex(build.forest(), node), build) == node
    assert len(texts) == 82
    assert failed == [(r"\hteta", r"unknown command '\hteta' (nearest: '\theta')")]


def test_random_strings_raise_nothing_else() -> None:
    draw, build = np.random.default_rng(1), Builder()
    words = [
        r"\sin",
        r"\frac",
        r"\sqrt",
        r"\log",
        r"\left|",
        r"\right|",
        r"\pi",
        r"\ln^{-1}",
        r"\mathrm{e}",
        "\\",
    ]
    alphabet = [*"()[]{}{}^_+-*/=,x2|$ ", "{x}", "{2}", *words]
    read = 0
    for _ in range(2000):
        text = "".join(draw.choice(alphabet, int(draw.integers(1, 9))))
        try:
            node = parse_latex(text, build)
        except ParseError:
            continue
        read += 1
        assert parse_latex(latex(build.forest(), node), build) == node
    assert read > 50
