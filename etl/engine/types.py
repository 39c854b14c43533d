"""Names for what either engine holds: NumPy's or CuPy's arrays, pandas' or cuDF's frames, PyTorch's tensors.

Their own types would describe one engine only, so to a type checker each is ``Any``; a reader is told what
to pass.
"""

from typing import Any, TypeAlias

Array: TypeAlias = Any
"""`numpy.ndarray` or `cupy.ndarray`."""
Csr: TypeAlias = Any
"""`scipy.sparse.csr_matrix` or `cupyx.scipy.sparse.csr_matrix`."""
Frame: TypeAlias = Any
"""`pandas.DataFrame` or `cudf.DataFrame`."""
Series: TypeAlias = Any
"""`pandas.Series` or `cudf.Series`."""
Index: TypeAlias = Any
"""`pandas.Index` or `cudf.Index`."""
Tensor: TypeAlias = Any
"""`torch.Tensor`, on the CPU or a GPU."""
TorchDevice: TypeAlias = Any
"""`torch.device`, or its name."""
Module: TypeAlias = Any
"""`torch.nn.Module`."""
ProcessGroup: TypeAlias = Any
"""`torch.distributed.ProcessGroup`."""
Estimator: TypeAlias = Any
"""What has scikit-learn's ``fit`` and ``predict``, of either engine's library."""
ArrayModule: TypeAlias = Any
"""`numpy` or `cupy`."""
Namespace: TypeAlias = Any
"""A module whose functions are called by name, such as `pandas` or `cudf`."""
