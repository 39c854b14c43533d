"""``python -m pipelines.graph``, which equals ``trinity graph``."""

from pipelines import run_story

if __name__ == "__main__":
    run_story("graph")
