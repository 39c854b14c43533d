"""PageRank of nodes."""

from typing import Any

import networkx
import numpy as np

from etl.engine.types import Csr, Frame
from etl.graph.edges import Graph
from etl.handoff.networkx import answer_of
from models.graphs.dispatch import check_weights, frame, has_weight, on_networkx


def pagerank(graph: Graph, alpha: float = 0.85, tol: float = 1e-6, max_iter: int = 100) -> Frame:
    """PageRank by power iteration, as `networkx.pagerank`: the same start, steps and stopping rule.

    Parameters
    ----------
    graph : Graph
    alpha : float
        Share of steps that follow an edge, by its weight.
    tol : float
        It stops when the sum of absolute changes is below ``n * tol``.
    max_iter : int
        Most steps.

    Returns
    -------
    DataFrame
        Columns node, pagerank (float64, sums to 1).

    Raises
    ------
    ValueError
        A weight is negative.
    RuntimeError
        It did not converge.

    References
    ----------
    .. [1] Page, Brin, Motwani, Winograd, The PageRank Citation Ranking, 1999.

    Examples
    --------
    >>> import pandas
    >>> from etl.graph.edges import graph
    >>> star = graph(pandas.DataFrame({"source": ["a", "b", "c"], "target": ["d"] * 3}))
    >>> pagerank(star).round(3).to_numpy().tolist()
    [['a', 0.173], ['b', 0.173], ['c', 0.173], ['d', 0.48]]
    """
    check_weights(graph, "PageRank follows edges by their weights")
    if not len(graph):
        return graph.frame(pagerank=graph.engine.xp.zeros(0))
    options: dict[str, Any] = {"alpha": alpha, "tol": tol, "max_iter": max_iter}
    try:
        if graph.engine.name == "gpu":
            return _by_backend(graph, options)
        return graph.frame(pagerank=_power(graph.matrix(), **options))
    except networkx.PowerIterationFailedConvergence as error:
        raise RuntimeError(
            f"PageRank did not converge in {max_iter} steps; raise max_iter or tol={tol}, or lower "
            f"alpha={alpha}"
        ) from error


def _by_backend(graph: Graph, options: dict[str, Any]) -> Frame:
    if not has_weight(graph):  # cuGraph takes no graph without an edge
        return graph.frame(pagerank=graph.engine.xp.full(len(graph), 1 / len(graph)))
    ranks = answer_of(networkx.pagerank, on_networkx(graph), weight="weight", **options)
    return frame(graph, pagerank=ranks)


def _power(A: Csr, alpha: float, tol: float, max_iter: int) -> np.ndarray:
    """``x = alpha * (P' x + dangling / n) + (1 - alpha) / n`` until it stands; P is A with rows of sum 1."""
    size = A.shape[0]
    total = np.asarray(A.sum(axis=1)).ravel()
    is_dangling = total == 0
    step = A.T.tocsr().multiply(np.where(is_dangling, 0, 1 / np.where(is_dangling, 1, total))).tocsr()
    x = np.full(size, 1 / size)
    for _ in range(max_iter):
        last, x = x, alpha * (step @ x + x[is_dangling].sum() / size) + (1 - alpha) / size
        if np.abs(x - last).sum() < size * tol:
            return x
    raise networkx.PowerIterationFailedConvergence(max_iter)
