"""Names of methods as the field writes them."""

NAMES = {"ets": "ETS", "arima": "ARIMA", "auto": "AutoARIMA", "anomalies": "ARIMA of anomalies"}


def named(method: str) -> str:
    """A method's name for a reader.

    Parameters
    ----------
    method : str
        Its name in the options and metrics.

    Examples
    --------
    >>> named("ets"), named("seasonal naive")
    ('ETS', 'seasonal naive')
    """
    return NAMES.get(method, method)
