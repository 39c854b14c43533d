"""Each acquisition is the number that a loop over items and tokens gives."""

import math
import tracemalloc
from collections import Counter
from functools import partial

import numpy as np
import pytest

from etl.engine import Engine
from etl.handoff import to_host
from models.active.acquisition import SCORES, acquisition
from models.active.bald import bald
from models.active.density import density, similarity
from models.active.least_confidence import least_confidence
from models.active.mnlp import mnlp
from models.active.outputs import Outputs, owners, read, tokens_of
from models.active.pool import ranked
from models.active.random_order import random
from models.active.token_entropy import token_entropy

K, M = 4, 9


def drawn(seed: int = 0, items: int = 60) -> dict[str, np.ndarray]:
    """Outputs of items of 1 to 7 tokens: few classes and passes, so that votes tie and repeat."""
    rng = np.random.default_rng(seed)
    starts = np.concatenate([[0], rng.integers(1, 8, items).cumsum()])
    P = rng.dirichlet(np.full(K, 0.4), starts[-1])
    P[rng.random(len(P)) < 0.1] = np.eye(K)[0]
    likeliest = P.argmax(axis=1)
    samples = np.where(rng.random((M, len(P))) < 0.7, likeliest, rng.integers(0, K, (M, len(P))))
    return {
        "starts": starts,
        "token_log_probs": np.log(P.max(axis=1)),
        "distributions": P,
        "samples": samples.astype("uint8"),
        "embeddings": rng.normal(size=(items, 5)) + 0.5,
    }


def on(engine: Engine, arrays: dict[str, np.ndarray], **more) -> Outputs:
    return Outputs(**{name: engine.xp.asarray(array) for name, array in (arrays | more).items()})


def spans(arrays: dict[str, np.ndarray]) -> list[slice]:
    return [slice(*pair) for pair in zip(arrays["starts"][:-1], arrays["starts"][1:], strict=True)]


def close(found, expected) -> None:
    np.testing.assert_allclose(to_host(found), expected, rtol=1e-10, atol=1e-12)


def test_least_confidence_is_one_minus_the_product(engine: Engine) -> None:
    arrays = drawn()
    expected = [1 - math.prod(np.exp(arrays["token_log_probs"][span])) for span in spans(arrays)]
    found = on(engine, arrays)
    close(least_confidence(found), expected)
    close(-engine.xp.expm1(-least_confidence(found, log=True)), expected)


def test_the_log_probability_of_a_whole_sequence_comes_before_that_of_its_tokens(engine: Engine) -> None:
    arrays = drawn()
    whole = np.random.default_rng(1).normal(-5, 1, len(spans(arrays)))
    found = on(engine, arrays, log_probs=whole)
    close(least_confidence(found), [1 - math.exp(value) for value in whole])
    close(mnlp(found), [-value / (s.stop - s.start) for value, s in zip(whole, spans(arrays), strict=True)])


def test_mnlp_is_the_mean(engine: Engine) -> None:
    arrays = drawn()
    close(
        mnlp(on(engine, arrays)),
        [-sum(arrays["token_log_probs"][s]) / (s.stop - s.start) for s in spans(arrays)],
    )


def test_mnlp_does_not_ask_for_long_sentences_and_least_confidence_does() -> None:
    """The uncertain are the odd items, whatever their length; each length occurs for both kinds as often."""
    lengths = np.repeat(np.arange(1, 41), 2)
    sure = np.tile([-0.1, -0.3], 40)
    outputs = Outputs(np.concatenate([[0], lengths.cumsum()]), token_log_probs=np.repeat(sure, lengths))
    odd = set(range(1, 80, 2))
    by_mean = ranked(outputs.items, mnlp(outputs).round(9), seed=0)
    by_product = ranked(outputs.items, least_confidence(outputs, log=True), seed=0)
    assert set(by_mean[:40].tolist()) == odd
    assert abs(lengths[by_mean[:20]].mean() - lengths.mean()) < 2.6 * lengths.std() / 20**0.5
    assert set(by_product[:40].tolist()) != odd
    assert lengths[by_product[:20]].min() > lengths.mean()


def test_the_order_of_least_confidence_outlives_the_rounding_of_one_minus_p() -> None:
    outputs = Outputs(np.arange(4), log_probs=np.array([-50.0, -70.0, -60.0]))
    assert set(least_confidence(outputs).tolist()) == {1.0}
    assert ranked(outputs.items, SCORES["least_confidence"](outputs), 0).tolist() == [1, 2, 0]


def test_bald_by_token_is_a_count_of_votes(engine: Engine, monkeypatch) -> None:
    arrays, expected = drawn(), []
    for span in spans(arrays):
        votes = [Counter(column).most_common(1)[0][1] for column in arrays["samples"][:, span].T.tolist()]
        expected.append(sum(1 - count / M for count in votes) / len(votes))
    assert len(set(expected)) > 5
    close(bald(on(engine, arrays)), expected)
    monkeypatch.setattr("models.active.bald.BLOCK", 7)
    close(bald(on(engine, arrays)), expected)


def test_bald_by_sequence_is_a_count_of_whole_sequences(engine: Engine) -> None:
    arrays, most, sure = drawn(), [], []
    for span in spans(arrays):
        most.append(Counter(map(tuple, arrays["samples"][:, span].tolist())).most_common(1)[0][1])
        sure.append(arrays["token_log_probs"][span].mean())
    alone = {name: arrays[name] for name in ("starts", "samples")}
    close(bald(on(engine, alone), vote="sequence"), [1 - count / M for count in most])
    scores = bald(on(engine, arrays), vote="sequence")
    # The order of the authors: np.lexsort((mean log-probability, votes)).
    order, expected = to_host(scores.argsort())[::-1], np.lexsort((sure, most))
    assert [(most[i], round(sure[i], 9)) for i in order] == [(most[i], round(sure[i], 9)) for i in expected]
    assert 1 < len(set(most)) < len(most)


def test_the_same_tags_at_other_places_are_another_sequence() -> None:
    swapped = Outputs(np.array([0, 2]), samples=np.array([[0, 1], [1, 0], [0, 1]], dtype="uint8"))
    close(bald(swapped, vote="sequence"), [1 / 3])


@pytest.mark.parametrize("over", ["mean", "sum"])
def test_token_entropy_is_the_sum_of_p_log_p(engine: Engine, over: str) -> None:
    arrays, expected = drawn(), []
    for span in spans(arrays):
        each = [-sum(p * math.log(p) for p in row if p > 0) for row in arrays["distributions"][span].tolist()]
        expected.append(sum(each) / (len(each) if over == "mean" else 1))
    close(token_entropy(on(engine, arrays), over=over), expected)


@pytest.mark.parametrize("power", [0.0, 1.0, 2.5])
def test_density_is_the_mean_of_all_cosines(engine: Engine, power: float) -> None:
    arrays = drawn()
    E = arrays["embeddings"]
    E[3] = 0.0
    E[4] *= -100
    norms = np.array([math.hypot(*row) for row in E])
    near = []
    for i in range(len(E)):
        cosines = [E[i] @ E[j] / (norms[i] * norms[j]) if norms[i] * norms[j] else 0 for j in range(len(E))]
        near.append(max(sum(cosines) / len(E), 0.0))
    outputs = on(engine, arrays)
    assert near[3] == near[4] == 0
    close(density(outputs, mnlp, power=power), to_host(mnlp(outputs)) * np.array(near) ** power)


def test_density_needs_no_matrix_of_the_pool_by_itself() -> None:
    E = np.random.default_rng(0).normal(size=(20_000, 4))
    tracemalloc.start()
    similarity(E)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * E.nbytes < E.shape[0] ** 2 * 8 / 100


def test_random_depends_on_the_item_and_the_seed_alone(engine: Engine) -> None:
    xp = engine.xp
    items = np.random.default_rng(0).permutation(5000)
    found = to_host(random(Outputs(xp.arange(5001), items=xp.asarray(items)), seed=3))
    inverse = to_host(random(Outputs(xp.arange(5001)), seed=3))
    assert found.tolist() == inverse[items].tolist()
    assert not np.allclose(inverse, to_host(random(Outputs(xp.arange(5001)), seed=4)))
    bins = np.bincount((inverse * 20).astype(int), minlength=20)
    assert ((bins - 250) ** 2 / 250).sum() < 43.8  # chi square of 19 degrees, 0.1 %


@pytest.mark.parametrize("name", ["random", *SCORES])
def test_scores_do_not_depend_on_the_order_of_items(name: str) -> None:
    arrays, score = drawn() | {"items": np.arange(60) + 100}, acquisition(name).score
    order = np.random.default_rng(1).permutation(60)
    tokens = tokens_of(arrays["starts"], order)
    lengths = np.diff(arrays["starts"])[order]
    moved = Outputs(
        np.concatenate([[0], lengths.cumsum()]),
        arrays["token_log_probs"][tokens],
        None,
        arrays["distributions"][tokens],
        arrays["samples"][:, tokens],
        arrays["embeddings"][order],
        arrays["items"][order],
    )
    np.testing.assert_allclose(score(moved), score(Outputs(**arrays))[order], rtol=1e-12)


def test_a_classifier_is_a_tagger_of_single_tokens() -> None:
    P = np.random.default_rng(0).dirichlet(np.ones(3), 50)
    single = Outputs(np.arange(51), token_log_probs=np.log(P.max(axis=1)), distributions=P)
    close(least_confidence(single), 1 - P.max(axis=1))
    assert ranked(single.items, mnlp(single), 0).tolist() == P.max(axis=1).argsort().tolist()
    close(token_entropy(single), token_entropy(single, over="sum"))


def test_tensors_become_arrays_without_a_copy() -> None:
    torch = pytest.importorskip("torch")
    arrays = drawn()
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    tensors["token_log_probs"].requires_grad_()
    found = read(partial(_Named, **tensors)(), items=np.arange(60) + 7)
    assert found.items[0] == 7
    assert np.shares_memory(found.distributions, arrays["distributions"])
    close(mnlp(found), mnlp(Outputs(**arrays)))
    narrow = read(_Named(starts=torch.arange(3), log_probs=torch.tensor([-1.0, -2.0]).bfloat16()))
    assert least_confidence(narrow, log=True).tolist() == [1.0, 2.0]


class _Named:
    """Any object with some of the attributes."""

    def __init__(self, **arrays) -> None:
        vars(self).update(arrays)


def test_owners_and_tokens_are_those_of_a_loop() -> None:
    arrays = drawn()
    starts, order = arrays["starts"], np.random.default_rng(2).permutation(60)[:20]
    assert owners(starts).tolist() == [
        i for i, s in enumerate(spans(arrays)) for _ in range(s.stop - s.start)
    ]
    expected = [token for item in order for token in range(starts[item], starts[item + 1])]
    assert tokens_of(starts, order).tolist() == expected


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(ValueError, match="item 1 has no token"):
        Outputs(np.array([0, 2, 2, 3]))
    with pytest.raises(ValueError, match="axis 1 must be 2"):
        Outputs(np.arange(3), samples=np.zeros((2, 5), int))
    with pytest.raises(ValueError, match="needs samples"):
        bald(Outputs(np.arange(3), samples=np.zeros((0, 2), int)))
    with pytest.raises(ValueError, match="needs token_log_probs"):
        mnlp(Outputs(np.arange(3)))
    with pytest.raises(ValueError, match="must be token or sequence"):
        bald(Outputs(np.arange(3), samples=np.zeros((2, 2), int)), vote="word")
    with pytest.raises(ValueError, match="must be mean or sum"):
        token_entropy(Outputs(np.arange(3)), over="max")
    with pytest.raises(ValueError, match="no acquisition 'lc'; take one of random, least_confidence"):
        acquisition("lc")
