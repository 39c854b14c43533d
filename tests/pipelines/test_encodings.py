"""Files of several encodings in one run, and new files that are written as those of the run or otherwise."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from etl.records import Rejected, collect, of_kind
from pipelines import load
from pipelines.apply import Config as Apply
from pipelines.apply import main as apply
from pipelines.clusters.pipeline import Config as Clusters
from pipelines.clusters.pipeline import main as clusters
from pipelines.crowd.pipeline import Config as Crowd
from pipelines.crowd.pipeline import main as crowd
from pipelines.factors.pipeline import Config as Factors
from pipelines.factors.pipeline import main as factors
from pipelines.forecast.pipeline import Config as Forecast
from pipelines.forecast.pipeline import main as forecast
from pipelines.graph.pipeline import Config as Graph
from pipelines.graph.pipeline import main as graph
from pipelines.options import Tables

NAMES = ["Zürich", "Genève", "Bülach", "Neuchâtel"]


def votes(folder: Path, encoding: str) -> Path:
    rng = np.random.default_rng(0)
    rows = [(task, f"Jörg {who}", NAMES[task % 2]) for task in range(30) for who in rng.permutation(5)[:3]]
    frame = pd.DataFrame(rows, columns=["task", "worker", "label"])
    frame.to_csv(folder / "votes.csv", index=False, encoding=encoding)
    return folder / "votes.csv"


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("latin-1", "utf-8", "votes=latin-1"),
        ("utf-8", "cp1252", "truth=cp1252"),
        ("latin-1", "cp850", "votes=latin-1,truth=cp850"),
        ("cp1252", "latin-1", "latin-1"),
    ],
)
def test_each_table_of_a_run_may_have_its_encoding(tmp_path: Path, one: str, other: str, said: str) -> None:
    path, truth = votes(tmp_path, one), tmp_path / "truth.csv"
    known = pd.DataFrame({"task": range(20), "label": [NAMES[task % 2] for task in range(20)]})
    known.to_csv(truth, index=False, encoding=other)
    settings = {"redundancies": (1,), "draws": 1, "workers": 1, "device": "cpu", "out": tmp_path / "out"}
    if one != "cp1252":
        with pytest.raises(ValueError, match=r"line \d+, is not UTF-8 .*--encoding latin-1"):
            crowd(Crowd(votes=path, truth=truth, **settings))
    run = crowd(Crowd(votes=path, truth=truth, encoding=said, **settings))
    found = pd.read_csv(run / "labels.csv")
    assert found["label"].tolist() == [NAMES[task % 2] for task in found["task"]]
    assert load(run).predict(path)["label"].tolist() == found["label"].tolist()


def test_an_encoding_of_no_table_is_refused() -> None:
    with pytest.raises(ValueError, match="voted=latin-1 is of no table; name one of votes, truth"):
        Crowd(encoding="voted=latin-1")
    with pytest.raises(ValueError, match="votes=latin-1 is of no table; name one of data"):
        Tables(encoding="votes=latin-1")


def edges(path: Path, encoding: str) -> Path:
    rows = [("a", "b"), ("b", "c"), ("c", "a"), ("c", NAMES[0]), (NAMES[0], NAMES[1]), ("a", NAMES[1])]
    pd.DataFrame(rows, columns=["source", "target"]).to_csv(path, index=False, encoding=encoding)
    return path


def series(path: Path, encoding: str) -> Path:
    days = pd.date_range("2024-01-01", periods=60).strftime("%Y-%m-%d")
    frame = pd.DataFrame({"unique_id": NAMES[0], "ds": days, "y": np.sin(np.arange(60.0))})
    frame.to_csv(path, index=False, encoding=encoding)
    return path


def rows(path: Path, encoding: str) -> Path:
    X = np.random.default_rng(0).normal(size=(40, 2)) + 9 * (np.arange(40) % 2)[:, None]
    frame = pd.DataFrame(X, columns=["Höhe", "b"]).assign(name=[NAMES[n % 4] for n in range(40)])
    frame.to_csv(path, index=False, encoding=encoding)
    return path


def cells(path: Path, encoding: str) -> Path:
    rows = [(name, day, 10 * day + place) for place, name in enumerate(NAMES) for day in range(1, 9)]
    pd.DataFrame(rows, columns=["Ort", "day", "value"]).to_csv(path, index=False, encoding=encoding)
    return path


def made(story: str, folder: Path, encoding: str | None) -> tuple[Path, Path]:
    """A run of a story on a file in Latin-1, and new data in an encoding."""
    told = {"encoding": "latin-1", "out": folder / "out", "device": "cpu"}
    if story == "graph":
        run = graph(Graph(data=edges(folder / "a.csv", "latin-1"), **told))
        (folder / "new.csv").write_text(f"source,target\nnew,{NAMES[0]}\nfar,\n", encoding=encoding)
    elif story == "forecast":
        config = Forecast(
            data=series(folder / "a.csv", "latin-1"), season=7, horizon=2, windows=1, methods=(), **told
        )
        run = forecast(config)
        (folder / "new.csv").write_text(
            f"unique_id,ds,y\n{NAMES[0]},2024-03-01,1\n{NAMES[0]},soon,2\n", encoding=encoding
        )
    elif story == "factors":
        config = Factors(data=cells(folder / "a.csv", "latin-1"), modes=("Ort", "day"), ranks=(1,), **told)
        run = factors(config)
        (folder / "new.csv").write_text(f"Ort,day,value\n{NAMES[0]},3,1\n{NAMES[0]},4,x\n", encoding=encoding)
    else:
        run = clusters(Clusters(data=str(rows(folder / "a.csv", "latin-1")), leave=("name",), **told))
        (folder / "new.csv").write_text(f"Höhe,b,name\n0,0,{NAMES[0]}\nn.v.,1,x\n", encoding=encoding)
    return run, folder / "new.csv"


@pytest.mark.parametrize("story", ["graph", "forecast", "factors", "clusters"])
def test_new_files_are_read_as_those_of_the_run_or_as_they_are_told(story: str, tmp_path: Path) -> None:
    run, new = made(story, tmp_path, "latin-1")
    with collect() as entries:
        load(run).predict(new).to_csv(tmp_path / "expected.csv", index=False)
    (lost,) = of_kind(entries, Rejected)
    assert lost.line == 3
    new.write_text(new.read_text(encoding="latin-1"), encoding="cp850")
    out = tmp_path / "found.csv"
    apply(Apply(run=run, data=new, out=out, device="cpu", encoding="cp850"))
    assert out.read_text(encoding="utf-8") == (tmp_path / "expected.csv").read_text(encoding="utf-8")
    with pytest.raises(ValueError, match=r"1 of 2 rows cannot be used, the first is line 3: .*--bad-share"):
        apply(Apply(run=run, data=new, out=out, device="cpu", encoding="cp850", bad_share=0.1))


@pytest.mark.parametrize(
    ("options", "message"),
    [({"bad_share": 1.5}, "--bad-share is 1.5"), ({"encoding": "x=y"}, "x=y is of no")],
)
def test_what_cannot_be_told_is_refused(options: dict, message: str, tmp_path: Path) -> None:
    run = graph(Graph(data=edges(tmp_path / "a.csv", "utf-8"), out=tmp_path / "out", device="cpu"))
    with pytest.raises(ValueError, match=message):
        load(run).told(**options)


def test_what_says_nothing_to_a_model_is_refused(tmp_path: Path) -> None:
    run = graph(Graph(data=edges(tmp_path / "a.csv", "utf-8"), out=tmp_path / "out", device="cpu"))
    saved = load(run)
    saved.model.form = {}
    with pytest.raises(ValueError, match="--encoding says nothing to a model of graph; leave it out"):
        saved.told(encoding="latin-1")
