r"""LaTeX, cut into pieces: numbers, variables, functions, fractions and signs, each with its column."""

import re
from difflib import get_close_matches
from typing import Final, NamedTuple

from etl.equations.names import CONSTANTS, GREEK, SPELLINGS
from etl.equations.tokens import NUMBER, ParseError, inequation, number, refuse_long, strange


class Piece(NamedTuple):
    """``kind`` is number, letter, function or sign; for a fraction, ``frac``."""

    kind: str
    text: str
    column: int


_SIGNS: Final = {
    **{rf"\{name}": "*" for name in ("cdot", "times", "ast", "cdotp")},
    **{rf"\{name}": "?" for name in ("square", "Box", "blacksquare")},
    **{r"\div": "/", r"\lparen": "(", r"\rparen": ")", r"\{": "(", r"\}": ")", "[": "[", "]": "]"},
    **{"\u00d7": "*", "\u00b7": "*", "\u2212": "-", "\u25a1": "?"},
    **{each: each for each in "+-*/=(){}^_,?"},
}
_INEQUATIONS: Final = {
    **{rf"\{name}": "inequation" for name in ("ne", "neq", "lt", "gt", "le", "leq", "ge", "geq")},
    **dict.fromkeys("<>\u2260\u2264\u2265", "inequation"),
}
_DROPPED: Final = (
    *("left", "right", "big", "Big", "bigl", "bigr", "Bigl", "Bigr", "bigg", "Bigg", "mathord", "limits"),
    *("quad", "qquad", "displaystyle", "textstyle", "thinspace"),
)
_LETTERS: Final = {rf"\{name}": name for name in GREEK.values()} | {
    rf"\var{name}": name for name in ("theta", "phi", "epsilon", "rho", "sigma", "kappa")
}
_FUNCTIONS: Final = {rf"\{name}": name for name in SPELLINGS} | {
    rf"\{name}": "frac" for name in ("frac", "dfrac", "tfrac", "cfrac")
}
_BELOW: Final = r"(?:\s*_\s*(?:\{\s*(?P<%s>[A-Za-z0-9, ]+)\}|(?P<%s>[A-Za-z0-9])))?"
_PIECE: Final = re.compile(
    r"(?P<space>\s+|~|&|\\[,;:! ]|\\\\)"
    r"|(?P<number>[0-9]+\.?[0-9]*|\.[0-9]+)"
    r"|\\(?:operatorname\*?|mathrm|mathit|mathop|text|textrm|textit)\s*\{\s*(?P<word>[A-Za-z0-9.+-]*)\s*\}"
    + _BELOW % ("word_below", "word_small")
    + r"|(?P<bar>\\(?:left|right)\s*(?:\||\\vert\b)|\\[lr]vert\b)"
    + rf"|(?P<letter>\\[A-Za-z]+|[A-Za-z]|[{''.join(GREEK)}])"
    + r"|(?P<other>\\?.)",
    re.DOTALL,
)
_SMALL: Final = re.compile(_BELOW % ("below", "small"))
_WORD: Final = re.compile(r"[A-Za-z]{2,}")


def pieces(text: str, line: int = 1) -> list[Piece]:
    r"""Pieces of a line of LaTeX; dollars around it and spaces are dropped.

    Parameters
    ----------
    text : str
    line : int
        Its number, for errors.

    Raises
    ------
    ParseError
        A command or a character is not known.

    Examples
    --------
    >>> [piece.text for piece in pieces(r"$\sin\theta_{1} \cdot 2$")]
    ['sin', 'theta_1', '*', '2']
    """
    refuse_long(text, line)
    found: list[Piece] = []
    bare, at = _bare(text), 0
    while at < len(bare):
        piece, at = _next(bare, at, line)
        if piece.kind:
            found.append(piece)
    return found


def _bare(text: str) -> str:
    """Blanks in the place of what stands around an equation: dollars, and the full stop after it."""
    body = re.sub(r"^\s*(?:\$+|\\\(|\\\[)", lambda match: " " * len(match[0]), text)
    return re.sub(r"[.,;\s]*(?:\$+|\\\)|\\\])?[.,;\s]*$", "", body)


def _next(text: str, at: int, line: int) -> tuple[Piece, int]:
    """The piece at a place, and where the next one is."""
    word, match = _WORD.match(text, at), _PIECE.match(text, at)
    if word and (word[0] in SPELLINGS or word[0] in CONSTANTS):
        return Piece("function" if word[0] in SPELLINGS else "letter", word[0], at + 1), word.end()
    assert match is not None
    kind, found, column = _kind(match), match[0], at + 1
    if kind == "space":
        return Piece("", "", column), match.end()
    if kind == "number":
        return Piece(kind, number(found, line, column), column), match.end()
    if kind == "bar":
        return Piece("sign", "|(" if found[1] == "l" else "|)", column), match.end()
    if kind == "word":
        return _word(match, line, column), match.end()
    if kind == "letter" and found not in _FUNCTIONS and found not in _SIGNS and found not in _INEQUATIONS:
        return _letter(text, match, line)
    return _sign(found, line, column), match.end()


def _kind(match: re.Match[str]) -> str:
    kinds = ("space", "number", "word", "bar", "letter", "other")
    return next(kind for kind in kinds if match[kind] is not None)


def _word(match: re.Match[str], line: int, column: int) -> Piece:
    r"""What ``\operatorname`` or ``\mathrm`` names: a function, a variable, or a number such as 1e-3."""
    word = match["word"]
    if NUMBER.fullmatch(word):
        return Piece("number", number(word, line, column), column)
    if not word.isalnum() or word[0].isdigit():
        raise ParseError(f"'{word}' is no name", line, column)
    if word in SPELLINGS:
        return Piece("function", word, column)
    return Piece("letter", _with(word, match["word_below"], match["word_small"]), column)


def _letter(text: str, match: re.Match[str], line: int) -> tuple[Piece, int]:
    found, column = match[0], match.start() + 1
    if found[1:] in _DROPPED:
        return Piece("", "", column), match.end()
    if len(found) > 1 and found not in _LETTERS:
        near = get_close_matches(found, [*_LETTERS, *_FUNCTIONS, *_SIGNS], 1, 0.0)[0]
        raise ParseError(f"unknown command '{found}' (nearest: '{near}')", line, column)
    name = _LETTERS.get(found, GREEK.get(found, found))
    below = _SMALL.match(text, match.end())
    assert below is not None
    return Piece("letter", _with(name, below["below"], below["small"]), column), below.end()


def _with(name: str, below: str | None, small: str | None) -> str:
    """A name and its subscripts."""
    parts = [part.strip() for part in (below or small or "").split(",")]
    return "_".join([name, *(part.replace(" ", "") for part in parts if part)])


def _sign(found: str, line: int, column: int) -> Piece:
    if found in _FUNCTIONS:
        return Piece("function", _FUNCTIONS[found], column)
    if found in _SIGNS:
        return Piece("sign", _SIGNS[found], column)
    if found in _INEQUATIONS:
        raise ParseError(inequation(found), line, column)
    if found in ("|", r"\|"):
        raise ParseError(r"'|' may open or close; write \left| and \right|", line, column)
    raise ParseError(strange(found[-1]), line, column)
