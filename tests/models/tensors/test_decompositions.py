"""Decompositions against NumPy's SVD, TensorLy, bounds and each other, on NumPy's and PyTorch's arrays."""

import numpy as np
import pytest

from models.tensors import operations
from models.tensors.cp import parafac
from models.tensors.cp_estimator import CP
from models.tensors.nonnegative import non_negative_parafac
from models.tensors.randomised import randomised_parafac
from models.tensors.tt_estimator import TensorTrain
from models.tensors.tucker import tucker
from models.tensors.tucker_estimator import Tucker

RNG = np.random.default_rng(0)
NOISY = np.einsum("ir,jr,kr->ijk", *(RNG.normal(size=(size, 3)) for size in (9, 8, 7)))
NOISY += 0.3 * RNG.normal(size=NOISY.shape)


@pytest.fixture(params=["numpy", "torch"])
def own(request):
    if request.param == "numpy":
        return np.asarray
    return pytest.importorskip("torch").as_tensor


def low_rank(shape, rank, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(size, rank)) for size in shape]


def left(x, whole):
    return float(np.linalg.norm(np.asarray(x) - np.asarray(whole)) / np.linalg.norm(np.asarray(x)))


def test_of_a_matrix_tucker_and_the_train_are_the_truncated_svd(own):
    matrix = RNG.normal(size=(7, 9))
    left_vectors, values, right = np.linalg.svd(matrix, full_matrices=False)
    wanted = left_vectors[:, :3] * values[:3] @ right[:3]
    core, factors = tucker(own(matrix), 3, 200, 0)
    np.testing.assert_allclose(operations.tucker_to_tensor((core, factors)), wanted, atol=1e-8)
    np.testing.assert_allclose(np.abs(np.asarray(core)), np.diag(values[:3]), atol=1e-8)
    np.testing.assert_allclose(TensorTrain(3).fit(own(matrix)).inverse_transform(), wanted, atol=1e-10)


def test_hosvd_is_within_its_bound_and_hooi_betters_it(own):
    x = own(NOISY)
    lost = 0.0
    for mode in range(3):
        values = np.linalg.svd(np.asarray(operations.unfold(NOISY, mode)), compute_uv=False)
        lost += (values[2:] ** 2).sum()
    start = Tucker(2, n_iter_max=0).fit(x)
    total = np.linalg.norm(NOISY)
    assert start.residual_ * total <= np.sqrt(lost) * (1 + 1e-12)
    better = Tucker(2, tol=0, n_iter_max=30).fit(x)
    assert better.residual_ < start.residual_
    assert better.residual_ == pytest.approx(left(NOISY, better.inverse_transform()), abs=1e-12)
    for factor in better.factors_:
        np.testing.assert_allclose(factor.T @ factor, np.eye(2), atol=1e-12)


@pytest.mark.parametrize("shape", [(9, 8, 7), (30, 31, 32), (6, 5, 1, 4)])
def test_exact_ranks_are_recovered_to_rounding(own, shape):
    factors = low_rank(shape, 2)
    x = own(operations.cp_to_tensor((None, factors)))
    ranks = [min(2, size) for size in shape]
    for model in (Tucker(ranks), TensorTrain(2), CP(2, tol=1e-14, n_iter_max=300)):
        assert model.fit(x).residual_ < (1e-7 if isinstance(model, CP) else 1e-12), model
        np.testing.assert_allclose(model.inverse_transform(), x, atol=1e-7)


def test_cp_finds_the_columns(own):
    factors = low_rank((9, 8, 7), 3)
    model = CP(3, tol=1e-12, n_iter_max=300).fit(own(operations.cp_to_tensor((None, factors))))
    for found, true in zip(model.factors_, factors, strict=True):
        likeness = np.abs(np.asarray(found).T @ (true / np.linalg.norm(true, axis=0)))
        np.testing.assert_allclose(likeness.max(axis=0), 1, atol=1e-5)


def test_a_small_residual_is_not_lost_to_rounding(own):
    factors = low_rank((9, 8, 7), 2)
    exact = operations.cp_to_tensor((None, factors))
    x = exact + 1e-10 * np.random.default_rng(1).normal(size=exact.shape) * np.abs(exact).mean()
    for model in (Tucker(2), TensorTrain(2)):
        model.fit(own(x))
        assert model.residual_ == pytest.approx(left(x, model.inverse_transform()), rel=1e-2)
        assert 1e-11 < model.residual_ < 1e-9


def test_ill_conditioned_tensors_keep_their_small_directions(own):
    scales = 10.0 ** -np.arange(0, 12, 3)
    x = np.einsum("r,ir,jr,kr->ijk", scales, *(np.linalg.qr(each)[0] for each in low_rank((9, 8, 7), 4)))
    for model in (Tucker(4), Tucker(4, n_iter_max=0), TensorTrain(4)):
        assert model.fit(own(x)).residual_ < 1e-12, model


@pytest.mark.parametrize("model", [Tucker(3), CP(3), TensorTrain(3)])
def test_single_precision_stays_and_loses_no_more_than_its_rounding(own, model):
    exact = operations.cp_to_tensor((None, low_rank((9, 8, 7), 3))).astype("float32")
    model.fit(own(exact))
    assert str(model.factors_[0].dtype).endswith("float32")
    assert model.residual_ < (1e-3 if isinstance(model, CP) else 1e-5)


@pytest.mark.parametrize("kind", [Tucker, CP, TensorTrain])
def test_a_batch_equals_its_tensors_one_by_one(own, kind):
    batch = np.stack([NOISY, NOISY[::-1] ** 2, RNG.normal(size=NOISY.shape)])
    together = kind(3, batch=True).fit(own(batch))
    for at, each in enumerate(batch):
        alone = kind(3).fit(own(each))
        assert float(together.residual_[at]) == pytest.approx(alone.residual_, abs=1e-9)
        np.testing.assert_allclose(together.inverse_transform()[at], alone.inverse_transform(), atol=1e-6)


@pytest.mark.parametrize("kind", [Tucker, CP])
def test_a_full_mask_is_no_mask(own, kind):
    mask = own(np.ones(NOISY.shape, dtype=bool))
    options = {"ridge": 0.0} if kind is CP else {}
    masked = kind(3, tol=1e-10, n_iter_max=300, **options).fit(own(NOISY), mask)
    plain = kind(3, tol=1e-10, n_iter_max=300).fit(own(NOISY))
    assert masked.residual_ == pytest.approx(plain.residual_, abs=1e-6)


@pytest.mark.parametrize("mean", [0.0, 50.0, 1000.0])
def test_sweeps_over_missing_entries_do_not_end_early_where_the_mean_is_large(own, mean):
    core, seen = (
        np.random.default_rng(1).normal(size=(2, 2, 2)),
        np.random.default_rng(2).random((15, 16, 17)),
    )
    x = operations.tucker_to_tensor((core, low_rank((15, 16, 17), 2, 1)))
    x = x / x.std() + mean + 0.05 * np.random.default_rng(3).normal(size=x.shape)
    seen = seen > 0.7

    def error(**options):
        model = Tucker([3, 3, 3], **options).fit(own(x), own(seen))
        off = np.asarray(model.inverse_transform()) - x
        assert model.residual_ == pytest.approx(np.linalg.norm(off[seen]) / np.linalg.norm(x[seen]), rel=0.01)
        return np.sqrt((off[~seen] ** 2).mean())

    assert error(tol=1e-6, n_iter_max=500) == pytest.approx(error(tol=0, n_iter_max=500), rel=0.01)


def test_of_entries_that_are_alike_sweeps_end_at_rounding(own):
    model = Tucker(2, n_iter_max=500).fit(own(np.full((5, 6, 7), 1e3)), own(RNG.random((5, 6, 7)) > 0.3))
    assert model.n_iter_ < 10


def test_numbers_on_numpy_and_torch_are_the_same():
    torch = pytest.importorskip("torch")
    for model in (Tucker(3), CP(3), TensorTrain(3)):
        found = [model.fit(x).inverse_transform() for x in (NOISY, torch.as_tensor(NOISY))]
        np.testing.assert_allclose(*found, atol=1e-9)


def test_residuals_are_no_higher_than_tensorlys():
    tensorly = pytest.importorskip("tensorly")
    peer = pytest.importorskip("tensorly.decomposition")
    with tensorly.backend_context("numpy"):  # TensorLy-Torch sets another for the whole process
        core, factors = peer.tucker(NOISY, [3, 3, 3], n_iter_max=50, tol=0)
        theirs = left(NOISY, operations.tucker_to_tensor((core, factors)))
        assert Tucker(3, n_iter_max=50, tol=0).fit(NOISY).residual_ <= theirs + 1e-9
        weights, factors = peer.parafac(NOISY, 3, n_iter_max=50, tol=0)
        theirs = left(NOISY, operations.cp_to_tensor((weights, factors)))
        assert CP(3, n_iter_max=50, tol=0).fit(NOISY).residual_ <= theirs + 1e-6
        theirs = left(NOISY, operations.tt_to_tensor(list(peer.tensor_train(NOISY, [1, 3, 3, 1]))))
        assert TensorTrain(3).fit(NOISY).residual_ == pytest.approx(theirs, abs=1e-12)
        weights, factors = peer.non_negative_parafac(np.abs(NOISY), 3, n_iter_max=100, tol=0)
        theirs = left(np.abs(NOISY), operations.cp_to_tensor((weights, factors)))
        assert CP(3, non_negative=True, n_iter_max=100, tol=0).fit(np.abs(NOISY)).residual_ <= theirs + 1e-3


def test_non_negative_factors_are_and_recover_what_is(own):
    factors = [np.abs(each) for each in low_rank((9, 8, 7), 3)]
    x = operations.cp_to_tensor((None, factors))
    found = non_negative_parafac(own(x), 3, 500, 1e-10)
    assert all(float(each.min()) >= 0 for each in (*found.factors, found.weights))
    assert left(x, operations.cp_to_tensor(found)) < 0.01


def test_sampled_fibres_find_an_exact_tensor(own):
    x = operations.cp_to_tensor((None, low_rank((20, 21, 22), 3)))
    found = randomised_parafac(own(x), 3, n_iter_max=200, random_state=1)
    assert left(x, operations.cp_to_tensor(found)) < 1e-3


def test_a_cp_rank_may_be_above_every_mode(own):
    x = RNG.normal(size=(3, 3, 3))
    weights, factors = parafac(own(x), 9, 500, 1e-12)
    assert left(x, operations.cp_to_tensor((weights, factors))) < 0.05


def test_each_of_a_batch_stops_by_itself():
    exact = operations.cp_to_tensor((None, low_rank((9, 8, 7), 3)))
    alone = Tucker(3, tol=1e-5).fit(RNG.normal(size=exact.shape))
    model = Tucker(3, tol=1e-5, batch=True).fit(np.stack([exact, exact]))
    assert model.n_iter_ < alone.n_iter_
    assert "tol" in model.stop_reason_
    assert "all sweeps" in Tucker(3, tol=1e-12, n_iter_max=3).fit(NOISY).stop_reason_


@pytest.mark.parametrize("model", [Tucker(3), CP(3), TensorTrain(3)])
def test_what_was_fitted_is_transformed_to_itself(own, model):
    x = own(operations.cp_to_tensor((None, low_rank((9, 8, 7), 3))))
    model.fit(x)
    again = model.inverse_transform(model.transform(2 * x))
    np.testing.assert_allclose(again, 2 * np.asarray(x), atol=1e-3)
    with pytest.raises(ValueError, match=r"has shape \(9, 8\), the fitted one \(9, 8, 7\)"):
        model.transform(x[..., 0])
