"""Each story twice, from the command line: on the device, and on the CPU; what it found must agree."""

import json
import math
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.device_check.checks import Facts, Items, Setting
from etl.crowd.simulate import votes

ROOT = Path(__file__).parents[2]
LOANS = 200_000
SMALL = ["--examples", "300", "--epochs", "1", "--voters", "3", "--liars", "0", "1"]


def mortgage(setting: Setting) -> Items:
    """Generated loans, in threads."""
    words = ["--data", str(_loans(setting)), "--trees", "50"]
    return _story(
        "mortgage", words, {"roc_auc": 0.005, "log_loss": 0.002, "observations": 0, "loans": 0}, setting
    )


def dask(setting: Setting) -> Items:
    """The same on a cluster of one worker."""
    words = ["--data", str(_loans(setting)), "--trees", "50", "--scheduler", "local", "--workers", "1"]
    return _story("mortgage", words, {"roc_auc": 0.005, "observations": 0}, setting)


def clusters(setting: Setting) -> Items:
    """Digits; starts are drawn by other generators, so that clusters agree in quality only."""
    return _story("clusters", [], {"rows": 0, "columns": 0, "components": 0, "purity": 0.1}, setting)


def crowd(setting: Setting) -> Items:
    """Simulated votes with some truth, by every aggregator."""
    given, truth = _votes(setting.out)
    words = ["--votes", str(given), "--truth", str(truth)]
    names = ("majority", "dawid_skene", "glad")
    wanted = {f"accuracy.{name}": 0.005 for name in names} | {"accuracy.mace": 0.02, "votes": 0, "tasks": 0}
    return _story("crowd", words, wanted, setting)


def _votes(out: Path) -> tuple[Path, Path]:
    """Files of votes and of truth."""
    rng = np.random.default_rng(0)
    truth, confusion = rng.integers(0, 4, 500), np.broadcast_to(0.1 + 0.6 * np.eye(4), (40, 4, 4))
    paths = out / "votes.csv", out / "truth.csv"
    votes(truth, confusion, 5, 0).to_csv(paths[0], index=False)
    pd.DataFrame({"task": range(500), "label": truth}).to_csv(paths[1], index=False)
    return paths


def topics(setting: Setting) -> Items:
    """Documents with known topics."""
    return _story(
        "topics", ["--topics", "20"], {"tokens": 0, "vocabulary": 0, "perplexity": 10, "found": 0.1}, setting
    )


def partial(setting: Setting) -> Items:
    """Digits, one way to ask."""
    words = ["--items", "200", "--variants", "uniform", "aq_edc", "--epochs", "2"]
    wanted = {"naive_cost": 0, "questions": 0, "questions_to_full.aq_edc": 0.5, "accuracy_end.uniform": 0.2}
    return _story("partial", words, wanted, setting)


def ner(setting: Setting) -> Items:
    """Rounds of one seed on few of the demonstration's sentences, by a small network."""
    network = ["--width", "16", "--epochs", "2", "--round-epochs", "1", "--round-steps", "20"]
    rounds = ["--start", "0.1", "--step", "0.1", "--until", "0.3", "--seeds", "1", "--words", "3000"]
    words = ["--acquisitions", "random", "mnlp", *rounds, *network, "--workers", "1"]
    return _story("ner", words, {"sentences": 0, "words": 0, "f1_full": 0.3}, setting)


def signsgd(setting: Setting) -> Items:
    """One worker on the device; a CPU takes two at least."""
    wanted = {"parameters": 0, "replicas_identical": 0, "score.vote": 0.2}
    return _story("signsgd", SMALL, wanted, setting, {"cpu": ["--workers", "2"], "gpu": ["--workers", "1"]})


def graph(setting: Setting) -> Items:
    """The demonstration's graph."""
    wanted = {
        "nodes": 0,
        "edges": 0,
        "components": 0,
        "triangles": 0,
        "modularity": 0.05,
        "mean_distance": 1e-6,
    }
    return _story("graph", [], wanted, setting)


def factors(setting: Setting) -> Items:
    """The demonstration's flows, of which both devices find the same patterns."""
    wanted = {"known": 0, "rank": 0, "held_out_rmse": 1e-3, "anomalies": 0, "truth.congruence": 1e-3}
    return _story("factors", [], wanted, setting)


def compress(setting: Setting) -> Items:
    """The demonstration's network; which layers are slower differs by device, so that slower ones are let."""
    wanted = {
        "parameters.before": 0,
        "parameters.after": 0.05,
        "accuracy.before": 0.05,
        "accuracy.tuned": 0.05,
    }
    return _story("compress", ["--slower", "100", "--others"], wanted, setting)


def video(setting: Setting) -> Items:
    """Few steps on clips of the same numbers; the baselines are of the clips alone."""
    wanted = {
        "parameters": 0,
        "windows.test": 0,
        "baselines.black frames.mse.frame": 1e-4,
        "baselines.copy of the last frame.mse.frame": 1e-4,
        "mse.frame": 0.5,
    }
    return _story("video", ["--steps", "40"], wanted, setting)


def rendering(setting: Setting) -> Items:
    """Few steps on the same digits; networks draw other numbers on each device."""
    wanted = {"labels": 0, "unlabelled": 0, "test": 0, "parameters": 0, "error.supervised": 0.2}
    return _story("rendering", ["--steps", "60", "--methods", "supervised", "nrm"], wanted, setting)


def programs(setting: Setting) -> Items:
    """Few generated equations, the same on both devices; networks draw other numbers."""
    wanted = {"equations": 0, "learnt_from": 0, "mirrored": 0, "depth": 0, "accuracy.values": 0.2}
    return _story(
        "programs", ["--equations", "600", "--epochs", "4", "--methods", "values", "tree_nn"], wanted, setting
    )


def forecast(setting: Setting) -> Items:
    """The demonstration's series, two ways."""
    return _story(
        "forecast", ["--methods", "ets", "arima", "--windows", "2"], {"series": 0, "gaps": 0}, setting
    )


def trinity(setting: Setting) -> Items:
    """The demonstration of the whole flow; which model is best may be a matter of last digits."""
    wanted = {
        "items": 0,
        "votes": 0,
        "chosen.votes": 0,
        "accuracy.labels.value": 0.01,
        "accuracy.flow.value": 0.05,
    }
    return _story("trinity", ["--learners", "logistic"], wanted, setting)


def _loans(setting: Setting) -> Path:
    """Generated loan files, made once."""
    rows, folder = 20_000 if setting.dry else LOANS, setting.out / "loans"
    if not folder.exists():
        _call(["etl.mortgage.generate", "--rows", str(rows), "--out", str(folder)])
    return folder


def _story(
    name: str,
    words: Sequence[str],
    wanted: dict[str, float],
    setting: Setting,
    own: Mapping[str, Sequence[str]] | None = None,
) -> Items:
    """Run and compare the numbers that are wanted, within their tolerances.

    Parameters
    ----------
    name : str
    words : sequence of str
        Options.
    wanted : dict of str to float
        Number of ``metrics.json``, its place by dots, and how far the device's may be from the CPU's.
    own : mapping of str to sequence of str, optional
        Further options of one device.
    """

    def look() -> Facts:
        metrics = {
            device: _metrics(name, [*words, *(own or {}).get(device, ())], device, setting)
            for device in {"cpu", setting.device}
        }
        mine, its = dict(_leaves(metrics[setting.device])), dict(_leaves(metrics["cpu"]))
        assert mine["engine"] == setting.device, f"it ran on {mine['engine']}"
        gaps = {place: abs(float(mine[place]) - float(its[place])) for place in wanted}
        far = {place: (mine[place], its[place]) for place, gap in gaps.items() if not gap <= wanted[place]}
        assert not far, f"the device's, and the CPU's: {far}"
        seconds = {device: sum(found["seconds"].values()) for device, found in metrics.items()}
        return {"gaps": gaps, "differ": list(_differing(mine, its)), "seconds": seconds}

    return {" ".join([name, *words[:2]]).strip(): look}


def _metrics(name: str, words: Sequence[str], device: str, setting: Setting) -> dict[str, Any]:
    last = _call(
        [f"pipelines.{name}", *words, "--device", device, "--out", str(setting.out / "runs" / device)]
    )
    return json.loads(Path(ROOT, last, "metrics.json").read_text())


def _call(words: Sequence[str]) -> str:
    """Last line that a module prints."""
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout[-1000:]}\n{done.stderr[-3000:]}"
    return done.stdout.splitlines()[-1] if done.stdout else ""


def _leaves(value: object, place: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _leaves(each, f"{place}.{name}" if place else name)
    elif not isinstance(value, list):
        yield place, value


def _differing(mine: dict[str, Any], its: dict[str, Any]) -> Iterator[str]:
    """Numbers that are not the CPU's to six digits, seconds left out."""
    for place, value in its.items():
        other = mine.get(place)
        told = isinstance(value, int | float) and "seconds" not in place
        if told and not (isinstance(other, int | float) and math.isclose(value, other, rel_tol=1e-6)):
            yield f"{place}: {other}, {value} on the CPU"
