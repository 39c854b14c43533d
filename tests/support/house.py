"""Measures the tree and its texture: ``python -m tests.support.house`` prints what the guards hold."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("etl", "models", "pipelines", "benchmarks")
"""From the ground up: a room may import those before it."""


@cache
def modules() -> dict[str, Path]:
    """Every module of the rooms by its dotted name; a package by its own."""
    found = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(name: str) -> frozenset[str]:
    """Modules of the rooms that a module imports, anywhere in its text."""
    wanted = set()
    for node in ast.walk(tree(modules()[name])):
        if isinstance(node, ast.Import):
            wanted |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            full = {alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            wanted |= {full[each] if full[each] in modules() else node.module for each in full}
    return frozenset(each for each in wanted if each in modules() and each != name)


def circles(graph: dict[str, frozenset[str]]) -> list[list[str]]:
    """Sets of two and more modules that reach each other (Tarjan's strong components)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(node: str) -> None:
        number[node] = low[node] = len(number)
        stack.append(node)
        for other in graph[node]:
            if other not in number:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == number[node]:
            at = stack.index(node)
            if len(stack) - at > 1:
                found.append(sorted(stack[at:]))
            del stack[at:]

    for node in graph:
        if node not in number:
            visit(node)
    return found


@dataclass(frozen=True)
class Shape:
    """What is seen at a room's root: files and folders, floors of imports between them, and these imports."""

    rooms: int
    floors: int
    arrows: int


def shape(room: str) -> Shape:
    names = {name for name in modules() if name.startswith(f"{room}.")}
    top = {name: name.split(".")[1] for name in names}
    arrows = {(top[a], top[b]) for a in names for b in imports(a) & names if top[a] != top[b]}
    below = {each: frozenset(b for a, b in arrows if a == each) for each in set(top.values())}
    group = {each: each for each in below}
    for circle in circles(below):
        group |= dict.fromkeys(circle, circle[0])

    @cache
    def floor(each: str) -> int:
        members = [one for one in group if group[one] == each]
        under = {group[b] for one in members for b in below[one]} - {each}
        return 1 + max((floor(other) for other in under), default=0)

    return Shape(len(below), max(map(floor, set(group.values()))), len(arrows))


def _is_kernel(node: ast.stmt) -> bool:
    """Whether Triton compiles it: there a type on an argument changes what is compiled."""
    return "triton.jit" in map(ast.unparse, getattr(node, "decorator_list", []))


def functions(*rooms: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Each function of the rooms, methods included and Triton's kernels left out, with its module."""
    for name, path in modules().items():
        if name.split(".")[0] in rooms:
            for node in ast.walk(tree(path)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_kernel(node):
                    yield name, node


def arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    """Arguments but for the first of a method, and those in stars."""
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return [arg for arg in every if arg.arg not in ("self", "cls")]


def any_arguments(*rooms: str) -> tuple[int, int]:
    """How many arguments are of the type ``Any``, or none, and how many there are."""
    every = [arg for _, node in functions(*rooms) for arg in arguments(node)]
    kinds = [ast.unparse(arg.annotation) if arg.annotation else "Any" for arg in every]
    return sum(kind in ("Any", "Any | None") for kind in kinds), len(kinds)


def undocumented(*rooms: str) -> tuple[list[str], int]:
    """Public functions of two and more arguments that have no ``Parameters``; and how many there are."""
    lacking, count = [], 0
    for name, path in modules().items():
        if name.split(".")[0] not in rooms:
            continue
        for node in tree(path).body:
            if not isinstance(node, ast.FunctionDef) or _is_kernel(node):
                continue
            if node.name.startswith("_") or len(arguments(node)) < 2:
                continue
            count += 1
            if "Parameters\n" not in (ast.get_docstring(node) or ""):
                lacking.append(f"{name}:{node.lineno} {node.name}")
    return lacking, count


def long_functions(*rooms: str, lines: int = 30) -> list[str]:
    """Functions whose body without its docstring is longer than this."""
    found = []
    for name, node in functions(*rooms):
        body = node.body[1:] if ast.get_docstring(node) is not None and len(node.body) > 1 else node.body
        if (body[-1].end_lineno or 0) - body[0].lineno + 1 > lines:
            found.append(f"{name}:{node.lineno} {node.name}")
    return found


def main() -> None:
    for room in ROOMS:
        print(f"{room:<11} {shape(room)}")
    print("circles    ", circles({name: imports(name) for name in modules()}))
    for rooms in (*((room,) for room in ROOMS), ROOMS):
        (some, every), (lacking, count) = any_arguments(*rooms), undocumented(*rooms)
        print(
            f"{'+'.join(rooms):<11} Any {some}/{every} = {some / every:.1%}; "
            f"without Parameters {len(lacking)}/{count} = {len(lacking) / max(1, count):.1%}; "
            f"long functions {len(long_functions(*rooms))}"
        )


if __name__ == "__main__":
    main()
