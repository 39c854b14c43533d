"""``python -m pipelines.doctor``, which equals ``trinity doctor``."""

from pipelines import run_story

if __name__ == "__main__":
    run_story("doctor")
