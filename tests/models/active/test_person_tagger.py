"""The tagger of the labelling page learns, and asks for what it knows least."""

import numpy as np
import pytest

pytest.importorskip("torch")

from etl.conll import corpus
from etl.conll.schemes import tag_names
from etl.engine import choose
from models.active.person import Known
from models.active.person_tagger import person_tagger


@pytest.mark.parametrize("encoder", ["cnn", "transformer"])
def test_the_tagger_learns_a_rule_and_asks_for_what_breaks_it(encoder: str) -> None:
    """Every word "x" is a place; a word that was never seen is what the model knows least."""
    rng = np.random.default_rng(0)
    words = [["x" if rng.random() < 0.3 else f"w{rng.integers(5)}" for _ in range(6)] for _ in range(60)]
    words[59] = ["Q7", "Zz", "x", "Vv", "Q9", "x"]
    flat = [word for sentence in words for word in sentence]
    text = corpus.build(flat, ["O"] * len(flat), np.repeat(np.arange(60), 6))
    person = person_tagger(text, ["LOC"], choose("cpu"), encoder=encoder, epochs=30)
    true = np.array([4 if word == "x" else 0 for word in flat]).reshape(60, 6)
    known, held = (Known(np.array(part), true[part].ravel()) for part in (range(40), range(40, 59)))

    found = person.learn(1, known, held, np.arange(40, 60))

    assert found.judged.f1 > 0.95
    assert found.items[0] == 59
    assert (np.diff(found.scores) <= 0).all()
    assert tag_names(["LOC"])[4] == "S-LOC"
    assert found.guesses[41].tolist() == true[41].tolist()
