"""Triton's kernels: on a GPU, or interpreted on a CPU; and compiled for devices that need not be there."""

import os
import subprocess
import sys

import pytest
import torch

from models.signsgd import bitpack
from models.signsgd import majority as counting
from models.signsgd.zero_signs import filling
from tests.support import triton_kernels

DEVICE = triton_kernels.device()

from models.signsgd import kernels_triton as kernels  # noqa: E402

LENGTHS = [1, 63, 64, 65, 1000, 1024, 3333]


def drawn(n, seed):
    x = torch.randn(n, generator=torch.Generator().manual_seed(seed))
    x[::7], x[::11], x[3::13] = 0.0, -0.0, -1e-45
    return x.to(DEVICE)


@pytest.mark.parametrize("zeros", ["random", "rotate", "plus"])
@pytest.mark.parametrize("n", LENGTHS)
def test_pack_and_momentum(n, zeros):
    g, m = drawn(n, 0), drawn(n, 1)
    words = torch.empty(bitpack.words_of(n), dtype=torch.int64, device=DEVICE)
    kernels.pack(g, *filling(zeros, 3, 4), words)
    assert torch.equal(words, bitpack.pack(g, zeros, step=3, seed=4))
    wanted = m * 0.9 + g * (1 - 0.9)
    kernels.momentum_pack(m, g, 0.9, *filling(zeros, 3, 4), words)
    assert torch.equal(m, wanted)
    assert torch.equal(words, bitpack.pack(wanted, zeros, step=3, seed=4))


@pytest.mark.parametrize("ties", ["rotate", "random", "abstain", "plus1"])
@pytest.mark.parametrize("M", [1, 2, 3, 4, 7, 8, 255])
def test_majority(M, ties):
    words = torch.stack([bitpack.pack(drawn(1100, m), seed=m) for m in range(M)])
    voters = list(range(M))
    extra = counting.tie_breaker(words, voters, ties, 5, 6, 0) if M % 2 == 0 else None
    mask = torch.full_like(words[0], -1) if ties == "abstain" else None
    vote = kernels.majority(words, extra, mask if M % 2 == 0 else None)
    wanted = counting.majority(words, ties, step=5, seed=6)
    for got, by_torch in zip((vote, mask), wanted if ties == "abstain" else (wanted,), strict=False):
        assert torch.equal(got, by_torch)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("first", [0, 1, 64, 77])
@pytest.mark.parametrize("n", LENGTHS)
def test_update(n, first, masked):
    p, words = drawn(n, 0), bitpack.pack(drawn(n + first, 1))
    mask = bitpack.pack(drawn(n + first, 2)) if masked else None
    wanted = p * 0.999 - bitpack.unpack(words, n + first, mask=mask)[first:] * 0.01
    kernels.update(p, words, mask, first, 0.01, 0.999)
    assert torch.equal(p, wanted)


@pytest.mark.parametrize("beta", [0.0, 0.9])
def test_signum(beta):
    p, g, m = (drawn(3333, seed) for seed in range(3))
    moved = m * beta + g * (1 - beta)
    wanted = p * 0.999 - moved.sign() * 0.01
    kernels.signum(p, g, m, beta, 1 - beta, 0.01, 0.999)
    assert torch.equal(m, moved)
    assert torch.equal(p, wanted)


COMPILE = """
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from models.signsgd import kernels_triton as k
f, w, i, x = "*fp32", "*i64", "i64", "fp32"
for kernel, types, constants in [
    (k._pack, [f, f, x, x, i, "i32", w], {"RANDOM": True, "MOVES": True, "WORDS": 16}),
    (k._pack, [f, f, x, x, "i32", "i32", w], {"RANDOM": False, "MOVES": False, "WORDS": 16}),
    (k._majority, [w, w, w, w, "i32", "i32", "i32"], {"EXTRA": True, "MASK": True, "BLOCK": 1024}),
    (k._update, [f, w, w, "i32", "i32", x, x], {"MASK": True, "BLOCK": 1024}),
    (k._signum, [f, f, f, "i32", x, x, x, x], {"BLOCK": 1024}),
]:
    names = kernel.arg_names
    types = dict(zip(names, types + ["constexpr"] * len(constants), strict=True))
    source = ASTSource(kernel, types, {(names.index(c),): v for c, v in constants.items()})
    for capability in (80, 90):
        options = {"enable_fp_fusion": False}
        made = triton.compile(source, target=GPUTarget("cuda", capability, 32), options=options)
        assert made.asm["cubin"]
        assert "fma.rn" not in made.asm["ptx"]
"""


def test_kernels_compile_for_two_devices_without_fused_rounding(tmp_path):
    environment = {**os.environ, "TRITON_INTERPRET": "0", "TRITON_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", COMPILE], env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
