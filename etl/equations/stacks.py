"""Stacks of the shunting yard, and what is done when an operator has both its sides."""

from typing import Final, NamedTuple, NoReturn

from etl.equations.postfix import COST, NODES, Operand, Postfix
from etl.equations.tokens import ParseError, Token

DEPTH: Final = 1_000
"""Operators and parentheses that wait for one another, at most."""
LEVEL: Final = {"=": 0, "+": 1, "-": 1, "*": 2, "/": 2, "neg": 3, "pos": 3, "**": 4}
_STEP: Final = {"=": "equality", "+": "add", "-": "sub", "*": "mul", "**": "pow"}
_OPEN: Final = ("(", "{", "call")
CLOSED: Final = {")": "(", "}": "{"}
BESIDE: Final = ("integer", "number", "closed", "constant", "e")
"""What something else may stand beside, as in ``2x``."""


class Operator(NamedTuple):
    """What waits for its right operand, or for its parenthesis to close: ``operands`` there were before."""

    name: str
    column: int
    text: str = ""
    operands: int = 0


class Stacks:
    """What is known of a line while it is read.

    Parameters
    ----------
    tokens : list of Token
        Braces, which only LaTeX has, group as parentheses do, but leave a number a literal.
    end : int
        Column after the text.
    line : int
    boxes : tuple of str
        Names of black boxes.
    """

    def __init__(self, tokens: list[Token], end: int, line: int, boxes: tuple[str, ...]) -> None:
        self.tokens = [*tokens, Token("end", "", end)]
        self.line, self.boxes, self.at, self.nodes = line, boxes, 0, 0
        self.out = Postfix()
        self.operands: list[Operand] = []
        self.waiting: list[Operator] = []

    def fail(self, place: Token | Operator, reason: str) -> NoReturn:
        """Refuse the line, at a place."""
        raise ParseError(reason, self.line, place.column)

    def reduce(self, level: int, token: Token) -> None:
        """Do what waits, and binds at least as strongly."""
        while self.waiting and self.waiting[-1].name not in _OPEN:
            if LEVEL[self.waiting[-1].name] < level:
                return
            self._apply(self.waiting.pop())

    def _apply(self, operator: Operator) -> None:
        right = self.operands.pop()
        self.check_side(right, operator)
        if operator.name in ("neg", "pos"):
            self.operands.append(self._signed(operator, right))
            return
        left = self.operands.pop()
        self.check_side(left, operator)
        if operator.name == "/":
            mark = self._divided(left, right, operator)
        elif operator.name == "**" and left.mark == "e":
            self.out[left.start] = ("", "")
            mark = self.step("call", "exp", operator)
        else:
            mark = self.step(_STEP[operator.name], "", operator)
        self.operands.append(Operand(mark or self._mark(operator.name, right), left.start))

    def _mark(self, name: str, right: Operand) -> str:
        """Whether a factor may stand beside what ends in an operand."""
        if name == "=":
            return "equation"
        ends = self.tokens[self.at - 1].text in CLOSED if name == "**" else right.mark in BESIDE
        return "closed" if ends and name in ("**", "*", "neg") else ""

    def _signed(self, operator: Operator, operand: Operand) -> Operand:
        if operator.name == "pos":
            return operand
        text = self.out[operand.start][1]
        if operand.mark in ("integer", "number") and text[0] != "-":
            self.out[operand.start] = ("number", f"-{text}")
            return operand
        return Operand(self.step("neg", "", operator) or self._mark("neg", operand), operand.start)

    def _divided(self, left: Operand, right: Operand, operator: Operator) -> str:
        """``2/3`` is a number, ``1/x`` the power -1, and others are products with such."""
        above, below = self.out[left.start][1], self.out[right.start][1]
        if left.mark == right.mark == "integer" and below.isdigit() and int(below):
            self.out[left.start :] = [("number", f"{above}/{below}")]
            return "quotient"
        if left.mark == "integer" and above == "1":
            self.out[left.start] = ("", "")
            self.step("inv", "", operator)
        else:
            self.step("div", "", operator)
        return "quotient"

    def check_side(self, operand: Operand, place: Token | Operator) -> None:
        """Refuse an equation where only an expression may stand."""
        if operand.mark == "equation":
            self.fail(place, "an equation stands inside another expression; it is the whole line")

    def leaf(self, token: Token, name: str, mark: str) -> None:
        """Take an operand that stands for itself."""
        self.operands.append(Operand(mark, len(self.out)))
        self.step(name, token.text, token)

    def step(self, name: str, text: str, place: Token | Operator) -> str:
        """Add a step, up to the limit of nodes; an empty mark."""
        self.out.append((name, text))
        self.nodes += COST.get(name, 1)
        if self.nodes > NODES:
            self.fail(place, f"a line of more than {NODES:,} nodes is not read; split the equation")
        return ""

    def wait(self, operator: Operator) -> bool:
        """Put an operator on the stack, up to the limit of depth; that an operand is wanted."""
        if len(self.waiting) == DEPTH:
            self.fail(
                operator, f"more than {DEPTH:,} parentheses or operators are nested; split the equation"
            )
        self.waiting.append(operator)
        return True
