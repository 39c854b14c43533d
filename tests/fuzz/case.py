"""A case: a seed, a number, and whether the run that follows from them ends as it should."""

import contextlib
import io
import json
import math
import random
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.fuzz import alike, child, damage
from tests.fuzz.child import End
from tests.fuzz.mutants import Mutant, Mutation, changed
from tests.fuzz.seeds import Seed, seeds

LIMIT = 60.0
"""Seconds of a run, on a machine that others use, too."""
VARY = re.compile(r"seconds|host_crossings|engine|advice|throughput|quarantined|per_second|choosing|training")
REMEDY = re.compile(
    r"--\w|\b(re-?name|give|take|save|check|remove|write|fetch|ask|choose|leave|drop|needs?|must|should|holds|label"
    r"|add|wants|correct|name (?:a|an|the|them|those)|keep|mend|did you mean|it has|there are|lower|join|part"
    r"|get it|put|unpack)\b",
    re.IGNORECASE,
)
"""Words by which a message says what to do."""


@dataclass(frozen=True)
class Result:
    """``verdict`` is right, told, or the name of what is wrong."""

    seed: str
    number: int
    kind: str
    verdict: str
    text: str


def kinds(seed: Seed) -> dict[str, Mutation]:
    """Mutations that make sense for a seed, by their names."""
    found = damage.ANY | (damage.TEXT if seed.sep else {})
    if seed.target.endswith((".npz", ".npy")):
        found["arrays"] = damage.arrays
    if "parquet" in seed.same or seed.target.endswith(".parquet"):
        found["typed"] = damage.typed
    return (
        found | {n: alike.SAME[n] for n in seed.same.split()} | {n: alike.LOST[n] for n in seed.lost.split()}
    )


def drawn(seed: Seed, name: str, number: int) -> tuple[str, Mutant]:
    """The mutant of a number; each kind comes in turn."""
    rng, every = random.Random(f"{name}:{number}"), kinds(seed)
    kind = list(every)[(number + zlib.crc32(name.encode())) % len(every)]
    return kind, every[kind](seed, rng)


def chunk(name: str, numbers: list[int]) -> list[Result]:
    """Some cases of a seed, in one process, whose imports and compiled kernels its children share."""
    warm(seeds()[name].story)
    return [tried(name, number) for number in numbers]


def tried(name: str, number: int) -> Result:
    """Run one case, and judge it."""
    seed = seeds()[name]
    kind, mutant = drawn(seed, name, number)
    end = run(seed, mutant)
    verdict, text = judged(seed, mutant, end, name)
    return Result(name, number, kind, verdict, text)


def run(seed: Seed, mutant: Mutant) -> End:
    """Lay the files down, and run the story on them."""
    with folder() as place:
        lay(mutant, place)
        return child.run(
            seed.story, words(seed, mutant.target, place), place / "runs", LIMIT, mutant.as_nobody
        )


class folder:
    """A new folder that everybody may read, with a name that is known in messages."""

    def __enter__(self) -> Path:
        self.path = Path(tempfile.mkdtemp(prefix="fuzz-"))
        self.path.chmod(0o755)
        return self.path

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.path)


def lay(mutant: Mutant, place: Path) -> None:
    for name, data in mutant.files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(data)
    if mutant.lay:
        (place / mutant.target).parent.mkdir(parents=True, exist_ok=True)
        mutant.lay(place)


def words(seed: Seed, target: str, place: Path) -> list[str]:
    """What is typed after the story's name."""
    named = {f"@{seed.target}": f"{place}/{target}"}
    return [named.get(word, word.replace("@", f"{place}/", 1)) for word in seed.words.split()]


@cache
def warm(story: str) -> tuple[str, dict[str, Any]]:
    """Run a story's first seed in this process, whose children need not import and compile; its metrics."""
    name, seed = next((name, seed) for name, seed in seeds().items() if seed.story == story)
    with folder() as place, contextlib.redirect_stdout(io.StringIO()):
        lay(changed(seed, seed.data), place)
        typed = [*words(seed, seed.target, place), "--out", str(place / "runs")]
        end = child.left(place / "runs" / story, *child.typed(story, typed))
    return name, _right(name, end)


@cache
def clean(name: str) -> dict[str, Any]:
    """Metrics of the seed itself, which is right."""
    first, metrics = warm(seeds()[name].story)
    if name == first:
        return metrics
    seed = seeds()[name]
    return _right(name, run(seed, changed(seed, seed.data)))


def _right(name: str, end: End) -> dict[str, Any]:
    if end.how != "right":
        raise AssertionError(f"the seed {name} itself ends {end.how}: {end.text}")
    return end.metrics


def judged(seed: Seed, mutant: Mutant, end: End, name: str) -> tuple[str, str]:
    """The verdict, and what it rests on."""
    if end.how == "told":
        if name in seeds():
            clean(name)  # of a seed that is refused itself, each mutant would be right
        return _line(mutant, end.text)
    if end.how != "right" or mutant.oracle == "any":
        return end.how, end.text
    if mutant.oracle == "same":
        differ = list(differences(clean(name), end.metrics))
        return ("wrong", "; ".join(differ[:4])) if differ else ("right", "")
    without = run(seed, changed(seed, mutant.clean))
    lost = end.metrics["quarantined"] - without.metrics.get("quarantined", 0)
    differ = [] if lost == mutant.rows else [f"{mutant.rows} rows are lost and {lost} told"]
    differ += differences(without.metrics, end.metrics)
    return ("wrong", "; ".join(differ[:4])) if differ else ("right", "")


def _line(mutant: Mutant, text: str) -> tuple[str, str]:
    if mutant.oracle == "same":
        return "refused", text
    if "\n" in text:
        return "lines", text
    if "fuzz-" not in text and not any(Path(name).name in text for name in (*mutant.files, mutant.target)):
        return "no place", text
    return ("told" if REMEDY.search(text) else "no remedy"), text


def differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Where two sets of metrics differ by more than the order of sums may make."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            if not VARY.search(key):
                yield from differences(one.get(key), other.get(key), f"{path}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, f"{path}[{place}]")
    elif isinstance(one, float) and isinstance(other, float):
        if not math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9):
            yield f"{path}: {one!r} became {other!r}"
    elif one != other:
        yield f"{path}: {json.dumps(one)[:80]} became {json.dumps(other)[:80]}"
