"""How few yes/no questions give every item its class? Items and a hierarchy in; labels and curves out.

``python -m pipelines.partial --data images``; ``--simulate 5000 --hierarchy wordnet`` needs no images.
"""

import csv
from pathlib import Path
from typing import Any

from tqdm import tqdm

from etl import handoff, records
from etl.engine import choose
from models.partial.chains import naive_cost
from models.partial.questions import Questions, questions
from pipelines import figures
from pipelines.partial import figures as partial_figures
from pipelines.partial import measures, page
from pipelines.partial.config import Config, check
from pipelines.partial.data import Items, load
from pipelines.partial.measures import Outcome
from pipelines.partial.story import story
from pipelines.run import Run, step

__all__ = ["Config", "main"]

BAD = 0.1
"""Share of the files above which too many are unreadable."""


def main(config: Config) -> Path:
    """Load, ask in each way, judge, report; returns the run's folder."""
    check(config)
    engine = choose(config.device)
    with Run("partial", config, out=config.out, engine=engine) as run, records.collect() as entries:
        with step(run, "load"):
            try:
                items = load(config, run)
            finally:
                aside = quarantine(run, entries)
            refuse(aside, items.files)
        with step(run, "ask"):
            asked = questions(items.hierarchy, engine)
            base = naive_cost(asked, items.y)
            run.say(
                f"questions: {len(asked)} of {len(asked.classes)} classes; {base:.3f} an item without a model"
            )
        with step(run, "learn"):
            outcomes = every(config, items, asked, base)
        return report(run, entries, items, asked, base, outcomes)


def quarantine(run: Run, entries: list[records.Entry]) -> list[records.Entry]:
    """Write the files that were set aside, with reasons; returns those that could not be read."""
    rejected = records.of_kind(entries, "rejected")
    if rejected:
        with run.path("quarantine.csv").open("w", newline="", encoding="utf-8", errors="replace") as file:
            rows = csv.writer(file)
            rows.writerow(["file", "reason"])
            for row in rejected:
                rows.writerow([row["file"], row.get("reason", f"{row['rows']} files in no class")])
        run.say(f"set aside: {sum(row['rows'] for row in rejected):,} files, which are in quarantine.csv")
    return [row for row in rejected if "reason" in row]


def refuse(aside: list[records.Entry], files: int) -> None:
    """Refuse data of which too much cannot be read.

    Raises
    ------
    ValueError
        The message shows the first file.
    """
    if len(aside) > BAD * files:
        raise ValueError(
            f"{len(aside):,} of {files:,} files cannot be read, more than {BAD:.0%}; first "
            f"{aside[0]['file']}: {aside[0]['reason']}. Mend or "
            "remove those in quarantine.csv of the failed run's folder"
        )


def every(config: Config, items: Items, asked: Questions, base: float) -> dict[str, Outcome]:
    """Ask in each way, and print a line when it ends."""
    outcomes: dict[str, Outcome] = {}
    for name in tqdm(dict.fromkeys(config.variants), desc="variants", leave=False, disable=None):
        done = outcomes[name] = measures.play(name, items, asked, base, config)
        points = measures.curve(done, base)
        at = measures.at_share(points, measures.AT)
        right = "" if at is None else f"{at:.1%} right at {measures.AT:.0%}, "
        cost = done.curve[-1]["cost"] / len(items.y)
        told = f"{cost:7.3f} questions an item, {1 - cost / base:.1%} saved"
        tqdm.write(f"  {partial_figures.title(name):<8} {told}, {right}{points[-1][1]:.1%} at the end")
    return outcomes


def report(
    run: Run,
    entries: list[records.Entry],
    items: Items,
    asked: Questions,
    base: float,
    outcomes: dict[str, Outcome],
) -> Path:
    """Write labels, questions, dialogues, metrics, figures and the ledger, and close the run."""
    measured: dict[str, Any] = measures.measures(items, asked, base, outcomes)
    first = measured["best"]
    measures.write_labels(items, outcomes[first], run.path("labels.csv"))
    measures.write_questions(items, asked, outcomes, run.path("questions.parquet"))
    page.write(items, asked, outcomes[first], first, run.path("dialogues.html"))
    ledger = handoff.ledger(entries)
    measured |= {
        "quarantined": sum(row["rows"] for row in records.of_kind(entries, "rejected")),
        "host_crossings": sum(row["times"] for row in ledger if row["copies"] == "host"),
    }
    pictures = partial_figures.all_figures(outcomes, asked, measured)
    pictures |= {"timeline": figures.timeline(run.stages), "ledger": figures.ledger(ledger)}
    return run.finish(measured, story=story(measured), figures=pictures, ledger=ledger)
