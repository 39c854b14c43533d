"""``cupy.linalg`` by NumPy's."""

import numpy as np
from stand_in import lacking

from cupy._functions import function

norm, svd, eigh, pinv, qr, solve, inv = (
    function("cupy.linalg", name, getattr(np.linalg, name))
    for name in ("norm", "svd", "eigh", "pinv", "qr", "solve", "inv")
)
__getattr__ = lacking("cupy.linalg")
