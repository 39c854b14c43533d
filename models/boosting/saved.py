"""Trees from a file of XGBoost's own format, to be used where the data lie."""

from pathlib import Path

import xgboost

from etl.engine import Engine
from etl.files import kept


def read_booster(path: Path, engine: Engine) -> xgboost.Booster:
    """Read trees, in UBJSON or JSON by the ending.

    Parameters
    ----------
    path : Path
    engine : Engine
        That holds the rows they will be asked about.

    Raises
    ------
    EOFError
        The file is missing, or holds no trees.
    """
    try:
        booster = xgboost.Booster(model_file=kept(path))
    except xgboost.core.XGBoostError as error:  # a ValueError of many lines
        raise EOFError(f"{path.name} holds no trees: {str(error).splitlines()[0]}") from error
    booster.set_param({"device": "cuda" if engine.name == "gpu" else "cpu"})
    return booster
