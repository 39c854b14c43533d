"""``python -m benchmarks.rendering``."""

from benchmarks.rendering import run
from pipelines import parse

if __name__ == "__main__":
    run.main(parse(run.Config, run.__doc__))
