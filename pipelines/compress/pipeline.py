"""How small does a trained network get, and what does it lose? Layers in factors, tuned, and measured.

``python -m pipelines.compress --network mynets:Net --weights net.pt --data images --budget 0.33``
"""

from etl.handoff import from_torch, to_host
from models.tensors.compress import Compressed, compress
from pipelines.compress.apply import CompressedModel
from pipelines.compress.config import Config
from pipelines.compress.data import Trained, load
from pipelines.compress.figures import all_figures
from pipelines.compress.measures import measures, warning
from pipelines.compress.story import story
from pipelines.run import Result, Run

__all__ = ["Config", "main"]


def main(config: Config) -> Result:
    """Load, compress to each budget, report; returns the run."""
    with Run("compress", config) as run:
        with run.step("load"):
            trained = load(config, run)
        found = dict[float, Compressed]()
        for budget in dict.fromkeys((config.budget, *config.others)):
            with run.step(f"compress to {100 * budget:.3g}%"):
                found[budget] = at(budget, config, trained)
        return report(config, run, trained, found)


def at(budget: float, config: Config, trained: Trained) -> Compressed:
    """The network at one budget."""
    return compress(
        trained.network,
        budget,
        trained.examples,
        epochs=config.epochs,
        lr=config.lr,
        batch_size=config.batch,
        slower=config.slower,
        random_state=config.seed,
    )


def report(config: Config, run: Run, trained: Trained, found: dict[float, Compressed]) -> Result:
    """Write metrics, figures and the network, and close the run."""
    own = found[config.budget]
    weights = {
        name: to_host(from_torch(held.detach().contiguous(), run.engine))
        for name, held in own.model.state_dict().items()
    }
    ranks = {row.name: row.rank for row in own.rows if row.rank}
    told = trained.name, trained.keywords, ranks
    model = CompressedModel(*told, weights, trained.inputs, trained.classes, run.engine, asked=True)
    measured = run.measured(measures(config, trained, found))
    return run.finish(
        measured,
        story=story(measured),
        figures=all_figures(measured),
        model=model,
        warning=warning(measured),
    )
