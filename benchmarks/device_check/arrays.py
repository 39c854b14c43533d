"""Every idiom of arrays that the project uses, on CuPy and on NumPy: values and types are the same."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from benchmarks.device_check.checks import Items, Setting
from benchmarks.device_check.compare import expressions
from etl.engine import Engine
from etl.engine.types import Array, Csr

_DRAWN = np.random.default_rng(0)
HOST = {
    "x": _DRAWN.normal(size=1000),
    "y": _DRAWN.normal(size=1000).astype("float32"),
    "p": _DRAWN.dirichlet(np.ones(5), 200),
    "i": _DRAWN.integers(0, 50, 1000),
    "j": _DRAWN.integers(0, 40, 1000),
    "w": np.sort(_DRAWN.integers(0, 5000, 300)),
    "b": _DRAWN.random(1000) < 0.5,
    "codes": _DRAWN.integers(-1, 6, 1000).astype("int8"),
    "words": _DRAWN.integers(0, 2**63, 64),
    "gaps": np.where(_DRAWN.random(1000) < 0.1, np.nan, _DRAWN.normal(size=1000)),
    "square": _DRAWN.normal(size=(12, 12)),
}


def _votes(engine: Engine) -> Csr:
    places = tuple(engine.xp.asarray(HOST[name]) for name in "ij")
    return engine.sparse.csr_matrix((engine.xp.ones(1000), places), shape=(50, 40))


def _changed(function: Callable[..., None], array: Array, *words: Array) -> Array:
    """The array, after a function that works in place."""
    function(array, *words)
    return array


def _on(values: np.ndarray, engine: Engine) -> Array:
    return engine.xp.asarray(values)


DATA: dict[str, Callable[[Engine], Any]] = {
    **{name: partial(_on, values) for name, values in HOST.items()},
    "votes": _votes,
    "changed": lambda engine: _changed,
}
TEXTS = (
    "special.zeta(2.0, xp.abs(x) + 1)",
    "special.digamma(xp.abs(x) + 0.5)",
    "special.entr(p)",
    "special.xlogy(p, p)",
    "xp.where(x > 0, x, 0.0)",
    "xp.where(b, i, -1)",
    "xp.where(b[:, None], 1.0, xp.inf)",
    "x.max()",
    "p.max(axis=1, keepdims=True)",
    "p.argmax(axis=1)",
    "(p > 0.2).argmax(axis=1)",
    "p.sum(axis=1)",
    "y.sum(dtype='float64')",
    "b.sum()",
    "b.mean()",
    "x.std()",
    "x.var(axis=0, ddof=1)",
    "gaps[~xp.isnan(gaps)].mean()",
    "xp.isfinite(gaps).all()",
    "xp.cumsum(b)",
    "xp.cumsum(x)",
    "xp.diff(w, prepend=-1)",
    "xp.diff(i)",
    "xp.bincount(i, minlength=60)",
    "xp.bincount(i, weights=x, minlength=60)",
    "xp.bincount(i[:0], minlength=3)",
    "xp.unique(i)",
    "xp.unique(i, return_inverse=True, return_counts=True)",
    "xp.unique(i, return_index=True)[1]",
    "xp.searchsorted(w, i)",
    "xp.searchsorted(w, i, side='right')",
    "xp.lexsort(xp.stack([x, i]))",
    "xp.argsort(x)",
    "xp.argsort(i, kind='stable')",
    "xp.sort(x)[::-1]",
    "xp.flatnonzero(b)",
    "xp.nonzero(b)",
    "xp.repeat(i[:300], w % 4)",
    "xp.tile(x[:3], 4)",
    "xp.concatenate([i, codes])",
    "xp.stack([x, x], axis=1)",
    "xp.zeros(3, 'float32')",
    "xp.full(3, -1)",
    "xp.arange(3, dtype='int32')",
    "xp.eye(4)",
    "xp.ones_like(codes)",
    "xp.maximum(x, 0)",
    "xp.minimum(i, j)",
    "xp.clip(x, -1, 1)",
    "xp.clip(codes, 0, None)",
    "xp.sqrt(xp.abs(y))",
    "xp.log1p(xp.abs(x))",
    "xp.exp(-xp.abs(y))",
    "i % 7",
    "i / 7",
    "i.astype('float32') * 2",
    "codes.astype('int64')",
    "x[codes.clip(0)]",
    "xp.kron(x[:3], x[:4])",
    "xp.einsum('ij,ik->jk', p, p)",
    "p.T @ p",
    "xp.outer(x[:4], x[:5])",
    "xp.linalg.norm(square)",
    "xp.linalg.norm(square, axis=1)",
    "xp.linalg.svd(square, compute_uv=False)",
    "words & 255",
    "words >> 3",
    "words ^ (words << 7)",
    "xp.isin(i, j)",
    "xp.broadcast_to(x[:3], (2, 3))",
    "xp.asarray(votes.sum(axis=0)).ravel()",
    "votes @ xp.ones(40)",
    "votes.T @ xp.ones((50, 3))",
    "votes.tocsc().T @ xp.ones(50)",
    "votes.multiply(2.0)",
    "(votes @ votes.T).sum()",
    "votes.toarray()",
    "votes[3:9].toarray()",
    "sparse.diags(x[:50]) @ votes",
    "sparse.vstack([votes, votes])",
    "sparse.hstack([votes, votes]).tocsr()",
    "sparse.coo_matrix((x, (i, j)), shape=(50, 40)).tocsr()",
    "changed(xp.minimum.at, xp.full(50, 9.0), i, x)",
    "changed(xp.add.at, xp.zeros(50), i, x)",
    "xp.append(w, 7)",
    "xp.diagonal(square)",
    "xp.linalg.eigh(square + square.T)[0]",
    "xp.linalg.pinv(square)",
    "xp.expm1(x)",
    "xp.floor(x)",
    "xp.rint(x)",
    "xp.fmax(gaps, 0.0)",
    "xp.left_shift(words & 255, 3)",
    "xp.linspace(0, 1, 5)",
    "xp.log(xp.abs(x))",
    "xp.log2(xp.abs(x))",
    "xp.logaddexp(x, x[::-1])",
    "xp.matmul(p, p.T)",
    "xp.partition(x, 10)[10]",
    "xp.sign(x)",
    "xp.all(b)",
    "xp.isinf(gaps).any()",
    "x[b].copy()",
    "x.reshape(10, -1).ravel()",
    "p.ravel(order='F')",
    "p.swapaxes(0, 1)",
    "p.T.copy()",
)


def items(setting: Setting) -> Items:
    """Each of `TEXTS`."""
    return expressions(setting, TEXTS, DATA, 1e-5, exact=True)
