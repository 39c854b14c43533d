"""The rule's rates against a grouped mean."""

import numpy as np
import pandas as pd

from models.boosting import baseline


def test_rates_are_means_drawn_to_the_base_rate() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"s": rng.choice([0, 1, 2, 9, np.nan], 5000).astype("float32")})
    frame["label"] = (rng.random(5000) < frame["s"].fillna(3) / 20).astype("int8")
    counts = tuple(
        a + b
        for a, b in zip(baseline.count(frame[:2000], "s"), baseline.count(frame[2000:], "s"), strict=True)
    )
    assert counts == baseline.count(frame, "s")
    found = baseline.apply(frame, "s", baseline.rates(counts, weight=1e-9))
    means = frame["label"].groupby(frame["s"].fillna(-1)).transform("mean")
    np.testing.assert_allclose(found, means, rtol=1e-6, atol=1e-12)
    heavy = baseline.apply(frame, "s", baseline.rates(counts, weight=1e12))
    np.testing.assert_allclose(heavy, frame["label"].mean(), rtol=1e-6)
