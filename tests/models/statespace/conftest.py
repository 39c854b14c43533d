"""Real series, where they are."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

REAL = Path(__file__).parents[4] / "shared" / "data" / "series"


@pytest.fixture(scope="session")
def real_series() -> np.ndarray:
    """100 series of 200 values: half-hourly speeds of 79 sensors, daily means of an airport's weather."""
    if not REAL.exists():
        pytest.skip(f"the real series are not at {REAL}")
    speed = pd.read_csv(REAL / "traffic_metrla_week/los_speed.csv").to_numpy()[:1200, :79]
    speed = speed.reshape(200, 6, 79).mean(1).T
    weather = pd.read_csv(REAL / "weather_wth.csv.gz")[["DryBulbFarenheit", "RelativeHumidity", "Altimeter"]]
    weather = weather.to_numpy()[:33600].reshape(1400, 24, 3).mean(1)
    return np.concatenate([speed, weather.T.reshape(-1, 200)])
