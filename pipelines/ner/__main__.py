"""``python -m pipelines.ner``, which equals ``trinity ner``."""

from pipelines import run_story

if __name__ == "__main__":
    run_story("ner")
