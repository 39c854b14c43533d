"""``python -m pipelines.runs``, which equals ``trinity runs``."""

from pipelines import run_verb

if __name__ == "__main__":
    run_verb("runs")
