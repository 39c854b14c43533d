"""One module a system: the same work, done as its users would do it at their best."""
