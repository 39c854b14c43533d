"""How few yes/no questions give every item its class? Items and a hierarchy in; labels and curves out.

``python -m pipelines.partial --data images``; ``--simulate 5000 --hierarchy wordnet`` needs no images.
"""

from collections.abc import Iterable

from tqdm.auto import tqdm

from etl.engine import array_namespace, engine_of
from etl.hierarchy.folders import STRAY
from etl.machine import cores
from etl.records import Record, Rejected, of_kind
from etl.records.waiting import doing
from models.partial.beliefs import Exact
from models.partial.chains import naive_cost
from models.partial.classifier import PartialClassifier
from models.partial.learner import PartialLearner
from models.partial.networks import linear, network
from models.partial.outcome import Outcome, RecordingClassifier, outcome
from models.partial.questions import Questions, questions
from models.partial.variants import variant
from pipelines.partial import measures, page
from pipelines.partial.apply import PartialModel
from pipelines.partial.config import Config
from pipelines.partial.data import Items, load
from pipelines.partial.figures import all_figures, title
from pipelines.partial.story import story
from pipelines.run import Result, Run

__all__ = ["Config", "main"]

Learnt = dict[str, PartialModel]
"""What each variant learnt."""
BAD = 0.1
"""Share of the files above which too many are unreadable."""
FEW = 10_000
"""Items below which batches are small, so that the network learns in few passes."""


def main(config: Config) -> Result:
    """Load, ask in each way, judge, report; returns the run."""
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
            outcomes, learnt = run_variants(config, items, asked, base)
        return report(run, items, asked, base, outcomes, learnt)


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


def run_variants(
    config: Config, items: Items, asked: Questions, base: float
) -> tuple[dict[str, Outcome], Learnt]:
    """Ask in each way, and print a line when it ends."""
    outcomes: dict[str, Outcome] = {}
    learnt: Learnt = {}
    for name in tqdm(dict.fromkeys(config.variants), desc="variants", leave=False, disable=None):
        doing(f"asking by {title(name)}")
        outcomes[name], classifier = run_variant(config, items, asked, base, name)
        is_linear, classes = items.kind == "simulated", list(items.hierarchy.classes)
        shape = tuple(items.X.shape[1:])
        learnt[name] = PartialModel(
            classifier,
            classes,
            shape,
            is_linear,
            config.side,
            engine_of(items.X),
            items.reader,
            {"encoding": config.encoding},
        )
        tqdm.write(f"  {title(name):<8} {line(outcomes[name], base)}")
    return outcomes, learnt


def run_variant(
    config: Config, items: Items, asked: Questions, base: float, name: str
) -> tuple[Outcome, PartialClassifier]:
    """Ask by a variant until every item has one class; ``base`` is the naive cost of an item."""
    count, is_linear = len(items.y), items.kind == "simulated"
    classifier = PartialClassifier(
        linear if is_linear else network,
        epochs=config.epochs,
        batch_size=64 if count < FEW and not is_linear else 200,
        warm_start=True,
    )
    model = RecordingClassifier(classifier, items.X, items.X_test, items.y_test)
    belief = Exact(asked, items.y, workers=cores())
    start, budget = (share * base * count for share in (config.start, config.budget))
    learner = PartialLearner(model, belief, variant(name), start, budget, seed=config.seed).run(count)
    return outcome(learner, model, belief), classifier


def line(outcome: Outcome, base: float) -> str:
    """What a variant cost and brought, in a line."""
    points = measures.curve(outcome, base)
    accuracy = measures.at_share(points, measures.AT)
    right = "" if accuracy is None else f"{accuracy:.1%} right at {measures.AT:.0%}, "
    cost = outcome.curve[-1]["cost"] / len(outcome.left)
    spent = f"{cost:7.3f} questions an item, {1 - cost / base:.1%} saved"
    return f"{spent}, {right}{points[-1][1]:.1%} at the end"


def report(
    run: Run, items: Items, asked: Questions, base: float, outcomes: dict[str, Outcome], learnt: Learnt
) -> Result:
    """Write labels, questions, dialogues, metrics and figures, and close the run."""
    found = run.measured(measures.measures(items, asked, base, outcomes))
    first = found["best"]
    measures.write_labels(items, outcomes[first], run.path("labels.csv"))
    measures.write_questions(items, asked, outcomes, run.path("questions.parquet"))
    page.write(items, asked, outcomes[first], first, run.path("dialogues.html"))
    pictures = all_figures(outcomes, asked, found)
    told = warning(found["accuracy_end"][first], items)
    return run.finish(found, story=story(found), figures=pictures, model=learnt[first], warning=told)


def warning(accuracy: float, items: Items) -> str:
    """Why not to trust the network: to name the most frequent class is as good."""
    _, counts = array_namespace(items.y_test).unique(items.y_test, return_counts=True)
    share = float(counts.max() / len(items.y_test))
    if accuracy > share:
        return ""
    return f"the network is right on {accuracy:.1%} of held-out items, and the largest class is {share:.1%}"
