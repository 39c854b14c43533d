"""Where Dask looks for the serializers of cuDF's frames."""
