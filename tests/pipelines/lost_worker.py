"""Trains on a cluster of two, one of which is killed on the way; prints what came of it, as JSON."""

import json
import os
import signal
import sys
import threading
import time
from functools import partial, reduce
from pathlib import Path
from typing import Any

import pandas as pd
import psutil

from etl.engine import choose
from etl.executors import active
from etl.mortgage import coding, cut, features, read
from etl.mortgage.schema import CATEGORIES, FEATURES
from etl.pieces import Pieces
from etl.records import Retry, collect, of_kind
from models.boosting import dask
from models.boosting.trees import BoostedTrees

TREES = 400


def kill_in_training(client: Any, done: threading.Event) -> None:
    """Kill one worker once trees are being grown: XGBoost's tasks are those named ``fn``.

    Half a second of work tells that the workers have met: a loss before that can end XGBoost's tracker, and
    the process that it is in.
    """
    spent: dict[int, float] = {}
    while not done.is_set():
        tasks = [str(key) for keys in client.processing().values() for key in keys]
        for pid in client.run(os.getpid).values() if any(key.startswith("fn-") for key in tasks) else ():
            now = psutil.Process(pid).cpu_times().user
            if now - spent.setdefault(pid, now) > 0.5 and not done.is_set():
                os.kill(pid, signal.SIGKILL)
                done.set()
        time.sleep(0.01)


def main(folder: Path) -> dict[str, Any]:
    """Train on the loan files in the folder, with the loss of a worker and without."""
    dask.PATIENCE = 120  # where the kill comes before the workers have met
    engine = choose("cpu")
    pieces = list(cut.cut(folder / "2017Q1.csv", folder, 1 << 21))
    local = [features.shape(read.read(piece, engine)) for piece in pieces]
    words = reduce(coding.merge, map(coding.vocabulary, local))
    rows = pd.concat([coding.encode(frame, words) for frame in local])
    model = BoostedTrees(FEATURES, CATEGORIES, n_estimators=TREES, max_depth=8)
    with active(engine, 2, "local") as executor, collect() as entries:
        made = Pieces(pieces, executor=executor).map("read", partial(read.read, engine=engine))
        shaped = made.map("label", features.shape)
        kept = shaped.map("encode", partial(coding.encode, words=words)).persist()
        done = threading.Event()
        killer = threading.Thread(target=kill_in_training, args=(executor.client, done))  # type: ignore[attr-defined]
        killer.start()
        model.fit(kept)
        killed = done.is_set()
        done.set()
        killer.join()
    again = BoostedTrees(FEATURES, CATEGORIES, n_estimators=TREES, max_depth=8).fit(rows)
    apart = float(abs(model.probability(rows) - again.probability(rows)).mean())
    retries = len(of_kind(entries, Retry))
    return {"killed": killed, "retries": retries, "trees": model.n_iter_, "difference": apart}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
