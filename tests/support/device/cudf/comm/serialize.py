"""The stand-in's frames travel as pickles, each counted as a crossing: Dask's default."""
