"""What kind of thing an expression is, by the project's own annotations: ``array``, ``frame``, ``tensor``.

A kind is one of `ALIASES`' values, ``host`` for what no GPU holds, the name of a class of the project, or
empty where nothing is known.
"""

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

Library = Callable[[ast.expr], str | None]
ALIASES = {
    "Array": "array",
    "Csr": "csr",
    "Frame": "frame",
    "Series": "series",
    "Index": "index",
    "Tensor": "tensor",
    "Module": "module",
}
"""Names of `etl.engine.types`, and the kinds that they stand for."""
HOST = {
    "bool", "bytes", "Choices", "dict", "Figure", "float", "int", "Iterator", "Mapping", "np.ndarray", "Path",
    "pd.DataFrame", "pd.Series", "Sequence", "set", "str", "tuple",
}  # fmt: skip
_LIBRARIES = {
    "cupy": "array",
    "cupyx.scipy.special": "array",
    "cupyx.scipy.sparse": "csr",
    "cudf.DataFrame": "frame",
    "cudf.Series": "series",
    "cudf.Index": "index",
}
_OTHERS = {"np": "host", "pa": "host", "pc": "host", "pd": "host", "torch": "tensor", "functional": "tensor"}
_HOST_METHODS = {"get", "item", "tobytes", "tolist", "to_numpy", "to_pandas", "to_arrow", "to_host"}
"""Methods, and bridges of `etl.handoff`, whose results lie on the host."""
_SAME = set(
    "assign astype copy drop_duplicates dropna fillna head merge rename reset_index sort_values".split()
)
"""Methods of frames and series that give one of the same kind."""
_DENSE, _SPARSE = {"diagonal", "mean", "sum", "toarray"}, {"astype", "copy", "multiply", "tocsc", "tocsr"}


@dataclass
class Project:
    """Annotated fields and results of the project's classes and functions.

    Attributes
    ----------
    fields : dict
        Kind by class and field.
    results : dict
        Kind by function.
    classes : set of str
    """

    fields: dict[tuple[str, str], str] = field(default_factory=dict)
    results: dict[str, str] = field(default_factory=dict)
    """Empty where two functions of the name differ."""
    classes: set[str] = field(default_factory=set)


def project(sources: Iterable[str]) -> Project:
    """Read every annotation of some source texts."""
    found, trees = Project(), [ast.parse(source) for source in sources]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    found.classes = {node.name for node in nodes if isinstance(node, ast.ClassDef)}
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            _class(node, found)
    for tree in trees:
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                kind = of_annotation(node.returns, found)
                found.results[node.name] = kind if found.results.get(node.name, kind) == kind else ""
    return found


def _class(node: ast.ClassDef, found: Project) -> None:
    for each in node.body:
        match each:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                found.fields[node.name, name] = of_annotation(annotation, found)
            case ast.FunctionDef(name=name, returns=returns):
                found.fields[node.name, name] = of_annotation(returns, found)


def of_annotation(node: ast.expr | None, known: Project) -> str:
    """Kind of an annotation; ``X | None`` is an ``X``."""
    if node is None:
        return ""
    parts = [part.strip() for part in ast.unparse(node).strip("'\"").split(" | ")]
    names = {part.partition("[")[0] for part in parts if part != "None"}
    if names and names <= HOST:
        return "host"
    (name,) = names if len(names) == 1 else ("",)
    return ALIASES.get(name, name if name in known.classes else "")


def of_expression(node: ast.expr, names: Mapping[str, str], library: Library, known: Project) -> str:
    """Kind of an expression.

    Parameters
    ----------
    names : mapping of str to str
        Kinds of the variables.
    library : callable
        Dotted name in a GPU library that an expression stands for, or None.
    known : Project
    """

    def kind(part: ast.expr) -> str:
        return of_expression(part, names, library, known)

    match node:
        case ast.Name(id=name):
            return names.get(name, "")
        case ast.Constant() | ast.JoinedStr() | ast.List() | ast.Dict() | ast.ListComp() | ast.DictComp():
            return "host"
        case ast.Call(func=ast.Name(id=name)) if name in _HOST_METHODS:
            return "host"
        case ast.Call(func=ast.Name(id=name)):
            return name if name in known.classes else known.results.get(name, "")
        case ast.Call(func=ast.Attribute() as function):
            return _of_method(function, kind, library, known)
        case ast.Attribute(value=value, attr=attr):
            return _of_attribute(kind(value), attr, known)
        case ast.BinOp(left=left, right=right) | ast.Compare(left=left, comparators=[right]):
            sides = {kind(left), kind(right)} - {"host"}
            return sides.pop() if len(sides) == 1 and not sides & known.classes else ""
        case ast.UnaryOp(operand=operand):
            return kind(operand)
        case ast.Subscript(value=value, slice=ast.Constant(value=str())) if kind(value) == "frame":
            return "series"
        case ast.Subscript(value=value):
            return own if (own := kind(value)) in ("array", "tensor", "series") else ""
    return ""


def _of_attribute(owner: str, name: str, known: Project) -> str:
    if owner in ("array", "csr", "tensor") and name in ("T", "real"):
        return owner
    if (owner, name) == ("csr", "data") or (owner in ("series", "index") and name == "values"):
        return "array"
    return known.fields.get((owner, name), "")


def _of_method(
    function: ast.Attribute, kind: Callable[[ast.expr], str], library: Library, known: Project
) -> str:
    if found := library(function):
        return _LIBRARIES.get(found) or _LIBRARIES.get(found.rpartition(".")[0], "")
    root, name, owner = ast.unparse(function.value).partition(".")[0], function.attr, kind(function.value)
    if root in _OTHERS:
        return _OTHERS[root]
    if name in _HOST_METHODS or owner in ("host", "tensor"):
        return owner if owner == "tensor" else "host"
    if owner == "csr":
        return "array" if name in _DENSE else "csr" if name in _SPARSE else ""
    if owner == "array" or (owner in ("frame", "series") and name in _SAME):
        return owner
    return known.fields.get((owner, name), "")
