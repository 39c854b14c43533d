"""``python -m benchmarks.mbem``."""

from benchmarks.mbem import run
from pipelines import parse

if __name__ == "__main__":
    run.main(parse(run.Config, run.__doc__))
