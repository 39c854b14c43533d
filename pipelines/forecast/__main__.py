"""``python -m pipelines.forecast``, which equals ``trinity forecast``."""

from pipelines import run_story

if __name__ == "__main__":
    run_story("forecast")
