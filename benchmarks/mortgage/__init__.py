"""The mortgage ETL by us, DuckDB, Polars and the notebook."""
