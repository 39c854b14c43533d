"""Names of methods as the field writes them."""

NAMES = {
    "majority": "majority vote",
    "wawa": "Wawa",
    "zero_based_skill": "zero-based skill",
    "one_coin": "one-coin",
    "dawid_skene": "Dawid-Skene",
    "pooled_dawid_skene": "pooled Dawid-Skene",
    "glad": "GLAD",
    "mace": "MACE",
    "votes": "every vote",
    "mbem": "MBEM",
    "gold": "true labels",
}


def named(method: str) -> str:
    """A method's name for a reader.

    Parameters
    ----------
    method : str
        Its name in the metrics.

    Examples
    --------
    >>> named("dawid_skene"), named("my_method")
    ('Dawid-Skene', 'my method')
    """
    return NAMES.get(method, method.replace("_", " "))
