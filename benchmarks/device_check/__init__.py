"""Does all of it run on a GPU, and does it find there what it finds on the CPU? In one call, within minutes.

``python -m benchmarks.device_check --out FOLDER --deadline 420`` on the machine with the GPU: every line is
in ``FOLDER/results.jsonl``, on disk, as soon as it is known. ``--dry`` checks the CPU against itself on any
machine. ``python -m benchmarks.device_check.record FOLDER/results.jsonl`` makes of it
``benchmarks/results/device-<card>.json``, which ``--device auto`` reads.
"""
