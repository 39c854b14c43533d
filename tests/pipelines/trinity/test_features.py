"""Words are weighed when they are asked for, of some texts as of all; and how texts begin."""

import numpy as np
import pytest
from scipy.sparse import random as drawn

from etl.engine import Engine
from etl.handoff import from_host, to_host
from etl.pieces import Pieces
from pipelines.trinity import features
from pipelines.trinity.features import Features, Words
from pipelines.trinity.previews import begins

WHOLE = drawn(60, 9, density=0.3, format="csr", dtype="float32", random_state=0)


def words(engine: Engine) -> Words:
    parts = []
    for begin, end in ((0, 25), (25, 26), (26, 60)):
        cut = WHOLE[begin:end]
        held = tuple(from_host(part, engine) for part in (cut.data, cut.indices, cut.indptr))
        parts.append(engine.sparse.csr_matrix(held, shape=cut.shape))
    return Words((60, 9), Pieces(parts), lambda X: X * 2)


def test_some_texts_are_weighed_alone_and_in_the_order_asked_for(engine: Engine) -> None:
    made, places = words(engine), np.array([40, 3, 25, 59, 3])
    found = made.rows(from_host(places, engine))
    np.testing.assert_array_equal(to_host(found.toarray()), 2 * WHOLE.toarray()[places])
    assert made.weigh is not None
    np.testing.assert_array_equal(to_host(made.whole().toarray()), 2 * WHOLE.toarray())
    assert made.weigh is None
    np.testing.assert_array_equal(
        to_host(made.rows(from_host(places, engine)).toarray()), 2 * WHOLE.toarray()[places]
    )


def test_many_texts_are_weighed_with_all(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "FEW", 0.01)
    made = words(engine)
    assert made.rows(from_host(np.array([5, 1]), engine)).shape == (2, 9)
    assert made.weigh is None


def test_what_a_learner_does_not_read_is_let_go() -> None:
    both = Features(np.ones((60, 2), "float32"), ["a", "b"], Words.of(WHOLE))
    assert both.only("words").words is both.words
    assert both.only("logistic").words is None
    assert both.of("words").shape == (60, 9)
    assert both.rows("logistic", np.array([1, 2])).shape == (2, 2)


@pytest.mark.parametrize("text", ["a  b\n c" + "d" * 30, " x" * 20, "", "   ", "one two ", "abc def\tg"])
def test_a_text_begins_with_its_first_characters_in_a_line(text: str) -> None:
    import pandas as pd

    found = begins(Pieces([pd.DataFrame({"text": [text, "other"]})]), 7).to_pylist()
    assert found == [" ".join(text[:28].split())[:7], "other"]
