"""The driver, its devices, the engine that ``--device auto`` takes, and which stories have run on a GPU."""

from collections.abc import Iterable, Iterator

from etl.engine import Engine, choose, devices
from etl.engine.device_runs import ENGINE, DeviceRun, device_runs
from etl.machine import show
from pipelines import stories
from pipelines.doctor.checks import Finding, remedy
from pipelines.doctor.traps import Gpu, gpus


def look_at_device(driver: str | None, story: str = "mortgage") -> tuple[Engine, list[Gpu], list[Finding]]:
    """Driver, devices, and the engine that would be chosen for a story."""
    first = f"NVIDIA driver {driver}" if driver else "no NVIDIA driver"
    findings = [Finding("device", first, "ok" if driver else "absent", gpu=True)]
    try:
        usable, engine = devices()[0], choose("auto", story)
    except Exception as error:
        # A broken GPU library may raise anything at import, and the CPU path still works.
        broken = f"the GPU libraries do not load: {type(error).__name__}: {error}"
        findings.append(Finding("device", broken, "error", remedy("cudf-cu13==26.10.*"), gpu=True))
        usable, engine = 0, choose("cpu")
    found = list(_devices(Engine("gpu", "to be described"))) if usable else gpus()
    for one in found:
        capability = ".".join(map(str, one.capability))
        text = f"{one.name}, compute capability {capability}, {show(one.memory)}"
        findings.append(Finding("device", text, gpu=True))
    unused = "pip install -e '.[gpu]'" if found and not usable else ""
    findings.append(Finding("device", f"engine for {story}: {engine.name}, {engine.reason}", "ok", unused))
    return engine, found, findings


def _devices(engine: Engine) -> Iterator[Gpu]:
    runtime = engine.xp.cuda.runtime
    for place in range(runtime.getDeviceCount()):
        facts = runtime.getDeviceProperties(place)
        yield Gpu(facts["name"].decode(), (facts["major"], facts["minor"]), facts["totalGlobalMem"])


def look_at_runs(runs: Iterable[DeviceRun] | None = None) -> list[Finding]:
    """Which stories have run on which GPU; ``auto`` takes one for those that passed, and failed on none.

    Parameters
    ----------
    runs : iterable of DeviceRun, optional
        Those on record, by default.
    """
    known = list(device_runs() if runs is None else runs)
    findings = []
    for story in (ENGINE, *(name for name in stories() if name != "doctor")):
        own = [run for run in known if run.story == story]
        findings += [_run(run) for run in own]
        if not own:
            cure = "auto takes the CPU; pass --device gpu to try it"
            findings.append(Finding("device runs", f"{story} has not run on a GPU", "absent", cure, gpu=True))
    return findings


def _run(run: DeviceRun) -> Finding:
    if run.passed:
        return Finding("device runs", run.told(), gpu=True)
    cure = f"auto takes the CPU for {run.story}; pass --device gpu to try it again"
    return Finding("device runs", run.told(), "warning", cure, gpu=True)
