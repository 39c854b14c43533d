"""Mutated files through every story: ``python -m tests.fuzz --cases 3000 --seed 1 --workers 2``.

Each case must end in a right run or in one line with place and remedy. Prints a table, and of what failed the
command that repeats it; ``--keep FOLDER`` with ``--case`` leaves the files of a case there.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"  # threads do not live through a fork
os.environ["MPLBACKEND"] = "Agg"

from tests.fuzz import case  # noqa: E402
from tests.fuzz.seeds import seeds  # noqa: E402

CHUNK = 12
GOOD = ("right", "told")
BAD = "no place,no remedy,lines,refused,traceback,hang,crash,half,wrong".split(",")


def campaign(names: list[str], cases: int, seed: int, workers: int) -> list[case.Result]:
    """That many cases, spread evenly over the seeds."""
    share = {name: (cases + place) // len(names) for place, name in enumerate(names)}
    first = seed * 1_000_003
    work = [
        (name, list(range(first + begin, first + min(begin + CHUNK, count))))
        for name, count in share.items()
        for begin in range(0, count, CHUNK)
    ]
    found = []
    for results in chunks(work, workers):
        found += results
        for result in results:
            if result.verdict not in GOOD:
                print(f"{result.verdict}: {told(result)}", flush=True)
    return found


def chunks(work: list[tuple[str, list[int]]], workers: int) -> Iterator[list[case.Result]]:
    """Results of parts, from other processes if there are several workers."""
    if workers == 1:
        yield from (case.chunk(*part) for part in work if part[1])
        return
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        for done in as_completed([pool.submit(case.chunk, *part) for part in work]):
            yield done.result()


def told(result: case.Result) -> str:
    """The command that repeats a case, and what came of it."""
    text = " ".join(result.text.split())[-600:]
    return f"python -m tests.fuzz --case {result.seed}:{result.number}  ({result.kind}) {text!a}"


def table(results: list[case.Result]) -> str:
    """Stories and their ends."""
    names = sorted({seeds()[result.seed].story for result in results})
    lines = [f"{'story':<10}{'cases':>7}" + "".join(f"{word:>11}" for word in (*GOOD, *BAD))]
    for name in [*names, "all"]:
        own = [r.verdict for r in results if name in ("all", seeds()[r.seed].story)]
        count = Counter(own)
        lines.append(f"{name:<10}{len(own):>7}" + "".join(f"{count[word]:>11}" for word in (*GOOD, *BAD)))
    return "\n".join(lines)


def main() -> int:
    """Run what is asked for; 1 if something failed."""
    ask = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.partition("\n")[0])
    ask.add_argument("--cases", type=int, default=300)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--workers", type=int, default=2)
    ask.add_argument("--stories", nargs="*", help="stories, or names of seeds")
    ask.add_argument("--case", help="repeat one: NAME:NUMBER")
    ask.add_argument("--keep", type=Path, help="folder for the files of this case")
    asked = ask.parse_args()
    if asked.case:
        name, number = asked.case.split(":")
        if asked.keep:
            case.lay(case.drawn(seeds()[name], name, int(number))[1], asked.keep)
        results = [case.tried(name, int(number))]
        print(results[0])
    else:
        every = seeds()
        names = [n for n in every if not asked.stories or {n, every[n].story} & set(asked.stories)]
        results = campaign(names, asked.cases, asked.seed, asked.workers)
    print(table(results))
    return int(any(result.verdict not in GOOD for result in results))


if __name__ == "__main__":
    sys.exit(main())
