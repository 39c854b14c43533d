"""From tagged sentences to a run's folder: on made-up sentences, on small files, after a kill."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

pytest.importorskip("torch", reason="taggers are networks; pip install 'trinity[torch]'")

from etl.conll import read, simulate
from etl.conll.score import span_f1
from etl.engine import choose
from models.tagger.network import Network
from pipelines import load
from pipelines.ner import measures
from pipelines.ner.config import Config, Plan
from pipelines.ner.pipeline import main
from tests.support.waiting import LIMIT, until

pytestmark = pytest.mark.usefixtures("no_pictures")

ROOT = Path(__file__).parents[3]
PLAN = Plan(acquisitions=("random", "mnlp", "bald"), start=0.1, step=0.2, until=0.5, samples=3, seeds=2)
SMALL = Network(width=16, epochs=4, round_epochs=2, round_steps=30, round_lr=0.002)
FIGURES = {"curves", "lengths", "entities", "informative", "rounds", "timeline", "ledger"}


def write(path: Path, corpus) -> Path:
    lines = []
    tags, words = corpus.tag_names().to_pylist(), corpus.words.to_pylist()
    for begin, end in zip(corpus.starts[:-1], corpus.starts[1:], strict=True):
        lines += [f"{words[k]} {tags[k]}" for k in range(begin, end)] + [""]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("sentences")
    return (
        write(folder / "train.conll", simulate.sentences(260, seed=1)),
        write(folder / "test.conll", simulate.sentences(80, seed=2)),
    )


def config(files, out: Path, **options) -> Config:
    return replace(
        Config(data=files[0], test=files[1], plan=PLAN, network=SMALL, device="cpu", workers=1, out=out),
        **options,
    )


@pytest.fixture(scope="module")
def whole(files, tmp_path_factory) -> Path:
    return main(config(files, tmp_path_factory.mktemp("whole"))).folder


def metrics(folder: Path) -> dict:
    return json.loads((folder / "metrics.json").read_text())


def test_a_run_leaves_curves_for_each_acquisition_and_nothing_unfinished(whole):
    found = metrics(whole)
    assert {path.stem for path in (whole / "figures").iterdir()} == FIGURES
    assert set(found["curve"]) == set(PLAN.acquisitions) == set(found["words_at_99pct"])
    for name, points in found["curve"].items():
        shares = [x for x, _ in points]
        assert shares == sorted(shares)
        assert shares[-1] >= 50
        runs = found["curve_by_seed"][name]
        assert len(points) == min(map(len, runs))
        each = [[score for _, score in run[: len(points)]] for run in runs]
        np.testing.assert_allclose([score for _, score in points], np.mean(each, axis=0))
    starts = [[run[0] for run in runs] for runs in found["curve_by_seed"].values()]
    assert starts[0] == starts[1] == starts[2], "all begin with the same random sentences"
    assert [path.name for path in whole.parent.iterdir()] == [whole.name]


def test_questions_hold_each_sentence_once_a_run_with_its_own_tags(whole, files):
    train = read.conll(files[0])
    asked = [json.loads(line) for line in (whole / "questions.jsonl").read_text().splitlines()]
    for name in PLAN.acquisitions:
        for seed in range(PLAN.seeds):
            own = [row for row in asked if (row["acquisition"], row["seed"]) == (name, seed)]
            items = [row["item"] for row in own]
            assert len(items) == len(set(items))
            share = 100 * sum(row["words"] for row in own) / train.tokens
            assert share == pytest.approx(metrics(whole)["curve_by_seed"][name][seed][-1][0])


def test_the_saved_tagger_tags_new_sentences_as_it_was_judged(whole, files):
    test = read.conll(files[1])
    found, _ = load(whole, "cpu").model.tagger.tag(test, choose("cpu"))
    score = span_f1(
        *(part.named(found.names).tags for part in (bioes(test), found)), test.starts, found.names
    )
    assert score.f1 == pytest.approx(metrics(whole)["f1_full_by_seed"][0], abs=1e-9)


def bioes(corpus):
    from etl.conll.schemes import convert

    tags, names = convert(corpus.tags, corpus.starts, corpus.names)
    return replace(corpus, tags=tags, names=names)


def test_processes_give_what_one_gives(whole, files, tmp_path):
    other = metrics(main(config(files, tmp_path, workers=2)).folder)
    for name in ("curve_by_seed", "f1_full_by_seed", "words_at_99pct"):
        assert other[name] == metrics(whole)[name]


@pytest.mark.parametrize(("workers", "how"), [(1, signal.SIGKILL), (2, signal.SIGTERM)])
def test_a_killed_run_goes_on_where_it_was_and_comes_to_the_same_curves(workers, how, whole, files, tmp_path):
    (tmp_path / "one.py").write_text(
        "import sys; from pathlib import Path; from test_pipeline import config, main\n"
        "if __name__ == '__main__':\n"
        f"    main(config([Path(place) for place in sys.argv[1:3]], Path(sys.argv[3]), workers={workers}))\n"
    )
    out = tmp_path / "out"
    places = os.pathsep.join([str(ROOT), str(Path(__file__).parent)])
    call = [sys.executable, str(tmp_path / "one.py"), *map(str, files), str(out)]
    environment, home = {**os.environ, "PYTHONPATH": places}, out / "ner"
    with subprocess.Popen(call, env=environment, stdout=subprocess.DEVNULL) as child:
        try:
            until(
                lambda: list(home.glob(".rounds-*/*-1/point-*.json")) or child.poll() is not None, 2 * LIMIT
            )
            assert child.poll() is None, "it ended by itself"
            workers_of = psutil.Process(child.pid).children(recursive=True)
            child.send_signal(how)
            child.wait(timeout=LIMIT)
        finally:
            child.kill()
    _, alive = psutil.wait_procs(workers_of, timeout=LIMIT)
    assert not alive, "its processes end with it"
    (rounds,) = home.glob(".rounds-*")
    assert list(rounds.glob("*/queries-*.jsonl"))
    folder = main(config(files, out)).folder
    assert metrics(folder)["curve_by_seed"] == metrics(whole)["curve_by_seed"]
    lines = [(each / "questions.jsonl").read_text().count("\n") for each in (folder, whole)]
    assert lines[0] == lines[1]


def test_words_are_found_on_the_line_between_points():
    curve = [(1.0, 0.1), (2.0, 0.5), (3.0, 0.4), (4.0, 0.9)]
    assert measures.words_at(curve, 0.3) == pytest.approx(1.5)
    assert measures.words_at(curve, 0.65) == pytest.approx(3.5)
    assert measures.words_at(curve, 0.05) == 1.0
    assert measures.words_at(curve, 0.95) is None


def test_names_are_shown_in_brackets(files):
    train = read.conll(files[0])
    one = bioes(train)
    spans = measures.text(type("T", (), {"train": one, "names": one.names})(), 3)
    bare = " ".join(train[3:4].words.to_pylist())
    assert (
        "".join(
            part for part in spans.replace("]PER", "").replace("]LOC", "").replace("]ORG", "") if part != "["
        )
        == bare
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"plan": {"acquisitions": ("luck",)}}, "there is no acquisition 'luck'"),
        ({"plan": {"acquisitions": ()}}, "--acquisitions is empty"),
        ({"plan": {"step": 0.0}}, "--step is 0.0; it is a share of the words"),
        ({"columns": (0, 0)}, "name their columns"),
        ({"data": Path("none.conll")}, "none.conll does not exist"),
    ],
)
def test_what_cannot_be_compared_is_refused(change, message, files, tmp_path):
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        main(config(files, tmp_path, **{**change, "plan": replace(PLAN, **change.get("plan", {}))}))


def test_a_file_without_names_is_refused(files, tmp_path):
    plain = tmp_path / "plain.conll"
    plain.write_text("a O\nb O\n\n" * 9)
    with pytest.raises(ValueError, match="holds no tag but O; name its columns"):
        main(config((plain, files[1]), tmp_path))
