"""Names of methods as the field writes them."""

NAMES = {
    "ets": "ETS",
    "arima": "ARIMA",
    "auto_arima": "AutoARIMA",
    "anomalies": "ARIMA of anomalies",
    "dlinear": "DLinear",
    "nlinear": "NLinear",
    "nvar": "NVAR",
    "lstm": "LSTM",
    "mlstm": "MLSTM",
    "tt_rnn": "TT-RNN",
    "tt_lstm": "TT-LSTM",
    "average": "weighted average",
}


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
