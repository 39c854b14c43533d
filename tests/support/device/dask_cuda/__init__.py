"""A stand-in for dask-cuda: its parameters, and a local cluster of processes."""

from distributed import LocalCluster
from stand_in import bind

_OWN = ("rmm_async", "enable_cudf_spill", "protocol", "pre_import", "CUDA_VISIBLE_DEVICES", "rmm_pool_size")


class LocalCUDACluster(LocalCluster):
    """One process a pretended GPU."""

    def __init__(self, *args, **kwargs):
        bind("dask_cuda.LocalCUDACluster", args, kwargs)
        kept = {name: value for name, value in kwargs.items() if name not in _OWN}
        super().__init__(*args, threads_per_worker=1, **kept)
