"""Does it run here, and does the data fit? Looks at machine, device, libraries, known traps and data.

``python -m pipelines.doctor --data data/mortgage``
"""

import json
import platform
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etl.machine import Limit, cores, device_memory, memory_limit, show
from pipelines.doctor.checks import Finding, State, check_libraries, installed
from pipelines.doctor.config import Config
from pipelines.doctor.device import look_at_device, look_at_runs
from pipelines.doctor.traps import check_traps, driver_version

if TYPE_CHECKING:
    from etl.mortgage.plan import Plan

SPOOLED_COPIES = 2
"""Features are spilled once as they are made, and once more when they are split."""
_ABSENT = {
    "libraries": "optional and not installed",
    "device runs": "not run on a GPU yet; auto takes the CPU for them, and --device gpu tries it",
}
_MARKS: dict[State, str] = {"ok": "ok", "absent": "-", "warning": "WARNING", "error": "ERROR"}


@dataclass(frozen=True)
class Diagnosis:
    """All findings, and the plan for the data where there is one."""

    findings: list[Finding]
    plan: "Plan | None" = None

    @property
    def code(self) -> int:
        """0 if the CPU path works, else 1."""
        return int(any(found.state == "error" and not found.gpu for found in self.findings))


def diagnose(config: Config) -> Diagnosis:
    """Look at everything that ``config`` asks for."""
    versions, driver = installed(), driver_version()
    engine, devices, findings = look_at_device(driver)
    limit, about_machine = look_at_machine(config.memory)
    findings = [*about_machine, *findings, *look_at_runs(), *check_libraries(versions)]
    findings += check_traps(versions, driver=driver, gpus=devices)
    if config.data is None:
        return Diagnosis(findings)
    workers = config.workers or cores()
    if engine.name == "gpu":
        limit = min(limit, device_memory(engine), key=lambda one: one.bytes)
        workers = config.workers or len(devices)
    plan, about_data = look_at_data(config.data, limit, workers)
    return Diagnosis([*findings, *about_data], plan)


def look_at_machine(memory: str = "") -> tuple[Limit, list[Finding]]:
    """Python, cores, memory with the limit that binds it, free disk."""
    python = platform.python_version_tuple()
    supported = (int(python[0]), int(python[1])) >= (3, 11)
    where = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    findings = [
        Finding(
            "machine", where, "ok" if supported else "error", "" if supported else "install Python >= 3.11"
        ),
        Finding("machine", f"cores: {cores()} usable"),
    ]
    try:
        limit = memory_limit(memory)
    except ValueError as error:
        findings.append(_failure("machine", error))
        limit = memory_limit()
    findings.append(Finding("machine", f"memory: {show(limit.bytes)} may be used: {limit.reason}"))
    free = shutil.disk_usage(Path.cwd()).free
    findings.append(Finding("machine", f"disk: {show(free)} free at {Path.cwd()}"))
    return limit, findings


def look_at_data(data: Path, limit: Limit, workers: int) -> "tuple[Plan | None, list[Finding]]":
    """Whether the loan files at ``data`` fit, and how they will be cut."""
    try:
        from etl.mortgage.files import find
        from etl.mortgage.plan import divide, loan_files
        from etl.tables.parts import PACKED

        months, held = loan_files(find(data))
        rows, total = sum(one.rows for one in months), sum(one.bytes for one in months)
        least = min(one.bytes / one.rows for one in months)
        pairs = [(one.part.path, one.bytes) for one in months]
        plan = divide(pairs, rows, least, limit=limit, workers=workers, held=held)
    except (OSError, ValueError, MemoryError, ImportError) as error:
        return None, [_failure("data", error)]
    packed = sum(one.bytes for one in months if one.part.path.suffix.lower() in PACKED)
    about = f"files: {len(months)}, about {rows:,} rows of {total / rows:.0f} bytes, {show(total)}"
    peak = f"expected peak: {show(plan.peak_bytes)} beside the libraries"
    findings = [Finding("data", text) for text in (about, *plan.reasons, peak)]
    return plan, [*findings, _disk(packed + (0 if plan.in_memory else SPOOLED_COPIES * plan.feature_bytes))]


def _disk(needed: int) -> Finding:
    free = shutil.disk_usage(Path.cwd()).free
    text = f"disk: {show(needed)} of {show(free)} are needed to unpack and spill"
    enough = needed <= free
    return Finding("data", text, "ok" if enough else "warning", "" if enough else "run where more is free")


def _failure(section: str, error: Exception) -> Finding:
    """Give the finding of an error whose message is cause; remedy."""
    cause, _, cure = str(error).rpartition("; ")
    return Finding(section, cause or cure, "error", cure if cause else "")


def as_text(diagnosis: Diagnosis) -> str:
    """Write findings by section, a remedy under each that has one, and the verdict."""
    lines: list[str] = []
    for section in dict.fromkeys(found.section for found in diagnosis.findings):
        here = [found for found in diagnosis.findings if found.section == section]
        absent = [found for found in here if found.state == "absent" and found.remedy]
        lines.append(section)
        for found in here:
            if found not in absent:
                lines.append(f"  {_MARKS[found.state]:8}{found.what}")
                lines += [f"  {'':8}-> {found.remedy}"] * bool(found.remedy)
        if absent:
            names = ", ".join(found.what.split()[0] for found in absent)
            lines.append(f"  {_MARKS['absent']:8}{_ABSENT[section]}: {names}")
    failed = [found.what for found in diagnosis.findings if found.state == "error" and not found.gpu]
    lines.append("The CPU path works." if not failed else "It will not run: " + "; ".join(failed))
    return "\n".join(lines)


def as_json(diagnosis: Diagnosis) -> str:
    """Give findings, plan and exit code as JSON."""
    fields: dict[str, Any] = {**asdict(diagnosis), "code": diagnosis.code}
    return json.dumps(fields, indent=2)


def main(config: Config) -> int:
    """Print the diagnosis; returns 0 if the CPU path works, else 1."""
    diagnosis = diagnose(config)
    print(as_json(diagnosis) if config.json else as_text(diagnosis))
    return diagnosis.code
