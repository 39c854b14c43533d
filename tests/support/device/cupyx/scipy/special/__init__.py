"""``cupyx.scipy.special``: functions of the real one, computed by SciPy."""

import cupy
import scipy.special
from cupy._functions import ufunc
from stand_in import lacking

for _name in ("digamma", "entr", "gamma", "gammaln", "xlogy", "zeta", "expit"):
    globals()[_name] = ufunc("cupyx.scipy.special", getattr(scipy.special, _name))


def polygamma(n, x):
    """As written in the real one: an order that is a number of Python stays one, which ``where`` refuses."""
    if not isinstance(n, cupy.ndarray):
        cupy.where(n == 0, x, x)
    return cupy.where(n == 0, digamma(x), (-1.0) ** (n + 1) * gamma(n + 1.0) * zeta(n + 1.0, x))  # noqa: F821


__getattr__ = lacking("cupyx.scipy.special")
