"""A saved model is applied as it was written or not at all, and nothing that is read is written over."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from etl.engine import choose
from models.graphs.attach import Known
from pipelines import apply, load, saved
from pipelines.graph.apply import GraphModel


@pytest.fixture
def run(tmp_path: Path) -> Path:
    nodes, ranks = pd.Index(["a", "b"]), np.array([0.25, 0.75])
    known = Known(nodes, ranks, np.ones(2), np.array([0, 1]), directed=False)
    engine = choose("cpu")
    form = {"encoding": None, "bad_share": 0.5}
    (tmp_path / "run").mkdir()
    saved.write(
        tmp_path / "run", "graph", GraphModel(known, ("source", "target"), None, engine, form), engine
    )
    (tmp_path / "new.csv").write_text("source,target\nc,b\n")
    return tmp_path / "run"


def test_no_flipped_bit_goes_unseen(run: Path) -> None:
    assert load(run, "cpu").predict(run.parent / "new.csv")["community"].tolist() == [1]
    path = run / "model" / "nodes.parquet"
    whole = path.read_bytes()
    for place in range(0, len(whole), 11):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(ValueError, match=r"model is damaged .*nodes.parquet is not as the run wrote it"):
            load(run, "cpu")


@pytest.mark.parametrize(
    ("key", "value"),
    [("story", "clusters"), ("story", "none"), ("story", None), ("made", 5), ("model", {}), ("warning", "x")],
)
@pytest.mark.parametrize("is_old", [False, True])
def test_facts_that_were_changed_are_one_line(key: str, value: object, is_old: bool, run: Path) -> None:
    place = run / "model" / "model.json"
    facts = json.loads(place.read_text()) | {key: value}
    if is_old:
        del facts["sums"]
    place.write_text(json.dumps(facts))
    if is_old and key == "warning":
        assert load(run, "cpu").warning == "x"
        return
    with pytest.raises((ValueError, FileNotFoundError)) as caught:
        load(run, "cpu")
    assert str(run / "model") in str(caught.value)
    assert "\n" not in str(caught.value)
    assert is_old or f"{place.name} is not as the run wrote it" in str(caught.value)


@pytest.mark.parametrize("name", ["new.csv", "link.csv", "run/model/nodes.parquet", "folder.csv"])
def test_what_is_read_is_not_written_over(name: str, run: Path) -> None:
    home = run.parent
    (home / "link.csv").symlink_to(home / "new.csv")
    (home / "folder.csv").mkdir()
    held = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    with pytest.raises(OSError, match=f"--out {home / name} (would be written over|is a folder)"):
        apply.main(apply.Config(run=run, data=home / "new.csv", out=home / name, device="cpu"))
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == held
    apply.main(apply.Config(run=run, data=home / "new.csv", out=home / "c.csv", device="cpu"))
    assert pd.read_csv(home / "c.csv")["node"].tolist() == ["c"]


class Counts:
    """A model that tells what it was given."""

    def predict(self, data: Any) -> Any:
        return data


@pytest.fixture(scope="module")
def counts() -> saved.Saved:
    model: Any = Counts()
    return saved.Saved(model, {"story": "topics"}, Path("run"))


@pytest.mark.parametrize("data", [["a text"], {"text": ["a text"]}, pd.Series(["a text"]), 3])
def test_what_is_no_table_is_named(counts: saved.Saved, data: Any) -> None:
    with pytest.raises(ValueError, match=f"new data are a {type(data).__name__}; give a path, or a frame"):
        counts.predict(data)


def test_tables_and_paths_pass(counts: saved.Saved) -> None:
    frame: Any = pd.DataFrame({"text": ["a"]})
    assert counts.predict(frame) is frame
    assert counts.predict(frame.to_numpy()) is not None
    assert counts.predict("new.csv") == counts.predict(Path("new.csv")) == Path("new.csv")
