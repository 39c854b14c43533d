"""``python -m benchmarks.device_check``."""

from benchmarks.device_check import run

if __name__ == "__main__":
    raise SystemExit(run.main())
