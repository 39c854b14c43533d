"""The same assertions on the stand-in and on real RAPIDS.

    python tests/support/device/run.py tests/support/device/selfcheck.py     # the stand-in
    python tests/support/device/selfcheck.py                                 # real RAPIDS, where a GPU is

What holds on one and not on the other is a fault of the stand-in. Those of arrays are here, those of frames
in ``selfcheck_frames.py``; each is a function without arguments that returns whether it holds.
"""

import copy
import importlib
import operator
import pickle
import sys
from pathlib import Path

HERE = str(Path(__file__).parent)
if "stand_in" not in sys.modules:  # RAPIDS was asked for: what is installed comes first
    sys.path[:] = [each for each in sys.path if each != HERE] + [HERE]

import cupy as xp  # noqa: E402
import cupyx.scipy.sparse as sparse  # noqa: E402
import numpy as np  # noqa: E402
import scipy.sparse  # noqa: E402
from cuml import cluster  # noqa: E402
from cupyx.scipy import special  # noqa: E402


def raises(kind, call, /, *args, **kwargs):
    """Whether the call raises an error of this kind."""
    try:
        call(*args, **kwargs)
    except kind:
        return True
    return False


def same(array, wanted):
    """Whether an array of the device holds these numbers."""
    return isinstance(array, xp.ndarray) and array.get().tolist() == wanted


def changed(array, change, *args):
    """The array after a change in place."""
    change(array, *args)
    return array


def matrix(data=None):
    """Of two columns; its first row is out of order and has a pair."""
    data = xp.asarray([1.0, 2.0, 4.0]) if data is None else data
    return sparse.csr_matrix((data, xp.asarray([1, 0, 1]), xp.asarray([0, 3, 3])), shape=(2, 2))


def drawn(module):
    return module.random.RandomState(0).standard_normal(2).tolist()


put = operator.setitem
one, two, a, h = xp.asarray(1.5), xp.ones(2), xp.arange(3), np.arange(3)
at = xp.asarray([0, 0])
CHECKS = {
    # host and device
    "device_plus_host_is_refused": lambda: raises(TypeError, operator.add, a, h),
    "host_plus_device_is_refused": lambda: raises(TypeError, operator.add, h, a),
    "an_elementwise_function_takes_no_host": lambda: raises(TypeError, xp.maximum, a, h),
    "a_running_sum_takes_no_host": lambda: raises(TypeError, xp.cumsum, h),
    "numpy_cannot_read_the_device": lambda: raises(TypeError, np.asarray, a),
    "a_number_of_numpy_mixes": lambda: same(a * np.float64(2), [0, 2, 4]),
    "a_number_of_numpy_mixes_from_the_left": lambda: same(np.float64(2) * a, [0, 2, 4]),
    "elementwise_of_numpy_is_of_the_device": lambda: same(np.sqrt(xp.asarray([4.0])), [2]),
    "functions_of_numpy_are_of_the_device": lambda: same(np.concatenate([two, two]), [1, 1, 1, 1]),
    "a_slice_takes_no_host": lambda: raises(ValueError, put, xp.zeros(4), slice(0, 2), np.ones(2)),
    "a_whole_takes_no_host": lambda: raises(ValueError, put, xp.zeros(2), slice(None), np.ones(2)),
    "places_take_host": lambda: same(changed(xp.zeros(3), put, xp.asarray([0, 2]), np.ones(2)), [1, 0, 1]),
    "an_index_of_the_host_is_taken": lambda: same(a[np.asarray([1, 2])], [1, 2]),
    "out_is_of_the_device": lambda: raises(TypeError, xp.add, two, two, out=np.ones(2)),
    "lists_mix_no_arrays": lambda: raises(TypeError, xp.stack, [two, np.ones(2)]),
    "a_list_of_device_numbers_is_an_array": lambda: same(xp.asarray([two.sum(), one]), [2, 1.5]),
    "a_pickle_is_of_the_device": lambda: same(pickle.loads(pickle.dumps(two)), [1, 1]),
    "a_deep_copy_is_of_the_device": lambda: same(copy.deepcopy(two), [1, 1]),
    "a_host_array_is_no_condition": lambda: raises(TypeError, xp.where, h > 1, a, a),
    # single numbers
    "a_reduction_has_no_dimension": lambda: isinstance(a.max(), xp.ndarray) and a.max().ndim == 0,
    "an_element_has_no_dimension": lambda: isinstance(a[1], xp.ndarray) and a[1].ndim == 0,
    "elements_in_turn_are_of_the_device": lambda: [type(each) for each in two] == [xp.ndarray] * 2,
    "a_number_is_no_index": lambda: raises(TypeError, operator.index, a[0]),
    "a_number_is_no_range": lambda: raises(TypeError, range, a[0]),
    "a_number_is_no_bound_of_a_slice": lambda: raises(TypeError, operator.getitem, a, slice(a[1])),
    "a_number_is_no_size": lambda: raises(TypeError, xp.zeros, a[1]),
    "a_number_becomes_pythons": lambda: (float(one), int(one), bool(one), one.item()) == (1.5, 1, True, 1.5),
    "several_are_no_truth": lambda: raises(ValueError, bool, two),
    "several_are_no_number": lambda: raises(TypeError, float, two),
    "a_number_has_no_hash": lambda: raises(TypeError, hash, one),
    "a_number_has_no_length": lambda: raises(TypeError, len, one) and raises(TypeError, list, one),
    "full_takes_one_number": lambda: raises(ValueError, xp.full, 2, np.ones(2)),
    # kinds
    "there_is_no_text": lambda: raises(ValueError, xp.asarray, np.asarray(["a"])),
    "there_are_no_objects": lambda: raises(ValueError, xp.asarray, np.asarray([None, 1])),
    "there_are_no_dates": lambda: raises(ValueError, xp.asarray, np.asarray(["2000-01-01"], "M8[s]")),
    "numbers_become_no_dates": lambda: raises(ValueError, a.astype, "datetime64[M]"),
    "floats_are_no_index": lambda: raises(IndexError, operator.getitem, a, two),
    "atomic_minima_know_no_int8": lambda: raises(TypeError, xp.minimum.at, xp.zeros(2, "int8"), at, 1),
    "atomic_sums_know_no_int64": lambda: raises(TypeError, xp.add.at, xp.zeros(2, "int64"), at, 1),
    "atomic_sums_add_up": lambda: same(changed(xp.zeros(2), xp.add.at, at, two), [2, 0]),
    # functions and methods
    "a_bool_is_no_condition": lambda: raises(AttributeError, xp.where, True, 1.0, 2.0),
    "an_order_of_polygamma_is_an_array": lambda: raises(AttributeError, special.polygamma, 1, two),
    "zeta_of_two_is_trigamma": lambda: abs(float(special.zeta(2.0, two)[0]) - np.pi**2 / 6) < 1e-12,
    "max_has_no_initial": lambda: raises(TypeError, a.max, initial=0),
    "sum_has_no_where": lambda: raises(TypeError, a.sum, where=True),
    "a_maximum_of_nothing_is_refused": lambda: raises(ValueError, xp.zeros(0).max),
    "no_other_sorts_are_known": lambda: raises(ValueError, a.argsort, kind="mergesort"),
    "partition_puts_one_in_its_place": lambda: same(xp.partition(xp.asarray([2, 0, 1]), 1)[1:2], [1]),
    "argsort_is_stable": lambda: same(two.argsort(kind="stable"), [0, 1]),
    "astype_has_no_casting": lambda: raises(TypeError, two.astype, "int64", casting="safe"),
    "lexsort_takes_no_list": lambda: raises(AttributeError, xp.lexsort, [a, a]),
    "lexsort_takes_one_array": lambda: same(xp.lexsort(xp.stack([-a, a])), [0, 1, 2]),
    "searchsorted_takes_no_list": lambda: raises(NotImplementedError, xp.searchsorted, a, [1]),
    "bincount_takes_whole_numbers": lambda: raises(TypeError, xp.bincount, two),
    "bincount_starts_at_zero": lambda: raises(ValueError, xp.bincount, xp.asarray([-1])),
    "unique_takes_no_list": lambda: raises(AttributeError, xp.unique, [1]),
    "flatnonzero_takes_no_list": lambda: raises(TypeError, xp.flatnonzero, [1]),
    "concatenate_takes_arrays": lambda: raises(TypeError, xp.concatenate, [two, 1.0]),
    "a_seed_gives_other_numbers_than_numpys": lambda: drawn(xp) != drawn(np),
    # sparse
    "a_matrix_holds_no_whole_numbers": lambda: raises(ValueError, matrix, xp.ones(3, "int32")),
    "a_matrix_takes_no_parts_of_the_host": lambda: raises(ValueError, matrix, np.ones(3)),
    "a_matrix_takes_no_list": lambda: raises(ValueError, sparse.csr_matrix, [[1.0]]),
    "a_matrix_takes_one_of_the_host": lambda: sparse.csr_matrix(scipy.sparse.csr_matrix([[1.0]])).nnz == 1,
    "a_product_sums_pairs": lambda: same(changed(matrix(), operator.matmul, two).indices, [0, 1]),
    "multiply_sums_pairs": lambda: changed(matrix(), lambda m: m.multiply(xp.ones((2, 2)))).nnz == 2,
    "a_product_is_right": lambda: same(matrix() @ two, [7, 0]),
    "a_product_is_in_fortran_order": lambda: (matrix() @ xp.ones((2, 3))).flags.f_contiguous,
    "a_product_takes_no_host": lambda: raises(TypeError, operator.matmul, matrix(), np.ones(2)),
    "a_sum_of_rows_is_an_array": lambda: isinstance(matrix().sum(axis=1), xp.ndarray),
    # learners
    "a_learner_answers_on_the_device": lambda: same(
        cluster.DBSCAN(eps=1.0).fit_predict(two[:, None]), [-1, -1]
    ),
    "a_learner_has_its_own_parameters": lambda: raises(TypeError, cluster.DBSCAN, n_jobs=1),
    "a_matrix_has_no_length": lambda: raises(TypeError, len, matrix()),
}


def own(module):
    """Checks of the classes of a module, by name."""
    kinds = [kind for kind in vars(module).values() if getattr(kind, "__module__", "") == module.__name__]
    members = [vars(kind) for kind in kinds if isinstance(kind, type)]
    return {name: each for member in members for name, each in member.items() if name[0] != "_"}


def main():
    checks, wrong = CHECKS | own(importlib.import_module("selfcheck_frames")), 0
    for name, check in checks.items():
        try:
            found = check()
        except Exception as error:
            found = f"{type(error).__name__}: {error}"
        right = not isinstance(found, str) and bool(found)
        wrong += not right
        print("ok   " if right else "WRONG", name, found)
    what = getattr(xp, "IS_STAND_IN", f"CuPy {xp.__version__}")
    print(f"{len(checks) - wrong} of {len(checks)} hold on {what}")
    return int(wrong > 0)


if __name__ == "__main__":
    raise SystemExit(main())
