"""Mallet: collapsed Gibbs sampling in Java, with the prior of each topic learnt every tenth iteration.

Its cost is that of a Java process from its start to its end, reading its imported documents included. Mallet
would learn no prior in its first 200 iterations; here it begins after a tenth of them, and predicts better.
"""

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import numpy as np

from benchmarks.topics.peers.meter import Meter, Row, digest  # noqa: F401

CORPUS, COUNTS = "corpus.mallet", "word-topic-counts.txt"
BURN_IN = 200
"""Mallet's default of iterations before the prior is learnt."""
BETA = 0.01
"""Mallet's default count added to each word and topic."""


def load(data: str) -> Path:
    """The folder: Java reads what lies there, and this process stays small, for its children's sake."""
    return Path(data)


def run(
    data: Path, threads: int, k: int, stops: list[int], seed: int, out: str, mallet: str, words: int
) -> list[Row]:
    """Train anew for each number of iterations."""
    rows, counts = [], Path(out) / COUNTS
    for stop in stops:
        options = {
            "--input": data / CORPUS,
            "--num-topics": k,
            "--num-iterations": stop,
            "--optimize-interval": 10,
            "--optimize-burn-in": min(BURN_IN, stop // 10),
            "--num-threads": threads,
            "--random-seed": seed + 1,  # 0 would ask it to take the clock's
            "--word-topic-counts-file": counts,
        }
        meter = Meter(out)
        java(mallet, "cc.mallet.topics.tui.TopicTrainer", options)
        meter.read(stop)
        meter.keep(topics(counts, k, words))
        rows += meter.rows
    return rows


def imported(mallet: str, text: Path, target: Path) -> None:
    """Turn lines of ``name label token token ...`` into Mallet's own format; tokens are numbers."""
    options = {"--input": text, "--output": target, "--token-regex": r"\d+"}
    java(mallet, "cc.mallet.classify.tui.Csv2Vectors", options, "--keep-sequence")


def topics(path: Path, k: int, words: int) -> np.ndarray:
    """Topics from lines of ``number token topic:count topic:count ...``, shape (k, words).

    Raises
    ------
    ValueError
        Names the line that is not so, or whose token or topic is out of range.
    """
    out = np.full((k, words), BETA)
    with path.open() as lines:
        for number, line in enumerate(lines, 1):
            try:
                _, token, *pairs = line.split()
                for pair in pairs:
                    topic, _, count = pair.partition(":")
                    out[_below(topic, k), _below(token, words)] += int(count)
            except (ValueError, IndexError) as error:
                raise ValueError(
                    f"{path}, line {number}: {line.strip()[:60]!r} should be a number, a token below {words} "
                    f"and pairs TOPIC:COUNT with topics below {k}"
                ) from error
    return out / out.sum(axis=1, keepdims=True)


def classpath(mallet: str) -> list[Path]:
    """Compiled classes and jars of a Mallet folder, as it is distributed or built; no damaged jar."""
    folder = Path(mallet)
    classes = [folder / name for name in ("classes", "class") if (folder / name).is_dir()]
    jars = sorted(folder.glob("dist/*.jar")) + sorted(folder.glob("lib/*.jar"))
    return classes + [jar for jar in jars if zipfile.is_zipfile(jar)]


def lacks(mallet: str | Path | None) -> str:
    """Why Mallet cannot run, or nothing."""
    if mallet is None:
        return "no folder is given with --mallet"
    if not classpath(str(mallet)):
        return f"{mallet} has no folder classes and no jar in dist or lib"
    return "" if shutil.which("java") else "there is no java on the path"


def java(mallet: str, program: str, options: dict[str, object], *switches: str) -> None:
    """Run one of Mallet's programs.

    Raises
    ------
    RuntimeError
        It failed; its last lines are shown.
    """
    pairs = [str(word) for pair in options.items() for word in pair]
    path = os.pathsep.join(map(str, classpath(mallet)))
    done = subprocess.run(
        ["java", "-Xmx4g", "-cp", path, program, *pairs, *switches],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{program} of {mallet} failed:\n{done.stderr[-1000:]}")


def _below(text: str, end: int) -> int:
    value = int(text)
    if not 0 <= value < end:
        raise IndexError(value)
    return value
