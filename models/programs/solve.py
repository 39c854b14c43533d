"""What stands in a blank by inverse functions: always an answer, though seldom the shortest."""

from collections.abc import Sequence

from etl.equations.forest import Forest
from etl.equations.grammar import FUNCTIONS
from models.programs.context import Step
from models.programs.graft import Grafter

_HYPERBOLIC = ("sinh", "cosh", "tanh", "csch", "sech", "coth")
_CIRCULAR = ("sin", "cos", "tan", "csc", "sec", "cot")
INVERSE = (
    {name: f"a{name}" for name in (*_CIRCULAR, *_HYPERBOLIC)}
    | {f"a{name}": name for name in (*_CIRCULAR, *_HYPERBOLIC)}
    | {"exp": "ln", "ln": "exp", "abs": "abs"}
)
"""Functions that lead back on one branch."""


def solved(into: Grafter, forest: Forest, way: Sequence[Step]) -> int:
    """A node that makes an equation true where inverse functions lead back.

    Parameters
    ----------
    into : Grafter
        Takes the node.
    forest : Forest
    way : sequence of Step
        From the equality down to the blank.

    Examples
    --------
    >>> from etl.equations.parse import parse
    >>> from etl.equations.write import infix
    >>> from models.programs.context import holds_blank, way_down
    >>> build = into = Grafter()
    >>> root = parse("2*sin(?) + y = 1", build.build)
    >>> forest = build.build.forest()
    >>> node = solved(into, forest, list(way_down(forest, root, holds_blank(forest))))
    >>> infix(into.build.forest(), node)
    'asin((1 - y)/2)'
    """
    equality, *steps = way
    node = into.put(forest, equality.other)
    for step in steps:
        other = into.put(forest, step.other) if step.other >= 0 else -1
        node = _step(into, FUNCTIONS[step.code], step.slot, node, other)
    return node


def _step(into: Grafter, name: str, slot: int, node: int, other: int) -> int:
    make, minus = into.build.node, into.build.number("-1")
    if name in INVERSE:
        return make(INVERSE[name], node)
    if name == "add":
        less = make("mul", minus, other)
        return less if node == into.build.number("0") else make("add", node, less)
    if name == "mul":
        return make("mul", node, make("pow", other, minus))
    if name == "pow":
        return make("pow", node, make("pow", other, minus)) if slot == 0 else make("log", node, other)
    if slot == 0:  # a logarithm, of its argument
        return make("pow", other, node)
    return make("pow", other, make("pow", node, minus))
