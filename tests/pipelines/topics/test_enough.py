"""Documents of which nothing is left, or that are too few for what is asked: one line, with what to do."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.topic_runs import left, metrics, run

WORDS = "piston brake clutch gearbox".split()


def written(path: Path, texts: list[str]) -> Path:
    path.write_text("text\n" + "".join(f'"{text}"\n' for text in texts), encoding="utf-8")
    return path


def mixed(documents: int, length: int) -> list[str]:
    rng = np.random.default_rng(0)
    return [" ".join(rng.choice(WORDS, length)) for _ in range(documents)]


@pytest.mark.parametrize(
    ("texts", "options", "message"),
    [
        (mixed(60, 1), {}, "no document has two words of the vocabulary"),
        (mixed(60, 1), {"topics": "auto"}, "no document has two words of the vocabulary"),
        (mixed(60, 2), {}, "no document has three words of the vocabulary"),
        ([" ".join(WORDS)] * 60, {}, "all documents are the same"),
        ([" ".join(WORDS)] * 60, {"topics": "auto"}, "all documents are the same"),
        (["the of and", "a an", "?"] * 9, {}, "hold no words, but perhaps stop words or short ones"),
        ([" ".join(WORDS)], {"min_df": 1}, "1 documents are too few"),
        (mixed(2, 5), {"min_df": 1}, "2 documents are too few"),
        (mixed(60, 9), {"topics": 5}, "--topics 5 is more than the 48 documents .* 4 words; take --topics 4"),
        (mixed(5, 9), {"topics": 5, "min_df": 1}, "--topics 5 is more than the 4 documents"),
        (["piston piston piston"] * 30, {}, "one word alone is counted"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_each_is_one_sentence(tmp_path: Path, texts: list[str], options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        run(tmp_path / "out", written(tmp_path / "a.csv", texts), **{"topics": 2, "max_df": 1.0} | options)
    assert left(tmp_path / "out") == []


def test_a_file_of_blanks_is_told(tmp_path: Path) -> None:
    data = tmp_path / "a.csv"
    data.write_text("id,text\n" + "".join(f"{number},\n" for number in range(9)), encoding="utf-8")

    with pytest.raises(ValueError, match="holds no document: no row has text in text; name its columns"):
        run(tmp_path / "out", data)


def test_as_many_topics_as_can_be_are_found(tmp_path: Path) -> None:
    texts = ["piston brake " * 4, "clutch gearbox " * 4] * 30

    found = metrics(run(tmp_path, written(tmp_path / "a.csv", texts), topics=2, min_df=1, max_df=1.0))

    assert found["topics"] == 2


def test_a_model_counts_new_texts_by_its_own_rule(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    themes = ["发动机活塞离合器变速箱刹车", "星系彗星轨道火箭望远镜"]
    texts = ["".join(rng.choice(list(themes[n % 2]), 12)) for n in range(60)]
    learnt = run(tmp_path / "learnt", written(tmp_path / "a.csv", texts), topics=2, min_df=1)
    parted = [" ".join(text) for text in texts]

    found = run(tmp_path / "new", written(tmp_path / "b.csv", parted), model=learnt / "model.npz")

    assert metrics(learnt)["vocabulary"] == len(set("".join(themes)))
    assert metrics(found)["tokens"] == metrics(learnt)["tokens"] == 720
    assert "a Chinese character is one" in (learnt / "config.json").read_text(encoding="utf-8")
