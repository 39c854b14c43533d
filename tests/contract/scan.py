"""Finds, in source text, what the project asks of the GPU libraries it reaches through the engine.

The engine hands out modules: ``engine.df`` is cuDF there, ``.xp`` CuPy, ``.ml`` cuML, ``.sparse`` and
``.cluster`` their twins, and a bare ``xp``, or what
``array_namespace`` returns, is CuPy too. Code that only a CPU reaches (under
``engine.name == "cpu"``, or behind a return for ``"gpu"``) is left out.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

MODULES = {
    "df": "cudf",
    "xp": "cupy",
    "ml": "cuml",
    "sparse": "cupyx.scipy.sparse",
    "special": "cupyx.scipy.special",
}
ROOTS = {"cudf", "cugraph", "cuml", "cupy", "cupyx", "dask_cuda", "dask_cudf", "rmm"}


@dataclass(frozen=True)
class Use:
    """A name in use, ``cudf.concat``, or ``.merge`` where only the method's name is known."""

    name: str
    keywords: frozenset[str]
    line: int
    call: bool


def uses(source: str) -> list[Use]:
    """Names and calls in ``source`` that run on a GPU, in the order of their lines."""
    finder = _Finder()
    finder.visit(ast.parse(source))
    return sorted(finder.found, key=lambda use: use.line)


class _Finder(ast.NodeVisitor):
    def __init__(self) -> None:
        self.found: list[Use] = []
        self.known = {"xp": "cupy"}
        self.others: set[str] = set()

    def generic_visit(self, node: ast.AST) -> None:
        for _, value in ast.iter_fields(node):
            if isinstance(value, ast.AST):
                self.visit(value)
            elif isinstance(value, list):
                self._block(value)

    def _block(self, nodes: list) -> None:
        for node in nodes:
            taken = _on_gpu(node)
            if taken is not None:
                self._block(taken)
                if taken and isinstance(taken[-1], ast.Return | ast.Raise):
                    return
            elif isinstance(node, ast.AST):
                self.visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        outer, self.known = self.known, dict(self.known)
        self.generic_visit(node)
        self.known = outer

    visit_Lambda = visit_FunctionDef

    def visit_IfExp(self, node: ast.IfExp) -> None:
        taken = _on_gpu(node)
        for part in [node.test, node.body, node.orelse] if taken is None else taken:
            self.visit(part)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            root = alias.name.partition(".")[0]
            if root in ROOTS:
                self.known[alias.asname or root] = alias.name if alias.asname else root
            else:
                self.others.add(alias.asname or root)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if (node.module or "").partition(".")[0] in ROOTS:
                self.known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
            else:
                self.others.add(alias.asname or alias.name)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target, value in _pairs(node):
            if isinstance(target, ast.Name):
                self.known.pop(target.id, None)
                if name := self._name(value):
                    self.known[target.id] = name

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if (name := self._name(node)) and name not in MODULES.values():
            self.found.append(Use(name, frozenset(), node.lineno, call=False))
        self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        keywords = frozenset(keyword.arg for keyword in node.keywords if keyword.arg)
        if name := self._name(node.func):
            self.found.append(Use(name, keywords, node.lineno, call=True))
        elif isinstance(node.func, ast.Attribute) and _root(node.func) not in self.others:
            self.found.append(Use(f".{node.func.attr}", keywords, node.lineno, call=True))
        if isinstance(node.func, ast.Attribute):
            self.visit(node.func.value)
        self._block([*node.args, *(keyword.value for keyword in node.keywords)])

    def _name(self, node: ast.expr) -> str | None:
        """Dotted name in a GPU library that an expression stands for, or None."""
        match node:
            case ast.Name(id=name):
                return self.known.get(name)
            case ast.Call(func=ast.Name(id="array_namespace")):
                return "cupy"
            case ast.Call(func=ast.Attribute(attr="import_module"), args=[ast.Constant(value=str(name))]):
                return name if name.partition(".")[0] in ROOTS else None
            case ast.Attribute(value=value, attr=attr) if not attr.startswith("__"):
                if (base := self._name(value)) is not None:
                    return f"{base}.{attr}"
                if attr == "cluster" and ast.unparse(value).endswith("engine"):
                    return "dask_cuda.LocalCUDACluster"
                return MODULES.get(attr)
        return None


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _pairs(node: ast.Assign) -> Iterator[tuple[ast.expr, ast.expr]]:
    for target in node.targets:
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            yield from zip(target.elts, node.value.elts, strict=False)
        else:
            yield target, node.value


def _on_gpu(node: object) -> list | None:
    """The branch of an ``if`` on the engine's name that a GPU takes; None for any other node."""
    if not isinstance(node, ast.If | ast.IfExp):
        return None
    body, other = (part if isinstance(part, list) else [part] for part in (node.body, node.orelse))
    match node.test:
        case ast.Compare(ast.Attribute(attr="name"), [ast.Eq()], [ast.Constant(value="gpu")]):
            return body
        case ast.Compare(ast.Attribute(attr="name"), [ast.Eq()], [ast.Constant(value="cpu")]):
            return other
    return None
