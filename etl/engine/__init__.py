"""The hardware table: which libraries hold the data, chosen once with a reason, then read off the data.

Creation asks `choose`; every later computation asks `engine_of` about the object it was given. No other
module of the project imports a GPU library.
"""

import functools
import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

from etl.engine import device_runs, learners
from etl.engine.types import ArrayModule, Estimator

Device = Literal["auto", "cpu", "gpu"]


@dataclass(frozen=True)
class Libraries:
    """Names of the libraries of one kind of device."""

    df: str
    xp: str
    sparse: str
    special: str
    ml: str
    cluster: str


TABLE = {
    "cpu": Libraries(
        "pandas", "numpy", "scipy.sparse", "scipy.special", "sklearn", "distributed.LocalCluster"
    ),
    "gpu": Libraries(
        "cudf", "cupy", "cupyx.scipy.sparse", "cupyx.scipy.special", "cuml", "dask_cuda.LocalCUDACluster"
    ),
}

_GPU_PACKAGES = {"cudf", "cupy", "cupyx", "cuml", "dask_cudf"}


@dataclass(frozen=True)
class Engine:
    """One row of the hardware table and why it was taken.

    Attributes
    ----------
    name : {"cpu", "gpu"}
    reason : str
        Why this row, printed and recorded by every run.
    """

    name: str
    reason: str

    @property
    def df(self) -> ModuleType:
        """pandas or cuDF."""
        return importlib.import_module(TABLE[self.name].df)

    @property
    def xp(self) -> ModuleType:
        """NumPy or CuPy."""
        return importlib.import_module(TABLE[self.name].xp)

    @property
    def sparse(self) -> ModuleType:
        """``scipy.sparse`` or its CuPy twin."""
        return importlib.import_module(TABLE[self.name].sparse)

    @property
    def special(self) -> ModuleType:
        """``scipy.special`` or its CuPy twin."""
        return importlib.import_module(TABLE[self.name].special)

    @property
    def ml(self) -> ModuleType:
        """scikit-learn or cuML."""
        return importlib.import_module(TABLE[self.name].ml)

    @property
    def cluster(self) -> type:
        """The local Dask cluster class."""
        module, name = TABLE[self.name].cluster.rsplit(".", 1)
        return getattr(importlib.import_module(module), name)

    def learner(self, path: str) -> Callable[..., Estimator]:
        """Builds a scikit-learn estimator, or its cuML twin, from parameters that both take.

        Parameters
        ----------
        path : str
            As ``ensemble.RandomForestClassifier``; `etl.engine.learners.TABLE` has all, and where the two
            differ.

        Raises
        ------
        ValueError, TypeError
            There is no such learner; or, when it is built, a parameter is of one library only.

        Examples
        --------
        >>> choose("cpu").learner("cluster.KMeans")(n_clusters=3, random_state=0)
        KMeans(n_clusters=3, random_state=0)
        """
        twin = learners.twin(path)
        name, spelled = (twin.cuml, twin.translated) if self.name == "gpu" else (twin.path, twin.checked)
        module, _, kind = name.rpartition(".")
        found = getattr(importlib.import_module(f"{TABLE[self.name].ml}.{module}"), kind)
        return lambda **parameters: found(**spelled(parameters))


def choose(device: Device = "auto", story: str = device_runs.ENGINE) -> Engine:
    """Choose the engine for new data.

    Parameters
    ----------
    device : {"auto", "cpu", "gpu"}
        ``auto`` takes the GPU where a device answers, cuDF is installed, and the story has passed its checks
        on a GPU before; else the CPU.
    story : str
        What will be done with the data, as ``mortgage``; see `etl.engine.device_runs`.

    Raises
    ------
    RuntimeError
        ``gpu`` was asked for and there is none; the message says what is missing.

    Examples
    --------
    >>> choose("cpu").name
    'cpu'
    """
    if device == "cpu":
        return Engine("cpu", "the CPU was asked for")
    if device not in ("auto", "gpu"):
        raise ValueError(f"device is {device!r}; it must be one of auto, cpu, gpu")
    count, why = devices()
    if device == "gpu" and not count:
        raise RuntimeError(
            f"A GPU was asked for, and there is none to use: {why}. "
            "Run `python -m pipelines.doctor` for remedies, or pass --device cpu."
        )
    if not count:
        return Engine("cpu", f"no GPU to use: {why}")
    may, because = device_runs.may_run(story, device_runs.device_runs())
    if device == "auto" and not may:
        return Engine("cpu", f"{why}, but {because}; --device gpu tries it")
    _use_pool()
    return Engine("gpu", f"{why}; {because if device == 'auto' else 'asked for: gpu'}")


@functools.cache
def _use_pool() -> None:
    """Take device memory from CUDA's own pool, once a process, before anything is allocated.

    RMM's first resource is ``cudaMalloc``, which waits for the device at each temporary. Importing cuDF
    makes CuPy allocate by RMM too.
    """
    rmm = importlib.import_module("rmm")
    rmm.mr.set_current_device_resource(rmm.mr.CudaAsyncMemoryResource())
    importlib.import_module("cudf")


def devices() -> tuple[int, str]:
    """Count usable CUDA devices: a device answers, and cuDF is there. Importing RAPIDS proves neither."""
    missing = [name for name in ("cupy", "cudf") if importlib.util.find_spec(name) is None]
    if missing:
        return 0, f"{' and '.join(missing)} not installed"
    cuda = importlib.import_module("cupy").cuda
    if not cuda.is_available():
        return 0, "RAPIDS is installed, but no CUDA driver or device answers"
    count = int(cuda.runtime.getDeviceCount())
    return count, f"{count} CUDA device{'s' if count != 1 else ''} found"


def array_namespace(data: Any) -> ArrayModule:
    """The module whose functions work on ``data`` where it lies: `numpy` or `cupy`.

    Raises
    ------
    TypeError
        See `engine_of`.

    Examples
    --------
    >>> import pandas
    >>> array_namespace(pandas.Series([1])).__name__
    'numpy'
    """
    return engine_of(data).xp


def engine_of(data: Any) -> Engine:
    """Engine of the library that holds ``data``: a frame, series, array, tensor, or a list of them.

    Raises
    ------
    TypeError
        The object belongs to no library of the table.

    Examples
    --------
    >>> import numpy
    >>> engine_of(numpy.zeros(3)).xp.__name__
    'numpy'
    """
    if isinstance(data, list | tuple) and data:
        return engine_of(data[0])
    package = type(data).__module__.partition(".")[0]
    if package in _GPU_PACKAGES or (package == "torch" and data.is_cuda):
        return Engine("gpu", f"the data is a {package} object on the device")
    if package in {"pandas", "numpy", "scipy", "pyarrow", "torch"}:
        return Engine("cpu", f"the data is a {package} object in host memory")
    raise TypeError(
        f"{type(data).__module__}.{type(data).__name__} belongs to no engine; "
        "pass a pandas or cuDF frame, a NumPy or CuPy array, or a torch tensor"
    )
