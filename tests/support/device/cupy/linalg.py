"""``cupy.linalg`` by NumPy's."""

import numpy as np
from stand_in import lacking

from cupy._functions import function

for _name in ("norm", "svd", "eigh", "pinv", "qr", "solve", "inv", "cholesky", "eigvalsh"):
    globals()[_name] = function("cupy.linalg", _name, getattr(np.linalg, _name))
LinAlgError = np.linalg.LinAlgError
__getattr__ = lacking("cupy.linalg")
