"""Where labels of new rows are on an axis that is known."""

import pyarrow as pa

from etl.engine import engine_of
from etl.engine.types import Array
from etl.handoff import from_arrow, from_host
from etl.ids import places
from etl.tables import values
from etl.tensors.axes import Axis


def lookup(keys: pa.Array | pa.ChunkedArray, axis: Axis) -> Array:
    """Places of keys on an axis, -1 where a label is not known.

    A file of new rows may hold text where that of training held whole numbers, as one label is no number; the
    labels that are written alike are the same.

    Parameters
    ----------
    keys : pyarrow array of int64 or string, shape (n,)
        None is null.
    axis : Axis

    Returns
    -------
    int64 array, shape (n,)
    """
    engine = engine_of(axis.keys)
    alike = values.alike(values.flat(keys), whole=getattr(axis.keys.dtype, "kind", "O") in "iu")
    lacking = alike.is_null()
    filled = alike.fill_null(0 if pa.types.is_integer(alike.type) else "")
    found = places(axis.keys, from_arrow(pa.table({"keys": filled}), engine)["keys"])
    if not alike.null_count:
        return found
    gone = from_host(lacking.to_numpy(zero_copy_only=False), engine)
    return engine.xp.where(gone, -1, found)
