"""Runs systems on the same work, each in a process of its own, in turns; and writes what they cost.

A system, such as ``crowd.ours``, is the module ``benchmarks.crowd.peers.ours`` with
``run(data, threads, **options)``, which does the work and returns its result, and ``digest(result)``, by
which results are compared. Only ``run`` is timed; a ``load(data)``, if any, reads the input before.
"""

import importlib
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etl import files
from pipelines import provenance

Sample = dict[str, Any]


def run_part(parts: Mapping[str, str], config: object) -> list[Sample]:
    """Run the one part of a benchmark that its configuration asks for; returns what the part does.

    A part is a module with ``main(config) -> list[dict]`` that measures, prints and writes to ``config.out``.
    To add one to a benchmark, write the module, a field of the configuration that asks for it, and its place
    in the benchmark's ``PARTS``.

    Parameters
    ----------
    parts : mapping of str to str
        Modules, by the field of `config` that asks for each.
    config : object
        Whole configuration, which the part is given.

    Raises
    ------
    ValueError
        No part, or more than one, is asked for.
    """
    asked = [name for name in parts if getattr(config, name)]
    if len(asked) != 1:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in parts)
        raise ValueError(f"ask for one part, not for {len(asked)}: {options}")
    return importlib.import_module(parts[asked[0]]).main(config)


def child(system: str, request: dict[str, Any]) -> Sample:
    """Do the work once, in this process, and tell its cost; peak memory is that of the whole process."""
    module = importlib.import_module(module_of(system))
    if hasattr(module, "load"):
        request = request | {"data": module.load(request["data"])}
    loaded = provenance.peak_mb()
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    result = module.run(**request)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    costs = {"cpu_s": cpu, "wall_s": wall, "loaded_mb": loaded, "peak_mb": provenance.peak_mb()}
    return costs | {"digest": module.digest(result)}


def module_of(system: str) -> str:
    """Module of a system.

    Examples
    --------
    >>> module_of("crowd.ours")
    'benchmarks.crowd.peers.ours'
    """
    comparison, peer = system.split(".")
    return f"benchmarks.{comparison}.peers.{peer}"


def measure(system: str, request: dict[str, Any], python: Path | None = None) -> Sample:
    """Run `child` in a new process whose thread pools are as large as the request says.

    Parameters
    ----------
    python : Path, optional
        Another interpreter, which has what this one lacks.

    Raises
    ------
    RuntimeError
        The process failed; its last lines are shown.
    """
    threads = str(request["threads"])
    pools = dict.fromkeys(("OMP_NUM_THREADS", "POLARS_MAX_THREADS", "OPENBLAS_NUM_THREADS"), threads)
    done = subprocess.run(
        [str(python or sys.executable), "-m", "benchmarks.harness", system, json.dumps(request)],
        capture_output=True,
        text=True,
        env=os.environ | pools,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{system} failed on {request}:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


@dataclass(frozen=True)
class Contender:
    """Who takes part in a comparison.

    Attributes
    ----------
    system : str
        See `module_of`.
    request : dict
        Keywords of its ``run``.
    python : Path, optional
        Another interpreter; see `measure`.
    """

    system: str
    request: dict[str, Any]
    python: Path | None = None


def take_turns(
    contenders: Mapping[str, Contender], repeat: int, *, tolerance: float = 1e-5, compare: bool = True
) -> dict[str, list[Sample]]:
    """Measure contenders in turns, and compare their results after the first turn.

    Parameters
    ----------
    contenders : mapping of str to Contender
        By the names that messages use.
    repeat : int
        Turns.
    tolerance : float
        See `agree`.
    compare : bool
        False where results are compared by quality, and not by being equal.

    Raises
    ------
    ValueError
        Two of them disagree about the result; nothing is timed then.
    """
    samples: dict[str, list[Sample]] = {name: [] for name in contenders}
    for turn in range(repeat):
        for name, each in contenders.items():
            samples[name].append(measure(each.system, each.request, each.python))
        if compare and not turn:
            agree({name: own[0]["digest"] for name, own in samples.items()}, tolerance)
    return samples


def alternate(systems: Iterable[str], request: dict[str, Any], repeat: int) -> dict[str, list[Sample]]:
    """Measure systems on the same request in turns; see `take_turns`.

    Parameters
    ----------
    systems : iterable of str
    request : dict
    repeat : int
    """
    return take_turns({system: Contender(system, request) for system in systems}, repeat)


def agree(digests: dict[str, dict[str, Any]], tolerance: float = 1e-5) -> None:
    """Compare what each system found with what the first one did.

    Parameters
    ----------
    digests : dict of dict
        Of each system.
    tolerance : float
        Relative, of numbers.

    Raises
    ------
    ValueError
        Names the two systems, the place of the first difference, and both values.
    """
    (first, expected), *others = digests.items()
    for system, found in others:
        for key in expected.keys() | found.keys():
            right, value = expected.get(key), found.get(key)
            if right == value:
                continue
            numbers = isinstance(right, int | float) and isinstance(value, int | float)
            if not numbers or not math.isclose(right, value, rel_tol=tolerance):  # type: ignore[arg-type]
                raise ValueError(f"{first} and {system} disagree about {key}: {right} and {value}")


def remembered(scratch: Path | None, name: str, make: Callable[[], Sample]) -> Sample:
    """A row that takes minutes, from the folder where it is kept, or made and put there.

    Parameters
    ----------
    scratch : Path, optional
        None keeps nothing.
    name : str
        Of the row; all that it depends on.
    make : callable
    """
    if scratch is None:
        return make()
    place = scratch / f"{name}.json"
    if place.exists():
        return dict(json.loads(place.read_text()))
    row = make()
    files.write(place, json.dumps(row).encode())
    return row


def medians(samples: list[Sample]) -> dict[str, float]:
    """Medians of the costs."""
    return {name: statistics.median(s[name] for s in samples) for name in ("cpu_s", "wall_s", "peak_mb")}


def write(path: Path, results: list[Sample], ratios: list[Sample] | None = None, **more: Any) -> None:
    """Write results beside the machine, versions, date and command that made them; whole, or not at all.

    Parameters
    ----------
    path : Path
    results : list of dict
    ratios : list of dict, optional
    **more
        Further parts; those of `provenance.facts` are replaced by theirs, but ``versions`` are added.
    """
    facts = provenance.facts()
    facts["versions"] |= more.pop("versions", {})
    facts |= {"results": results} | ({} if ratios is None else {"ratios": ratios}) | more
    files.write(path, (json.dumps(facts, indent=1) + "\n").encode())


def peer_facts(python: Path | None, *libraries: str) -> dict[str, Any]:
    """The command without the peers' interpreter, and versions of the libraries that it has.

    Parameters
    ----------
    python : Path or None
        None where peers run in this interpreter: then there is nothing to add.
    *libraries : str
    """
    if python is None:
        return {}
    code = (
        "import importlib.metadata as m, json; "
        "known = {(d.metadata['Name'] or '').lower(): d.version for d in m.distributions()}; "
        f"print(json.dumps({{n: known[n] for n in {libraries!r} if n in known}}))"
    )
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    command = provenance.facts()["command"].replace(str(python), "python")
    return {"command": command, "peer_versions": json.loads(done.stdout)}


def made(facts: dict[str, Any], *libraries: str) -> list[str]:
    """What stands below every table: machine, date, versions and command, each on a line of its own."""
    machine, versions = facts["machine"], facts["versions"]
    known = ", ".join(f"{name} {versions[name]}" for name in libraries if name in versions)
    place = f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB"
    return [f"{place}; {facts['date'][:10]}; {known}.", f"`{facts['command']}`"]


def single(rows: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    """The one row of a result that has these values."""
    (row,) = [row for row in rows if all(row[key] == value for key, value in wanted.items())]
    return row


if __name__ == "__main__":
    print(json.dumps(child(sys.argv[1], json.loads(sys.argv[2]))))
