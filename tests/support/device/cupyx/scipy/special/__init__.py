"""``cupyx.scipy.special``: functions of the real one, computed by SciPy."""

import cupy
import scipy.special as host
from cupy._functions import ufunc
from stand_in import lacking

digamma, entr, gamma, gammaln, xlogy, zeta = (
    ufunc(getattr(host, name)) for name in ("digamma", "entr", "gamma", "gammaln", "xlogy", "zeta")
)


def polygamma(n, x):
    """As the real one is written: an order that is a number of Python stays one, which ``where`` refuses."""
    return cupy.where(n == 0, digamma(x), (-1.0) ** (n + 1) * gamma(n + 1.0) * zeta(n + 1.0, x))


__getattr__ = lacking("cupyx.scipy.special")
