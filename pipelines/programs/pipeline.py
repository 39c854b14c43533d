"""Equations: verify them, complete them, learn which hold.

``trinity programs verify equations.txt``
"""

from pipelines.programs.complete import Complete, complete
from pipelines.programs.config import Config
from pipelines.programs.evaluate import Evaluate, evaluate
from pipelines.programs.verify import Verify, verify
from pipelines.run import Result

__all__ = ["Config", "main"]


def main(config: Config) -> Result:
    """Generate or read, certify, part, learn, judge, report; returns the run."""
    from pipelines.programs.train import train  # PyTorch, which the other commands do without

    return train(config)


COMMANDS = {
    "train": (main, Config),
    "verify": (verify, Verify),
    "complete": (complete, Complete),
    "evaluate": (evaluate, Evaluate),
}
"""What follows ``python -m pipelines.programs`` instead of options."""
