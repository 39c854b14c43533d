"""Each module is a system of `benchmarks.harness`: ``run`` does the work and writes its predictions."""
