import pytest

from benchmarks import harness
from benchmarks.text import run
from benchmarks.text.peers import ours, sklearn

TEXTS = ["The cat and the hat", "a cat", "", "The Straße of the cat"]


@pytest.mark.parametrize("options", run.CASES.values(), ids=run.CASES)
def test_both_make_the_same_counts(options: dict) -> None:
    given = {name: 1 if name == "min_df" else value for name, value in options.items()} | {"max_df": 1.0}

    found = [peer.digest(peer.run(TEXTS, 1, given)) for peer in (ours, sklearn)]

    assert found[0] == found[1]
    assert found[0]["tokens"] > 3
    with pytest.raises(ValueError, match="disagree about"):
        harness.agree({"one": found[0], "other": ours.digest(ours.run(TEXTS[:2], 1, given))})


def test_a_row_tells_tokens_by_core_second() -> None:
    samples = [{"cpu_s": cpu, "wall_s": 1.0, "peak_mb": 100} for cpu in (1.0, 2.0, 4.0)]

    assert run._row("text.ours", "words", 500, samples)["tokens_s"] == 250


def test_a_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(SystemExit, match=r"abstracts_30k.tsv.gz does not exist; give the directory"):
        run.main(run.Config(data=tmp_path))
