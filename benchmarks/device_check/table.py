"""What has run on a GPU, as the README tells it."""

from collections.abc import Sequence

from etl.engine.device_runs import ENGINE, DeviceRun
from pipelines import stories

NONE = "Nothing of it has been run on a GPU yet: there is no record."


def table(runs: Sequence[DeviceRun]) -> str:
    """A row a story, a column a card; or that there is none.

    Examples
    --------
    >>> table([])
    'Nothing of it has been run on a GPU yet: there is no record.'
    """
    if not runs:
        return NONE
    cards = list(dict.fromkeys(run.device for run in runs))
    lines = [f"| has been run on | {' | '.join(cards)} |", "|---|" + "---|" * len(cards)]
    for story in (ENGINE, *(name for name in stories() if name != "doctor")):
        lines.append(f"| {story} | {' | '.join(_cell(story, card, runs) for card in cards)} |")
    return "\n".join(lines)


def _cell(story: str, card: str, runs: Sequence[DeviceRun]) -> str:
    for run in runs:
        if (run.story, run.device) == (story, card):
            return f"{'passed' if run.passed else 'failed'}, RAPIDS {run.version}, {run.date}"
    return "not run"
