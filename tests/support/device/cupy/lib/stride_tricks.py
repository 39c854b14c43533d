"""``cupy.lib.stride_tricks`` by NumPy's."""

import numpy as np
from stand_in import lacking

from cupy._functions import function

as_strided = function("cupy.lib.stride_tricks", "as_strided", np.lib.stride_tricks.as_strided)
__getattr__ = lacking("cupy.lib.stride_tricks")
