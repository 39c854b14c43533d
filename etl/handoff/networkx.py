"""The bridge from NetworkX's backend on a GPU, whose answers are Python's own; see `etl.handoff`."""

from collections.abc import Callable
from typing import Any

from etl.handoff.cost import note


def answer_of(function: Callable[..., Any], graph: Any, *args: Any, **options: Any) -> Any:
    """What NetworkX's backend cuGraph answers: dicts, lists and sets, which leave the device.

    Counted as 16 bytes for an entry of a dict and 8 for each number of anything else.

    Parameters
    ----------
    function : function of NetworkX
    graph : graph of the backend
    *args, **options
        Of the function.

    Returns
    -------
    dict or list
        Of an answer that is made bit by bit, all of it.
    """
    found = function(graph, *args, **options, backend="cugraph")
    found = found if isinstance(found, dict | list) else list(found)
    note("cugraph", "python", _size(found), "host")
    return found


def _size(found: Any) -> int:
    if isinstance(found, dict):
        return 16 * len(found)
    return sum(map(_size, found)) if isinstance(found, list | set | tuple) else 8
