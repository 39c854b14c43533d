"""Contractions are NumPy's einsum's, copy what the plan says, and have gradients."""

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.tensors.layouts import equations
from models.tensors.contract import contract
from models.tensors.plan import planned

torch = pytest.importorskip("torch")
copies = pytest.importorskip("benchmarks.tensors.copies")
RNG = np.random.default_rng(0)


def close(found, wanted):
    found = np.asarray(found)
    assert found.shape == wanted.shape
    np.testing.assert_allclose(
        found, wanted, rtol=1e-12, atol=1e-12 * max(1.0, np.abs(wanted).max(initial=0))
    )


@st.composite
def problems(draw, least=0):
    """An equation with repeated, lone and batch modes, scalars among them, and arrays in any strides."""
    sizes = {mode: draw(st.integers(least, 4)) for mode in "abcde"}
    count = draw(st.integers(1, 4))
    terms = ["".join(draw(st.lists(st.sampled_from("abcde"), max_size=4))) for _ in range(count)]
    used = sorted(set("".join(terms)))
    output = "".join(draw(st.permutations(used))[: draw(st.integers(0, len(used)))]) if used else ""
    seed = np.random.default_rng(draw(st.integers(0, 1 << 16)))
    arrays = []
    for term in terms:
        order = draw(st.permutations(range(len(term))))
        pad = draw(st.integers(1, 2))
        shape = [sizes[term[axis]] * pad for axis in order]
        whole = seed.normal(size=shape)[tuple(slice(None, None, pad) for _ in shape)]
        arrays.append(np.asarray(whole).transpose(np.argsort(order)))
    return f"{','.join(terms)}->{output}", arrays


@given(problems(), st.sampled_from(["C", "free"]))
@settings(max_examples=200, deadline=None)
def test_random_contractions_are_einsums(problem, layout):
    equation, arrays = problem
    wanted = np.einsum(equation, *arrays)
    close(contract(equation, *arrays, layout=layout), wanted)
    found = contract(equation, *map(torch.from_numpy, arrays), layout=layout)
    assert layout == "free" or found.is_contiguous()
    close(found, wanted)


@pytest.mark.parametrize("equation", equations())
def test_layouts_of_a_product_with_one_mode_are_einsums(equation):
    for size in (5, 40):
        tensors = [torch.from_numpy(RNG.normal(size=shape)) for shape in ((size,) * 2, (size,) * 3)]
        wanted = torch.einsum(equation, *tensors).numpy()
        for layout in ("C", "free"):
            close(contract(equation, *tensors, layout=layout), wanted)
            close(contract(equation, *(each.numpy() for each in tensors), layout=layout), wanted)


@pytest.mark.parametrize(("layout", "least"), [("C", 28), ("free", 36)])
def test_the_third_order_tensor_is_copied_where_no_view_does(layout, least):
    tensors = torch.empty(256, 256, device="meta"), torch.empty(256, 256, 256, device="meta")
    found = [
        copies.copies_of(tensors[1], lambda: contract(equation, *tensors, layout=layout))  # noqa: B023
        for equation in equations()
    ]
    assert found.count(0) >= least
    told = [contract(equation, *tensors, layout=layout, explain=True).copies for equation in equations()]
    assert [sum(each.of == "tensor 1" for each in row) for row in told] == found


@pytest.mark.parametrize("equation", equations())
def test_modes_that_lie_side_by_side_are_copied_as_one(equation):
    """PyTorch copies a transposed matrix by blocks, and the same numbers in three axes one by one."""
    sizes = dict(zip("mknp", (13, 11, 7, 5), strict=True))
    shapes = [tuple(sizes[mode] for mode in term) for term in equation.split("->")[0].split(",")]
    strides = [tuple(math.prod(shape[at + 1 :]) for at in range(len(shape))) for shape in shapes]
    for is_packed in (True, False):
        made = planned(equation, shapes, strides, is_packed).steps[0].product
        for lengths, steps in filter(None, (*made.copied, made.moved)):
            assert all(
                outer != inner * size
                for outer, inner, size in zip(steps, steps[1:], lengths[1:], strict=False)
            )


@given(problems(least=1))
@settings(max_examples=25, deadline=None)
def test_gradients_are_those_of_einsum(problem):
    equation, arrays = problem
    ours, theirs = ([torch.tensor(each, requires_grad=True) for each in arrays] for _ in range(2))
    (contract(equation, *ours) ** 2).sum().backward()
    (torch.einsum(equation, *theirs) ** 2).sum().backward()
    for own, other in zip(ours, theirs, strict=True):
        close(own.grad.numpy(), other.grad.numpy())


def test_second_and_complex_gradients_are_right():
    shapes = (2, 3, 4), (4, 3), (2, 5)
    for dtype in (torch.float64, torch.complex128):
        tensors = [torch.randn(*shape, dtype=dtype, requires_grad=True) for shape in shapes]
        assert torch.autograd.gradcheck(lambda *x: contract("ijk,kj,il->l", *x), tensors)
        assert torch.autograd.gradgradcheck(lambda *x: contract("ijk,kj,il->l", *x), tensors)


def test_complex_numbers_and_their_conjugates_are_multiplied():
    one, other = (RNG.normal(size=(3, 4)) + 1j * RNG.normal(size=(3, 4)) for _ in range(2))
    wanted = np.einsum("ij,kj->ik", one, other.conj())
    close(contract("ij,kj->ik", one, other.conj()), wanted)
    close(contract("ij,kj->ik", torch.tensor(one), torch.tensor(other).conj()).numpy(), wanted)


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("...ij,...jk->...ik", [(5, 1, 2, 3), (4, 3, 6)]),
        ("i...,i...", [(3, 2), (3, 2)]),
        ("ba,cb", [(2, 3), (4, 2)]),
        ("ij,jk", [(2, 1), (3, 4)]),
        ("ij,jk->ijk", [(2, 1), (3, 4)]),
        ("aij,ajb,ib->ab", [(1, 3, 1), (5, 1, 4), (3, 4)]),
        ("iji,ik->jk", [(1, 3, 1), (5, 4)]),
        (" i j , j -> i ", [(2, 3), (3,)]),
    ],
)
def test_dots_implied_outputs_and_broadcast_modes_are_numpys(equation, shapes):
    arrays = [RNG.normal(size=shape) for shape in shapes]
    close(contract(equation, *arrays), np.einsum(equation, *arrays))


@pytest.mark.parametrize(
    ("equation", "arrays", "message"),
    [
        ("ij,jk->ik", [np.ones((2, 3))], "has 2 tensors, 1 are given"),
        (
            "ij,jk->ik",
            [np.ones((2, 3)), np.ones((4, 5))],
            "mode 'j' of 'ij,jk->ik' is 3 long, and 4 elsewhere",
        ),
        ("ijk->i", [np.ones((2, 3))], "gives 3 modes to a tensor of 2"),
        ("ij->ik", [np.ones((2, 3))], "letters differ and are those of the tensors"),
        ("ij->ii", [np.ones((2, 3))], "letters differ and are those of the tensors"),
        ("i1->i", [np.ones((2, 3))], "has '1' where a letter"),
        ("ii->i", [np.ones((1, 3))], "mode 'i' of 'ii->i' is 1 long, and 3 elsewhere"),
        ("i,i->", [np.ones(2), np.ones(2, np.float32)], "numpy's float32 and numpy's float64"),
        ("i,i->", [torch.ones(2), np.ones(2)], "numpy's float64 and torch's float32"),
        ("i->", [[1.0, 2.0]], "a list is given where an array is wanted"),
        ("", [], "is given no tensor"),
    ],
)
def test_what_is_no_contraction_is_refused_in_a_line(equation, arrays, message):
    with pytest.raises(ValueError, match=message) as caught:
        contract(equation, *arrays)
    assert "\n" not in str(caught.value)


def test_views_that_blas_does_not_take_are_right():
    tensor, matrix = RNG.normal(size=(3, 4, 5)), RNG.normal(size=(5, 6))
    for one in (tensor[::-1, :, ::-1], np.broadcast_to(tensor[:1], (3, 4, 5))):
        close(contract("ijk,kl->ijl", one, matrix), np.einsum("ijk,kl->ijl", one, matrix))
    one = torch.tensor(tensor[:1]).expand(3, 4, 5)
    wanted = np.einsum("ijk,kl->lij", one.numpy(), matrix)
    close(contract("ijk,kl->lij", one, torch.tensor(matrix)), wanted)


@pytest.mark.parametrize(("dtype", "far"), [(torch.float32, 1e-5), (torch.bfloat16, 2e-2)])
def test_short_numbers_are_right_within_their_precision(dtype, far):
    tensors = [torch.randn(20, 30, 40, dtype=dtype), torch.randn(40, 10, dtype=dtype)]
    wanted = torch.einsum("ijk,kl->lij", *(each.double() for each in tensors))
    found = contract("ijk,kl->lij", *tensors)
    assert found.dtype == dtype
    assert (found.double() - wanted).abs().max() <= far * wanted.abs().max()


def test_an_unknown_layout_is_refused():
    with pytest.raises(ValueError, match="layout 'F' is neither 'C' nor 'free'"):
        contract("i->i", np.ones(2), layout="F")


def test_a_compiled_function_holds_one_graph():
    tensors = torch.randn(3, 4, 5), torch.randn(5, 6)
    whole = torch.compile(lambda *x: contract("ijk,kl->ijl", *x), fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(whole(*tensors), torch.einsum("ijk,kl->ijl", *tensors))


CHAINS = [
    ("ijk,kl->ijl", [(30, 40, 50), (50, 20)]),
    ("ijk,ia,jb,kc->abc", [(40, 50, 60), (40, 3), (50, 4), (60, 5)]),
    ("bij,bjk->bik", [(7, 20, 30), (7, 30, 40)]),
    ("kpn,mk->mnp", [(66, 66, 66), (66, 66)]),
    ("pkn,mk->nmp", [(20, 20, 20), (20, 20)]),
    ("iij,jk->k", [(30, 30, 20), (20, 10)]),
]


@pytest.mark.parametrize(("equation", "shapes"), CHAINS)
def test_what_is_explained_is_what_happens(equation, shapes):
    from torch.utils.flop_counter import FlopCounterMode

    from tests.support.memory import MemoryLog

    tensors = [torch.randn(shape, dtype=torch.float64) for shape in shapes]
    told = contract(equation, *tensors, explain=True)
    with FlopCounterMode(display=False) as counted, MemoryLog() as memory:
        contract(equation, *tensors)
    assert told.flops == counted.get_total_flops()
    assert told.peak_bytes == pytest.approx(memory.peak, rel=0.05)
    with copies.CopyLog() as log:
        contract(equation, *tensors)
    assert len(told.copies) == len(log.sources)
    assert f"{told.flops:,} FLOPs" in repr(told)


@pytest.mark.parametrize(("equation", "shapes"), CHAINS)
def test_memory_of_numpys_arrays_is_as_explained(equation, shapes):
    arrays = [np.ones(shape) for shape in shapes]
    told = contract(equation, *arrays, explain=True)
    contract(equation, *arrays)
    tracemalloc.start()
    try:
        contract(equation, *arrays)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert told.peak_bytes == pytest.approx(peak, rel=0.05, abs=6000)


@given(problems(least=2))
@settings(max_examples=50, deadline=None)
def test_flops_are_those_of_the_steps(problem):
    """A step costs two for each combination of its modes, or one where it sums none."""
    equation, arrays = problem
    told = contract(equation, *arrays, explain=True)
    sizes = dict(
        zip("".join(equation.partition("->")[0].split(",")), sum((x.shape for x in arrays), ()), strict=True)
    )
    wanted = 0
    for line in told.lines:
        inputs, output = line.split(": ")[1].split("->")
        modes = set(inputs) - {","}
        wanted += math.prod(sizes[mode] for mode in modes) * (2 if modes - set(output) else 1)
    assert told.flops == wanted


def test_arrays_stay_on_their_device(engine):
    for equation in ("mk,pkn->nmp", "iij,jk->k", "i,j->ji", "ijk,ia,jb->abk"):
        arrays = [RNG.normal(size=(5,) * len(term)) for term in equation.split("->")[0].split(",")]
        for layout in ("C", "free"):
            found = contract(equation, *map(engine.xp.asarray, arrays), layout=layout)
            assert type(found) is engine.xp.ndarray
            close(found.get() if hasattr(found, "get") else found, np.einsum(equation, *arrays))


def test_a_matrix_that_is_repeated_is_handed_over_once(monkeypatch):
    """CuPy's `matmul` copies what it is given in a batch, as often as a view repeats it."""
    tensor, matrix = RNG.normal(size=(7, 5, 6)), RNG.normal(size=(5, 3))
    given, whole = [], np.matmul
    monkeypatch.setattr(np, "matmul", lambda *pair, **out: given.extend(pair) or whole(*pair, **out))
    close(contract("ijk,jl->ilk", tensor, matrix), np.einsum("ijk,jl->ilk", tensor, matrix))
    assert sorted(each.size for each in given) == [matrix.size, tensor.size]
