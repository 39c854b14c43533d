import numpy
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.hashing import mix
from models.signsgd import bitpack, codec
from models.signsgd.zero_signs import key_of, random_words

FLOATS = [torch.float64, torch.float32, torch.bfloat16, torch.float16]
SPECIAL = [0.0, -0.0, 1.0, -1.0, 1e-45, -1e-45, 3e38, -3e38, 1e-30, -2.5]
vectors = st.lists(st.one_of(st.sampled_from(SPECIAL), st.floats(width=32, allow_nan=False)), max_size=300)


def bits(words: torch.Tensor) -> numpy.ndarray:
    return numpy.unpackbits(words.numpy().view(numpy.uint8), bitorder="little")


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("make", [bitpack.pack, codec.pack])
@settings(max_examples=60, deadline=None)
@given(values=vectors, seed=st.integers(0, 2**70), step=st.integers(0, 2**70))
def test_bit_k_of_word_w_is_the_sign_of_coordinate_64w_plus_k(make, dtype, values, seed, step):
    x = torch.tensor(values, dtype=torch.float32).to(dtype)
    given_ = x.clone()
    for zeros in ("random", "rotate", "plus"):
        got = bits(make(x, zeros, step=step, seed=seed))
        assert len(got) == 8 * bitpack.bytes_of(len(x))
        assert not got[len(x) :].any()
        wide = x.double().numpy()
        assert (got[: len(x)] == (wide < 0))[wide != 0].all()
        if zeros == "plus":
            assert not got[: len(x)][wide == 0].any()
        if zeros == "rotate":
            assert (got[: len(x)] == (numpy.arange(len(x)) + (step + seed) % 2) % 2)[wide == 0].all()
    assert torch.equal(x, given_)


@given(values=vectors, seed=st.integers(0, 9))
@settings(deadline=None)
def test_the_sign_a_zero_is_sent_with_is_of_its_place_not_of_its_own_sign(values, seed):
    x = torch.tensor(values, dtype=torch.float32)
    assert torch.equal(codec.pack(x.abs() * 0, seed=seed), codec.pack(-x.abs() * 0, seed=seed))
    alone = bits(codec.pack(x * 0, seed=seed))[: len(x)]
    assert (bits(codec.pack(x, seed=seed))[: len(x)] == alone)[x.numpy() == 0].all()


def test_random_bits_are_splitmix64_and_depend_on_step_and_seed():
    key = key_of(step=5, seed=7)
    wanted = mix(numpy.arange(3, 103, dtype="uint64") ^ numpy.uint64(key % 2**64), seed=0)
    assert (random_words(100, key, first=3).numpy().view("uint64") == wanted).all()
    zero = torch.zeros(64_000)
    drawn = [bits(codec.pack(zero, step=t, seed=s)) for t, s in [(0, 0), (1, 0), (0, 1), (1, 1)]]
    for a in range(4):
        assert abs(drawn[a].mean() - 0.5) < 0.01  # five standard deviations
        assert all(abs((drawn[a] == drawn[b]).mean() - 0.5) < 0.01 for b in range(a))


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@given(data=st.data(), n=st.integers(0, 300))
@settings(max_examples=60, deadline=None)
def test_unpack_gives_back_the_signs_and_zero_where_the_mask_is_zero(dtype, data, n):
    draw = st.lists(st.booleans(), min_size=n, max_size=n)
    minus, counts = (torch.tensor(data.draw(draw), dtype=torch.bool) for _ in range(2))
    words = bitpack.pack(1.0 - 2.0 * minus)
    mask = bitpack.pack(1.0 - 2.0 * counts)
    got = bitpack.unpack(words, n, dtype)
    assert got.dtype == dtype
    assert got.tolist() == [-1.0 if bit else 1.0 for bit in minus]
    some = bitpack.unpack(words, n, dtype, mask)
    assert torch.equal(some, got * counts)


@given(values=st.lists(st.sampled_from([*SPECIAL, float("nan"), float("inf"), -float("inf")]), max_size=100))
@settings(deadline=None)
def test_finite_is_that_of_every_coordinate(values):
    assert bitpack.finite(torch.tensor(values)) == bool(numpy.isfinite(values).all())


def test_finite_is_not_misled_by_a_sum_that_overflows():
    assert bitpack.finite(torch.full((9,), 6e4, dtype=torch.float16))
    assert bitpack.finite(torch.full((9,), 3e38))
    assert bitpack.finite(torch.full((9,), 1e308, dtype=torch.float64))
    assert not bitpack.finite(torch.tensor([float("inf"), -float("inf")]))


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="zeros is 'odd'; it must be one of random, rotate, plus"):
        bitpack.pack(torch.ones(2), "odd")
    with pytest.raises(ValueError, match="1 words hold fewer than 65 coordinates; 2 words do"):
        bitpack.unpack(torch.zeros(1, dtype=torch.int64), 65)
    with pytest.raises(ValueError, match="dtype is torch.int8"):
        bitpack.unpack(torch.zeros(1, dtype=torch.int64), 6, torch.int8)


@pytest.mark.parametrize("n", [3, 128])
def test_words_of_any_stride_are_read(n: int) -> None:
    column = torch.tensor([[6, 1], [3, 1]])[: bitpack.words_of(n), 0]
    expected = [-1.0 if (6, 3)[k // 64] >> k % 64 & 1 else 1.0 for k in range(n)]
    assert bitpack.unpack(column, n).tolist() == expected
