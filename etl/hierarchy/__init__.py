"""Classes below one another: WordNet, tables of parents, nested directories and dotted names."""
