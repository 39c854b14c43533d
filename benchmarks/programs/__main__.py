"""``python -m benchmarks.programs``."""

from benchmarks.programs import run
from pipelines import parse

if __name__ == "__main__":
    run.main(parse(run.Config, run.__doc__))
