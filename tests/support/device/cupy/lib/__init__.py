"""``cupy.lib``: strided views."""

from stand_in import lacking

from cupy.lib import stride_tricks

__all__ = ["stride_tricks"]
__getattr__ = lacking("cupy.lib")
