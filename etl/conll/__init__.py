"""Sentences of words with tags: files in columns, schemes of tags, scores of spans, codes and batches."""
