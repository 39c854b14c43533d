"""Text of an equation, cut into numbers, names and signs, each with its column."""

import re
import unicodedata
from math import isinf
from typing import Final, NamedTuple

from etl.equations.names import BLANKS, GREEK, INEQUATIONS

CHARACTERS: Final = 1_000_000
"""Of a line, at most."""
DIGITS: Final = 300
"""Characters of a number, and places of its exponent, at most."""


class ParseError(ValueError):
    """A text that is no equation: ``line`` and ``column`` from 1, and the ``reason``."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}: {reason}")
        self.reason, self.line, self.column = reason, line, column


class Token(NamedTuple):
    """A piece of text: ``kind`` is number, name, letter (a name beside which others may stand) or sign."""

    kind: str
    text: str
    column: int


_SIGNS: Final = (
    dict.fromkeys("*·\u00d7\u22c5\u2217", "*")
    | dict.fromkeys("-\u2212\u2013", "-")
    | {"/": "/", "÷": "/", "^": "**", "**": "**", "=": "=", "==": "="}
    | {each: each for each in "+(),"}
    | dict.fromkeys(BLANKS, "?")
)
_POWERS: Final = {"²": "2", "³": "3"}
_GREEK: Final = "".join(GREEK)
NUMBER: Final = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
"""A number without a sign."""
_PIECE: Final = re.compile(
    rf"(?P<number>{NUMBER.pattern})"
    rf"|(?P<name>(?:[A-Za-z][A-Za-z0-9]*|[{_GREEK}][0-9]*|∞)(?:_[A-Za-z0-9]+)*)"
    rf"|(?P<inequation>{'|'.join(sorted(map(re.escape, INEQUATIONS), key=len, reverse=True))})"
    rf"|(?P<sign>\*\*|==|[{re.escape(''.join(each for each in _SIGNS if len(each) == 1))}])"
    r"|(?P<power>[²³])|(?P<space>\s+)|(?P<other>.)",
    re.DOTALL,
)
_HINTS: Final = {
    **{sign: f"group with '{other}'" for sign, other in zip("[]{}", "()()", strict=True)},
    **{"|": "write abs(x)", "√": "write sqrt(x)", "∛": "write x**(1/3)", "!": "there are no factorials"},
    **{"°": "write pi/180", "%": "write /100", "±": "write an equation for each sign", "½": "write 1/2"},
    **{"⁻": "write ^ and the power", "¼": "write 1/4", "¾": "write 3/4"},
}


def tokens(text: str, line: int = 1) -> list[Token]:
    """Numbers, names and signs of a line; signs as the parser knows them, Greek letters by their names.

    Parameters
    ----------
    text : str
    line : int
        Its number, for errors.

    Raises
    ------
    ParseError
        A character has no meaning here, the line is too long, or a number too large.

    Examples
    --------
    >>> [token.text for token in tokens("2·θ^2 == .5")]
    ['2', '*', 'theta', '**', '2', '=', '.5']
    """
    refuse_long(text, line)
    found: list[Token] = []
    for piece in _PIECE.finditer(text):
        kind, word, column = str(piece.lastgroup), piece[0], piece.start() + 1
        if kind == "number":
            found.append(Token(kind, number(word, line, column), column))
        elif kind == "name":
            found.append(Token(kind, GREEK.get(word[0], word[0]) + word[1:], column))
        elif kind == "sign":
            found.append(Token(kind, _SIGNS[word], column))
        elif kind == "power":
            power = [("sign", "**"), ("sign", "{"), ("number", _POWERS[word]), ("sign", "}")]
            found += [Token(*each, column) for each in power]
        elif kind != "space":
            raise ParseError(inequation(word) if kind == "inequation" else strange(word), line, column)
    return found


def refuse_long(text: str, line: int) -> None:
    """Raise `ParseError` for a line that is too long.

    Parameters
    ----------
    text : str
    line : int
        Its number.
    """
    if len(text) > CHARACTERS:
        raise ParseError(f"a line of more than {CHARACTERS:,} characters is not read", line, CHARACTERS + 1)


def number(text: str, line: int, column: int) -> str:
    """A number as it is written, where it can be computed with.

    Parameters
    ----------
    text : str
    line, column : int
        Its place, for errors.

    Raises
    ------
    ParseError
    """
    exponent = text.lower().partition("e")[2].lstrip("+-").lstrip("0")
    if len(text) > DIGITS or len(exponent) > 3 or int(exponent or "0") > DIGITS or isinf(float(text)):
        reason = f"a number of more than {DIGITS} digits, or with such an exponent, is not read"
        raise ParseError(reason, line, column)
    return text


def inequation(sign: str) -> str:
    """What is said of a sign such as ``!=``."""
    return f"'{sign}' makes an inequation; write the equation, with '=', and see whether it is false"


def strange(character: str) -> str:
    """What is said of a character that has no meaning."""
    if character in _HINTS:
        return f"'{character}' has no meaning here; {_HINTS[character]}"
    name = unicodedata.name(character, "a control character")
    shown = f"'{character}'" if character.isprintable() else f"U+{ord(character):04X}"
    return f"{shown} ({name.lower()}) has no meaning in an equation; remove it"
