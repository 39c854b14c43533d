r"""An equation from LaTeX: its pieces are put in the order of infix text, and parsed as that is."""

from typing import Final, NamedTuple, NoReturn

from etl.equations.forest import Builder
from etl.equations.latex_pieces import Piece, pieces
from etl.equations.names import SPELLINGS
from etl.equations.parse import parse_tokens
from etl.equations.tokens import ParseError, Token


class Frame(NamedTuple):
    """What is open, by what opens it; ``bare`` is a function's argument without parentheses.

    ``start`` is the number of tokens before its first.
    """

    kind: str
    start: int


_CLOSE: Final = {
    **{"{": ("}",), "call": ("}", ")"), "above": ("}", "/"), "below": ("}", "}")},
    **{"degree": ("}", ","), "radicand": ("}", ")"), "power": ("}", ","), "base": ("}", ",")},
}
"""Signs in the place of what closes a group."""


def parse_latex(text: str, build: Builder, line: int = 1) -> int:
    r"""The node of an equation, or of an expression, in LaTeX.

    Letters are variables of their own, so ``xy`` is a product; ``\mathrm{mass}`` is one. ``\log`` is the
    natural logarithm, ``\sin^{-1}`` the inverse function, ``e`` is ``exp(1)``. A function without parentheses
    takes the factors up to the next sign or function: ``\sin 2\theta \cos\theta`` is a product of two.

    Parameters
    ----------
    text : str
        One equation; dollars around it are dropped, and so is a full stop after it.
    build : Builder
        Takes the nodes; none where the text is refused. Its ``boxes`` are functions, too.
    line : int
        Number of the line, for errors.

    Raises
    ------
    ParseError
        With line, column, and what to write instead.

    Examples
    --------
    >>> from etl.equations.parse import parse
    >>> build = Builder()
    >>> node = parse_latex(r"\sin^{2}\theta = \frac{1}{2} - \frac{\cos 2\theta}{2}", build)
    >>> node == parse("sin(theta)**2 = 1/2 - cos(2*theta)/2", build)
    True
    """
    found = _Order(pieces(text, line), line, build.boxes).tokens()
    return parse_tokens(found, len(text) + 1, build, line)


class _Order:
    """Puts pieces of LaTeX in the order of infix text; braces stay, and group."""

    def __init__(self, found: list[Piece], line: int, boxes: tuple[str, ...]) -> None:
        self.pieces, self.line, self.boxes = found, line, boxes
        self.out: list[Token] = []
        self.frames: list[Frame] = []
        self.at = 0

    def tokens(self) -> list[Token]:
        """All tokens."""
        while self.at < len(self.pieces):
            piece = self.pieces[self.at]
            while self.frames and self.frames[-1].kind == "bare" and self._ends(piece):
                self._close_bare(piece)
            self.at += 1
            self._take(piece)
        while self.frames and self.frames[-1].kind == "bare":
            self._close_bare(self.pieces[-1])
        return self.out

    def _fail(self, piece: Piece, reason: str) -> NoReturn:
        raise ParseError(reason, self.line, piece.column)

    def _emit(self, piece: Piece, *signs: str) -> None:
        self.out += [Token("sign", sign, piece.column) for sign in signs]

    def _is_next(self, *texts: str) -> bool:
        return self.at < len(self.pieces) and self.pieces[self.at].text in texts

    def _take(self, piece: Piece) -> None:
        if piece.kind == "letter" and piece.text in self.boxes:
            self._function(piece, piece.text)
        elif piece.kind in ("number", "letter"):
            self.out.append(Token(*piece))
        elif piece.kind == "function":
            self._function(piece, SPELLINGS.get(piece.text, piece.text))
        elif piece.text == "^":
            self._power(piece)
        elif piece.text in ("}", "]", ")", "|)"):
            self._close(piece)
        elif piece.text in ("(", "[", "{", "|("):
            self._open(piece)
        elif piece.text == "_":
            self._fail(piece, "a subscript is of letters and digits, and stands after a variable")
        else:
            self._emit(piece, piece.text)

    def _open(self, piece: Piece) -> None:
        if piece.text == "|(":
            self.out.append(Token("name", "abs", piece.column))
        self.frames.append(Frame(piece.text, len(self.out)))
        self._emit(piece, "{" if piece.text == "{" else "(")

    def _close(self, piece: Piece) -> None:
        """A closing bracket, and what stands in its place."""
        frame = self.frames.pop() if self.frames else Frame("", 0)
        wanted = "]" if frame.kind == "degree" else "}"
        if frame.kind not in _CLOSE or piece.text != wanted:
            self._emit(piece, "}" if piece.text == "}" else ")")
            return
        self._emit(piece, *_CLOSE[frame.kind])
        if frame.kind in ("above", "degree"):
            self._group(piece, "below" if frame.kind == "above" else "radicand")
        elif frame.kind in ("power", "base"):
            self._argument(piece)

    def _group(self, piece: Piece, kind: str, opening: str = "{") -> None:
        """A group that must follow."""
        if not self._is_next(opening):
            self._fail(piece, r"\frac and \sqrt take braces, as in \frac{1}{x} and \sqrt{x}")
        self.at += 1
        self.frames.append(Frame(kind, len(self.out)))
        self._emit(self.pieces[self.at - 1], "{")

    def _function(self, piece: Piece, name: str) -> None:
        if name == "frac":
            self._fraction(piece)
        elif name == "sqrt" and self._is_next("["):
            self._call(piece, "\\root")
            self._group(piece, "degree", "[")
        elif name == "sqrt":
            self._call(piece, name)
            self._group(piece, "call")
        elif self._is_next("^"):
            self.at += 1
            self._call(piece, f"\\^{'ln' if name == 'log' else name}")
            self._small(piece, "power")
        elif name == "log" and self._is_next("_"):
            self.at += 1
            self._call(piece, "\\base")
            self._small(piece, "base")
        else:
            self._call(piece, name)
            self._argument(piece)

    def _call(self, piece: Piece, name: str) -> None:
        self.out += [Token("name", name, piece.column), Token("sign", "(", piece.column)]

    def _fraction(self, piece: Piece) -> None:
        before = self.out[-1] if self.out else None
        digits = [each.text.isdigit() for each in self.pieces[self.at + 1 : self.at + 5 : 3]]
        if before and before.kind == "number" and digits == [True, True]:
            self._fail(piece, r"a number before a fraction may be a sum or a product; write + or \cdot")
        self._emit(piece, "{")
        self._group(piece, "above")

    def _small(self, piece: Piece, kind: str) -> None:
        """What is raised or lowered beside a function's name."""
        if self._is_next("{"):
            self._group(piece, kind)
            return
        self._emit(piece, "{")
        self.out.append(self._one(piece))
        self._emit(piece, "}", ",")
        self._argument(piece)

    def _one(self, piece: Piece) -> Token:
        """One digit or variable, which needs no braces."""
        found = self.pieces[self.at] if self.at < len(self.pieces) else piece
        if found.kind not in ("number", "letter") or (found.kind == "number" and len(found.text) > 1):
            self._fail(piece, "what is raised or lowered stands in braces, as in x^{10}")
        self.at += 1
        return Token(*found)

    def _argument(self, piece: Piece) -> None:
        """The argument of a function whose call is open."""
        if self._is_next("(", "["):
            self.at += 1
            self.frames.append(Frame("(", len(self.out)))
        elif self._is_next("{"):
            self._group(piece, "call")
        else:
            self.frames.append(Frame("bare", len(self.out)))

    def _power(self, piece: Piece) -> None:
        self._emit(piece, "**")
        if self._is_next("{"):
            self._group(piece, "{")
        elif not (self.at < len(self.pieces) and self.pieces[self.at].kind == "function"):
            self._emit(piece, "{")
            self.out.append(self._one(piece))
            self._emit(piece, "}")

    def _ends(self, piece: Piece) -> bool:
        """Whether an argument without parentheses ends before a piece."""
        start = self.frames[-1].start
        if len(self.out) == start:
            if piece.text in ("-", "+"):
                self._fail(piece, r"an argument with a sign stands in parentheses, as in \sin(-x)")
            return piece.kind == "sign" and piece.text not in ("?", "{", "|(")
        called = self.out[-1].text == ")" and self.out[start].kind == "name"
        if called or piece.text in ("^", "{"):
            return called and piece.text != "^"
        if piece.text in ("(", "["):
            self._fail(piece, r"'(' here can be read two ways; write \sin(x (y + 1))")
        return (piece.kind == "sign" and piece.text not in ("?", "|(")) or (
            piece.kind == "function" and piece.text not in ("frac", "sqrt")
        )

    def _close_bare(self, piece: Piece) -> None:
        if self.frames.pop().start == len(self.out):
            self._fail(piece, "a function before this has no argument")
        self._emit(piece, ")")
