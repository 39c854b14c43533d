"""Templates of infix text and of LaTeX, by the shape of a node."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from etl.equations.names import CONSTANTS, GREEK, REFUSED, SPELLINGS
from etl.equations.notation import ADD, ATOM, EQUALITY, MUL, NEGATION, POW

Slot = tuple[int, bool]
"""How strongly what stands at a place must hold together, and whether it may begin with a minus."""
Template = tuple[int, str, tuple[Slot, ...]]
"""Level of a shape, its text with ``@0`` and ``@1`` for what stands in it, and the slots of these."""
_ANY: Final = (ADD, True)
_FACTORS: Final = ((MUL, True), (POW, False))


@dataclass(frozen=True)
class Style:
    """A way to write: templates by shape, that of other functions, that of a group, and texts of leaves."""

    templates: dict[str, Template]
    call: Callable[[str], str]
    group: str
    symbol: Callable[[str], str]
    number: Callable[[str], str]


def _symbol(name: str) -> str:
    """A variable's name, where reading it gives that variable."""
    if name in CONSTANTS or name in REFUSED or name in SPELLINGS or name == "Eq":
        raise ValueError(f"a variable named '{name}' cannot be written, as that is read as something else")
    return name


def latex_symbol(name: str) -> str:
    r"""A variable's name in LaTeX.

    Examples
    --------
    >>> [latex_symbol(name) for name in ("x", "theta", "var_0")]
    ['x', '\\theta', '\\mathrm{var}_{0}']
    """
    base, *below = _symbol(name).split("_")
    shown = f"\\{base}" if base in GREEK.values() else base if len(base) == 1 else f"\\mathrm{{{base}}}"
    return shown + (f"_{{{','.join(below)}}}" if below else "")


def _latex_number(text: str) -> str:
    above, _, below = text.partition("/")
    if below:
        return rf"\frac{{{above}}}{{{below}}}"
    if "e" not in text.lower() and not text.endswith("."):
        return text
    sign = "-" * text.startswith("-")
    return rf"{sign}\mathrm{{{text.removeprefix('-')}}}"


def latex_function(name: str) -> str:
    r"""A function's name in LaTeX.

    Examples
    --------
    >>> [latex_function(name) for name in ("sin", "asin", "asinh", "sech")]
    ['\\sin', '\\arcsin', '\\operatorname{arsinh}', '\\operatorname{sech}']
    """
    if name in ("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "exp", "ln"):
        return f"\\{name}"
    if name in ("asin", "acos", "atan"):
        return f"\\arc{name[1:]}"
    inverse = name in SPELLINGS and name[0] == "a"
    return rf"\operatorname{{{('ar' if name[-1] == 'h' else 'arc') + name[1:] if inverse else name}}}"


_COMMON: Final[dict[str, Template]] = {
    "number": (ATOM, "", ()),
    "symbol": (ATOM, "", ()),
    "negative": (NEGATION, "", ()),
    "equality": (EQUALITY, "@0 = @1", (_ANY, _ANY)),
    "add": (ADD, "@0 + @1", (_ANY, (MUL, False))),
    "sub": (ADD, "@0 - @1", (_ANY, (MUL, False))),
    "neg": (NEGATION, "-@0", ((POW, False),)),
}
INFIX: Final = Style(
    {
        **_COMMON,
        "rational": (MUL, "", ()),
        "pi": (ATOM, "pi", ()),
        "blank": (ATOM, "?", ()),
        "mul": (MUL, "@0*@1", _FACTORS),
        "div": (MUL, "@0/@1", _FACTORS),
        "inv": (MUL, "1/@0", ((POW, False),)),
        "pow": (POW, "@0**@1", ((ATOM, False), (POW, False))),
        "sqrt": (ATOM, "sqrt(@0)", (_ANY,)),
        "log": (ATOM, "log(@0, @1)", (_ANY, _ANY)),
    },
    lambda name: f"{name}(@0)",
    "(@0)",
    _symbol,
    str,
)
LATEX: Final = Style(
    {
        **_COMMON,
        "rational": (POW, "", ()),
        "pi": (ATOM, r"\pi", ()),
        "blank": (ATOM, r"\square", ()),
        "mul": (MUL, r"@0 \cdot @1", _FACTORS),
        "div": (POW, r"\frac{@0}{@1}", (_ANY, _ANY)),
        "inv": (POW, r"\frac{1}{@0}", (_ANY,)),
        "pow": (POW, "@0^{@1}", ((ATOM, False), _ANY)),
        "sqrt": (ATOM, r"\sqrt{@0}", (_ANY,)),
        "log": (ATOM, r"\log_{@1}\left(@0\right)", (_ANY, _ANY)),
        "abs": (ATOM, r"\left|@0\right|", (_ANY,)),
    },
    lambda name: rf"{latex_function(name)}\left(@0\right)",
    r"\left(@0\right)",
    latex_symbol,
    _latex_number,
)
