"""From items to a run's folder: digits, files, simulated items, and what is refused."""

import math
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

pytest.importorskip("torch", reason="the model is a network; pip install 'trinity[torch]'")

from etl.engine import choose
from etl.hierarchy.digits import DIGITS
from models.partial.chains import naive_cost
from models.partial.questions import questions
from pipelines.partial.pipeline import main
from tests.support.partial_runs import TABLE, choices, config, labels, metrics
from tests.support.waiting import LIMIT

ROOT = Path(__file__).parents[3]
FIGURES = {"accuracy", "remaining", "finished", "full", "lengths", "asked", "timeline", "ledger"}
FILES = {"config.json", "metrics.json", "ledger.json", "story.json", "report.md", "report.html", "figures",
         "model", "labels.csv", "questions.parquet", "dialogues.html"}  # fmt: skip


@pytest.fixture(scope="module")
def digits(tmp_path_factory) -> Path:
    return main(config(tmp_path_factory.mktemp("digits"), items=400, epochs=5)).folder


def test_digits_leave_a_whole_folder(digits: Path) -> None:
    found = metrics(digits)
    assert {path.name for path in digits.iterdir()} == FILES
    assert {path.stem for path in (digits / "figures").iterdir()} == FIGURES
    assert set(found["questions_to_full"]) == set(found["accuracy_at_30pct"]) == {"uniform", "alpf_eig"}
    assert (found["items"], found["classes"], found["questions"]) == (400, 10, 15)
    assert found["naive_cost"] == naive_cost(questions(DIGITS, choose("cpu"))) >= math.log2(10)
    assert [path.name for path in digits.parent.iterdir()] == [digits.name]


def test_uniform_costs_what_naive_questions_cost_and_alpf_less(digits: Path) -> None:
    found = metrics(digits)
    cost = found["questions_to_full"]
    assert cost["uniform"] == pytest.approx(found["naive_cost_items"])
    assert cost["alpf_eig"] < cost["uniform"]
    assert found["saving"]["alpf_eig"] == pytest.approx(1 - cost["alpf_eig"] / cost["uniform"])
    for name, points in found["curve"].items():
        share, _, left, done = np.transpose(points)
        assert (np.diff(share) > 0).all()
        assert (np.diff(left) <= 0).all()
        assert (left[-1], done[-1]) == (1, 1)
        assert share[-1] * found["naive_cost_items"] == pytest.approx(cost[name])


def test_labels_are_the_true_classes_and_questions_explain_them(digits: Path) -> None:
    from sklearn.datasets import load_digits

    truth = load_digits(return_X_y=True)[1]
    assert all(str(truth[int(item)]) == name for item, name in labels(digits).items())
    asked = pyarrow.parquet.read_table(digits / "questions.parquet").to_pandas()
    found = metrics(digits)
    for name, rows in asked.groupby("variant", observed=True):
        assert len(rows) == pytest.approx(400 * found["questions_to_full"][name])
        assert rows["round"].is_monotonic_increasing
    below = dict(zip(*DIGITS.members(), strict=True))
    title = {DIGITS.title(node): members for node, members in below.items()}
    yes = [title[row.question][truth[int(row.item)]] for row in asked.itertuples()]
    assert yes == asked["yes"].tolist()


def test_the_page_tells_each_item_to_its_end(digits: Path) -> None:
    page = (digits / "dialogues.html").read_text()
    assert page.count("<article>") == page.count("data:image/png;base64,") == 12
    assert "Is it a" in page
    asked = pyarrow.parquet.read_table(digits / "questions.parquet").to_pandas()
    own = asked[asked["variant"] == "alpf_eig"]
    longest = own["item"].value_counts()
    for card in page.split("<article>")[1:]:
        item = card.partition("Item ")[2].partition(":")[0]
        assert card.count("<tr>") == longest[item]
        assert f"A long dialogue: {longest.max()} questions" in page


def test_the_same_seed_gives_the_same_run(digits: Path, tmp_path: Path) -> None:
    again = metrics(main(config(tmp_path, items=400, epochs=5)).folder)
    assert again["curve"] == metrics(digits)["curve"]


def test_simulated_items_need_only_a_hierarchy(tmp_path: Path) -> None:
    (tmp_path / "tree.csv").write_text(TABLE)
    folder = main(config(tmp_path, hierarchy=tmp_path / "tree.csv", simulate=300)).folder
    found = metrics(folder)
    # cat, dog, cow and car in halves: two questions each
    assert found["naive_cost"] == 2.0
    assert found["questions_to_full"]["uniform"] == 2.0
    assert (found["items"], found["held_out"]) == (300, 60)
    assert set(labels(folder).values()) == {"cat", "dog", "cow", "car"}
    assert "tree.csv is a table" in choices(folder)


def test_the_hierarchy_of_wordnet_costs_what_was_published(real_hierarchy: Path, tmp_path: Path) -> None:
    found = metrics(
        main(config(tmp_path, hierarchy=real_hierarchy, simulate=400, budget=0.3, epochs=1)).folder
    )
    assert (found["questions"], found["naive_cost"]) == (304, pytest.approx(8.265))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"variants": ("luck",)}, "there is no variant 'luck'; take one of uniform"),
        ({"variants": ()}, "--variants is empty"),
        ({"budget": 0.0}, "--budget is 0.0; it is a share"),
        ({"epochs": 0}, "--epochs is 0; it must be at least 1"),
        ({"simulate": -1}, "--simulate is -1"),
        ({"simulate": 9, "data": Path("x")}, "leave one of them out"),
        ({"data": Path("none")}, "none is no directory"),
        ({"items": 10, "budget": 0.01}, "pays for no question"),
        ({"simulate": 9, "hierarchy": Path("none.csv")}, "none.csv does not exist"),
    ],
)
def test_what_cannot_be_run_is_refused(options: dict, message: str, tmp_path: Path) -> None:
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        main(config(tmp_path / "out", **options))
    assert not list((tmp_path / "out").glob("partial/*"))


def test_a_killed_run_leaves_nothing_half_written(tmp_path: Path) -> None:
    call = [sys.executable, "-m", "pipelines.partial", "--out", str(tmp_path), "--device", "cpu"]
    with subprocess.Popen(call, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout
            while not child.stdout.readline().startswith("load"):
                assert child.poll() is None, "it ended by itself"
            child.send_signal(signal.SIGTERM)
            assert child.wait(timeout=LIMIT) == 128 + signal.SIGTERM
        finally:
            child.kill()
    assert not list((tmp_path / "partial").iterdir())
