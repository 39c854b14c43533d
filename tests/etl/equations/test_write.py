"""What is written is read back to the same node, as infix text and as LaTeX."""

import ast
import re

import numpy as np
import pytest

from etl.equations.forest import Builder, Forest
from etl.equations.latex import parse_latex
from etl.equations.parse import parse
from etl.equations.write import infix, latex
from tests.etl.equations.test_parse import by_python


def sizes(forest: Forest) -> np.ndarray:
    """Nodes of each tree, written out."""
    found = np.ones(len(forest))
    for node in range(len(forest)):
        found[node] += sum(found[child] for child in (forest.left[node], forest.right[node]) if child >= 0)
    return found


def forest_at_random(seed: int, nodes: int) -> Builder:
    """Nodes over leaves that are hard to write, with sums, products and powers most of all."""
    draw = np.random.default_rng(seed)
    build = Builder(boxes=("f",))
    leaves = [
        "0",
        "1",
        "2",
        "-1",
        "-2",
        "1/2",
        "-1/2",
        "-3/4",
        "0.50",
        ".5",
        "-0.4",
        "1e-3",
        "-2.5e3",
        "7.",
        "1/3",
    ]
    given = [build.number(text) for text in leaves]
    given += [*map(build.symbol, ("x", "y_1", "theta", "var_0")), build.node("pi"), build.node("blank")]
    for _ in range(nodes):
        left, right = (int(each) for each in draw.choice(given, 2))
        name = str(
            draw.choice(["add", "mul", "mul", "mul", "pow", "pow", "log", "sin", "acoth", "exp", "abs", "f"])
        )
        two = name in ("add", "mul", "pow", "log")
        given.append(build.node(name, left, right) if two else build.node(name, left))
    return build


@pytest.mark.parametrize("seed", range(2))
def test_nodes_at_random_are_read_back(seed: int) -> None:
    build = forest_at_random(seed, 900)
    forest = build.forest()
    small = np.flatnonzero(sizes(forest) < 60).tolist()
    assert len(small) > 700
    for node in small:
        assert parse(infix(forest, node), build) == node, infix(forest, node)
        assert parse_latex(latex(forest, node), build) == node, latex(forest, node)
    assert len(build.forest()) == len(forest)


def test_no_pair_of_parentheses_can_be_left_out() -> None:
    """Without any one pair of those that group, the text means something else, or is refused."""
    build, checked = forest_at_random(7, 400), 0
    forest = build.forest()
    for node in np.flatnonzero(sizes(forest) < 12).tolist():
        text = infix(forest, node)
        for opening in re.finditer(r"(?<![a-z0-9])\((?!-)", text):
            depth = np.cumsum([(each == "(") - (each == ")") for each in text[opening.start() :]])
            closing = opening.start() + int(np.argmax(depth == 0))
            bare = text[: opening.start()] + text[opening.end() : closing] + text[closing + 1 :]
            try:
                assert parse(bare, build) != node, text
            except ValueError:
                continue
            checked += 1
    assert checked > 50


@pytest.mark.parametrize(
    "text",
    [
        "a - b*c/d**2 = sqrt(x)/2",
        "-x**2 + 1/(x + 1)",
        "-(a/b)",
        "x**(-1/2)",
        "1/2*x - 3",
        "sin(x)**2*cos(2*x)",
    ],
)
def test_usual_forms_are_written_as_they_are_read(text: str) -> None:
    build = Builder()
    node = parse(text, build)
    assert infix(build.forest(), node) == text


def test_text_means_the_same_to_python() -> None:
    """Python's grammar gives the same tree, but for fractions of digits and ``1/x``."""
    build = Builder()
    nodes = [
        parse(text, build) for text in ("-x**2*y - (a - b)/x**y**2", "(x*y)**2 - -3*x", "x - (y - 2)*-x")
    ]
    for node in nodes:
        assert by_python(ast.parse(infix(build.forest(), node), mode="eval").body, build) == node


@pytest.mark.parametrize("write", [infix, latex])
def test_a_variable_that_would_be_read_as_something_else_is_refused(write: type[infix]) -> None:
    build = Builder()
    node = build.symbol("pi")
    with pytest.raises(ValueError, match="'pi' cannot be written"):
        write(build.forest(), node)
