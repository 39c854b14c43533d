"""Bits hold the candidates that sets of classes hold."""

import numpy as np
import pytest

from etl.engine import Engine
from etl.handoff import to_host
from models.partial.bits import answered, pack, unpack

SIZES = (1, 63, 64, 65, 200)


def drawn(rows: int, classes: int, seed: int) -> np.ndarray:
    found = np.random.default_rng(seed).random((rows, classes)) < 0.5
    found[0], found[1] = True, False
    return found


@pytest.mark.parametrize("classes", SIZES)
def test_class_k_is_bit_k(engine: Engine, classes: int) -> None:
    candidates = drawn(20, classes, classes)
    bits = pack(engine.xp.asarray(candidates))
    numbers = [sum(word << 64 * place for place, word in enumerate(row)) for row in to_host(bits).tolist()]
    assert bits.dtype == "uint64"
    assert bits.shape == (20, (classes + 63) // 64)
    assert numbers == [sum(1 << int(k) for k in np.flatnonzero(row)) for row in candidates]
    assert (to_host(unpack(bits, classes)) == candidates).all()


@pytest.mark.parametrize("classes", SIZES)
def test_answers_strike_out_what_sets_do(engine: Engine, classes: int) -> None:
    xp, candidates, rows = engine.xp, drawn(20, classes, 1), drawn(20, classes, 2)[::-1]
    yes = np.arange(20) % 2 == 0
    bits = answered(pack(xp.asarray(candidates)), pack(xp.asarray(rows)), xp.asarray(yes))
    for left, held, row, answer in zip(
        to_host(unpack(bits, classes)), candidates, rows, yes.tolist(), strict=True
    ):
        before, asked = set(np.flatnonzero(held)), set(np.flatnonzero(row))
        assert set(np.flatnonzero(left)) == (before & asked if answer else before - asked)
    assert to_host(bits)[:, -1].max() < 2 ** ((classes - 1) % 64 + 1)  # no bit past the last class


def test_no_items(engine: Engine) -> None:
    bits = pack(engine.xp.zeros((0, 65), dtype=bool))
    assert bits.shape == (0, 2)
    assert unpack(bits, 65).shape == (0, 65)
