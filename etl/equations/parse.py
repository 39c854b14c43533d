"""An equation from text by operator precedence, without recursion; nothing is evaluated."""

from etl.equations.forest import Builder
from etl.equations.names import glued
from etl.equations.shunting_yard import ShuntingYard
from etl.equations.tokens import ParseError, Token, tokens

__all__ = ["ParseError", "parse", "parse_tokens"]


def parse(text: str, build: Builder, line: int = 1) -> int:
    """The node of an equation, or of an expression, that is written as SymPy and people write it.

    ``-x**2`` is ``-(x**2)``, ``x**y**z`` is ``x**(y**z)`` and ``a/b*c`` is ``(a/b)*c``, as in Python;
    ``^`` is ``**``, and ``==`` is ``=``. Factors may stand side by side: ``2x``, ``2 sin(x)``,
    ``(x + 1)(x - 1)``. After a division or a power, as in ``1/2x`` and ``e^2x``, that is refused, as it can
    be read two ways. So is ``x(y + 1)``: a name before a parenthesis is a function; ``ab`` beside ``a`` and
    ``b``, as names may have several letters; and ``2. x``, which may be the second of a list.

    Parameters
    ----------
    text : str
        One equation. ``?`` is the blank, ``log`` the natural logarithm, ``e`` is ``exp(1)``; ``i`` and ``j``
        are variables.
    build : Builder
        Takes the nodes; none where the text is refused. Its ``boxes`` are functions, too.
    line : int
        Number of the line, for errors.

    Returns
    -------
    int
        The node. ``a - b`` is ``add(a, mul(-1, b))``, ``a/b`` is ``mul(a, pow(b, -1))``, ``1/b`` is
        ``pow(b, -1)``, ``sqrt(a)`` is ``pow(a, 1/2)``; ``-3`` and ``2/3``, of digits alone, are numbers.

    Raises
    ------
    ParseError
        With line, column, and what to write instead.

    Examples
    --------
    >>> build = Builder()
    >>> parse("sin(x)^2 + cos(x)^2 = 1", build) == parse("Eq(sin(x)**2 + cos(x)**2, 1)", build)
    True
    >>> parse("1 + foo(x) = 1", build)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    etl.equations.tokens.ParseError: line 1, column 5: unknown function 'foo'; take one of ...
    """
    found = tokens(text, line)
    columns = dict[str, int]()
    for token in found:
        if token.kind == "name":
            columns.setdefault(token.text, token.column)
    if word := glued(columns):
        reason = f"'{word}' is one name; write {'*'.join(word)} for a product, or name it otherwise"
        raise ParseError(reason, line, columns[word])
    return parse_tokens(found, len(text) + 1, build, line)


def parse_tokens(found: list[Token], end: int, build: Builder, line: int = 1) -> int:
    """The node of what is cut into pieces already.

    Parameters
    ----------
    found : list of Token
    end : int
        Column after the last.
    build : Builder
    line : int
    """
    program = ShuntingYard(found, end, line, build.boxes).postfix()
    return program.run(build)
