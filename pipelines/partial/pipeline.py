"""How few yes/no questions give every item its class? Items and a hierarchy in; labels and curves out.

``python -m pipelines.partial --data images``; ``--simulate 5000 --hierarchy wordnet`` needs no images.
"""

from collections.abc import Iterable
from pathlib import Path

from tqdm.auto import tqdm

from etl.hierarchy.folders import STRAY
from etl.records import Record, Rejected, of_kind
from models.partial.chains import naive_cost
from models.partial.questions import Questions, questions
from pipelines.partial import measures, page
from pipelines.partial.config import Config
from pipelines.partial.data import Items, load
from pipelines.partial.figures import all_figures, title
from pipelines.partial.measures import Outcome
from pipelines.partial.story import story
from pipelines.run import Run

__all__ = ["Config", "main"]

BAD = 0.1
"""Share of the files above which too many are unreadable."""


def main(config: Config) -> Path:
    """Load, ask in each way, judge, report; returns the run's folder."""
    with Run("partial", config) as run:
        with run.step("load"):
            items = load(config, run)
            refuse(run.records, items.files)
        with run.step("ask"):
            asked = questions(items.hierarchy, run.engine)
            base = naive_cost(asked, items.y)
            run.say(
                f"questions: {len(asked)} of {len(asked.classes)} classes; {base:.3f} an item without a model"
            )
        with run.step("learn"):
            outcomes = play_all(config, items, asked, base)
        return report(run, items, asked, base, outcomes)


def refuse(entries: Iterable[Record], files: int) -> None:
    """Refuse data of which too much cannot be read.

    Raises
    ------
    ValueError
        The message shows the first file.
    """
    unreadable = [entry for entry in of_kind(entries, Rejected) if entry.reason != STRAY]
    if len(unreadable) > BAD * files:
        first = unreadable[0]
        raise ValueError(
            f"{len(unreadable):,} of {files:,} files cannot be read, more than {BAD:.0%}; first "
            f"{first.file}: {first.reason}. Mend or remove those in quarantine.csv of the failed run's folder"
        )


def play_all(config: Config, items: Items, asked: Questions, base: float) -> dict[str, Outcome]:
    """Ask in each way, and print a line when it ends."""
    outcomes: dict[str, Outcome] = {}
    for name in tqdm(dict.fromkeys(config.variants), desc="variants", leave=False, disable=None):
        done = outcomes[name] = measures.play(name, items, asked, base, config)
        points = measures.curve(done, base)
        at = measures.at_share(points, measures.AT)
        right = "" if at is None else f"{at:.1%} right at {measures.AT:.0%}, "
        cost = done.curve[-1]["cost"] / len(items.y)
        told = f"{cost:7.3f} questions an item, {1 - cost / base:.1%} saved"
        tqdm.write(f"  {title(name):<8} {told}, {right}{points[-1][1]:.1%} at the end")
    return outcomes


def report(run: Run, items: Items, asked: Questions, base: float, outcomes: dict[str, Outcome]) -> Path:
    """Write labels, questions, dialogues, metrics and figures, and close the run."""
    found = run.measured(measures.measures(items, asked, base, outcomes))
    first = found["best"]
    measures.write_labels(items, outcomes[first], run.path("labels.csv"))
    measures.write_questions(items, asked, outcomes, run.path("questions.parquet"))
    page.write(items, asked, outcomes[first], first, run.path("dialogues.html"))
    return run.finish(found, story=story(found), figures=all_figures(outcomes, asked, found))
