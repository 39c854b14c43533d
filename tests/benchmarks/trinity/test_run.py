"""Systems are judged by what they predicted, and a wrong result stops the run before a time is told."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import harness
from benchmarks.trinity import data, judge, run, table
from benchmarks.trinity.peers import expert, majority_xgboost
from tests.benchmarks.trinity.test_data import parts

GOLD = pd.Series(list("aabbc"), index=[5, 3, 9, 1, 2])


def written(folder: Path, labels: str, tasks: tuple[int, ...] = (5, 3, 9, 1, 2)) -> Path:
    path = folder / "predictions.csv"
    pd.DataFrame({"task": tasks, "label": list(labels)}).to_csv(path, index=False)
    return path


def test_predictions_are_matched_by_task(tmp_path: Path) -> None:
    path = written(tmp_path, "cbbac", tasks=(2, 1, 9, 3, 5))
    assert judge.right(path, GOLD, "x").tolist() == [False, True, True, True, True]


@pytest.mark.parametrize(
    ("labels", "tasks", "message"),
    [
        ("aabb", (5, 3, 9, 1), "x: .*predictions.csv should have each of the 5 tasks once"),
        ("aabbc", (5, 3, 9, 1, 1), "should have each of the 5 tasks once"),
        ("aabbz", (5, 3, 9, 1, 2), "has the label 'z', which is no class"),
        ("aaaaa", (5, 3, 9, 1, 2), "x is right in 40.0%; the commonest class is in 40.0%"),
    ],
)
def test_wrong_predictions_are_refused(
    labels: str, tasks: tuple[int, ...], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=message):
        judge.right(written(tmp_path, labels, tasks), GOLD, "x")


def test_intervals_are_as_wide_as_theory_says() -> None:
    values = np.random.default_rng(0).random((1, 1000)) < 0.8
    low, high = judge.interval(values)
    assert (high - low) / 2 == pytest.approx(1.96 * np.sqrt(0.16 / 1000), rel=0.1)
    same = np.tile(values, (5, 1))
    assert judge.interval(same) == pytest.approx((low, high), abs=0.004)


def test_gains_are_paired_and_take_the_seeds_that_both_ran() -> None:
    base = np.random.default_rng(1).random((3, 1000)) < 0.7
    better = base.copy()
    better[:, :30] = True
    rows = judge.gains({"ours": better, "a": base[:2], "b": better}, "ours")
    assert [(row["system"], row["seeds"], row["better"]) for row in rows] == [("a", 2, True), ("b", 3, False)]
    assert rows[0]["gain"] == pytest.approx((better[:2].mean() - base[:2].mean()), abs=1e-4)
    assert judge.gains({"a": base}, "ours") == []


@pytest.mark.parametrize("vectors", [True, False])
@pytest.mark.parametrize("system", [expert, majority_xgboost])
def test_peers_learn_what_is_plain(system: object, vectors: bool, tmp_path: Path) -> None:
    data.write(tmp_path, data.drawn(parts(vectors), seed=0))
    done = system.run(str(tmp_path / "seen"), 1, str(tmp_path / "out"), 0)  # type: ignore[attr-defined]
    assert judge.right(Path(done["predictions"]), data.Set("x", 0, tmp_path).gold(), "x").all()
    told = [json.loads(line) for line in (tmp_path / "out" / "stages.jsonl").read_text().splitlines()]
    assert {line["stage"]: line["cpu_s"] for line in told if "cpu_s" in line} == done["stages"]


def answer(system: str, request: dict, wrong: str) -> dict:
    """What the harness would give for a system that is always right, but for the wrong one."""
    out = Path(request["out"])
    out.mkdir(parents=True, exist_ok=True)
    gold = data.Set("labelme", 0, Path(request["data"]).parent).gold()
    labels = [gold.iloc[0]] * len(gold) if system == wrong else gold
    pd.DataFrame({"task": gold.index, "label": labels}).to_csv(out / "predictions.csv", index=False)
    costs = {"stages": {"read": 1.0, "train": 2.0}, "total_s": 3.0, "all_mb": 100, "facts": {}}
    return {"digest": {"predictions": str(out / "predictions.csv")} | costs}


def compared(wrong: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict:
    monkeypatch.setattr(harness, "measure", lambda system, request: answer(system, request, wrong))
    monkeypatch.setitem(data.REAL, "labelme", lambda folder, rng: parts(True))
    monkeypatch.setattr(run, "_found", lambda library: library != "torch")
    config = run.Config(
        sets=("labelme", "nyt"), seeds=(0, 1), data=folder, scratch=folder, out=folder / "o.json"
    )
    return run.main(config)


def test_a_small_run_tells_all_and_what_it_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    compared("", tmp_path, monkeypatch)
    facts = json.loads((tmp_path / "o.json").read_text())
    assert {row["system"]: (row["accuracy"], row["cpu_s"]) for row in facts["results"]} == {
        "ours": (1.0, 3.0),
        "expert": (1.0, 3.0),
        "majority_xgboost": (1.0, 3.0),
    }
    printed = capsys.readouterr().out
    assert "stack is left out: torch is not installed" in printed
    assert f"nyt is left out: {tmp_path / 'text' / 'nyt' / 'vocab.txt'} does not exist" in printed
    assert "| labelme | Trinity | train | 2.00 |" in table.stages(facts)
    assert "0.00 (0.00 to 0.00) | 3.0 | 100 |" in table.quality(facts)


def test_a_wrong_result_stops_it_before_a_time_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    with pytest.raises(ValueError, match="trinity.expert is right in"):
        compared("trinity.expert", tmp_path, monkeypatch)
    assert "core-s" not in capsys.readouterr().out


def test_a_system_that_is_kept_is_judged_anew_and_not_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared("", tmp_path, monkeypatch)
    ran: list[str] = []
    monkeypatch.setattr(
        harness, "measure", lambda system, given: ran.append(system) or answer(system, given, "")
    )
    given = data.prepare("labelme", tmp_path, tmp_path, 0)
    kept = run.once(given, "expert", 1, tmp_path, kept=True)
    assert ran == []
    assert kept == run.once(given, "expert", 1, tmp_path)
    assert ran == ["trinity.expert"]
