"""Dijkstra's shunting yard: infix tokens to a postfix program, with explicit stacks instead of recursion."""

from typing import Final, NamedTuple, NoReturn

from etl.equations.names import CONSTANTS, REFUSED, SPELLINGS, unknown
from etl.equations.program import COST, NODES, Operand, Program
from etl.equations.tokens import ParseError, Token

DEPTH: Final = 1_000
"""Operators and parentheses that wait for one another, at most."""
LEVEL: Final = {"=": 0, "+": 1, "-": 1, "*": 2, "/": 2, "neg": 3, "pos": 3, "**": 4}
_STEP: Final = {"=": "equality", "+": "add", "-": "sub", "*": "mul", "**": "pow"}
_OPEN: Final = ("(", "{", "call")
_CLOSED: Final = {")": "(", "}": "{"}
BESIDE: Final = ("integer", "number", "closed", "constant", "e")
"""What something else may stand beside, as in ``2x``."""


class Operator(NamedTuple):
    """What waits for its right operand, or for its parenthesis to close: ``operands`` there were before."""

    name: str
    column: int
    text: str = ""
    operands: int = 0


class Shunting:
    """One line; ``program`` reads it.

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
        self.out = Program()
        self.operands: list[Operand] = []
        self.waiting: list[Operator] = []

    def program(self) -> Program:
        """Steps of the whole line."""
        wanted = True
        while (token := self.tokens[self.at]).kind != "end":
            wanted = self._operand(token) if wanted else self._operator(token)
            self.at += 1
        if wanted:
            self._fail(token, "the line ends where a number, a variable or a function is wanted")
        self._reduce(0, token)
        if self.waiting:
            self._fail(self.waiting[-1], f"'{self.waiting[-1].text or '('}' is never closed")
        return self.out

    def _fail(self, place: Token | Operator, reason: str) -> NoReturn:
        raise ParseError(reason, self.line, place.column)

    def _operand(self, token: Token) -> bool:
        """Take what stands where an operand is wanted; whether one is wanted still."""
        if token.kind == "number":
            self._leaf(token, "number", "integer" if token.text.isdigit() else "number")
        elif token.kind in ("name", "letter"):
            return self._name(token)
        elif token.text in ("(", "{"):
            self._wait(Operator(token.text, token.column, token.text, len(self.operands)))
            return True
        elif token.text in "+-":
            self._wait(Operator("neg" if token.text == "-" else "pos", token.column))
            return True
        elif token.text == "?":
            self._leaf(token, "blank", "symbol")
        else:
            before = f" before '{token.text}'" if self.at else ""
            self._fail(token, f"a number, a variable or a function is missing{before}")
        return False

    def _name(self, token: Token) -> bool:
        name = token.text
        if name in REFUSED:
            self._fail(token, REFUSED[name])
        if name in self.boxes or (token.kind == "name" and (name in SPELLINGS or name == "Eq")):
            return self._function(token)
        if name.startswith("\\"):
            return self._open_call(token, name[1:])
        if name in CONSTANTS:
            self._leaf(token, CONSTANTS[name], "e" if CONSTANTS[name] == "e" else "constant")
        elif self.tokens[self.at + 1].text == "(":
            self._fail(token, unknown(name, self.boxes))
        else:
            self._leaf(token, "symbol", "constant" if token.kind == "letter" else "symbol")
        return False

    def _function(self, token: Token) -> bool:
        """A call; ``sin^2(x)`` is that of a power."""
        name, power = token.text, ""
        name = name if name in self.boxes else SPELLINGS.get(name, name)
        if self.tokens[self.at + 1].text == "**" and name != "Eq":
            exponent = self.tokens[self.at + 2]
            if not exponent.text.isdigit() or self.tokens[self.at + 3].text != "(":
                self._fail(token, f"a power of '{name}' stands after its argument, as in {name}(x)**2")
            power, self.at = exponent.text, self.at + 2
        if self.tokens[self.at + 1].text != "(":
            self._fail(token, f"'{name}' takes its argument in parentheses, as in {name}(x)")
        self.at += 1
        if power:
            self._wait(Operator("call", token.column, f"^{name}", len(self.operands)))
            self._leaf(Token("number", power, exponent.column), "number", "integer")
            return True
        self._wait(Operator("call", token.column, name, len(self.operands)))
        return True

    def _open_call(self, token: Token, name: str) -> bool:
        """A call that only LaTeX makes, and whose parenthesis follows."""
        self.at += 1
        return self._wait(Operator("call", token.column, name, len(self.operands)))

    def _operator(self, token: Token) -> bool:
        """Take what stands after an operand; whether another is wanted then."""
        text = token.text
        if text in (")", "}"):
            return self._close(token)
        if text == ",":
            return self._comma(token)
        if token.kind != "sign" or text in ("(", "{", "?"):
            return self._beside(token)
        if text == "=":
            return self._equality(token)
        self._reduce(LEVEL[text] + (text == "**"), token)
        return self._wait(Operator(text, token.column))

    def _beside(self, token: Token) -> bool:
        """Two operands side by side are a product, where that cannot be meant otherwise."""
        self._reduce(LEVEL["*"], token)
        mark, function = self.operands[-1].mark, token.kind == "name" and token.text in SPELLINGS
        if mark == "quotient":
            self._fail(
                token, "a product after a division can be read two ways, as 1/2x: write (1/2)*x or 1/(2*x)"
            )
        if token.kind == "number" or (mark not in BESIDE and not function):
            self._fail(token, f"an operator is missing before '{token.text}', such as '*'")
        self._wait(Operator("*", token.column))
        self.at -= 1
        return True

    def _equality(self, token: Token) -> bool:
        self._reduce(1, token)
        if any(each.name == "=" for each in self.waiting) or self.operands[-1].mark == "equation":
            self._fail(token, "there is a second '='; write each equation on a line of its own")
        if self.waiting:
            self._fail(
                token, "'=' stands inside parentheses; an equation has two sides, and is the whole line"
            )
        return self._wait(Operator("=", token.column))

    def _comma(self, token: Token) -> bool:
        self._reduce(0, token)
        if not self.waiting or self.waiting[-1].name != "call":
            self._fail(token, "',' separates the arguments of a function only; write 0.5, not 0,5")
        return True

    def _close(self, token: Token) -> bool:
        self._reduce(0, token)
        if not self.waiting:
            self._fail(token, f"'{token.text}' closes nothing")
        opened = self.waiting.pop()
        if opened.name == "call":
            self._call(opened, token)
        elif opened.name != _CLOSED[token.text]:
            self._fail(token, f"'{token.text}' closes '{opened.name}'")
        elif opened.name == "(" or self.operands[-1].mark not in ("integer", "number"):
            mark = "equation" if self.operands[-1].mark == "equation" else "closed"
            self.operands[-1] = Operand(mark, self.operands[-1].start)
        return False

    def _call(self, opened: Operator, token: Token) -> None:
        """A function of the operands since its parenthesis."""
        name, given = opened.text, len(self.operands) - opened.operands
        wanted = 2 if name in ("Eq", "root", "base") or name[0] == "^" else 1
        if given != wanted and not (name == "log" and given == 2):
            shown = name.removeprefix("^")
            self._fail(opened, f"'{shown}' takes {wanted} argument{'s' * (wanted > 1)}, not {given}")
        if name == "Eq" and self.waiting:
            self._fail(opened, "Eq(...) is the whole line; nothing stands around it")
        start = self.operands[opened.operands].start
        for operand in self.operands[opened.operands :]:
            self._check_side(operand, token)
        if name == "root" or name[0] == "^":
            self._exponent(name, opened)
        elif name in ("log", "Eq", "base", "sqrt"):
            step = {"log": "log" if given == 2 else "call", "Eq": "equality"}.get(name, name)
            self._step(step, "ln", token)
        else:
            self._step("call", name, token)
        self.operands[opened.operands :] = [Operand("equation" if name == "Eq" else "closed", start)]

    def _exponent(self, name: str, opened: Operator) -> None:
        """A root, whose degree comes first, or a power of a function, whose exponent comes first."""
        exponent = self.operands[opened.operands]
        literal = self.out[exponent.start][1] if exponent.mark == "integer" else ""
        if name == "root":
            if literal and int(literal):
                self.out[exponent.start] = ("number", f"1/{literal}")
                self._step("radical", "", opened)
            else:
                self._step("root", "", opened)
        elif literal == "-1":
            self.out[exponent.start] = ("", "")
            self._step("call", self._inverse(name[1:], opened), opened)
        else:
            self._step("powered", name[1:], opened)

    def _inverse(self, name: str, opened: Operator) -> str:
        inverse = name[1:] if name[0] == "a" else f"a{name}"
        if inverse not in SPELLINGS:
            self._fail(opened, f"'{name}' to the -1 can be read two ways; write its inverse by its name")
        return inverse

    def _reduce(self, level: int, token: Token) -> None:
        """Do what waits, and binds at least as strongly."""
        while self.waiting and self.waiting[-1].name not in _OPEN:
            if LEVEL[self.waiting[-1].name] < level:
                return
            self._apply(self.waiting.pop())

    def _apply(self, operator: Operator) -> None:
        right = self.operands.pop()
        self._check_side(right, operator)
        if operator.name in ("neg", "pos"):
            self.operands.append(self._signed(operator, right))
            return
        left = self.operands.pop()
        self._check_side(left, operator)
        if operator.name == "/":
            mark = self._divided(left, right, operator)
        elif operator.name == "**" and left.mark == "e":
            self.out[left.start] = ("", "")
            mark = self._step("call", "exp", operator)
        else:
            mark = self._step(_STEP[operator.name], "", operator)
        self.operands.append(Operand(mark or self._mark(operator.name, right), left.start))

    def _mark(self, name: str, right: Operand) -> str:
        """Whether a factor may stand beside what ends in an operand."""
        if name == "=":
            return "equation"
        ends = self.tokens[self.at - 1].text in _CLOSED if name == "**" else right.mark in BESIDE
        return "closed" if ends and name in ("**", "*", "neg") else ""

    def _signed(self, operator: Operator, operand: Operand) -> Operand:
        if operator.name == "pos":
            return operand
        text = self.out[operand.start][1]
        if operand.mark in ("integer", "number") and text[0] != "-":
            self.out[operand.start] = ("number", f"-{text}")
            return operand
        return Operand(self._step("neg", "", operator) or self._mark("neg", operand), operand.start)

    def _divided(self, left: Operand, right: Operand, operator: Operator) -> str:
        """``2/3`` is a number, ``1/x`` the power -1, and others are products with such."""
        above, below = self.out[left.start][1], self.out[right.start][1]
        if left.mark == right.mark == "integer" and below.isdigit() and int(below):
            self.out[left.start :] = [("number", f"{above}/{below}")]
            return "quotient"
        if left.mark == "integer" and above == "1":
            self.out[left.start] = ("", "")
            self._step("inv", "", operator)
        else:
            self._step("div", "", operator)
        return "quotient"

    def _check_side(self, operand: Operand, place: Token | Operator) -> None:
        if operand.mark == "equation":
            self._fail(place, "an equation stands inside another expression; it is the whole line")

    def _leaf(self, token: Token, name: str, mark: str) -> None:
        self.operands.append(Operand(mark, len(self.out)))
        self._step(name, token.text, token)

    def _step(self, name: str, text: str, place: Token | Operator) -> str:
        self.out.append((name, text))
        self.nodes += COST.get(name, 1)
        if self.nodes > NODES:
            self._fail(place, f"a line of more than {NODES:,} nodes is not read; split the equation")
        return ""

    def _wait(self, operator: Operator) -> bool:
        if len(self.waiting) == DEPTH:
            self._fail(
                operator, f"more than {DEPTH:,} parentheses or operators are nested; split the equation"
            )
        self.waiting.append(operator)
        return True
