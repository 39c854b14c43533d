"""``python -m pipelines.trinity``, which equals ``trinity trinity``."""

from pipelines import run_story

if __name__ == "__main__":
    run_story("trinity")
