"""Columns of categories: their words on the host, their codes where the column lies."""

import pyarrow as pa

from etl.engine import engine_of
from etl.engine.types import Array, Series
from etl.handoff import from_arrow, to_list


def categories(column: Series) -> list[str]:
    """Values of a category column, in the order of their codes."""
    return to_list(column.cat.categories)


def codes(column: Series) -> Array:
    """Codes of a category column where it lies, -1 where it is missing (cuDF leaves a null there).

    Parameters
    ----------
    column : Series of categories, shape (n,)

    Returns
    -------
    array of a signed integer type, shape (n,)
    """
    return column.cat.codes.fillna(-1).values


def categorical(codes: Array, values: list[str], like: Series) -> Series:
    """A category column from codes.

    Parameters
    ----------
    codes : array of int, shape (n,)
        Places in ``values``; -1 is missing.
    values : list of str
        In alphabetical order, none twice.
    like : Series, shape (n,)
        Gives the index and the engine.

    Returns
    -------
    Series of categories of str, shape (n,)
    """
    engine = engine_of(like)
    if engine.name == "cpu":
        kind = engine.df.CategoricalDtype(values)
        return engine.df.Series(engine.df.Categorical.from_codes(codes, dtype=kind), index=like.index)
    words = from_arrow(pa.table({"word": pa.array([*values, None], pa.string())}), engine)["word"]
    column = words.astype("category").take(engine.xp.where(codes < 0, len(values), codes))
    column.index = like.index
    return column
