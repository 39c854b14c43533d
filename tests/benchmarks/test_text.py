import pytest

from benchmarks import harness, text
from benchmarks.peers import text_ours, text_sklearn

TEXTS = ["The cat and the hat", "a cat", "", "The Straße of the cat"]


@pytest.mark.parametrize("options", text.CASES.values(), ids=text.CASES)
def test_both_make_the_same_counts(options: dict) -> None:
    given = {name: 1 if name == "min_df" else value for name, value in options.items()} | {"max_df": 1.0}

    found = [peer.digest(peer.run(TEXTS, 1, given)) for peer in (text_ours, text_sklearn)]

    assert found[0] == found[1]
    assert found[0]["tokens"] > 3
    with pytest.raises(ValueError, match="disagree about"):
        harness.agree({"one": found[0], "other": text_ours.digest(text_ours.run(TEXTS[:2], 1, given))})


def test_a_row_tells_tokens_by_core_second() -> None:
    samples = [{"cpu_s": cpu, "wall_s": 1.0, "peak_mb": 100} for cpu in (1.0, 2.0, 4.0)]

    assert text._row("text_ours", "words", 500, samples)["tokens_s"] == 250


def test_a_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(SystemExit, match=r"abstracts_30k.tsv.gz does not exist; give the directory"):
        text.main(text.Config(data=tmp_path))
