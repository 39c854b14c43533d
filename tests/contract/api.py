"""What RAPIDS 26.10 offers: frozen in ``rapids_26_10.json``, or read from the libraries that are installed.

A signature is one string of parameter names; ``*`` and ``**`` mark variable ones. ``?`` is a name whose
parameters cannot be read, and a module says so. Reading needs no GPU and no driver.
"""

import functools
import importlib
import importlib.util
import inspect
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import scipy.sparse
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.contract.kinds import Project
from tests.contract.scan import Use

FROZEN = Path(__file__).with_name("rapids_26_10.json")
FRAMES = (
    "cudf.DataFrame",
    "cudf.Series",
    "cudf.Index",
    "cudf.core.groupby.groupby.DataFrameGroupBy",
    "cudf.core.groupby.groupby.SeriesGroupBy",
    "cudf.core.accessors.string.StringMethods",
    "cudf.core.accessors.categorical.CategoricalAccessor",
    "cudf.core.series.DatetimeProperties",
    "cudf.core.window.rolling.Rolling",
)
GROUPS = tuple(kind for kind in FRAMES if "groupby" in kind)
SPARSE = tuple(f"cupyx.scipy.sparse.{name}_matrix" for name in ("csr", "csc", "coo", "dia"))
KINDS = {
    "array": ("cupy.ndarray",),
    "csr": SPARSE,
    "frame": ("cudf.DataFrame",),
    "series": ("cudf.Series",),
    "index": ("cudf.Index",),
    "": (*FRAMES, "cupy.ndarray", *SPARSE),
}
"""Classes that a receiver of each kind may be of; kinds that are not named here are not RAPIDS'."""
_PANDAS = (
    *(pd.DataFrame, pd.Series, pd.Index, pd.Series.str, pd.Series.cat, pd.Series.dt),
    *(pd.api.typing.DataFrameGroupBy, pd.api.typing.SeriesGroupBy, pd.api.typing.Rolling),
)
_PLAIN = {name for kind in (dict, list, str, bytes, set, tuple, Path) for name in dir(kind)}
_TWINS = (*_PANDAS, np.ndarray, scipy.sparse.csr_matrix)
_OTHERS = (pa.Array, pa.ChunkedArray, pa.Table, pa.DictionaryArray, re.Pattern, re.Match, Axes, Figure)

Lookup = Callable[[str], str | None]


def frozen() -> Lookup:
    """Signatures of the file."""
    return json.loads(FROZEN.read_text())["api"].get


def live(name: str) -> str | None:
    """Signature of an installed name, or None where it does not exist."""
    parts = name.split(".")
    found: Any = importlib.import_module(parts[0])
    for place, part in enumerate(parts[1:], 2):
        try:
            found = getattr(found, part)
        except AttributeError:
            try:
                found = importlib.import_module(".".join(parts[:place]))
            except ImportError:
                return None
    return signature(found)


def signature(found: Any) -> str:
    """Parameter names of a callable as one string; ``?`` where there are none to read."""
    if inspect.ismodule(found):
        return "module"
    marks = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    try:
        parameters = inspect.signature(found).parameters.values()
    except (TypeError, ValueError):
        return documented(found.__doc__ or "")
    return " ".join(marks.get(each.kind, "") + each.name for each in parameters)


def documented(text: str) -> str:
    """Parameter names of a method of CuPy's arrays by the first line of its docstring; else ``?``."""
    head = re.match(r"_ndarray_base\.\w+\(((?:[^()]|\([^()]*\))*)\)", text)
    parameters = re.sub(r"\([^()]*\)", "", head[1]).split(",") if head else ["?"]
    return " ".join(each.partition("=")[0].split()[-1] for each in parameters if each.strip() not in "/*")


def misuse(use: Use, lookup: Lookup, project: Project) -> str | None:
    """What is wrong with a method of a receiver whose kind is known, or of one that may be of any kind.

    Of an unknown receiver it is wrong if NumPy, SciPy or pandas have it and nothing of RAPIDS does, or if
    nothing that has it takes its keywords.
    """
    method, owners = use.name[1:], KINDS.get(use.kind)
    if owners is None:
        return None
    offers = [offer for owner in owners if (offer := lookup(f"{owner}.{method}")) is not None]
    if any(accepts(offer, use.keywords) for offer in offers):
        return None
    if use.kind == "":
        foreign = [signature(getattr(kind, method)) for kind in others() if hasattr(kind, method)]
        own = any(name == method for _, name in project.fields)
        if own or method in _PLAIN or any(accepts(offer, use.keywords) for offer in foreign):
            return None
        if not offers and not any(hasattr(kind, method) for kind in _TWINS):
            return None
    what = f"{use.kind or 'any kind'}.{method}"
    return (
        f"{what} does not take {sorted(use.keywords)}; it takes {offers}"
        if offers
        else f"{what} does not exist"
    )


@functools.cache
def others() -> tuple[type, ...]:
    """Classes with methods of their own whose objects are met where their kind is not known."""
    torch = [importlib.import_module("torch").Tensor] if importlib.util.find_spec("torch") else []
    return (*_OTHERS, *torch)


def fault(use: Use, lookup: Lookup) -> str | None:
    """What is wrong with a use, or None.

    A method of an unknown receiver is wrong if pandas frames have it and cuDF's do not, or if no class of
    cuDF takes its keywords.
    """
    if use.name.startswith("."):
        offers = [offer for kind in FRAMES if (offer := lookup(kind + use.name)) is not None]
        method = use.name[1:]
        if not offers and method not in _PLAIN and any(hasattr(kind, method) for kind in _PANDAS):
            return f"{method} is a method of pandas that cuDF has not"
    else:
        offer = lookup(use.name)
        if offer is None and (use.call or lookup(use.name.rpartition(".")[0]) == "module"):
            return f"{use.name} does not exist"
        offers = [] if offer is None else [offer]
    if offers and not any(accepts(offer, use.keywords) for offer in offers):
        return f"{use.name} does not take {', '.join(sorted(use.keywords))} together; it takes {offers}"
    return None


def accepts(offer: str, keywords: frozenset[str]) -> bool:
    """Whether a signature takes these keywords; keywords that RAPIDS hands on to Dask must be Dask's."""
    names = offer.split()
    if "CUDA_VISIBLE_DEVICES" in names:
        return keywords <= {*names, *_local_cluster()}
    return offer == "?" or any(name.startswith("**") for name in names) or keywords <= set(names)


@functools.cache
def _local_cluster() -> frozenset[str]:
    return frozenset(signature(importlib.import_module("distributed").LocalCluster).split())
