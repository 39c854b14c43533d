"""``python -m pipelines.doctor``, which equals ``trinity doctor``."""

from pipelines.commands import run_story

if __name__ == "__main__":
    run_story("doctor")
