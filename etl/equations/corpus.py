"""Equations in the JSON of the neuralMath corpora: functions, values and heights, listed in preorder."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from etl.equations.forest import Builder, Forest
from etl.equations.grammar import BINARY, CODE, FUNCTIONS, LEAVES, UNARY
from etl.equations.notation import name_of, number_of
from etl.equations.postfix import NODES

Written = dict[str, str | dict[str, int]]
"""An equation: ``func``, ``vars``, ``nodeNum``, ``depth``, ``numNodes`` and ``variables``."""
NONE: Final = "#"
"""No child; every leaf has two, and every function of one argument one of these after it."""
BLANK: Final = "Blank"
_NAMED: Final = {"1": "One", "-1": "NegativeOne", "1/2": "Half"}
_NUMBERS: Final = frozenset(("One", "NegativeOne", "Half", "Integer", "Rational", "Number", "Float"))
_NUMBER: Final = re.compile(
    r"-?(?:[0-9]{1,300}(?:/0*[1-9][0-9]{0,299})?"
    r"|(?:[0-9]{1,150}\.[0-9]{0,150}|\.[0-9]{1,150})(?:e[+-]?[0-9]{1,2})?)"
)
_NAMES: Final = {"equality": "Equality", "add": "Add", "mul": "Mul", "pow": "Pow", "ln": "log"}
_CODES: Final = {_NAMES.get(name, name): CODE[name] for name in (*UNARY, *BINARY)}
_LOG: Final = {1: CODE["ln"], 2: CODE["log"]}
_TWO: Final = len(LEAVES) + len(BINARY)


def decode(func: Sequence[str], values: Sequence[str], build: Builder) -> int:
    """The node of an equation whose functions and values are listed in preorder.

    Parameters
    ----------
    func : sequence of str
        Such as Equality, Add, Symbol, Integer, and ``#`` for no child.
    values : sequence of str
        As many: the number or the name at leaves.
    build : Builder

    Raises
    ------
    ValueError
        What is listed is no tree, or has a function or a number that is not known.

    Examples
    --------
    >>> build = Builder()
    >>> decode("sin,Symbol,#,#,#".split(","), ",x,#,#,#".split(","), build)
    1
    """
    if len(func) != len(values) or len(func) > 3 * NODES:
        raise ValueError(
            f"func lists {len(func):,}, vars {len(values):,}; they are to list as many, up to {3 * NODES:,}"
        )
    below: list[int] = []
    for name, value in zip(reversed(func), reversed(values), strict=True):
        if name == NONE:
            below.append(-1)
            continue
        if len(below) < 2:
            raise ValueError(f"'{name}' lacks a child, or a '{NONE}' in the place of one")
        left, right = below.pop(), below.pop()
        if name in _CODES or name in build.boxes:
            below.append(build.add(_code(name, left, right, build), left, right))
        elif left >= 0 or right >= 0:
            raise ValueError(
                f"unknown function '{name}'" if name not in _NUMBERS else f"'{name}' has a child"
            )
        else:
            below.append(_leaf(name, value, build))
    if len(below) != 1 or below[0] < 0:
        raise ValueError(f"there are {len(below):,} trees in it, and not one")
    return below[0]


def _code(name: str, left: int, right: int, build: Builder) -> int:
    """The code of a function, whose arguments are there."""
    given = (left >= 0) + (right >= 0)
    code = _CODES[name] if name in _CODES else len(FUNCTIONS) + build.boxes.index(name)
    if name == "log" and given:
        code = _LOG[given]
    if left < 0 or given != (2 if code < _TWO else 1):
        raise ValueError(f"'{name}' has {given} children")
    return code


def _leaf(name: str, value: str, build: Builder) -> int:
    if name == "Symbol" and value:
        return build.symbol(value)
    if name in ("Pi", BLANK):
        return build.node("pi" if name == "Pi" else "blank")
    if name not in _NUMBERS:
        raise ValueError(f"unknown function '{name}'" if name != "Symbol" else "a variable has no name")
    if not _NUMBER.fullmatch(value):
        raise ValueError(f"'{value[:40]}' is no number of a size that can be computed with")
    return build.number(value)


def corpus(forest: Forest, node: int) -> Written:
    """A node as the corpora write one.

    Parameters
    ----------
    forest : Forest
    node : int

    Returns
    -------
    dict
        Heights are edges down to the farthest leaf, and nodes are numbered in preorder. Decimals are called
        Float: that some are called Number in the corpora says where they were drawn, and is not kept.

    Examples
    --------
    >>> from etl.equations.parse import parse
    >>> build = Builder()
    >>> node = parse("sin(x) = 1", build)
    >>> corpus(build.forest(), node)["func"]
    'Equality,sin,Symbol,#,#,#,One,#,#'
    """
    lists: dict[str, list[str]] = {name: [] for name in ("func", "vars", "nodeNum", "depth")}
    waiting, nodes, names = [node], 0, set[str]()
    while waiting:
        at = waiting.pop()
        entry = (NONE,) * 4
        if at >= 0:
            name, value = _named(forest, at)
            names |= {value} if name == "Symbol" else set()
            entry = (name, value, str(nodes), str(int(forest.height[at])))
            waiting += (int(forest.right[at]), int(forest.left[at]))
            nodes += 1
        for column, text in zip(lists.values(), entry, strict=True):
            column.append(text)
    variables = {name: number for number, name in enumerate(sorted(names))}
    joined: Mapping[str, str] = {name: ",".join(column) for name, column in lists.items()}
    return {**joined, "numNodes": str(nodes), "variables": variables}


def _named(forest: Forest, node: int) -> tuple[str, str]:
    """Function and value of a node in the corpora's words."""
    name, number = name_of(forest, node), number_of(forest, node)
    if number:
        whole = number.removeprefix("-").isdigit()
        other = "Rational" if "/" in number else "Integer" if whole else "Float"
        return _NAMED.get(number, other), number
    if name == "symbol":
        return "Symbol", forest.symbols[forest.leaf[node]]
    if name in ("pi", "blank"):
        return ("Pi", "pi") if name == "pi" else (BLANK, "?")
    return _NAMES.get(name, name), ""
