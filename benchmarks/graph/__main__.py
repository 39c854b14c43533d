"""``python -m benchmarks.graph``."""

from benchmarks.graph import run
from pipelines import parse

if __name__ == "__main__":
    run.main(parse(run.Config, run.__doc__))
