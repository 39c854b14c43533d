"""Boosted trees over the workers of a Dask cluster, which keep the pieces they made."""

from typing import TYPE_CHECKING, Any

from etl.engine.types import Frame
from etl.executors import fetched
from etl.pieces import Pieces
from etl.records import Retry, record
from models.boosting.reading import Reading

if TYPE_CHECKING:
    import dask.dataframe
    import xgboost
    from distributed import Client

PATIENCE = 300
"""Seconds that workers wait for one that says nothing, before it counts as lost."""


def train(
    pieces: tuple[Pieces, Pieces | None],
    reading: Reading,
    parameters: dict[str, Any],
    rounds: dict[str, Any],
) -> "xgboost.Booster":
    """Train over the workers; once again from the start if one of them is lost on the way.

    The pieces that a lost worker held are made again from their files by those that are left.

    Parameters
    ----------
    pieces : tuple of Pieces and Pieces or None
        Rows to train on, and those to watch the loss of; both of the executor `etl.executors.Dask`.
    reading : Reading
        How a piece is handed over.
    parameters : dict
        Of the booster; threads are as many as a worker has.
    rounds : dict
        ``num_boost_round`` and ``early_stopping_rounds``, or others of `xgboost.train`.

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


def _free(client: "Client") -> None:
    """Restart the workers: one may stand in XGBoost for ever, waiting for the lost one to call."""
    client.wait_for_workers(1, timeout=60)
    nannies = client.scheduler_info(n_workers=-1)["workers"]
    client.restart_workers([name for name, about in nannies.items() if about["nanny"]], timeout=60)


def _attempt(
    client: "Client",
    pieces: tuple[Pieces, Pieces | None],
    reading: Reading,
    parameters: dict[str, Any],
    rounds: dict[str, Any],
) -> "xgboost.Booster":
    from xgboost import dask as distributed
    from xgboost.collective import Config

    def matrix(
        part: Pieces, ref: "distributed.DaskQuantileDMatrix | None" = None
    ) -> "distributed.DaskQuantileDMatrix":
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
    parameters = {name: value for name, value in parameters.items() if name != "nthread"}
    timeouts = Config(timeout=PATIENCE, tracker_timeout=PATIENCE)
    result = distributed.train(
        client, parameters, base, evals=evals, verbose_eval=False, coll_cfg=timeouts, **rounds
    )
    return result["booster"]


def to_dask(pieces: Pieces) -> "dask.dataframe.DataFrame":
    """Build a Dask frame over the pieces as they lie on the workers; pieces without rows are left out."""
    import dask.dataframe

    client = pieces.executor.client  # type: ignore[attr-defined]
    lengths = client.submit(list, client.map(len, pieces.items, pure=False), pure=False)
    held = [item for item, rows in zip(pieces.items, fetched(client, lengths), strict=True) if rows]
    meta = client.submit(_empty, held[0], pure=False)
    return dask.dataframe.from_delayed(held, meta=fetched(client, meta), verify_meta=False)


def _empty(frame: Frame) -> Frame:
    return frame.iloc[:0]
