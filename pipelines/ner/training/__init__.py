"""A tagger from labelled sentences, judged by some of them that it did not learn from."""
