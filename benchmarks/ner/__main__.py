"""``python -m benchmarks.ner``."""

from benchmarks.ner import run
from pipelines import parse

if __name__ == "__main__":
    run.main(parse(run.Options, run.__doc__))
