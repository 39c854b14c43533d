"""Time series in state-space form, thousands at once: Kalman filter, ARIMA, exponential smoothing."""
