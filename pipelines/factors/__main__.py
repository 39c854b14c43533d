"""``python -m pipelines.factors``, which equals ``trinity factors``."""

from pipelines import run_story

if __name__ == "__main__":
    run_story("factors")
