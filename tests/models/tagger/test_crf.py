"""The conditional random field, against sums and maxima over all paths written out."""

from itertools import pairwise, product

import pytest
import torch

from models.tagger.crf import CRFDecoder
from models.tagger.legality import legal
from tests.models.tagger.made import padded, spread

K = 4
RULE = legal(["O", "B-X", "E-X", "S-X"])


@pytest.fixture(params=[None, RULE], ids=["free", "legal"])
def crf(request):
    return spread(CRFDecoder(5, K, request.param).double())


def given(lengths=(3, 1, 2)):
    features, mask = padded(lengths)
    return features.double(), mask


def possible(rule, path):
    if rule is None:
        return True
    pairs = all(rule.pairs[a, b] for a, b in pairwise(path))
    return bool(rule.first[path[0]]) and bool(rule.last[path[-1]]) and pairs


def listed(crf, features, length):
    """Every legal path of a sentence and its score, each a sum by hand."""
    paths = [path for path in product(range(K), repeat=length) if possible(crf.legal, path)]
    scores = []
    for path in paths:
        score = crf.first[path[0]] + crf.last[path[-1]]
        for t, tag in enumerate(path):
            score = score + crf.project(features[t])[tag]
            if t:
                score = score + crf.pairs[path[t - 1], tag]
        scores.append(score)
    return torch.tensor(paths), torch.stack(scores)


def each(crf, features, mask):
    for row, length in enumerate(mask.sum(1).tolist()):
        yield row, length, *listed(crf, features[row], length)


def test_loss_is_that_of_all_paths(crf):
    features, mask = given((4, 1, 2))
    gold = torch.zeros(3, 4, dtype=torch.long)
    gold[0] = torch.tensor([1, 2, 0, 3])
    losses = crf.loss(features, mask, gold)

    for row, length, paths, scores in each(crf, features, mask):
        right = (paths == gold[row, :length]).all(1)
        torch.testing.assert_close(losses[row], scores.logsumexp(0) - scores[right][0])


def test_gradients_are_those_of_all_paths(crf):
    features, mask = given()
    gold = torch.zeros(3, 3, dtype=torch.long)
    found = torch.autograd.grad(crf.loss(features, mask, gold).sum(), list(crf.parameters()))
    total = 0.0
    for row, length, paths, scores in each(crf, features, mask):
        right = (paths == gold[row, :length]).all(1)
        total = total + scores.logsumexp(0) - scores[right][0]
    wanted = torch.autograd.grad(total, list(crf.parameters()))

    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other)


def test_best_path_is_the_best_of_all(crf):
    features, mask = given((5, 1, 3, 2))
    found = crf.decode(features, mask)

    for row, length, paths, scores in each(crf, features, mask):
        assert found.tags[row, :length].tolist() == paths[scores.argmax()].tolist()
        assert not found.tags[row, length:].any()
        torch.testing.assert_close(found.log_probs[row].double(), scores.log_softmax(0).max())
    assert torch.equal(crf.best(features, mask), found.tags)


def test_token_probabilities_are_conditional_on_tags_before(crf):
    features, mask = given()
    found = crf.decode(features, mask)

    for row, length, paths, scores in each(crf, features, mask):
        for t in range(length):
            before = (paths[:, :t] == found.tags[row, :t]).all(1)
            here = before & (paths[:, t] == found.tags[row, t])
            wanted = scores[here].logsumexp(0) - scores[before].logsumexp(0)
            torch.testing.assert_close(found.token_log_probs[row, t].double(), wanted)
    torch.testing.assert_close(found.token_log_probs.sum(1), found.log_probs)


def test_marginals_are_shares_of_all_paths(crf):
    features, mask = given()
    found = crf.distributions(features, mask)

    for row, length, paths, scores in each(crf, features, mask):
        for t, tag in product(range(length), range(K)):
            share = scores.softmax(0)[paths[:, t] == tag].sum()
            torch.testing.assert_close(found[row, t, tag].double(), share, atol=1e-6, rtol=1e-6)
    assert not found[~mask].any()


def test_soft_loss_is_the_expectation_over_paths(crf):
    features, mask = given()
    q = torch.distributions.Dirichlet(torch.ones(K, dtype=torch.float64)).sample((3, 3))
    losses = crf.loss(features, mask, q)

    for row, length, paths, scores in each(crf, features, mask):
        shares = torch.stack([q[row, t, paths[:, t]] for t in range(length)]).prod(0)
        expected = (shares / shares.sum() * scores).sum()
        torch.testing.assert_close(losses[row], scores.logsumexp(0) - expected, atol=1e-5, rtol=1e-5)


def test_marginals_of_a_long_sentence_are_probabilities():
    torch.manual_seed(0)
    crf = CRFDecoder(3, 4)
    with torch.no_grad():
        found = crf.decode(30 * torch.randn(1, 3000, 3), torch.ones(1, 3000, dtype=torch.bool)).distributions
    assert float(found.max()) <= 1
    torch.testing.assert_close(found.sum(2), torch.ones(1, 3000), rtol=0, atol=1e-6)
