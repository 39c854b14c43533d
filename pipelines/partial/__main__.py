"""``python -m pipelines.partial``, which equals ``trinity partial``."""

from pipelines import run_story

if __name__ == "__main__":
    run_story("partial")
