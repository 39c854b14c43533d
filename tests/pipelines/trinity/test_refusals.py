"""What the flow cannot do is said in one line, with the remedy, and leaves nothing."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from etl.engine import choose
from models.features.columns import ColumnFeatures
from models.features.text import TextFeatures
from pipelines.trinity.items import Items
from pipelines.trinity.shape import Shaper
from tests.pipelines.trinity import flow

ITEMS, VOTES = "task,body\na,red rose\nb,blue sea\nc,red sea\n", "task,worker,label\na,u,x\nb,u,y\nc,v,x\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    files = {
        "items.csv": ITEMS,
        "votes.csv": VOTES,
        "twice.csv": ITEMS + "a,again\n",
        "others.csv": VOTES.replace("a,u", "q,u").replace("b,u", "r,u").replace("c,v", "s,v"),
        "numbers.csv": "task,worker,label\n1,u,x\n2,u,y\n",
        "by_number.csv": "task,worker,label\n0,u,x\n1,u,y\n2,v,x\n",
        "single.csv": VOTES.replace("y", "x"),
        "columns.csv": "task,size\nd,1\ne,2\n",
        "ids.csv": "task\na\nb\nc\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text": ("bodies",)}, "items.csv has no column bodies; it has task, body: name one"),
        ({"id": "key"}, "items.csv has no column key"),
        ({"votes": "others.csv"}, "name items alike, or give --id"),
        ({"votes": "numbers.csv"}, "no item's id, such as 'a', is like the votes' tasks, such as"),
        ({"votes": "single.csv"}, "all votes are for one label, .*a model needs two"),
        ({"data": "twice.csv"}, "twice.csv: id 'a' names 2 items; give each its own"),
        ({"data": "ids.csv", "text": ()}, "ids.csv has no column beside task; add some"),
        ({"data": "none.csv"}, "none.csv does not exist; name the items with --data"),
        ({"unlabelled": "items.csv"}, "--unlabelled: id 'a' names 2 items"),
        ({"unlabelled": "columns.csv"}, "has no column body; it has task, size"),
        ({"votes": None}, "--data needs --votes"),
        ({"learners": ()}, "--learners names none"),
    ],
)
def test_a_wrong_file_or_option(given: dict[str, Any], said: str, place: Path) -> None:
    options = {"data": "items.csv", "text": ("body",), "votes": "votes.csv"} | given
    paths = {
        name: place / value if name in ("data", "votes", "unlabelled") and value else value
        for name, value in options.items()
    }
    with pytest.raises((OSError, ValueError), match=said) as told:
        flow.run(place / "out", **paths)
    assert "\n" not in str(told.value)
    assert not list((place / "out").glob("trinity/*"))


def test_arrays_that_are_no_rows_of_numbers(place: Path) -> None:
    for name, array in (("deep", np.ones((3, 2, 2))), ("huge", np.array([[1.0], [1e300], [2.0]]))):
        np.save(place / f"{name}.npy", array)
    given = {"votes": place / "by_number.csv", "learners": ("logistic",)}
    with pytest.raises(ValueError, match=r"deep.npy has shape \(3, 2, 2\), and items are .*reshape"):
        flow.run(place / "out", data=place / "deep.npy", **given)
    with pytest.raises(ValueError, match="1 values .* infinite or beyond 3.4e38, the first in row 1; mend"):
        flow.run(place / "out", data=place / "huge.npy", **given)
    with pytest.raises(ValueError, match="deep.npy is an array, whose columns .* 'body'; leave --text"):
        flow.run(place / "out", data=place / "deep.npy", text=("body",), **given)


def test_items_of_another_form_than_a_model_learnt_from() -> None:
    frame = pd.DataFrame({"size": [1.0, None] * 10, "kind": ["a", "b"] * 10})
    bare, shaper = Items(pa.array([0]), vectors=np.ones((1, 2))), Shaper(columns=ColumnFeatures().fit(frame))
    with pytest.raises(ValueError, match="items lack the columns size, kind, which the run learnt from"):
        shaper.transform(bare, choose("cpu"), sparse=False)
    with pytest.raises(ValueError, match="items have no texts, which the run learnt from"):
        Shaper(text=TextFeatures(2, 0, characters=False)).transform(bare, choose("cpu"), sparse=False)


def test_unlabelled_items_of_another_form(place: Path) -> None:
    np.save(place / "wide.npy", np.ones((3, 4)))
    np.save(place / "more.npy", np.ones((3, 2)))
    given = {"data": place / "wide.npy", "votes": place / "numbers.csv"}
    with pytest.raises(ValueError, match="--unlabelled has 2 columns, and --data 4; give as many"):
        flow.run(place / "out", **given, unlabelled=place / "more.npy")
    with pytest.raises(ValueError, match="--unlabelled holds items of another form than --data"):
        flow.run(place / "out", **given, unlabelled=place / "columns.csv")


def test_a_run_that_cannot_be_continued(place: Path) -> None:
    home = place / "out" / "graph" / "20260101-000000"
    home.mkdir(parents=True)
    (home / "metrics.json").write_text(json.dumps({}))
    (home / "config.json").write_text(json.dumps({}))
    with pytest.raises((OSError, ValueError), match="graph") as told:
        flow.run(place / "out", run=home, votes=place / "votes.csv")
    assert "\n" not in str(told.value)
    own = place / "out" / "trinity" / "20260101-000000"
    own.mkdir(parents=True)
    (own / "metrics.json").write_text(json.dumps({}))
    (own / "config.json").write_text(json.dumps({}))
    with pytest.raises(ValueError, match="leave --data and --unlabelled out"):
        flow.run(place / "out", run=own, data=place / "items.csv", votes=place / "votes.csv")
    with pytest.raises(ValueError, match="--run needs --votes"):
        flow.run(place / "out", run=own)


def test_votes_on_items_that_are_not_there_are_counted_and_left_out(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pd.DataFrame(
        {"task": list("abcz") * 3, "worker": list("u" * 4 + "v" * 4 + "w" * 4), "label": list("xyxz") * 3}
    ).to_csv(place / "more.csv", index=False)
    with (place / "more.csv").open("a") as file:
        file.write("z,only there,x\n")
    given = {"data": place / "items.csv", "text": ("body",), "votes": place / "more.csv"}
    out = flow.run(place / "out", **given, learners=("logistic",))
    told = flow.metrics(out)
    assert (told["votes"], told["workers"], told["classes"]) == (9, 3, 2)
    assert "z" in capfd.readouterr().out
