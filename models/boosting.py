"""Gradient-boosted trees on whichever device holds the pieces: in memory, from disk, or over a cluster.

XGBoost reads each piece through its column pointers and keeps its own quantised copy, one byte a value
(Chen and Guestrin, 2016, doi:10.1145/2939672.2939785, section 3.3 and 4.2 for the block structure). Where
even that does not fit, it keeps pages on disk and reads them again in every pass.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import xgboost

from etl.engine import engine_of
from etl.executors import Dask
from etl.handoff import column, to_xgboost
from etl.journal import record
from etl.pieces import Pieces


@dataclass(frozen=True)
class Boost:
    """Settings of the trees; names and defaults as XGBoost's where they have one."""

    max_depth: int = 6
    eta: float = 0.1
    min_child_weight: float = 2.0
    reg_lambda: float = 1.0
    max_bin: int = 256
    rounds: int = 200
    """Most trees to grow."""
    patience: int = 20
    """Stop when the later period's log loss has not improved for so many trees."""


class Batches(xgboost.DataIter):
    """Feeds pieces to XGBoost one after another; none is held longer than XGBoost reads it.

    Parameters
    ----------
    pieces : Pieces
        Frames with ``features`` (float32) and ``label``.
    features, types : list of str
        Columns, and ``q`` or ``c`` for each.
    cache : Path, optional
        Prefix of the page files, for training from disk.
    """

    def __init__(
        self, pieces: Pieces, features: list[str], types: list[str], cache: Path | None = None
    ) -> None:
        self.pieces, self.features, self.types = pieces, features, types
        self._frames = iter(pieces)
        super().__init__(cache_prefix=str(cache) if cache else None, release_data=True)

    def next(self, input_data: Callable[..., None]) -> bool:
        """Hand over the next piece that has rows."""
        for frame in self._frames:
            if len(frame):
                input_data(
                    data=to_xgboost(frame, self.features),
                    label=column(frame, "label"),
                    feature_types=self.types,
                )
                return True
        return False

    def reset(self) -> None:
        """Begin again with the first piece."""
        self._frames = iter(self.pieces)


def fit(
    train: Pieces,
    later: Pieces,
    features: list[str],
    types: list[str],
    settings: Boost = Boost(),
    *,
    device: str = "cpu",
    seed: int = 0,
    threads: int = 0,
    cache: Path | None = None,
) -> xgboost.Booster:
    """Train until the log loss on ``later`` stops improving.

    Parameters
    ----------
    train, later : Pieces
        Frames with ``features`` and ``label`` in {0, 1}; ``later`` decides when to stop, and may be empty.
    device : {"cpu", "gpu"}
        Where the frames lie.
    threads : int
        Of XGBoost in this process; 0 takes all.
    cache : Path, optional
        Directory for quantised pages; training then holds one page at a time.

    Returns
    -------
    xgboost.Booster
        Cut to its best iteration.

    Raises
    ------
    ValueError
        No row to train on, or one class only.
    """
    counts = train.reduce(count_labels, add)
    if min(counts) == 0:
        raise ValueError(
            f"training needs both classes, and has {counts[1]:,} positive and {counts[0]:,} negative rows; "
            "give more data, an earlier period, or another --label"
        )
    parameters = {key: value for key, value in asdict(settings).items() if key not in ("rounds", "patience")}
    parameters |= {"objective": "binary:logistic", "eval_metric": "logloss", "tree_method": "hist"}
    parameters |= {"device": "cuda" if device == "gpu" else "cpu", "seed": seed, "nthread": threads}
    watch = min(later.reduce(count_labels, add)) > 0
    if isinstance(train.executor, Dask):
        booster = _on_cluster(train, later if watch else None, features, types, settings, parameters)
    else:
        booster = _here(train, later if watch else None, features, types, settings, parameters, cache)
    return _best(booster, settings, watch)


def count_labels(frame: Any) -> tuple[int, int]:
    """Negative and positive rows of a piece."""
    positive = int(frame["label"].sum())
    return len(frame) - positive, positive


def add(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    """Sum of two statistics, place by place."""
    return tuple(a + b for a, b in zip(one, other, strict=True))


def _matrix(batches: Batches, settings: Boost, ref: Any = None) -> Any:
    kind = xgboost.ExtMemQuantileDMatrix if batches.cache_prefix else xgboost.QuantileDMatrix
    return kind(batches, max_bin=settings.max_bin, ref=ref)


def _here(
    train: Pieces,
    later: Pieces | None,
    features: list[str],
    types: list[str],
    settings: Boost,
    parameters: dict[str, Any],
    cache: Path | None,
) -> xgboost.Booster:
    matrix = _matrix(Batches(train, features, types, cache and cache / "train"), settings)
    evals = []
    if later is not None:
        evals = [
            (_matrix(Batches(later, features, types, cache and cache / "later"), settings, matrix), "later")
        ]
    return xgboost.train(
        parameters,
        matrix,
        settings.rounds,
        evals=evals,
        early_stopping_rounds=settings.patience if evals else None,
        verbose_eval=False,
    )


def _on_cluster(
    train: Pieces,
    later: Pieces | None,
    features: list[str],
    types: list[str],
    settings: Boost,
    parameters: dict[str, Any],
) -> xgboost.Booster:
    """Train over the workers that hold the pieces; once again from the start if one is lost on the way."""
    client = train.executor.client  # type: ignore[attr-defined]
    for attempt in (1, 2):
        try:
            return _distributed(client, train, later, features, types, settings, parameters)
        except Exception as error:
            if attempt == 2 or not client.scheduler_info()["workers"]:
                raise RuntimeError(
                    f"training on the cluster failed twice ({error}); see the workers' logs, "
                    "or run with --scheduler threads"
                ) from error
            record("retry", reason=f"training on the cluster was interrupted ({error}); started again")
            client.wait_for_workers(1, timeout=60)
    raise AssertionError("unreachable")


def _distributed(
    client: Any,
    train: Pieces,
    later: Pieces | None,
    features: list[str],
    types: list[str],
    settings: Boost,
    parameters: dict[str, Any],
) -> xgboost.Booster:
    from xgboost import dask as distributed_xgboost

    def matrix(pieces: Pieces, ref: Any = None) -> Any:
        frame = to_dask(pieces)
        return distributed_xgboost.DaskQuantileDMatrix(
            client, frame[features], frame["label"], feature_types=types, max_bin=settings.max_bin, ref=ref
        )

    base = matrix(train)
    result = distributed_xgboost.train(
        client,
        {key: value for key, value in parameters.items() if key != "nthread"},
        base,
        settings.rounds,
        evals=[(matrix(later, base), "later")] if later is not None else [],
        early_stopping_rounds=settings.patience if later is not None else None,
        verbose_eval=False,
    )
    return result["booster"]


def to_dask(pieces: Pieces) -> Any:
    """A Dask frame over the pieces as they lie on the workers; pieces without rows are left out."""
    import dask.dataframe

    client = pieces.executor.client  # type: ignore[attr-defined]
    lengths = client.gather(client.map(len, pieces.items, pure=False))
    held = [item for item, rows in zip(pieces.items, lengths, strict=True) if rows]
    meta = client.submit(_empty, held[0], pure=False).result()
    return dask.dataframe.from_delayed(held, meta=meta, verify_meta=False)


def _empty(frame: Any) -> Any:
    return frame.iloc[:0]


def _best(booster: xgboost.Booster, settings: Boost, watch: bool) -> xgboost.Booster:
    """Cut off the trees after the best iteration, and record why growing stopped."""
    grown = booster.num_boosted_rounds()
    if not watch:
        record("stopped", reason=f"{grown} trees, as set: no later period with both classes to watch")
        return booster
    kept = booster.best_iteration + 1
    why = "the log loss no longer improved" if grown < settings.rounds else "the most allowed"
    record("stopped", reason=f"{grown} trees grown ({why}), the first {kept} kept")
    return booster[:kept]


def predict(booster: xgboost.Booster, frame: Any, features: list[str]) -> Any:
    """Probability of label 1, float32, shape (n,), on the device that holds the frame."""
    if not len(frame):
        return engine_of(frame).xp.zeros(0, dtype="float32")
    return booster.inplace_predict(to_xgboost(frame, features), validate_features=False)
