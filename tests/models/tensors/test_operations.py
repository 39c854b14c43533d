"""Unfoldings, products and whole tensors are TensorLy's, or NumPy's einsum's."""

import numpy as np
import pytest

from models.tensors import operations

RNG = np.random.default_rng(0)
TENSOR = RNG.normal(size=(3, 4, 5))


@pytest.fixture(params=["numpy", "torch"])
def own(request):
    if request.param == "numpy":
        return np.asarray
    return pytest.importorskip("torch").as_tensor


@pytest.mark.parametrize("mode", [0, 1, 2, -1])
def test_an_unfolding_has_the_mode_first_and_the_last_of_the_others_fastest(own, mode):
    order = [mode % 3] + [axis for axis in range(3) if axis != mode % 3]
    matrix = operations.unfold(own(TENSOR), mode)
    np.testing.assert_array_equal(matrix, TENSOR.transpose(order).reshape(TENSOR.shape[mode], -1))
    np.testing.assert_array_equal(operations.fold(matrix, mode, TENSOR.shape), TENSOR)


@pytest.mark.parametrize(("mode", "equation"), [(0, "ijk,ai->ajk"), (1, "ijk,aj->iak"), (-1, "ijk,ak->ija")])
def test_a_mode_is_multiplied_as_einsum_says(own, mode, equation):
    matrix = RNG.normal(size=(6, TENSOR.shape[mode]))
    wanted = np.einsum(equation, TENSOR, matrix)
    np.testing.assert_allclose(operations.mode_dot(own(TENSOR), own(matrix), mode), wanted)
    back = operations.mode_dot(own(TENSOR), own(matrix.T.copy()), mode, transpose=True)
    np.testing.assert_allclose(back, wanted)


def test_all_modes_or_all_but_one_are_multiplied(own):
    matrices = [RNG.normal(size=(size + 1, size)) for size in TENSOR.shape]
    found = operations.multi_mode_dot(own(TENSOR), [own(each) for each in matrices])
    np.testing.assert_allclose(found, np.einsum("ijk,ai,bj,ck->abc", TENSOR, *matrices))
    found = operations.multi_mode_dot(own(TENSOR), [own(each) for each in matrices], skip=1)
    np.testing.assert_allclose(found, np.einsum("ijk,ai,ck->ajc", TENSOR, matrices[0], matrices[2]))


def test_factors_give_the_tensors_of_their_definitions(own):
    factors = [RNG.normal(size=(size, 2)) for size in TENSOR.shape]
    core, weights = RNG.normal(size=(2, 2, 2)), RNG.normal(size=2)
    owned = [own(each) for each in factors]
    found = operations.tucker_to_tensor((own(core), owned))
    np.testing.assert_allclose(found, np.einsum("abc,ia,jb,kc->ijk", core, *factors))
    found = operations.cp_to_tensor((own(weights), owned))
    np.testing.assert_allclose(found, np.einsum("r,ir,jr,kr->ijk", weights, *factors))
    cores = [RNG.normal(size=shape) for shape in ((1, 3, 2), (2, 4, 3), (3, 5, 1))]
    found = operations.tt_to_tensor([own(each) for each in cores])
    np.testing.assert_allclose(found, np.einsum("xia,ajb,bky->ijk", *cores))


def test_cores_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="begins with rank 3, the one before ends with 2"):
        operations.tt_to_tensor([np.ones((1, 3, 2)), np.ones((3, 4, 1))])
