"""Finds, in source text, what the project asks of the GPU libraries it reaches through the engine.

The engine hands out modules: ``engine.df`` is cuDF there, ``.xp`` CuPy, ``.ml`` cuML, ``.sparse`` and
``.cluster`` their twins, and a bare ``xp``, or what
``array_namespace`` returns, is CuPy too. Code that only a CPU reaches (under
``engine.name == "cpu"``, or behind a return for ``"gpu"``) is left out.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from tests.contract import kinds

MODULES = {
    "df": "cudf",
    "xp": "cupy",
    "ml": "cuml",
    "sparse": "cupyx.scipy.sparse",
    "special": "cupyx.scipy.special",
}
ROOTS = {"cudf", "cugraph", "cuml", "cupy", "cupyx", "dask_cuda", "dask_cudf", "rmm"}


NOTHING = kinds.Project()


@dataclass(frozen=True)
class Use:
    """A name in use, ``cudf.concat``, or ``.merge`` of a receiver of some kind (`tests.contract.kinds`)."""

    name: str
    keywords: frozenset[str]
    line: int
    call: bool
    kind: str = ""


def uses(source: str, project: kinds.Project = NOTHING) -> list[Use]:
    """Names and calls in ``source`` that run on a GPU, in the order of their lines."""
    finder = _Finder(project)
    finder.visit(ast.parse(source))
    return sorted(finder.found, key=lambda use: use.line)


class _Finder(ast.NodeVisitor):
    def __init__(self, project: kinds.Project) -> None:
        self.found: list[Use] = []
        self.known = {"xp": "cupy"}
        self.kinds: dict[str, str] = {}
        self.project = project
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

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        outer, self.kinds = self.kinds, {**self.kinds, "self": node.name}
        self.generic_visit(node)
        self.kinds = outer

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.Lambda) -> None:
        outer = self.known, self.kinds
        self.known, self.kinds = dict(self.known), dict(self.kinds)
        for each in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]:
            if each.arg != "self":
                self.kinds[each.arg] = kinds.of_annotation(each.annotation, self.project)
        self.generic_visit(node)
        self.known, self.kinds = outer

    visit_Lambda = visit_FunctionDef

    def visit_If(self, node: ast.If) -> None:
        """A name has a kind afterwards if both branches give it the same."""
        self.visit(node.test)
        before = dict(self.kinds)
        self._block(node.body)
        taken, self.kinds = self.kinds, before
        self._block(node.orelse)
        self.kinds = {name: kind for name, kind in self.kinds.items() if taken.get(name) == kind}

    def visit_For(self, node: ast.For) -> None:
        for each in ast.walk(node.target):
            if isinstance(each, ast.Name):
                self.kinds.pop(each.id, None)
        self.generic_visit(node)

    visit_comprehension = visit_For

    def _kind(self, node: ast.expr) -> str:
        return kinds.of_expression(node, self.kinds, self._name, self.project)

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
        found = [(target, self._name(value), self._kind(value)) for target, value in _pairs(node)]
        for target, name, kind in found:
            for each in ast.walk(target):
                if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                    self.known.pop(each.id, None)
                    self.kinds.pop(each.id, None)
            if isinstance(target, ast.Name):
                self.known |= {target.id: name} if name else {}
                self.kinds[target.id] = kind

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if (name := self._name(node)) and name not in MODULES.values():
            self.found.append(Use(name, frozenset(), node.lineno, call=False))
        self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        keywords = frozenset(keyword.arg for keyword in node.keywords if keyword.arg)
        if name := self._name(node.func):
            self.found.append(Use(name, keywords, node.lineno, call=True))
        elif isinstance(node.func, ast.Attribute) and _root(node.func) not in self.others:
            kind = self._kind(node.func.value)
            self.found.append(Use(f".{node.func.attr}", keywords, node.lineno, call=True, kind=kind))
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
    """The branch of an ``if`` that RAPIDS takes, by the library's name; None for any other node."""
    if not isinstance(node, ast.If | ast.IfExp):
        return None
    body, other = (part if isinstance(part, list) else [part] for part in (node.body, node.orelse))
    match node.test:
        case ast.Compare(ast.Attribute(attr="name"), [ast.Eq()], [ast.Constant(value="gpu")]):
            return body
        case ast.Compare(ast.Attribute(attr="name"), [ast.Eq()], [ast.Constant(value="cpu")]):
            return other
        case ast.Compare(ast.Attribute(attr="__name__"), [ast.NotEq()], [ast.Constant(value="torch")]):
            return body
        case ast.Call(func=ast.Name(id="is_torch")):
            return other
    return None
