"""Equations: read, printed, held as hash-consed forests, certified by numbers, and generated."""
