"""Loans for the mortgage pipeline: pieces that fit, lines set aside, rows to train, stop and judge by."""

from functools import partial, reduce
from pathlib import Path

from etl.engine import Engine
from etl.machine import Limit, device_memory, memory_limit
from etl.mortgage import audit, coding, cut, features, files
from etl.mortgage import plan as plans
from etl.mortgage import split as splits
from etl.mortgage.generate import generate
from etl.mortgage.schema import FEATURES
from etl.pieces import Pieces
from etl.records import of_kind
from pipelines.mortgage.config import Config
from pipelines.run import Run

MADE = 200_000
"""Loan months of the demonstration."""


def plan(config: Config, run: Run) -> tuple[Pieces, Path | None]:
    """Cut the files into pieces that fit, and decide whether the features stay in memory."""
    data = config.data or demonstration(config, run)
    executor, found = run.executor, files.find(data)
    fits = plans.plan(
        found,
        limit=room(config, run.engine),
        workers=executor.workers,
        columns=len(FEATURES),
        usual=plans.DEVICE_PIECE if run.engine.name == "gpu" else plans.PIECE,
    )
    for reason in fits.reasons:
        run.say(reason)
    pieces = cut.pieces(found, data, run.scratch, fits.piece_bytes, config.layout)
    run.say(f"pieces: {len(pieces)} of whole loans, {executor.workers} at a time")
    return Pieces(list(pieces), executor=executor), None if fits.in_memory else run.scratch


def demonstration(config: Config, run: Run) -> Path:
    """Loan files that are made, and removed when the run ends."""
    run.say(f"data: none was given, so {MADE:,} loan months are generated, as etl.mortgage.generate does")
    folder = run.scratch / "generated"
    generate(folder, MADE, seed=config.seed, workers=1)
    (folder / "manifest.json").unlink()
    return folder


def room(config: Config, engine: Engine) -> Limit:
    """Memory to stay within: of the host, and of the device that holds the frames."""
    return min(memory_limit(config.memory), device_memory(engine), key=lambda limit: limit.bytes)


def inspect(config: Config, run: Run) -> audit.Totals:
    """Set unreadable lines aside, and refuse data that cannot be trusted."""
    audit.inspect(run.records, config.bad_share)
    return audit.totals(run.records)


def split(config: Config, run: Run, shaped: Pieces, spool: Path | None) -> tuple[Pieces, ...]:
    """Encode categories by the vocabulary of all pieces, then part rows to train, stop and judge by."""
    facts, words = of_kind(run.records, features.Shaped), vocabulary(run)
    rows = reduce(splits.add, (piece.months for piece in facts))
    periods = splits.plan(rows, audit.totals(run.records).cutoff, seed=config.seed)
    run.say(f"split: {periods}")
    coded = shaped.map("encode", partial(coding.encode, words=words))
    return coded.map("split", partial(splits.split, periods=periods)).persist(spool, parts=3)


def vocabulary(run: Run) -> coding.Vocabulary:
    """Values of each category in all pieces."""
    return reduce(coding.merge, (piece.words for piece in of_kind(run.records, features.Shaped)))
