"""The checks, in the order in which they are worth their seconds; none of their modules is imported here."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Facts = dict[str, Any]
Items = dict[str, Callable[[], Facts | None]]
"""What a check looks at, one after the other; an item fails by raising, and may tell facts."""


@dataclass(frozen=True)
class Setting:
    """Where the items of a check run.

    Attributes
    ----------
    dry : bool
        The CPU stands for the device, and what takes long is small.
    out : Path
        A directory for what an item leaves.
    """

    dry: bool
    out: Path

    @property
    def device(self) -> Literal["cpu", "gpu"]:
        """As ``--device`` spells it."""
        return "cpu" if self.dry else "gpu"

    @property
    def cuda(self) -> str:
        """As PyTorch spells it."""
        return "cpu" if self.dry else "cuda"


@dataclass(frozen=True)
class Check:
    """One child process.

    Attributes
    ----------
    name : str
    seconds : int
        Its limit.
    needs : tuple of str
        Modules without which it is skipped; the device's own are not needed in a dry run.
    function : str
        Module and function, called with a `Setting`, that gives `Items`.
    stories : tuple of str
        Stories whose part it is: ``auto`` takes a GPU for a story if all its checks have passed.
    """

    name: str
    seconds: int
    needs: tuple[str, ...]
    function: str
    stories: tuple[str, ...] = ()


_HERE = "benchmarks.device_check"
_FRAMES = ("engine", "mortgage", "clusters", "crowd", "topics", "graph", "partial", "factors", "trinity")
_RAPIDS = ("cupy", "cudf", "cuml")

CHECKS = (
    Check("environment", 20, (), f"{_HERE}.environment:items"),
    Check("signsgd kernels", 60, ("torch", "triton"), f"{_HERE}.kernels:words", ("signsgd",)),
    Check("transports", 40, ("torch", "triton"), f"{_HERE}.kernels:transports", ("signsgd",)),
    Check(
        "arrays",
        40,
        ("cupy",),
        f"{_HERE}.arrays:items",
        (*_FRAMES, "ner", "signsgd", "compress", "forecast", "video", "rendering", "programs"),
    ),
    Check("loads", 60, _RAPIDS, f"{_HERE}.environment:loads", _FRAMES),
    Check("frames", 60, ("cupy", "cudf"), f"{_HERE}.frames:items", _FRAMES),
    Check("selfcheck", 60, ("cupy", "cudf"), f"{_HERE}.suites:selfcheck", ("engine",)),
    Check("boosting", 60, ("cudf", "xgboost"), f"{_HERE}.boosting:items", ("mortgage",)),
    Check("mortgage", 60, _RAPIDS, f"{_HERE}.stories:mortgage", ("mortgage",)),
    Check("clusters", 40, _RAPIDS, f"{_HERE}.stories:clusters", ("clusters",)),
    Check("crowd", 60, _RAPIDS, f"{_HERE}.stories:crowd", ("crowd",)),
    Check("topics", 60, _RAPIDS, f"{_HERE}.stories:topics", ("topics",)),
    Check("partial", 60, (*_RAPIDS, "torch"), f"{_HERE}.stories:partial", ("partial",)),
    Check("ner", 60, ("cupy", "cudf", "torch"), f"{_HERE}.stories:ner", ("ner",)),
    Check("signsgd", 60, ("cupy", "cudf", "torch", "triton"), f"{_HERE}.stories:signsgd", ("signsgd",)),
    Check("graph", 40, (*_RAPIDS, "nx_cugraph"), f"{_HERE}.stories:graph", ("graph",)),
    Check("factors", 60, _RAPIDS, f"{_HERE}.stories:factors", ("factors",)),
    Check("compress", 60, ("cupy", "cudf", "torch"), f"{_HERE}.stories:compress", ("compress",)),
    Check("video", 60, ("cupy", "cudf", "torch"), f"{_HERE}.stories:video", ("video",)),
    Check("rendering", 60, ("cupy", "cudf", "torch"), f"{_HERE}.stories:rendering", ("rendering",)),
    Check("equations", 60, ("cupy", "torch"), f"{_HERE}.programs:items", ("programs",)),
    Check("programs", 60, ("cupy", "cudf", "torch"), f"{_HERE}.stories:programs", ("programs",)),
    Check("forecast kernels", 60, ("cupy", "torch", "triton"), f"{_HERE}.kernels:forecasts", ("forecast",)),
    Check("recurrences", 40, ("torch",), f"{_HERE}.recurrences:items", ("forecast",)),
    Check("forecast", 60, ("cupy", "cudf", "torch", "triton"), f"{_HERE}.stories:forecast", ("forecast",)),
    Check("trinity", 60, (*_RAPIDS, "torch", "xgboost"), f"{_HERE}.stories:trinity", ("trinity",)),
    Check("tests", 120, ("cupy", "cudf", "pytest"), f"{_HERE}.suites:tests"),
    Check("dask", 60, (*_RAPIDS, "dask_cuda"), f"{_HERE}.stories:dask"),
    Check("timings", 120, _RAPIDS, f"{_HERE}.timings:items"),
)


def named(name: str) -> Check:
    """The check of a name."""
    (found,) = [check for check in CHECKS if check.name == name]
    return found
