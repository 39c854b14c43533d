"""``python -m pipelines.compress``, which equals ``trinity compress``."""

from pipelines import run_story

if __name__ == "__main__":
    run_story("compress")
