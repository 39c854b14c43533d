"""The same assertions on the stand-in and on real RAPIDS.

    python tests/support/device/run.py tests/support/device/selfcheck.py     # the stand-in
    python tests/support/device/selfcheck.py                                 # real RAPIDS, where a GPU is

What holds on one and not on the other is a fault of the stand-in. Each check is a function of the classes
here and in ``selfcheck_frames.py``; it returns whether it holds.
"""

import copy
import importlib
import operator
import pickle
import sys
from pathlib import Path
from types import FunctionType

HERE = str(Path(__file__).parent)
if "stand_in" not in sys.modules:  # RAPIDS was asked for: what is installed comes first
    sys.path[:] = [each for each in sys.path if each != HERE] + [HERE]

import cupy as xp  # noqa: E402
import cupyx.scipy.sparse as sparse  # noqa: E402
import numpy as np  # noqa: E402
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


class HostAndDevice:
    def a_sum_of_device_and_host_is_refused():
        return raises(TypeError, operator.add, xp.arange(3), np.arange(3))

    def a_sum_of_host_and_device_is_refused():
        return raises(TypeError, operator.add, np.arange(3), xp.arange(3))

    def a_function_takes_no_array_of_the_host():
        return raises(TypeError, xp.maximum, xp.arange(2), np.arange(2)) and raises(
            TypeError, xp.cumsum, np.ones(2)
        )

    def numpy_cannot_read_the_device():
        return raises(TypeError, np.asarray, xp.arange(3))

    def a_number_of_numpy_mixes():
        return same(xp.arange(2) * np.float64(2), [0.0, 2.0]) and same(
            np.float64(2) * xp.arange(2), [0.0, 2.0]
        )

    def a_function_of_numpy_answers_on_the_device():
        return same(np.sqrt(xp.asarray([4.0])), [2.0]) and same(
            np.concatenate([xp.ones(1), xp.ones(1)]), [1.0, 1.0]
        )

    def a_slice_takes_no_array_of_the_host():
        return raises(ValueError, operator.setitem, xp.zeros(4), slice(0, 2), np.ones(2))

    def a_whole_array_takes_no_array_of_the_host():
        return raises(ValueError, operator.setitem, xp.zeros(2), slice(None), np.ones(2))

    def places_take_an_array_of_the_host():
        array = xp.zeros(3)
        array[xp.asarray([0, 2])] = np.ones(2)
        return same(array, [1.0, 0.0, 1.0])

    def an_index_of_the_host_is_taken():
        return same(xp.arange(4)[np.asarray([1, 2])], [1, 2])

    def out_is_of_the_device():
        return raises(TypeError, xp.add, xp.ones(2), xp.ones(2), out=np.ones(2))

    def lists_mix_no_arrays():
        return raises(TypeError, xp.stack, [xp.ones(2), np.ones(2)])

    def a_list_of_device_numbers_is_an_array():
        return same(xp.asarray([xp.ones(2).sum(), xp.ones(3).sum()]), [2.0, 3.0])

    def full_takes_one_number():
        return raises(ValueError, xp.full, 2, np.ones(2))

    def a_copy_by_pickle_is_of_the_device():
        return same(pickle.loads(pickle.dumps(xp.ones(1))), [1.0]) and same(copy.deepcopy(xp.ones(1)), [1.0])


class Numbers:
    def a_reduction_is_an_array_of_no_dimension():
        return isinstance(xp.arange(3).sum(), xp.ndarray) and xp.arange(3).max().ndim == 0

    def an_element_is_an_array_of_no_dimension():
        return isinstance(xp.arange(3)[1], xp.ndarray) and [each.ndim for each in xp.ones(2)] == [0, 0]

    def it_is_no_index():
        return raises(TypeError, range, xp.asarray(3)) and raises(TypeError, operator.index, xp.asarray(3))

    def it_is_no_bound_of_a_slice():
        return raises(TypeError, lambda: xp.arange(4)[: xp.asarray(3)])

    def it_is_no_size():
        return raises(TypeError, xp.zeros, xp.asarray(3))

    def it_becomes_one_of_python():
        one = xp.asarray(1.5)
        return (float(one), int(one), bool(one), one.item()) == (1.5, 1, True, 1.5)

    def several_are_neither_true_nor_false():
        return raises(ValueError, bool, xp.ones(2)) and raises(TypeError, float, xp.ones(2))

    def it_has_no_hash():
        return raises(TypeError, hash, xp.asarray(3)) and raises(TypeError, lambda: {0: 1}[xp.asarray(0)])

    def it_has_no_length():
        return raises(TypeError, len, xp.asarray(3)) and raises(TypeError, list, xp.asarray(3))


class Kinds:
    def there_is_no_text():
        return raises(ValueError, xp.asarray, np.asarray(["a"])) and raises(ValueError, xp.asarray, ["a"])

    def there_are_no_objects():
        return raises(ValueError, xp.asarray, np.asarray([None, 1]))

    def there_are_no_dates():
        return raises(ValueError, xp.asarray, np.asarray(["2000-01-01"], "M8[s]"))

    def numbers_become_no_dates():
        return raises(ValueError, xp.arange(2).astype, "datetime64[M]") and raises(
            ValueError, xp.zeros, 2, "M8[s]"
        )

    def floats_are_no_index():
        return raises(IndexError, lambda: xp.arange(3)[xp.asarray([0.0, 1.0])])

    def atomic_operations_know_some():
        at = xp.asarray([0])
        return raises(TypeError, xp.minimum.at, xp.zeros(2, "int8"), at, 1) and raises(
            TypeError, xp.add.at, xp.zeros(2, "int64"), at, 1
        )

    def atomic_operations_add_up():
        array = xp.zeros(2)
        xp.add.at(array, xp.asarray([0, 0]), xp.ones(2))
        return same(array, [2.0, 0.0])


class Functions:
    def a_condition_is_an_array():
        return raises(AttributeError, xp.where, True, 1.0, 2.0)

    def an_order_of_polygamma_is_an_array():
        return raises(AttributeError, special.polygamma, 1, xp.ones(2))

    def zeta_of_two_is_trigamma():
        return abs(float(special.zeta(2.0, xp.ones(1))[0]) - np.pi**2 / 6) < 1e-12

    def max_has_no_initial():
        return raises(TypeError, xp.zeros(3).max, initial=0) and raises(
            TypeError, xp.zeros(3).sum, where=True
        )

    def a_maximum_of_nothing_is_refused():
        return raises(ValueError, xp.zeros(0).max)

    def sorting_is_stable_or_unnamed():
        return raises(ValueError, xp.ones(2).argsort, kind="mergesort") and same(
            xp.ones(2).argsort(kind="stable"), [0, 1]
        )

    def astype_has_no_casting():
        return raises(TypeError, xp.ones(2).astype, "int64", casting="safe")

    def lexsort_takes_one_array():
        keys = [xp.asarray([1, 0]), xp.asarray([0, 1])]
        return raises(AttributeError, xp.lexsort, keys) and same(xp.lexsort(xp.stack(keys)), [0, 1])

    def searchsorted_takes_arrays_or_numbers_of_python():
        return raises(NotImplementedError, xp.searchsorted, xp.arange(3), [1])

    def bincount_takes_whole_numbers_from_zero():
        return raises(TypeError, xp.bincount, xp.ones(2)) and raises(
            ValueError, xp.bincount, xp.asarray([-1])
        )

    def lists_are_no_arrays():
        return raises(AttributeError, xp.unique, [1]) and raises(TypeError, xp.flatnonzero, [1])

    def concatenate_takes_arrays():
        return raises(TypeError, xp.concatenate, [xp.ones(1), 1.0])

    def a_seed_gives_other_numbers_than_numpys():
        ours, theirs = (each.random.RandomState(0).standard_normal(2) for each in (xp, np))
        return ours.get().tolist() != theirs.tolist()

    def names_of_numpy_that_are_not_there_are_refused():
        return not hasattr(xp, "nditer_") and raises(AttributeError, getattr, xp.ones(2), "byteswap_")


class Sparse:
    def matrix(data=None):
        """Of two columns, the first row out of order and with a pair."""
        data = xp.asarray([1.0, 2.0, 4.0]) if data is None else data
        return sparse.csr_matrix((data, xp.asarray([1, 0, 1]), xp.asarray([0, 3, 3])), shape=(2, 2))

    def it_holds_bools_and_floats():
        return raises(ValueError, Sparse.matrix, xp.ones(3, "int32"))

    def it_takes_no_parts_of_the_host():
        return raises(ValueError, Sparse.matrix, np.ones(3)) and raises(
            ValueError, sparse.csr_matrix, [[1.0]]
        )

    def it_takes_a_matrix_of_the_host():
        import scipy.sparse

        return same(sparse.csr_matrix(scipy.sparse.csr_matrix([[1.0, 0.0]])).toarray(), [[1.0, 0.0]])

    def a_product_sums_pairs_in_the_matrix_itself():
        m = Sparse.matrix()
        before, product = m.nnz, m @ xp.ones(2)
        return (before, m.nnz) == (3, 2) and same(product, [7.0, 0.0]) and same(m.indices, [0, 1])

    def multiply_does_too():
        m = Sparse.matrix()
        return same(m.multiply(xp.ones((2, 2))).toarray(), [[2.0, 5.0], [0.0, 0.0]]) and m.nnz == 2

    def a_product_is_in_fortran_order():
        return (Sparse.matrix() @ xp.ones((2, 3))).flags.f_contiguous

    def a_product_with_the_host_is_refused():
        return raises(TypeError, operator.matmul, Sparse.matrix(), np.ones(2))

    def a_sum_is_no_matrix():
        return not hasattr(Sparse.matrix().sum(axis=1), "A1") and Sparse.matrix().sum(axis=1).shape == (2, 1)

    def it_has_no_length():
        return raises(TypeError, len, Sparse.matrix())


def checks(module):
    """Functions without arguments that are the module's own, and those of its classes, by name."""
    for owner in (module, *(each for each in vars(module).values() if isinstance(each, type))):
        for name, each in vars(owner).items():
            own = isinstance(each, FunctionType) and each.__module__ == module.__name__
            if own and not each.__code__.co_argcount and name[0] != "_" and name != "main":
                yield name, each


def main():
    found = [
        pair
        for name in ("__main__", *["selfcheck_frames"] * bool(importlib.util.find_spec("selfcheck_frames")))
        for pair in checks(importlib.import_module(name))
    ]
    wrong = 0
    for name, check in found:
        try:
            result = check()
        except Exception as error:
            result = f"{type(error).__name__}: {error}"
        right = result is True or (isinstance(result, np.bool_) and bool(result))
        wrong += not right
        print("ok   " if right else "WRONG", name, "" if right else result)
    on = "the stand-in" if hasattr(xp, "IS_STAND_IN") else f"CuPy {xp.__version__}"
    print(f"{len(found) - wrong} of {len(found)} hold on {on}")
    return int(wrong > 0)


if __name__ == "__main__":
    raise SystemExit(main())
