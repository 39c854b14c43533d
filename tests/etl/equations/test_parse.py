"""Text becomes the tree that Python's own grammar gives it; what is no equation is refused with its place."""

import ast

import numpy as np
import pytest

from etl.equations.forest import Builder
from etl.equations.parse import ParseError, parse
from etl.equations.write import infix

SIGNS = {ast.Add: "add", ast.Mult: "mul", ast.Pow: "pow"}


def by_python(tree: ast.expr, build: Builder) -> int:
    """The node of an expression that Python has parsed, by the rules that `parse` tells."""
    if isinstance(tree, ast.Constant):
        return build.number(str(tree.value))
    if isinstance(tree, ast.Name):
        return build.symbol(tree.id)
    if isinstance(tree, ast.Call):
        assert isinstance(tree.func, ast.Name)
        return build.node(tree.func.id, by_python(tree.args[0], build))
    less = build.number("-1")
    if isinstance(tree, ast.UnaryOp):
        if isinstance(tree.operand, ast.Constant):
            return build.number(f"-{tree.operand.value}")
        return build.node("mul", less, by_python(tree.operand, build))
    assert isinstance(tree, ast.BinOp)
    left, right = by_python(tree.left, build), by_python(tree.right, build)
    if isinstance(tree.op, ast.Sub):
        return build.node("add", left, build.node("mul", less, right))
    if isinstance(tree.op, ast.Div):
        return build.node("mul", left, build.node("pow", right, less))
    return build.node(SIGNS[type(tree.op)], left, right)


def drawn(draw: np.random.Generator, depth: int) -> str:
    """An expression at random, with few parentheses."""
    if depth == 0:
        return str(draw.choice(["x", "y_1", "22", "3.5"]))
    kind = draw.integers(8)
    if kind == 0:
        return f"sin({drawn(draw, depth - 1)})"
    if kind == 1:
        return f"({drawn(draw, depth - 1)})"
    sign = str(draw.choice(["+", "-", "*", "**", " - ", "/x/", "*x/"]))
    minus = "-x*" if draw.random() < 0.2 else ""
    return f"{minus}{drawn(draw, depth - 1)}{sign}{drawn(draw, depth - 1)}"


def test_precedence_is_that_of_python() -> None:
    draw, build = np.random.default_rng(0), Builder()
    for _ in range(300):
        text = drawn(draw, int(draw.integers(1, 5)))
        expected = by_python(ast.parse(text, mode="eval").body, build)
        assert parse(text, build) == expected, text


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("sin(x)**2 + cos(x)^2 == 1", "Eq(sin(x)**2 + cos(x)**2, 1)"),
        ("2x", "2*x"),
        ("-2x**2", "-2*x**2"),
        ("2 sin(x)cos(x)", "2*sin(x)*cos(x)"),
        ("(x+1)(x-1)", "(x + 1)*(x - 1)"),
        ("x²y", "x**2*y"),
        ("x^(2)(x)", "x**2*x"),
        ("2*3x", "2*3*x"),
        ("sin^2(x) cos**3(x)", "sin(x)**2*cos(x)**3"),
        ("arcsin(x) + arsinh(x) + arcsinh(x) + Abs(x)", "asin(x) + asinh(x) + asinh(x) + abs(x)"),
        ("log(x) + log(x, 2)", "ln(x) + log(x, 2)"),
        ("sqrt(x)", "x**(1/2)"),
        ("e + E**x", "exp(1) + exp(x)"),
        ("π·θ \u00d7 2 \u2212 x²", "pi*theta*2 - x**2"),
        ("+x", "x"),
        ("2pi(x + 1)", "2*pi*(x + 1)"),
        ("1/2*x", "(1/2)*x"),
    ],
)
def test_spellings_of_the_same(text: str, same: str) -> None:
    build = Builder()
    assert parse(text, build) == parse(same, build)


def test_fractions_of_digits_are_numbers_and_others_are_not() -> None:
    build = Builder()
    half, less = build.number("1/2"), build.number("-1")
    x, one, two = build.symbol("x"), build.number("1"), build.number("2")
    assert parse("1/2", build) == parse("(1/2)", build) == half
    assert parse("-1/2", build) == build.number("-1/2")
    assert parse("-(1/2)", build) == build.node("mul", less, half)
    assert parse("1/x", build) == build.node("pow", x, less)
    assert parse("1/(2)", build) == build.node("pow", two, less)
    assert parse("(1)/2", build) == build.node("mul", one, build.node("pow", two, less))
    assert parse("x*1/2", build) == parse("(x*1)/2", build)
    assert parse("1/0", build) == build.node("pow", build.number("0"), less)


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        ("1 + foo(x) = 1", 5, r"unknown function 'foo'; take one of sin, .*nearest: 'log'"),
        ("1 = arcsn(x)", 5, r"nearest: 'arcsin'"),
        ("x(y + 1) = 2", 1, r"unknown function 'x'.* or write x\*\(...\) for a product"),
        ("1/2x = 3", 4, "two ways"),
        ("sin(x)/2 cos(x)", 10, "two ways"),
        ("e^2x", 4, "an operator is missing"),
        ("x y", 3, r"an operator is missing before 'y'"),
        ("2 3", 3, r"an operator is missing before '3'"),
        ("sin x", 1, r"as in sin\(x\)"),
        ("sin^-1(x)", 1, "a power of 'sin' stands after its argument"),
        ("a = b = c", 7, "second '='"),
        ("(a = b)", 4, "'=' stands inside parentheses"),
        ("Eq(a, b) + 1", 10, "an equation stands inside"),
        ("1 + Eq(a, b)", 5, "the whole line"),
        ("(x + 1", 1, r"'\(' is never closed"),
        ("sin(x", 1, "'sin' is never closed"),
        ("x)", 2, "closes nothing"),
        ("x +", 4, "the line ends"),
        ("", 1, "the line ends"),
        ("x + )", 5, r"missing before '\)'"),
        ("1,5", 2, "write 0.5, not 0,5"),
        ("sin(x, y)", 1, "takes 1 argument, not 2"),
        ("log(x, 2, 3)", 1, "not 3"),
        ("x != 2", 3, "inequation"),
        ("x ≤ 2", 3, "inequation"),
        ("I*x", 1, "imaginary unit"),
        ("x = oo", 5, "no number"),
        ("[x]", 1, r"group with '\('"),
        ("x + |y| = 0", 5, r"write abs\(x\)"),
        ("2. x + y = 2*x + y", 4, r"'2\.' may be a place in a list"),
        ("(3) x + y = y + x", 5, r"'\(3\)' may be a place in a list"),
        ("(a + b)^2 = a^2 + 2ab + b^2", 20, r"'ab' is one name; write a\*b for a product"),
        ("2xy = 2yx", 2, r"'xy' is one name"),
        ("x + 1e999", 5, "more than 300"),
        ("9" * 301, 1, "more than 300"),
        ("1e-99999999999999999999", 1, "more than 300"),
    ],
)
def test_what_is_no_equation_is_told_with_its_place(text: str, column: int, reason: str) -> None:
    build = Builder()
    with pytest.raises(ParseError, match=f"line 7, column {column}: .*{reason}") as told:
        parse(text, build, 7)
    assert (told.value.line, told.value.column) == (7, column)
    assert len(build.forest()) == 0


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('x')",
        "().__class__.__bases__",
        "lambda x: x",
        "f'{x}'",
        "exec(x)",
        "x\0",
        "x\u202e = y",
        "x := 1",
        "x if y else z",
        "x.y",
        "x; y",
        "`x`",
        "'" * 50,
        "\\sin",
        "x = \ud800",
        "٣ = 3",
    ],
)
def test_python_is_refused(text: str) -> None:
    with pytest.raises(ParseError, match="line 1, column"):
        parse(text, Builder())


def test_a_tower_of_powers_is_parsed_and_not_computed() -> None:
    build = Builder()
    node = parse("9**9**9**9", build)
    assert infix(build.forest(), node) == "9**9**9**9"


@pytest.mark.parametrize(
    "text", ["(" * 100_000 + "x", "-" * 100_000 + "x", "sin(" * 2000, "x**" * 2000 + "x"]
)
def test_hostile_depth_is_refused_with_the_limit(text: str) -> None:
    with pytest.raises(ParseError, match="more than 1,000 parentheses or operators"):
        parse(text, Builder())


def test_depth_and_length_that_are_allowed() -> None:
    build = Builder()
    deep = "sin(" * 900 + "x" + ")" * 900
    long = " + ".join(["x"] * 10_000)
    nodes = [parse(text, build) for text in (deep, long)]
    assert [infix(build.forest(), node) for node in nodes] == [deep, long]


def test_long_lines_are_refused_with_the_limit() -> None:
    with pytest.raises(ParseError, match="more than 100,000 nodes"):
        parse("+".join(["x"] * 50_001), Builder())
    with pytest.raises(ParseError, match="more than 1,000,000 characters"):
        parse(" " * 1_000_001, Builder())


@pytest.mark.parametrize(
    "text", ["(2)(x) = 2x", "(2)x = 2.0x", "2.5 x = x", "m + u + mu = x", "a + ac + a1 = ac"]
)
def test_products_and_names_that_are_none_are_read(text: str) -> None:
    parse(text, Builder())


def test_black_boxes_are_functions() -> None:
    build = Builder(boxes=("f",))
    assert parse("f(x) + f^2(x)", build) == parse("f(x) + f(x)**2", build)
    with pytest.raises(ParseError, match="or of the black boxes f "):
        parse("g(x)", build)


def test_random_strings_raise_nothing_else() -> None:
    draw, build = np.random.default_rng(0), Builder()
    alphabet = [
        *"()+-*/^=,?_. 2{}",
        "**",
        "sin",
        "x",
        "log(",
        "sqrt(",
        "Eq(",
        "1/2",
        "e",
        "pi",
        "sin^2(",
        "I",
        "θ",
    ]
    read = 0
    for _ in range(2000):
        text = "".join(draw.choice(alphabet, int(draw.integers(1, 9))))
        try:
            node = parse(text, build)
        except ParseError:
            continue
        read += 1
        assert parse(infix(build.forest(), node), build) == node
    assert read > 100
