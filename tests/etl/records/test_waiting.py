"""Whoever waits is told that a step goes on, and what it is at."""

import io
import time
from collections import defaultdict
from collections.abc import Callable

import numba
import numpy as np
import pytest
from numba.core import event
from tqdm import tqdm

from etl.records import waiting
from tests.support.waiting import LIMIT


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "TERMINAL", 0.02)
    monkeypatch.setattr(waiting, "LOG", 0.02)
    monkeypatch.setattr(waiting, "LOOK", 0.005)


def until(met: Callable[[], bool]) -> None:
    end = time.monotonic() + LIMIT
    while not met() and time.monotonic() < end:
        time.sleep(0.005)
    assert met()


@pytest.mark.parametrize("kind", [Terminal, io.StringIO])
def test_lines_say_how_long_and_what(kind: type[io.StringIO]) -> None:
    with waiting.signs_of_life("learn", out := kind()):
        until(lambda: "learn: 0 s so far\n" in out.getvalue())
        waiting.doing("the third draw")
        until(lambda: "learn: 0 s so far, the third draw\n" in out.getvalue())
    with waiting.signs_of_life("judge", later := kind()):
        until(lambda: "judge: 0 s so far\n" in later.getvalue())
    assert "draw" not in later.getvalue(), "a step does not take over what the last one was at"


def test_a_terminal_with_a_bar_is_left_alone() -> None:
    bar = tqdm(total=2, file=io.StringIO(), disable=False)
    with (
        waiting.signs_of_life("learn", out := Terminal()),
        waiting.signs_of_life("learn", log := io.StringIO()),
    ):
        until(lambda: "so far" in log.getvalue())
        assert out.getvalue() == ""
        bar.close()
        until(lambda: "so far" in out.getvalue())


def test_it_is_said_that_kernels_are_compiled() -> None:
    @numba.njit
    def kernel(values: np.ndarray) -> float:
        total = 0.0
        for value in values:
            total += value
        return total

    with waiting.signs_of_life("test", out := io.StringIO()):
        until(lambda: "so far" in out.getvalue())
        assert kernel(np.ones(3)) == 3
        until(lambda: out.getvalue().count("so far") > 1)
    assert "test: compiling kernels, which are kept for the next time" in out.getvalue()
    assert not waiting._compiled


def test_a_kernel_whose_compiling_had_begun_before_is_compiled_to_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(event, "_registered", defaultdict(list))
    monkeypatch.setattr(waiting, "_now", {"doing": ""})

    @numba.njit
    def inner(value: float) -> float:
        return value + 1

    @numba.njit
    def outer(value: float) -> float:
        return inner(value) * 2

    class Late(event.Listener):  # the beat's first look falls into the compiling of what is called first
        def on_start(self, _: event.Event) -> None:
            waiting._listen()

        def on_end(self, _: event.Event) -> None:
            pass

    event.register("numba:run_pass", Late())
    assert outer(2.0) == 6
    assert not waiting._compiled
