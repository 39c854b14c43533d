"""What black frames and the last frame score on Moving MNIST, two digits on 64 x 64, however it is told.

A model's numbers say something only beside these, in the same unit and convention.
"""

from benchmarks import harness
from benchmarks.video.learn import judged
from benchmarks.video.run import Config, Row
from etl.engine import choose
from etl.handoff import to_torch
from etl.video.digits import digits
from etl.video.moving_digits import MovingDigits
from models.video.metrics import UNITS, black, converted, copy_last

CLIPS, READ, PREDICTED = 512, 10, 10
SIDE = 64


def main(config: Config) -> list[Row]:
    """Judge; returns a row a baseline."""
    images = digits(config.data, "test", choose("cpu"))
    clips = to_torch(MovingDigits(images, (SIDE, SIDE), frames=READ + PREDICTED).clips(range(CLIPS)))
    seen, truth = clips[:, :READ], clips[:, READ:]
    found = {"black": black(seen, PREDICTED), "copy last": copy_last(seen, PREDICTED)}
    rows = []
    for name, predicted in found.items():
        row = judged(truth, predicted)
        units = {f"mse {unit}": converted(row["mse"], "frame", unit, SIDE * SIDE) for unit in UNITS}
        rows.append({"network": name, "clips": CLIPS} | row | units)
        print(rows[-1], flush=True)
    if config.out:
        harness.write(config.out, rows)
    return rows
