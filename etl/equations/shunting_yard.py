"""The shunting yard (Dijkstra 1961): infix tokens to a postfix program, with stacks instead of recursion."""

from etl.equations.names import CONSTANTS, REFUSED, SPELLINGS, unknown
from etl.equations.postfix import Operand, Postfix
from etl.equations.stacks import BESIDE, CLOSED, LEVEL, Operator, Stacks
from etl.equations.tokens import Token


class ShuntingYard(Stacks):
    """Reads a line; see `Stacks`."""

    def postfix(self) -> Postfix:
        """Steps of the whole line."""
        wanted = True
        while (token := self.tokens[self.at]).kind != "end":
            wanted = self._operand(token) if wanted else self._operator(token)
            self.at += 1
        if wanted:
            self.fail(token, "the line ends where a number, a variable or a function is wanted")
        self.reduce(0, token)
        if self.waiting:
            self.fail(self.waiting[-1], f"'{self.waiting[-1].text or '('}' is never closed")
        return self.out

    def _operand(self, token: Token) -> bool:
        """Take what stands where an operand is wanted; whether one is wanted still."""
        if token.kind == "number":
            self.leaf(token, "number", "integer" if token.text.isdigit() else "number")
        elif token.kind in ("name", "letter"):
            return self._name(token)
        elif token.text in ("(", "{"):
            self.wait(Operator(token.text, token.column, token.text, len(self.operands)))
            return True
        elif token.text in "+-":
            self.wait(Operator("neg" if token.text == "-" else "pos", token.column))
            return True
        elif token.text == "?":
            self.leaf(token, "blank", "symbol")
        else:
            before = f" before '{token.text}'" if self.at else ""
            self.fail(token, f"a number, a variable or a function is missing{before}")
        return False

    def _name(self, token: Token) -> bool:
        name = token.text
        if name in REFUSED:
            self.fail(token, REFUSED[name])
        if name in self.boxes or (token.kind == "name" and (name in SPELLINGS or name == "Eq")):
            return self._function(token)
        if name.startswith("\\"):
            return self._open_call(token, name[1:])
        if name in CONSTANTS:
            self.leaf(token, CONSTANTS[name], "e" if CONSTANTS[name] == "e" else "constant")
        elif self.tokens[self.at + 1].text == "(":
            self.fail(token, unknown(name, self.boxes))
        else:
            self.leaf(token, "symbol", "constant" if token.kind == "letter" else "symbol")
        return False

    def _function(self, token: Token) -> bool:
        """A call; ``sin^2(x)`` is that of a power."""
        name, power = token.text, ""
        name = name if name in self.boxes else SPELLINGS.get(name, name)
        if self.tokens[self.at + 1].text == "**" and name != "Eq":
            exponent = self.tokens[self.at + 2]
            if not exponent.text.isdigit() or self.tokens[self.at + 3].text != "(":
                self.fail(token, f"a power of '{name}' stands after its argument, as in {name}(x)**2")
            power, self.at = exponent.text, self.at + 2
        if self.tokens[self.at + 1].text != "(":
            self.fail(token, f"'{name}' takes its argument in parentheses, as in {name}(x)")
        self.at += 1
        if power:
            self.wait(Operator("call", token.column, f"^{name}", len(self.operands)))
            self.leaf(Token("number", power, exponent.column), "number", "integer")
            return True
        self.wait(Operator("call", token.column, name, len(self.operands)))
        return True

    def _open_call(self, token: Token, name: str) -> bool:
        """A call that only LaTeX makes, and whose parenthesis follows."""
        self.at += 1
        return self.wait(Operator("call", token.column, name, len(self.operands)))

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
        self.reduce(LEVEL[text] + (text == "**"), token)
        return self.wait(Operator(text, token.column))

    def _beside(self, token: Token) -> bool:
        """Two operands side by side are a product, where that cannot be meant otherwise."""
        self.reduce(LEVEL["*"], token)
        mark, function = self.operands[-1].mark, token.kind == "name" and token.text in SPELLINGS
        if mark == "quotient":
            self.fail(
                token, "a product after a division can be read two ways, as 1/2x: write (1/2)*x or 1/(2*x)"
            )
        if number := self._listed(token):
            self.fail(token, f"'{number}' may be a place in a list: remove it, or write '*' after it")
        if token.kind == "number" or (mark not in BESIDE and not function):
            self.fail(token, f"an operator is missing before '{token.text}', such as '*'")
        self.wait(Operator("*", token.column))
        self.at -= 1
        return True

    def _listed(self, token: Token) -> str:
        """What numbers a line, as ``2. x = x`` and ``(2) x = x``; nothing where no space follows ``(2)``."""
        before = self.tokens[self.at - 1]
        if before.kind == "number" and before.text.endswith("."):
            return before.text
        first = "".join(each.text for each in self.tokens[: self.at])
        apart = token.column > before.column + 1
        return first if self.at == 3 and apart and first[1:-1].isdigit() else ""

    def _equality(self, token: Token) -> bool:
        self.reduce(1, token)
        if any(each.name == "=" for each in self.waiting) or self.operands[-1].mark == "equation":
            self.fail(token, "there is a second '='; write each equation on a line of its own")
        if self.waiting:
            self.fail(
                token, "'=' stands inside parentheses; an equation has two sides, and is the whole line"
            )
        return self.wait(Operator("=", token.column))

    def _comma(self, token: Token) -> bool:
        self.reduce(0, token)
        if not self.waiting or self.waiting[-1].name != "call":
            self.fail(token, "',' separates the arguments of a function only; write 0.5, not 0,5")
        return True

    def _close(self, token: Token) -> bool:
        self.reduce(0, token)
        if not self.waiting:
            self.fail(token, f"'{token.text}' closes nothing")
        opened = self.waiting.pop()
        if opened.name == "call":
            self._call(opened, token)
        elif opened.name != CLOSED[token.text]:
            self.fail(token, f"'{token.text}' closes '{opened.name}'")
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
            self.fail(opened, f"'{shown}' takes {wanted} argument{'s' * (wanted > 1)}, not {given}")
        if name == "Eq" and self.waiting:
            self.fail(opened, "Eq(...) is the whole line; nothing stands around it")
        start = self.operands[opened.operands].start
        for operand in self.operands[opened.operands :]:
            self.check_side(operand, token)
        if name == "root" or name[0] == "^":
            self._exponent(name, opened)
        elif name in ("log", "Eq", "base", "sqrt"):
            step = {"log": "log" if given == 2 else "call", "Eq": "equality"}.get(name, name)
            self.step(step, "ln", token)
        else:
            self.step("call", name, token)
        self.operands[opened.operands :] = [Operand("equation" if name == "Eq" else "closed", start)]

    def _exponent(self, name: str, opened: Operator) -> None:
        """A root, whose degree comes first, or a power of a function, whose exponent comes first."""
        exponent = self.operands[opened.operands]
        literal = self.out[exponent.start][1] if exponent.mark == "integer" else ""
        if name == "root":
            if literal and int(literal):
                self.out[exponent.start] = ("number", f"1/{literal}")
                self.step("radical", "", opened)
            else:
                self.step("root", "", opened)
        elif literal == "-1":
            self.out[exponent.start] = ("", "")
            self.step("call", self._inverse(name[1:], opened), opened)
        else:
            self.step("powered", name[1:], opened)

    def _inverse(self, name: str, opened: Operator) -> str:
        inverse = name[1:] if name[0] == "a" else f"a{name}"
        if inverse not in SPELLINGS:
            self.fail(opened, f"'{name}' to the -1 can be read two ways; write its inverse by its name")
        return inverse
