"""Whether the moments' alphas are to be trusted, and what the first pass makes of them."""

import numpy as np
import pytest

from etl.engine import Engine
from etl.handoff import to_host
from etl.pieces import Pieces
from etl.text.simulate import Design, draw
from models.topics import passes
from models.topics.start import FLAT, Settings, Start, first_pass, moment_start
from models.topics.tensor_lda import TensorLDA

DESIGN = Design(words=300, topics=4, alpha0=1.0, length=60, seed=2, concentration=60)
DOCUMENTS = draw((0, 4000), DESIGN).astype("float32")


def begun(engine: Engine, **options) -> Start:
    given = {"topics": 4, "alpha0": 1.0, "cap": None, "power": 0.5, "passes": 3, "restarts": 10, "seed": 0}
    documents = engine.sparse.csr_matrix(DOCUMENTS)
    return moment_start(Pieces([documents]), Settings(**(given | {"method": "power"} | options)))


@pytest.mark.parametrize(
    ("holds", "options"),
    [(True, {}), (False, {"alpha0": 4.0}), (False, {"alpha0": 10.0}), (False, {"cap": 3.0})],
    ids=["true alpha0", "four times it", "ten times it", "capped counts"],
)
def test_model_holds_where_alphas_add_up_to_alpha0(engine: Engine, holds: bool, options: dict) -> None:
    start = begun(engine, **options)

    assert start.model_holds == holds
    error = abs(to_host(start.alpha).sum() / start.alpha0 - 1)
    assert (error < 0.05) == (holds or "cap" in options)  # alphas of capped counts may add up by chance


@pytest.mark.parametrize("holds", [True, False])
def test_first_pass_trusts_alphas_that_add_up(engine: Engine, holds: bool) -> None:
    xp = engine.xp
    topics = xp.asarray([[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]])
    start = Start(topics=topics, alpha=xp.asarray([0.7, -0.2]), model_holds=holds)

    B, alpha = (to_host(found) for found in first_pass(start, xp.asarray([6.0, 3.0, 1.0])))

    assert alpha.tolist() == ([0.7, 1e-2] if holds else [FLAT, FLAT])
    share = 0.02 if holds else 0.1  # of the words of all documents, in each topic
    expected = (1 - share) * np.array([[1.0, 0.0], [0.0, 0.5], [0.0, 0.5]]) + share * np.c_[[0.6, 0.3, 0.1]]
    np.testing.assert_allclose(B, expected, rtol=1e-6)
    assert (B > 0).all()


@pytest.mark.parametrize(("alpha0", "steps"), [(1.0, 10), (4.0, 3)])
def test_mixtures_are_brought_further_where_alphas_are_trusted(
    monkeypatch, alpha0: float, steps: int
) -> None:
    run, first = passes.run, []
    monkeypatch.setattr(
        passes, "run", lambda *given, **options: first.append(options["first"]) or run(*given, **options)
    )

    TensorLDA(4, alpha0=alpha0, cap=None, n_iter=1).fit(DOCUMENTS)

    assert first == [steps]
