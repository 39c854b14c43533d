"""Texts: from documents, or counts of words in files, to one sparse matrix of counts and its vocabulary."""
