"""The tagger of a run tags new sentences as it did in its process, wherever it is loaded."""

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

pytest.importorskip("torch", reason="taggers are networks; pip install 'trinity[torch]'")

import torch

from etl.conll import coded, plain, read, simulate
from etl.conll.corpus import build
from etl.conll.schemes import convert
from etl.engine import choose, devices
from etl.handoff import from_arrow, to_pandas
from etl.records import Choice, collect, of_kind
from models.tagger import saved_tagger
from models.tagger.dataset import Dataset
from models.tagger.estimator import TaggerEstimator
from models.tagger.network import LETTERS, Network
from pipelines import load
from pipelines.ner.tagging import Tag, tag
from pipelines.ner.training import pipeline
from pipelines.ner.training.pipeline import Train, train
from tests.pipelines.ner.test_pipeline import write
from tests.support.applied import elsewhere

SMALL = Network(width=16, epochs=4, round_steps=60)
NEW = ["Ada Byron went to Rome .", "Nobody came from New York .", "Quux ⟡ Oslo"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Dataset, TaggerEstimator]:
    """A run, and what it learnt from and by, of its process."""
    folder, held = tmp_path_factory.mktemp("made"), []
    data = write(folder / "train.conll", simulate.sentences(120, seed=1))
    with pytest.MonkeyPatch.context() as patch:
        build, fit = pipeline.dataset, TaggerEstimator.fit
        patch.setattr(pipeline, "dataset", lambda *given: held.append(build(*given)) or held[-1])
        patch.setattr(TaggerEstimator, "fit", lambda self, *given: held.append(self) or fit(self, *given))
        run = train(Train(data=data, network=SMALL, device="cpu", out=folder / "runs"))
    return run, held[0], held[1]


@pytest.fixture
def text(tmp_path: Path) -> Path:
    (tmp_path / "new.txt").write_text("\n".join(NEW), encoding="utf-8")
    return tmp_path / "new.txt"


def wanted(made: tuple[Path, Dataset, TaggerEstimator], words: list[list[str]]) -> pd.DataFrame:
    """Rows of the sentences by the tagger of the process."""
    _, data, model = made
    sentence = np.repeat(np.arange(len(words)), list(map(len, words)))
    flat = [word for each in words for word in each]
    given = build(flat, ["O"] * len(flat), sentence)
    new = coded.code(given, data.words, data.characters, choose("cpu"), LETTERS)
    tags = model.predict(new)
    sure = model.outputs(new).distributions[np.arange(len(flat)), tags]
    codes, names = convert(tags, given.starts, data.names, "IOB2", "BIOES")
    columns = {"sentence": sentence, "word": flat, "tag": [names[code] for code in codes]}
    return pd.DataFrame({**columns, "probability": sure})


def test_sentences_in_another_process_elsewhere_are_tagged_as_in_the_run(made, text: Path) -> None:
    found = pd.read_parquet(elsewhere(made[0], text, text.parent / "found.parquet"))
    pd.testing.assert_frame_equal(
        found, wanted(made, list(map(plain.cut, NEW))), check_dtype=False, check_exact=True
    )


def columns_file(folder: Path) -> Path:
    lines = ("\n".join(f"{word}\tO" for word in plain.cut(line)) for line in NEW)
    (folder / "new.conll").write_text("\n\n".join(lines) + "\n", encoding="utf-8")
    return folder / "new.conll"


def table(folder: Path) -> Path:
    pd.DataFrame({"n": [1, 2, 3], "Text": NEW, "label": "x"}).to_csv(folder / "new.csv", index=False)
    return folder / "new.csv"


def objects(folder: Path) -> Path:
    rows = [json.dumps({"labels": [[0, 3, "PER"]], "text": line}) for line in NEW]
    (folder / "new.jsonl").write_text("\n".join(rows), encoding="utf-8")
    return folder / "new.jsonl"


def words_frame(folder: Path) -> pd.DataFrame:
    rows = [(f"s{k}", word) for k, line in enumerate(NEW) for word in plain.cut(line)]
    return pd.DataFrame(rows, columns=["sentence", "word"])[["word", "sentence"]].assign(more=1)


def texts_frame(folder: Path) -> pd.DataFrame:
    return pd.DataFrame({"more": 1, "text": NEW})


@pytest.mark.parametrize("form", [columns_file, table, objects, words_frame, texts_frame])
def test_a_sentence_is_tagged_alike_in_whatever_form_it_comes(form, made, text: Path) -> None:
    saved = load(made[0], "cpu")
    found = saved.predict(form(text.parent))
    pd.testing.assert_frame_equal(found.drop(columns="id", errors="ignore"), saved.predict(text))
    if form is words_frame:
        assert found["id"].unique().tolist() == ["s0", "s1", "s2"]


def test_a_frame_that_lacks_its_columns_is_told(made) -> None:
    with pytest.raises(
        ValueError, match="no column text or word; give text with a text a row, or sentence and"
    ):
        load(made[0], "cpu").predict(pd.DataFrame({"sentence": [1], "body": ["x"]}))
    with pytest.raises(ValueError, match="a row lacks its word or sentence"):
        load(made[0], "cpu").predict(pd.DataFrame({"sentence": [1, 1], "word": ["x", None]}))


def test_words_that_training_did_not_hold_are_counted(made, text: Path) -> None:
    with collect() as entries:
        load(made[0], "cpu").predict(text)
    known = set(made[1].words.terms.to_pylist())
    letters = set(made[1].characters.terms.to_pylist())
    words = [word for line in NEW for word in plain.cut(line)]
    new = sum("".join("0" if c in "0123456789" else c for c in word.lower()) not in known for word in words)
    odd = sum(not set(word[:LETTERS]) <= letters for word in words)
    assert new >= 2
    (reason,) = (e.reason for e in of_kind(entries, Choice) if e.reason.startswith("words: "))
    assert reason.startswith(f"words: {new} of {len(words)} (")
    assert reason.endswith(f"; {odd} hold letters that were not")


def test_tags_are_written_in_columns_and_as_objects(made, text: Path) -> None:
    out = [
        tag(Tag(run=made[0], data=text, out=text.parent / f"a{end}", device="cpu"))
        for end in (".conll", ".jsonl")
    ]
    rows = load(made[0], "cpu").predict(text)
    again = read.conll(out[0])
    assert again.words.to_pylist() == rows["word"].tolist()
    assert again.tag_names().to_pylist() == rows["tag"].tolist()
    assert again.starts.tolist() == [0, *np.cumsum(rows.groupby("sentence").size()).tolist()]
    objects = [json.loads(line) for line in out[1].read_text(encoding="utf-8").splitlines()]
    assert [each["words"] for each in objects] == list(map(plain.cut, NEW))
    assert [tag for each in objects for tag in each["tags"]] == rows["tag"].tolist()
    begun = [each["tags"][begin] for each in objects for begin, _, _ in each["spans"]]
    assert begun == [tag for tag in rows["tag"] if tag[0] == "B"]


def test_the_command_is_told_columns_and_encodings(made, text: Path) -> None:
    (text.parent / "new.tsv").write_text("n\tbody\n1\tBjörn Ulvaeus\n", encoding="latin-1")
    given = {"run": made[0], "data": text.parent / "new.tsv", "out": text.parent / "a.csv", "device": "cpu"}
    with pytest.raises(ValueError, match="--encoding"):
        tag(Tag(**given, text="body"))
    found = pd.read_csv(tag(Tag(**given, text="body", encoding="latin-1")))
    assert found["word"].tolist() == ["Björn", "Ulvaeus"]
    with pytest.raises(ValueError, match=r"a\.xml ends in neither of \.csv, \.parquet, \.conll, \.jsonl"):
        tag(Tag(**{**given, "out": text.parent / "a.xml"}))


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:999])])
@pytest.mark.parametrize("name", ["weights.arrow", "model.json"])
def test_a_damaged_model_is_one_line(spoil: Callable, name: str, made, tmp_path: Path) -> None:
    shutil.copytree(made[0], tmp_path / "copy")
    spoil(tmp_path / "copy" / "model" / name)
    with pytest.raises((ValueError, FileNotFoundError)) as caught:
        load(tmp_path / "copy", "cpu")
    assert "\n" not in str(caught.value)
    assert "model" in str(caught.value)


def test_weights_of_another_network_are_one_line(made, tmp_path: Path) -> None:
    shutil.copytree(made[0], tmp_path / "copy")
    place = tmp_path / "copy" / "model" / "model.json"
    facts = json.loads(place.read_text())
    del facts["sums"]  # that runs of older versions lack
    facts["model"]["tagger"]["network"]["width"] = 17
    place.write_text(json.dumps(facts))
    with pytest.raises(ValueError, match="damaged.*another network"):
        load(tmp_path / "copy", "cpu")


def test_the_folder_of_an_older_run_is_read(made, text: Path, tmp_path: Path) -> None:
    tagger = load(made[0], "cpu").model.tagger
    (old := tmp_path / "tagger").mkdir()
    tagger.words.save(old / "words.json")
    tagger.characters.save(old / "characters.json")
    about = {name: tagger.facts()[name] for name in ("names", "network")}
    (old / "tagger.json").write_text(json.dumps(about))
    held = io.BytesIO()
    torch.save({"module": made[2].module_.state_dict(), "learnt": {"history_": [1.0], "rounds_": 1}}, held)
    (old / "weights.bin").write_bytes(held.getvalue())
    found = saved_tagger.load(old).table(plain.text(text), choose("cpu")).to_pandas()
    pd.testing.assert_frame_equal(found, load(made[0], "cpu").predict(text), check_dtype=False)


@pytest.mark.gpu
def test_a_gpu_tags_as_the_cpu(made, text: Path) -> None:
    if not devices()[0]:
        pytest.skip(devices()[1])
    here, there = (load(made[0], device) for device in ("cpu", "gpu"))
    pd.testing.assert_frame_equal(to_pandas(there.predict(text)), here.predict(text), check_dtype=False)
    for form in (words_frame, texts_frame):
        frame = form(text.parent)
        found = there.predict(from_arrow(pa.Table.from_pandas(frame), choose("gpu")))
        pd.testing.assert_frame_equal(to_pandas(found), here.predict(frame), check_dtype=False)
