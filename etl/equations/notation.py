"""Notation: whether a node is written as a difference, a quotient, a root, or as what it is."""

from etl.equations.forest import Forest
from etl.equations.grammar import CODE, FUNCTIONS

EQUALITY, ADD, MUL, NEGATION, POW, ATOM = range(6)
"""How strongly a written node holds together."""
_ADD, _MUL, _POW, _NUMBER = (CODE[name] for name in ("add", "mul", "pow", "number"))


def name_of(forest: Forest, node: int) -> str:
    """Name of a node's function, or of its black box.

    Parameters
    ----------
    forest : Forest
    node : int
    """
    code = int(forest.func[node])
    return FUNCTIONS[code] if code < len(FUNCTIONS) else forest.boxes[code - len(FUNCTIONS)]


def number_of(forest: Forest, node: int) -> str:
    """A number as it is written, and nothing for other nodes.

    Parameters
    ----------
    forest : Forest
    node : int
    """
    return forest.numbers[forest.leaf[node]] if forest.func[node] == _NUMBER else ""


def shape(forest: Forest, node: int) -> tuple[str, list[int]]:
    """What a node is written as, and the nodes that stand in that.

    Besides functions there are ``sub``, ``neg``, ``div``, ``inv`` and ``sqrt``, each where it is read back
    to the same nodes, and ``rational`` and ``negative`` among numbers.

    Parameters
    ----------
    forest : Forest
    node : int

    Examples
    --------
    >>> from etl.equations.forest import Builder
    >>> build = Builder()
    >>> node = build.node("mul", build.number("-1"), build.symbol("x"))
    >>> shape(build.forest(), node)
    ('neg', [1])
    """
    code, left, right = int(forest.func[node]), int(forest.left[node]), int(forest.right[node])
    if code == _NUMBER:
        text = number_of(forest, node)
        return ("rational" if "/" in text else "negative" if text[0] == "-" else "number"), []
    if code == _ADD and (taken := _second_of_product(forest, right)) >= 0:
        return "sub", [left, taken]
    if code == _MUL:
        return _product(forest, node, left, right)
    if code == _POW:
        exponent = number_of(forest, right)
        if exponent == "1/2":
            return "sqrt", [left]
        if exponent == "-1" and forest.func[left] != _NUMBER:
            return "inv", [left]
    return name_of(forest, node), [child for child in (left, right) if child >= 0]


def _second_of_product(forest: Forest, node: int) -> int:
    """What is taken away by adding -1 times it, or -1."""
    less = forest.func[node] == _MUL and number_of(forest, int(forest.left[node])) == "-1"
    return int(forest.right[node]) if less else -1


def _product(forest: Forest, node: int, left: int, right: int) -> tuple[str, list[int]]:
    first, second = number_of(forest, left), number_of(forest, right)
    if forest.func[right] == _POW and number_of(forest, int(forest.right[right])) == "-1":
        below = int(forest.left[right])
        whole = first.removeprefix("-").isdigit()
        if first != "1" and not (whole and number_of(forest, below).isdigit()):
            return "div", [left, below]
    if first == "-1" and (not second or second[0] == "-" or "/" in second):
        return "neg", [right]
    return "mul", [left, right]


def leads_minus(forest: Forest, node: int) -> bool:
    """Whether the text of a node begins with a minus.

    Parameters
    ----------
    forest : Forest
    node : int
    """
    while forest.func[node] == _MUL:
        node = int(forest.left[node])
    return number_of(forest, node)[:1] == "-"
