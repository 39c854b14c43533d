"""Numbers as trees of their digits: 2.5 is ``2 * 10**0 + 5 * 10**-1``."""

from collections.abc import Iterable
from functools import reduce

from etl.equations.forest import Builder, Equations


def decimal_tree(text: str, build: Builder) -> int:
    """The node of a sum of digits times powers of ten; zeros are left out.

    Parameters
    ----------
    text : str
        Digits with a sign and a point at most.
    build : Builder

    Raises
    ------
    ValueError
        The text is no decimal number.

    Examples
    --------
    >>> from etl.equations.write import infix
    >>> build = Builder()
    >>> node = decimal_tree("-2.05", build)
    >>> infix(build.forest(), node)
    '-(2*10**0 + 5*10**(-2))'
    """
    whole, _, part = text.lstrip("+-").partition(".")
    digits = whole + part
    if not digits.isdecimal() or not digits.isascii() or len(text) > len(text.lstrip("+-")) + 1:
        raise ValueError(f"{text!r} is no decimal number: write digits, with a sign and a point at most")
    places = [(digit, len(whole) - 1 - at) for at, digit in enumerate(digits) if digit != "0"]
    terms = [_term(digit, place, build) for digit, place in places or [("0", 0)]]
    total = reduce(lambda one, other: build.node("add", one, other), terms)
    return build.node("mul", build.number("-1"), total) if text.startswith("-") else total


def _term(digit: str, place: int, build: Builder) -> int:
    power = build.node("pow", build.number("10"), build.number(str(place)))
    return build.node("mul", build.number(digit), power)


def decimal_equations(numbers: Iterable[str]) -> Equations:
    """Evaluations that tell a network what its numbers are: the number, and the tree of its digits.

    Parameters
    ----------
    numbers : iterable of str
        As of `etl.equations.forest.Forest.numbers`; fractions are passed over.

    Examples
    --------
    >>> len(decimal_equations(["2.5", "1/2", "-3"]))
    2
    """
    build = Builder()
    roots = [
        build.node("equality", build.number(text), decimal_tree(text, build))
        for text in numbers
        if "/" not in text
    ]
    return build.equations(roots, [1] * len(roots))
