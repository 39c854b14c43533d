"""What RAPIDS 26.10 offers: frozen in ``rapids_26_10.json``, or read from the libraries that are installed.

A signature is one string of parameter names; ``*`` and ``**`` mark variable ones. ``?`` is a name whose
parameters cannot be read, and a module says so. Reading needs no GPU and no driver.
"""

import functools
import importlib
import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

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
_PANDAS = (
    *(pd.DataFrame, pd.Series, pd.Index, pd.Series.str, pd.Series.cat, pd.Series.dt),
    *(pd.api.typing.DataFrameGroupBy, pd.api.typing.SeriesGroupBy, pd.api.typing.Rolling),
)
_PLAIN = {name for kind in (dict, list, str, bytes, set, tuple, Path) for name in dir(kind)}

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
        return "?"
    return " ".join(marks.get(each.kind, "") + each.name for each in parameters)


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
