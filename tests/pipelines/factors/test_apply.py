"""New cells have the fit of a run, wherever it is loaded; new labels are told, and new sensors fitted."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from etl.engine import devices
from etl.handoff import to_pandas
from etl.records import Choice, collect, of_kind
from pipelines import load
from pipelines.factors.pipeline import Config, main
from tests.support.applied import elsewhere, on_gpu

MODES = ["sensor", "day", "at"]


def cells() -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    factors = [rng.normal(size=(size, 2)) for size in (6, 8, 10)]
    whole = 5 + np.einsum("ar,br,cr->abc", *factors)
    days = pd.date_range("2024-01-01", periods=8).strftime("%d/%m/%Y")
    index = pd.MultiIndex.from_product([range(101, 107), days, [f"0{n}:30" for n in range(10)]], names=MODES)
    return pd.Series(whole.ravel(), index).rename("v").reset_index(), whole


@pytest.fixture(scope="module", params=["cp", "tucker"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp(request.param)
    table, _ = cells()
    table[(table["sensor"] < 106) & (table.index % 7 > 0)].to_csv(out / "t.csv", index=False)
    given = {"modes": tuple(MODES), "value": "v", "date_format": "%d/%m/%Y", "method": request.param}
    return main(Config(data=out / "t.csv", ranks=(3,), out=out, device="cpu", **given)).folder  # type: ignore[arg-type]


def test_cells_have_the_fit_of_the_run_here_and_elsewhere(run: Path, tmp_path: Path) -> None:
    table = cells()[0].query("sensor < 106").sample(frac=1, random_state=0)
    filled = pd.read_parquet(run / "filled.parquet")
    new = tmp_path / "new.csv"
    table[MODES].to_csv(new, index=False)
    found = load(run, "cpu").predict(new)
    key = filled.set_index(MODES)["fit"].rename("wanted")
    both = found.join(key, on=MODES)
    np.testing.assert_allclose(both["fit"], both["wanted"], rtol=1e-9)
    assert found["filled"].all()
    assert (found["value"] == found["fit"]).all()
    there = pd.read_csv(elsewhere(run, new, tmp_path / "out.csv"))
    np.testing.assert_allclose(there["fit"], found["fit"], rtol=1e-9)
    assert there["at"].tolist() == table["at"].tolist()


def test_a_new_sensor_is_fitted_from_its_values_and_other_labels_are_told(run: Path) -> None:
    table, whole = cells()
    rows = table[table["sensor"] == 106].assign(sensor="new")
    rows.loc[rows.index[::2], "v"] = np.nan
    odd = rows.iloc[[0, 1]].assign(day="01/01/2031")
    few = rows.iloc[[1]].assign(sensor="few")
    with collect() as entries:
        found = load(run, "cpu").predict(pd.concat([rows, odd, few]))
    np.testing.assert_allclose(found["fit"][:80], whole[5].ravel(), atol=0.3)
    assert found["fit"][80:].isna().all()
    assert found["filled"].tolist() == [n % 2 == 0 for n in range(80)] + [True, False, False]
    said = "\n".join(entry.reason for entry in of_kind(entries, Choice))
    assert "day: 1 labels are not of training, such as 2031-01-01 00:00:00; 2 rows have no fit" in said
    assert "sensor: 1 new labels get factors from their 40 values" in said
    assert "sensor: 1 new labels have no units, or fewer values than there are components" in said


def test_labels_of_another_meaning_are_refused(run: Path) -> None:
    table = cells()[0].head()
    for change, message in (
        ({"at": "noon"}, "column at held times of day in training, and holds names or numbers here"),
        ({"at": ["01:30", None, *["02:30"] * 3]}, "row 2: its at is missing; mend or drop it"),
    ):
        with pytest.raises(ValueError, match=message):
            load(run, "cpu").predict(table.assign(**change))
    with pytest.raises(ValueError, match="the frame has no column day"):
        load(run, "cpu").predict(table.drop(columns="day"))


def test_an_array_is_applied_to_arrays(tmp_path: Path) -> None:
    _, whole = cells()
    np.save(tmp_path / "x.npy", whole[:5])
    np.save(tmp_path / "more.npy", whole)
    folder = main(Config(data=tmp_path / "x.npy", ranks=(3,), out=tmp_path, device="cpu")).folder
    found = load(folder, "cpu").predict(tmp_path / "more.npy")
    np.testing.assert_allclose(found["fit"], whole.ravel(), atol=0.3)


def test_an_array_says_nothing_of_labels_that_a_table_had(run: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", cells()[1])
    with pytest.raises(ValueError, match=r"x.npy has places and no labels of .*; give a table"):
        load(run, "cpu").predict(tmp_path / "x.npy")


@pytest.mark.gpu
def test_it_is_the_same_on_a_gpu(run: Path) -> None:
    if not devices()[0]:
        pytest.skip(devices()[1])
    table = cells()[0].assign(sensor=lambda frame: frame["sensor"].astype(str))
    here = load(run, "cpu").predict(table)
    there = to_pandas(load(run, "gpu").predict(on_gpu(table)))
    pd.testing.assert_frame_equal(there, here, check_dtype=False, rtol=1e-9)
