"""ETS and ARIMA of many series by us, statsmodels and statsforecast."""
