"""What steps cost, thrice each, with plain ``cudaMalloc`` and with CUDA's own pool; numbers, no verdict."""

import importlib
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.device_check.checks import Facts, Items, Setting
from etl.crowd.simulate import votes
from etl.engine import Engine, choose
from etl.mortgage import cut, features, generate, plan, read
from models.crowd.dawid_skene import DawidSkene
from models.topics.tensor_lda import TensorLDA

REPEAT = 3
TAKE = {"pool": "CudaAsyncMemoryResource", "cudaMalloc": "CudaMemoryResource"}


def items(setting: Setting) -> Items:
    """Each step with each allocator."""
    steps = {"mortgage": _mortgage, "votes": _votes, "topics": _topics}
    found = [(step, pool) for step in steps for pool in (["pool"] if setting.dry else TAKE)]
    return {f"{step}, {pool}": partial(_timed, steps[step], pool, setting) for step, pool in found}


def _timed(step: Callable[[Setting, Engine], Callable[[], Any]], pool: str, setting: Setting) -> Facts:
    engine = choose(setting.device)
    if not setting.dry:
        # The one other place where memory is set up: the two resources are compared.
        rmm = importlib.import_module("rmm")
        rmm.mr.set_current_device_resource(getattr(rmm.mr, TAKE[pool])())
    work, seconds = step(setting, engine), []
    for _ in range(1 + REPEAT):
        began = time.perf_counter()
        work()
        if engine.name == "gpu":
            engine.xp.cuda.runtime.deviceSynchronize()
        seconds.append(round(time.perf_counter() - began, 4))
    return {"first": seconds[0], "median": median(seconds[1:]), "seconds": seconds[1:]}


def _mortgage(setting: Setting, engine: Engine) -> Callable[[], Any]:
    """Loan files to labelled rows with features."""
    folder = Path(setting.out, "timed")
    if not folder.exists():
        generate.generate(folder, rows=20_000 if setting.dry else 2_000_000, seed=0)
    pieces = list(cut.cut(folder, folder, plan.PIECE))
    return lambda: [features.shape(read.read(piece, engine)) for piece in pieces]


def _votes(setting: Setting, engine: Engine) -> Callable[[], Any]:
    """Ten passes of Dawid-Skene over five votes a task."""
    rng, tasks = np.random.default_rng(0), 2_000 if setting.dry else 1_000_000
    confusion = np.broadcast_to(0.02 + 0.8 * np.eye(10), (1000, 10, 10))
    table = votes(rng.integers(0, 10, tasks), confusion, 5, 0)
    frame = engine.df.DataFrame({name: table[name].to_numpy() for name in table})
    return lambda: DawidSkene(n_iter=10, tol=None).fit(frame)


def _topics(setting: Setting, engine: Engine) -> Callable[[], Any]:
    """Two passes over drawn counts."""
    rng, documents = np.random.default_rng(0), 500 if setting.dry else 20_000
    rows, columns = np.repeat(np.arange(documents), 60), rng.zipf(1.3, documents * 60) % 3000
    arrays = (engine.xp.ones(len(rows)), tuple(map(engine.xp.asarray, (rows, columns))))
    counts = engine.sparse.coo_matrix(arrays, shape=(documents, 3000)).tocsr()
    return lambda: TensorLDA(10, n_iter=2, random_state=0).fit(counts)
