"""Bad tensors, masks and ranks are refused in a line; odd ones are decomposed as their plain copies."""

import numpy as np
import pytest

from models.tensors.cp_estimator import CP
from models.tensors.inputs import beside
from models.tensors.tt_estimator import TensorTrain
from models.tensors.tucker_estimator import Tucker

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 5, 4))
HOLED = np.where(np.arange(120).reshape(X.shape) % 7 == 0, np.nan, X)
ALL = [Tucker(2), CP(2), TensorTrain(2)]


@pytest.fixture(params=["numpy", "torch"])
def own(request):
    if request.param == "numpy":
        return np.asarray
    return pytest.importorskip("torch").as_tensor


@pytest.mark.parametrize("model", ALL)
@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (HOLED, r"holds 18 entries that are NaN or infinite: give a mask that is False there"),
        (np.where(X > 2, np.inf, X), r"entries that are NaN or infinite"),
        (X + 1j, r"complex128 is not decomposed: stack its real and imaginary parts as a mode"),
        (X[:, :0], r"shape \(6, 0, 4\) is empty: mode 1 has no entry"),
        (X[0, 0], r"shape \(4,\) has fewer than two modes"),
    ],
)
def test_bad_tensors_are_refused(own, model, tensor, message):
    with pytest.raises(ValueError, match=message):
        model.fit(own(tensor))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Tucker((2, 6, 2)), r"rank 6 does not fit mode 1 of size 5; ranks that fit are \(2, 5, 2\)"),
        (Tucker(0), r"rank 0 does not fit mode 0"),
        (Tucker((2, 2)), r"2 ranks were given for 3 modes"),
        (Tucker("best"), r"not 'best'"),
        (CP(0), r"whole number of at least 1, not 0"),
        (CP(2.5), r"whole number of at least 1, not 2.5"),
        (CP(2, init="ones"), r"init is 'svd' or 'random', not 'ones'"),
        (CP(2, smooth=(3,)), r"mode 3 is to be smooth, but modes are 0 to 2"),
        (TensorTrain((1, 7, 4, 1)), r"rank 7 before mode 1 is not between 1 and 6"),
        (TensorTrain((1, 2, 1)), r"has 4 ranks, the first and last 1"),
    ],
)
def test_bad_ranks_and_options_are_refused(own, model, message):
    with pytest.raises(ValueError, match=message):
        model.fit(own(X))


def test_bad_masks_are_refused(own):
    with pytest.raises(ValueError, match=r"mask has shape \(6, 5\), the tensor \(6, 5, 4\)"):
        CP(2).fit(own(X), own(np.ones((6, 5), dtype=bool)))
    with pytest.raises(ValueError, match="shows no entry"):
        CP(2).fit(own(X), own(np.zeros(X.shape, dtype=bool)))
    with pytest.raises(ValueError, match=r"holds 18 entries.*mask has to be False there"):
        Tucker(2).fit(own(HOLED), own(np.ones(X.shape, dtype=bool)))


@pytest.mark.parametrize("model", [Tucker(2), CP(2)])
def test_nan_under_a_mask_counts_for_nothing(own, model):
    mask = own(~np.isnan(HOLED))
    one = model.fit(own(HOLED), mask).inverse_transform()
    other = model.fit(own(np.nan_to_num(HOLED, nan=1e6)), mask).inverse_transform()
    np.testing.assert_array_equal(one, other)
    assert np.isfinite(np.asarray(one)).all()


@pytest.mark.parametrize("model", ALL)
def test_views_are_as_their_copies(own, model):
    wide = own(RNG.normal(size=(8, 10, 6)))
    view = wide[1:7, ::2].swapaxes(0, 2)
    copy = own(np.ascontiguousarray(np.asarray(view)))
    found = [model.fit(each).inverse_transform() for each in (view, copy)]
    np.testing.assert_allclose(*found, atol=1e-12)


@pytest.mark.parametrize("model", ALL)
def test_whole_numbers_and_modes_of_size_one(own, model):
    whole = own(np.arange(24).reshape(2, 3, 4))
    found = [model.fit(each).inverse_transform() for each in (whole, own(np.asarray(whole) * 1.0))]
    np.testing.assert_array_equal(*found)
    thin = own(np.einsum("i,j->ij", np.arange(1.0, 5), np.ones(3))[:, None])
    one = type(model)(1).fit(thin)
    np.testing.assert_allclose(one.inverse_transform(), thin, atol=1e-9)


@pytest.mark.parametrize("model", [Tucker(2), CP(2), TensorTrain(2)])
def test_zeros_leave_nothing(own, model):
    model.fit(own(np.zeros((4, 3, 2))))
    assert model.residual_ == 0
    assert not np.asarray(model.inverse_transform()).any()


@pytest.mark.parametrize("model", [Tucker(2), CP(2), CP(2, smooth=(1,), penalty=1.0)])
def test_a_slice_that_was_not_seen_becomes_a_sensible_one(own, model):
    base = np.einsum("i,j,k->ijk", np.linspace(1, 2, 6), np.linspace(3, 4, 5), np.linspace(1, 3, 4))
    mask = np.ones(base.shape, dtype=bool)
    mask[:, 2] = False
    filled = np.asarray(model.fit(own(base), own(mask)).inverse_transform())[:, 2]
    assert np.isfinite(filled).all()
    assert np.abs(filled / base[:, 2] - 1).max() < 0.6


def test_a_mask_of_the_host_goes_where_the_tensor_lies(own):
    torch = pytest.importorskip("torch")
    like = torch.empty(2, 3, device="meta")
    assert beside(own(np.ones((2, 3), dtype=bool)), like).device == like.device
