"""What the project asks of PyTorch, and what a version of PyTorch offers, both read from source text.

``python -m tests.contract.torch_names FOLDER`` writes ``torch_2_11.json``: the parameters of names in use,
by the unpacked wheel of PyTorch 2.11 in FOLDER (that for macOS is the smallest). Functions and types that are
written in C++ are read from the stubs that come with a wheel.
"""

import ast
import json
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
FROZEN = Path(__file__).with_name("torch_2_11.json")
SOURCES = sorted(path for part in ("etl", "models", "pipelines") for path in (ROOT / part).rglob("*.py"))
STUBS = {"torch": ["torch._C", "torch._C._VariableFunctions", "torch._tensor"]}
"""Where a module has names that it does not import in its text."""

HOMES = ("torch", "torch.nn", "torch.nn.modules.conv", "torch.optim", "torch.distributed.distributed_c10d")
"""Where a class's bases are looked for."""


class Use(NamedTuple):
    """A name of PyTorch in use, ``torch.zeros``, with the keywords of a call."""

    name: str
    keywords: frozenset[str]
    line: int


def uses(source: str) -> list[Use]:
    """Names of PyTorch in a file, the longest of each chain of attributes."""
    tree = ast.parse(source)
    known = dict(_imports(tree))
    calls = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    found = [Use(name, frozenset(), line) for name, line in _taken(tree)]
    for node in ast.walk(tree):
        name = _dotted(node, known) if id(node) not in inner else None
        if name:
            call = calls.get(id(node))
            given = {each.arg for each in call.keywords if each.arg} if call else set()
            found.append(Use(name, frozenset(given), getattr(node, "lineno", 0)))
    return found


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                if each.name.split(".")[0] == "torch":
                    yield each.asname or "torch", each.name if each.asname else "torch"
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "torch":
            for each in node.names:
                yield each.asname or each.name, f"{node.module}.{each.name}"


def _taken(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Names that are imported from a module of PyTorch."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "torch":
            yield from ((f"{node.module}.{each.name}", node.lineno) for each in node.names)


def _dotted(node: ast.AST, known: dict[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Attribute):
        base = _dotted(node.value, known)
        return f"{base}.{node.attr}" if base else None
    return None


class Package:
    """PyTorch's source in a folder.

    Parameters
    ----------
    folder : Path
        Which holds the folder ``torch``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names = cache(self._names)
        self._asked: list[str] = []
        """Names that are being looked up: modules import each other in circles."""

    def parameters(self, name: str) -> str | None:
        """Names of parameters, ``?`` of what is no function, and None where there is no such name."""
        nodes = self.find(name)
        if not nodes:
            return None
        found = dict.fromkeys(each for node in nodes for each in self._parameters(node))
        return " ".join(found) or "?"

    def find(self, name: str) -> list[Any]:
        """Definitions of a name: several of a function with overloads."""
        if name in self._asked:
            return []
        self._asked.append(name)
        try:
            return self._found(name)
        finally:
            self._asked.pop()

    def _found(self, name: str) -> list[Any]:
        owner, _, last = name.rpartition(".")
        defined = self._resolved(self.names(owner).get(last, [])) if self._files(owner) else []
        if defined:
            return defined
        if self._files(name):
            return [ast.Module([], [])]
        if not owner or self._files(owner):
            return []
        classes = [node for node in self.find(owner) if isinstance(node, ast.ClassDef)]
        return [member for kind in classes for member in self._members(kind, last)] or self._opaque(owner)

    def _opaque(self, owner: str) -> list[Any]:
        """Attributes of what is no class are not read."""
        return [node for node in self.find(owner) if not isinstance(node, ast.ClassDef | ast.Module)]

    def _files(self, module: str) -> list[Path]:
        if not module:
            return []
        place = self.folder / Path(*module.split("."))
        files = [
            place / "__init__.py",
            place / "__init__.pyi",
            place.with_suffix(".py"),
            place.with_suffix(".pyi"),
        ]
        return [file for file in files if file.is_file()]

    def _names(self, module: str) -> dict[str, list[Any]]:
        """Definitions, and imports as (module, name), of each name of a module."""
        found: dict[str, list[Any]] = {}
        self._asked.append(module)
        for file in self._files(module):
            package = module if file.stem == "__init__" else module.rpartition(".")[0]
            for node in _statements(ast.parse(file.read_text(encoding="utf-8")).body):
                for name, value in self._defined(node, package):
                    found.setdefault(name, []).append(value)
        for other in STUBS.get(module, []):
            for name, values in self.names(other).items():
                found.setdefault(name, values)
        self._asked.remove(module)
        return found

    def _defined(self, node: ast.stmt, package: str) -> Iterator[tuple[str, Any]]:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, node
            case ast.Assign(targets=targets):
                names = [
                    part for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)
                ]
                yield from ((each.id, node) for each in names)
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name, node
            case ast.Import(names=names):
                yield from ((each.asname, (each.name, "")) for each in names if each.asname)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = ".".join([*package.split(".")[: package.count(".") + 2 - level], module or ""]).strip(
                    "."
                )
                base = base if level else module or ""
                for each in names:
                    if each.name != "*":
                        yield each.asname or each.name, (base, each.name)
                    elif base.startswith("torch") and base not in self._asked:
                        yield from ((name, (base, name)) for name in self.names(base) if name[0] != "_")

    def _resolved(self, values: Sequence[Any]) -> list[Any]:
        found = []
        for value in values:
            if isinstance(value, tuple):
                found += self.find(".".join(filter(None, value))) if value[0].startswith("torch") else [None]
            else:
                found.append(value)
        return found

    def _members(self, kind: ast.ClassDef, name: str) -> list[Any]:
        """A class's own member of a name, or that of the first base that has one."""
        above = [*kind.bases, *(each.value for each in kind.keywords)]
        own = [node for node in kind.body if getattr(node, "name", "") == name]
        own += [node for node in kind.body if name in ast.unparse(node).split("=")[0].split(":")[0].split()]
        return own or next((found for base in above if (found := self._inherited(base, name))), [])

    def _inherited(self, base: ast.expr, name: str) -> list[Any]:
        last = ast.unparse(base).split(".")[-1]
        nodes = [node for home in HOMES for node in self.find(f"{home}.{last}")]
        kinds = [node for node in nodes if isinstance(node, ast.ClassDef)]
        return self._members(kinds[0], name) if kinds else []

    def _parameters(self, node: Any) -> list[str]:
        if isinstance(node, ast.ClassDef):
            made = self._members(node, "__init__") or self._members(node, "__new__")
            return [each for one in made for each in self._parameters(one) if each not in ("self", "cls")]
        if not isinstance(node, ast.FunctionDef):
            return []
        given = node.args
        names = [each.arg for each in [*given.posonlyargs, *given.args, *given.kwonlyargs]]
        stars = [mark + each.arg for mark, each in (("*", given.vararg), ("**", given.kwarg)) if each]
        return names + stars


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Of a module, those under ``if``, ``try`` and ``with`` too."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With):
            parts = [
                node.body,
                getattr(node, "orelse", []),
                *(one.body for one in getattr(node, "handlers", [])),
            ]
            for part in parts:
                yield from _statements(part)


def fault(use: Use, offer: str | None) -> str | None:
    """What is wrong with a use, given the parameters of its name."""
    if offer is None:
        return f"{use.name} does not exist"
    names = offer.split()
    if offer == "?" or any(name.startswith("**") for name in names) or use.keywords <= set(names):
        return None
    return f"{use.name} does not take {', '.join(sorted(use.keywords - set(names)))}; it takes {offer}"


def main() -> None:
    """Write the file."""
    package = Package(Path(sys.argv[1]))
    names = sorted({use.name for path in SOURCES for use in uses(path.read_text(encoding="utf-8"))})
    held = {"version": "2.11", "names": {name: package.parameters(name) for name in names}}
    FROZEN.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")
    absent = [name for name, offer in held["names"].items() if offer is None]
    print(f"{len(names)} names, {len(absent)} of them not there: {', '.join(absent)}")


if __name__ == "__main__":
    main()
