"""``python -m pipelines.mortgage``, which equals ``trinity mortgage``."""

from pipelines import run_story

if __name__ == "__main__":
    run_story("mortgage")
