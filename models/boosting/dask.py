"""Boosted trees over the workers of a Dask cluster, which keep the pieces they made."""

from typing import TYPE_CHECKING, Any

from etl.pieces import Pieces
from etl.records import Retry, record

if TYPE_CHECKING:
    import xgboost

PATIENCE = 300
"""Seconds that workers wait for one that says nothing, before it counts as lost."""


def train(
    pieces: tuple[Pieces, Pieces | None],
    reading: Any,
    parameters: dict[str, Any],
    rounds: dict[str, Any],
) -> "xgboost.Booster":
    """Train over the workers; once again from the start if one of them is lost on the way.

    The pieces that a lost worker held are made again from their files by those that are left.

    Raises
    ------
    RuntimeError
        It failed twice.
    """
    client = pieces[0].executor.client  # type: ignore[attr-defined]
    try:
        return _attempt(client, pieces, reading, parameters, rounds)
    except Exception as first:
        record(Retry(reason=f"training on the cluster was interrupted ({first}); started again"))
    try:
        _free(client)
        return _attempt(client, pieces, reading, parameters, rounds)
    except Exception as error:
        raise RuntimeError(
            f"training on the cluster failed twice ({error}); look into the workers' logs, "
            "or run with --scheduler threads"
        ) from error


def _free(client: Any) -> None:
    """Restart the workers: one may stand in XGBoost for ever, waiting for the lost one to call."""
    client.wait_for_workers(1, timeout=60)
    nannies = client.scheduler_info(n_workers=-1)["workers"]
    client.restart_workers([name for name, about in nannies.items() if about["nanny"]], timeout=60)


def _attempt(
    client: Any,
    pieces: tuple[Pieces, Pieces | None],
    reading: Any,
    parameters: dict[str, Any],
    rounds: dict[str, Any],
) -> "xgboost.Booster":
    from xgboost import dask as distributed
    from xgboost.collective import Config

    def matrix(part: Pieces, ref: Any = None) -> Any:
        frame = to_dask(part)
        return distributed.DaskQuantileDMatrix(
            client,
            frame[reading.features],
            frame[reading.label],
            feature_types=reading.types,
            max_bin=reading.max_bin,
            ref=ref,
        )

    base = matrix(pieces[0])
    evals = [(matrix(pieces[1], base), "later")] if pieces[1] is not None else []
    own = {name: value for name, value in parameters.items() if name != "nthread"}
    waits = Config(timeout=PATIENCE, tracker_timeout=PATIENCE)
    found = distributed.train(client, own, base, evals=evals, verbose_eval=False, coll_cfg=waits, **rounds)
    return found["booster"]


def to_dask(pieces: Pieces) -> Any:
    """Build a Dask frame over the pieces as they lie on the workers; pieces without rows are left out."""
    import dask.dataframe

    client = pieces.executor.client  # type: ignore[attr-defined]
    lengths = client.gather(client.map(len, pieces.items, pure=False))
    held = [item for item, rows in zip(pieces.items, lengths, strict=True) if rows]
    meta = client.submit(_empty, held[0], pure=False).result()
    return dask.dataframe.from_delayed(held, meta=meta, verify_meta=False)


def _empty(frame: Any) -> Any:
    return frame.iloc[:0]
