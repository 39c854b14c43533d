"""The same of loans, tagged words, questions, votes of workers and topics; see `tests.support.pictures`."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from models import metrics
from models.partial.questions import Questions
from pipelines import figures as common
from pipelines.compress import figures as compress
from pipelines.mortgage import figures as mortgage
from pipelines.ner import figures as ner
from pipelines.ner.training import figures as training
from pipelines.partial import figures as partial
from pipelines.programs import figures as programs
from pipelines.programs.measures import judged
from pipelines.rendering import figures as rendering
from pipelines.rendering.config import METHODS
from pipelines.rendering.renderings import Seen
from pipelines.signsgd import figures as signsgd
from pipelines.topics import figures as topics
from pipelines.topics import map as topic_map
from pipelines.trinity import figures as trinity
from pipelines.video import figures as video
from tests.support.pictures import Picture, by_story, decades, hard


def more_pictures(huge: bool) -> dict[str, Picture]:
    """Figures by story and name."""
    every = (_compress, _mortgage, _ner, _partial, _programs, _rendering, _signsgd, _topics, _trinity, _video)
    return by_story(every, huge)


def _compress(huge: bool) -> dict[str, Picture]:
    after = 10**9 if huge else 3
    sizes = {"before": 3 * 10**9 if huge else 10, "after": after}
    score = {"before": 0.9, "cut": 0.1, "tuned": 0.9 if huge else 1.0}
    own = {"parameters": sizes, "accuracy": score, "latency_ms": {"before": 1e4, "after": 1e4}}
    layers = [{"name": name, "parameters": sizes, "ranks": [1]} for name in hard(60 if huge else 1)]
    found = own | {"layers": layers, "others": [own] * (6 if huge else 0)}
    return {"latency": lambda: compress.latency(found), "layers": lambda: compress.layers(found)}


def _mortgage(huge: bool) -> dict[str, Picture]:
    rng = np.random.default_rng(0)
    p = rng.random(400 if huge else 2)
    curve = metrics.curves((np.arange(len(p)) % 2), p)
    table = {
        "predicted": [1e-6, 1e-3, 0.2, 0.0],
        "observed": [1e-5, 1e-3, 0.3, 0.0],
        "count": [5] * 4,
        "error": 0.1,
    }
    one = {"predicted": [0.1], "observed": [0.11], "count": [5], "error": 0.1}
    years = range(1960, 2020) if huge else (2020,)
    lines = {year: (list(range(12)), [0.01] * 11 + [0.01 + 1e-5 * (year - 1960)]) for year in years}
    return {
        "roc_pr": lambda: mortgage.roc_pr({"model": curve, "rule": curve}, 0.5),
        "calibration": lambda: mortgage.calibration(table if huge else one),
        "importance": lambda: mortgage.importance(
            hard(60 if huge else 1), decades(60 if huge else 1).tolist()
        ),
        "vintage": lambda: mortgage.vintages(lines),
    }


def _trained(huge: bool) -> dict[str, Any]:
    kinds = dict.fromkeys(hard(25), 0.5) if huge else {"LOC": 0.0}
    one = {"f1": 0.0, "f1_baseline": 1.0, "f1_interval": [0.0, 1.0], "f1_baseline_interval": [1.0, 1.0]}
    return {**one, "f1_by_type": kinds, "f1_baseline_by_type": kinds}


def _ner(huge: bool) -> dict[str, Picture]:
    names = list(ner.TITLES) if huge else ["random"]
    rounds = 400 if huge else 1
    rows = [
        {
            "share": 0.5 * (k + 1) / rounds,
            "score": 0.9,
            "length": 20.0,
            "entities": 90.0,
            "choosing": 1e6,
            "training": 1e-3,
            "text": "x",
        }
        for k in range(rounds)
    ]
    runs = {name: [rows, rows] for name in names}
    found = {
        "words_at_99pct": dict.fromkeys(names, 10.0),
        "f1_full": 0.901,
        "f1_shallow": 0.9,
        "mean_length": 20,
        "entities_per_1000": 90.0,
    }
    chosen, colours = dict.fromkeys(names, rows), dict.fromkeys(names, common.BLUE)
    told = [
        {"round": 1, "score": 10.0**-place, "text": text * 9} for place, text in enumerate(hard(rounds % 391))
    ]
    return {
        "curves": lambda: ner.quality(runs, colours, found),
        "lengths": lambda: ner.by_round(chosen, colours, "length", 20.0, "Words a sentence", "words"),
        "lengths, two": lambda: ner.by_round(
            dict.fromkeys(names, rows[:1] * 2), colours, "length", 20.0, "Words", "w"
        ),
        "informative": lambda: ner.informative(names[0], told),
        "rounds": lambda: ner.seconds(chosen, colours),
        "training": lambda: training.f1(_trained(huge)),
        "loss": lambda: training.loss([1e-9, 3e4, 1e9] * 99 if huge else [0.0]),
    }


def _partial(huge: bool) -> dict[str, Picture]:
    names = list(partial.COLOURS) if huge else ["uniform"]
    steps = np.linspace(0.05, 1, 400 if huge else 2)
    points = {name: [[x, 0.9, 1 + 999 * (1 - x), x] for x in steps] for name in names}
    found = {"accuracy_at_30pct": dict.fromkeys(names, 0.5), "classes": 1000 if huge else 2}
    questions = 60 if huge else 1
    asked = Questions(torch.ones(questions, 60).bool(), tuple(hard(questions)), torch.ones(questions), ())
    lengths = np.arange(400) % 30 if huge else np.array([1])
    outcome: Any = SimpleNamespace(
        question=np.repeat(np.arange(questions), 2), yes=np.ones(2 * questions), lengths=lengths, left=lengths
    )
    return {
        "accuracy": lambda: partial.accuracy(points, found),
        "remaining": lambda: partial.remaining(points, found["classes"]),
        "finished": lambda: partial.finished(points),
        "full": lambda: partial.full(dict(zip(names, decades(len(names)), strict=True)), 3.3),
        "lengths": lambda: partial.histogram(dict.fromkeys(names, outcome), names[-1]),
        "asked": lambda: partial.most_asked(outcome, asked, names[-1]),
    }


def _rendering(huge: bool) -> dict[str, Picture]:
    count, side, channels = (60, 28, 3) if huge else (2, 8, 1)
    methods = METHODS if huge else ("nrm",)
    share = {name: 1 / (2 + at) for at, name in enumerate(methods)}
    ends = {name: [0.0, 1.0] for name in methods}
    each = {name: {"error": share[name], "interval": ends[name]} for name in methods}
    found = {
        "labels": 10**6 if huge else 2,
        "fewer": {"4": each, "8": each, "9": each} if huge else {},
        "chosen": methods[-1],
        "error": share,
        "interval": ends,
        "paths": {name: [[10 * at, 3.0 + at] for at in range(9 if huge else 1)] for name in methods},
    }
    pixels = np.linspace(-1, 1, 10 * channels * side * side).reshape(10, channels, side, side)
    shown = pixels[: 10 if huge else 1]
    c = np.arange(len(shown))
    means = np.repeat(pixels[:1], count, 0)
    made = np.repeat(means[:, None], 8, 1)
    names = hard(count)
    seen = dict.fromkeys(methods, Seen(shown, shown, c, c // 2, means))
    return {
        "errors": lambda: rendering.errors(found),
        "renderings": lambda: rendering.renderings(names, "nrm", seen),
        "classes": lambda: rendering.by_class(names, means),
        "paths": lambda: rendering.paths(found),
        "samples": lambda: rendering.samples(names, made),
    }


def _programs(huge: bool) -> dict[str, Picture]:
    count = 600 if huge else 1
    rng, names = np.random.default_rng(0), list(programs.COLOURS) if huge else ["values"]
    label, depth = np.arange(count) % 2, np.arange(count) % 20 + 1
    found = judged(label, depth, 12, {name: rng.random(count) for name in names})
    x = np.linspace(-3.14, 3.14, 61 if huge else 1)
    curve = {"x": x, "true": np.exp(3 * x), "learnt": x, "rmse": 1e4}
    found |= {
        "chosen": names[0],
        "depth": 12,
        "calibration_error": 0.5,
        "evaluator": "tree_lstm",
        "functions": dict.fromkeys(hard(40) if huge else ["sin"], curve),
    }
    return {
        "depths": lambda: programs.depths(found),
        "calibration": lambda: programs.calibration(found),
        "functions": lambda: programs.functions(found),
    }


def _signsgd(huge: bool) -> dict[str, Picture]:
    names = list(signsgd.NAMES) if huge else ["vote"]
    count = 400 if huge else 1
    curve = [(k, float(k), float(v) if huge else 0.0, 0.5) for k, v in enumerate(decades(count))]
    found = {
        "score": dict.fromkeys(names, 0.5),
        "ratio_bytes": 32.0 if huge else None,
        "measure": "accuracy",
        "curve": dict.fromkeys(names, curve),
        "bytes_per_step": dict.fromkeys(names, 8.0 if huge else 0.0),
        "faults": {rule: [(n, 0.5) for n in range(8 if huge else 1)] for rule in signsgd.RULES},
        "voters": 15,
        "parameters": 10**9,
        "workers": 3,
        "advice": {"1 Gbit/s": {"verdict": "use"}},
        "throughput": {way: [(b, b / 1e3) for b in (1e7, 1e8, 1e9, 1e10, 1e11)] for way in signsgd.WAYS},
    }
    row = dict.fromkeys([*signsgd.HEALTH, *signsgd.DENSITY], 0.5)
    return {
        "score": lambda: signsgd.score(found),
        "liars": lambda: signsgd.liars(found),
        "monitors": lambda: signsgd.monitors([row | {"step": k} for k in range(count)]),
        "bandwidth": lambda: signsgd.bandwidth(found),
    }


def _topics(huge: bool) -> dict[str, Picture]:
    rng = np.random.default_rng(0)
    count, words = (60, 10) if huge else (1, 1)
    B = rng.dirichlet(np.ones(400 if huge else 1), count)
    share = decades(count) / decades(count).sum()
    rows = [
        {"topic": k, "prevalence": float(share[k]), "npmi": float(rng.random()), "words": hard(words)}
        for k in range(count)
    ][::-1]
    distance = rng.random((count, count))
    distance = (distance + distance.T) / 2 * (1 - np.eye(count))
    periods = [f"2001-{place:03d}" for place in range(400 if huge else 2)]
    tokens = rng.random((len(periods), count)) * 1e6
    return {
        "topics": lambda: topics.words(B, rows),
        "coherence": lambda: topics.coherence(rows),
        "map": lambda: topic_map.chart(distance, rows),
        "over_time": lambda: topics.over_time(periods, tokens, rows),
        "fit": lambda: topics.fit(decades(count)[::-1], rng.random(400 if huge else 1).tolist(), count, 1.0),
    }


def _trinity(huge: bool) -> dict[str, Picture]:
    count = 20 if huge else 1
    stages = ["majority", "labels", "words", "logistic", "xgboost", "network", "joint_em"]  # of no others
    names = stages if huge else stages[:1]
    gained = [
        {"name": name, "value": 0.5 + place / 30, "low": 0.4 + place / 30, "high": 0.55 + place / 30}
        | {"chosen": place == 3}
        for place, name in enumerate(names)
    ]
    points = [
        {"votes": int(votes), "model": 0.8, "low": 0.7, "high": 0.9, "known": 0.81}
        for votes in np.logspace(2, 8, 60 if huge else 2)
    ]
    said = [{"worker": name, "right": k / 20, "votes": 10**k % 10**9} for k, name in enumerate(hard(count))]
    wrong = [
        {"topic": k, "words": name, "wrong": k / 20, "tasks": 10**6} for k, name in enumerate(hard(count))
    ]
    return {
        "gains": lambda: trinity.gains(gained),
        "rounds": lambda: trinity.rounds(points),
        "first_round": lambda: trinity.rounds(points[:1]),
        "doubt": lambda: trinity.workers(said if huge else []),
        "errors": lambda: trinity.topics(wrong if huge else []),
    }


def _video(huge: bool) -> dict[str, Picture]:
    ahead, channels = (30, 3) if huge else (1, 1)
    values = decades(ahead).tolist()
    own = {
        "mse": {"frame": values[-1]},
        "by_frame": {"mse": values, "ssim": [0.1] * ahead if huge else None},
        "parameters": 4 * 10**9 if huge else 3,
        "training_seconds": 1e6 if huge else 0.001,
        "n_iter": 20_000 if huge else 1,
        "validation": values,
        "validation_steps": list(range(1, ahead + 1)),
    }
    baselines = {"copy of the last frame": own, "black frames": own}
    found = own | {"baselines": baselines, "conv_lstm": own if huge else None, "frames_in": ahead}
    frames = np.zeros((3 if huge else 1, 2 * ahead, channels, 9, 30 if huge else 9), "uint8")
    strips = {"truth": frames, "Conv-TT-LSTM": frames[:, ahead:]}
    if huge:
        strips["ConvLSTM"] = frames[:, ahead:]
    return {
        "strips": lambda: video.prediction(strips, hard(len(frames)), ahead),
        "frames": lambda: video.by_frame(found),
        "learning": lambda: video.learning(found),
        "costs": lambda: video.costs(found),
    }
