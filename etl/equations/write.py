"""A node as text that is read back to the same node."""

import re
from collections.abc import Iterator

from etl.equations.corpus import corpus
from etl.equations.forest import Forest
from etl.equations.notation import ADD, ATOM, leads_minus, name_of, number_of, shape
from etl.equations.styles import INFIX, LATEX, Style, Template

__all__ = ["corpus", "infix", "latex"]


def infix(forest: Forest, node: int) -> str:
    """A node as SymPy prints one, with no more parentheses than reading needs.

    Parameters
    ----------
    forest : Forest
    node : int

    Returns
    -------
    str
        `parse` makes the same node of it.

    Raises
    ------
    ValueError
        A variable has the name of something else, such as ``pi``.

    Examples
    --------
    >>> from etl.equations.forest import Builder
    >>> from etl.equations.parse import parse
    >>> build = Builder()
    >>> node = parse("1/(csc(x)^2 + 3) - (-(x^0.5))/2 = sqrt(x)", build)
    >>> infix(build.forest(), node)
    '1/(csc(x)**2 + 3) - (-x**0.5/2) = sqrt(x)'
    """
    return "".join(_written(forest, node, INFIX))


def latex(forest: Forest, node: int) -> str:
    r"""A node in LaTeX; `parse_latex` makes the same node of it.

    Parameters
    ----------
    forest : Forest
    node : int

    Raises
    ------
    ValueError
        See `infix`.

    Examples
    --------
    >>> from etl.equations.forest import Builder
    >>> from etl.equations.parse import parse
    >>> build = Builder()
    >>> node = parse("2*asinh(theta)/3 = x_1**(1/2)", build)
    >>> print(latex(build.forest(), node))
    \frac{2 \cdot \operatorname{arsinh}\left(\theta\right)}{3} = \sqrt{x_{1}}
    """
    return "".join(_written(forest, node, LATEX))


def _written(forest: Forest, node: int, style: Style) -> Iterator[str]:
    """Pieces of the text, from left to right."""
    waiting: list[str | tuple[int, int, bool]] = [(node, 0, True)]
    while waiting:
        entry = waiting.pop()
        if isinstance(entry, str):
            yield entry
            continue
        place, wanted, minus = entry
        kind, inner = shape(forest, place)
        level, template, slots = _template(forest, place, kind, style)
        pieces: list[str | tuple[int, int, bool]] = []
        for piece in re.split(r"(@[01])", template):
            at = int(piece[1:]) if piece[:1] == "@" else -1
            pieces.append(piece if at < 0 else (inner[at], *slots[at]))
        if level < wanted or (not minus and leads_minus(forest, place)):
            before, _, after = style.group.partition("@0")
            pieces = [before, *pieces, after]
        waiting += reversed(pieces)


def _template(forest: Forest, node: int, kind: str, style: Style) -> Template:
    if kind in ("number", "rational", "negative"):
        return (style.templates[kind][0], style.number(number_of(forest, node)), ())
    if kind == "symbol":
        return (style.templates[kind][0], style.symbol(forest.symbols[forest.leaf[node]]), ())
    if kind in style.templates:
        return style.templates[kind]
    return (ATOM, style.call(name_of(forest, node)), ((ADD, True),))
