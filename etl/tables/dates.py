"""Dates that are text or numbers as timestamps: by ISO's form, or by one that is given; none is guessed."""

import re
from collections import Counter
from contextlib import suppress
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Values: TypeAlias = pa.Array | pa.ChunkedArray
ISO = "%Y-%m-%d"
"""Days as ISO 8601 writes them; months alone, and a time of day with its zone, are read too."""
SPELT = {4: "%Y", 6: "%Y%m", 8: "%Y%m%d"}
"""How whole numbers of so many digits spell dates."""
LOOKED_AT = 1000
"""Dates by which a form is proposed."""
_DAYS = [form.replace(" ", mark) for mark in "./- " for form in ("%d %m %Y", "%m %d %Y", "%Y %m %d")]
_SHORT = [form.replace(" ", mark) for mark in "./- " for form in ("%d %m %y", "%m %d %y")]
_WORDS = ["%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%b %d %Y", "%d. %b %Y", "%d-%b-%y"]
_MONTHS = ["%m/%Y", "%m.%Y", "%m-%Y", "%Y/%m", "%Y.%m", "%b %Y", "%b-%Y", "%b-%y", "%Y %b"]
_TIMES = ["", " %H:%M", " %H:%M:%S"]
FORMS = [day + time for day in (*_DAYS, *_SHORT) for time in _TIMES] + _WORDS + _MONTHS + ["%Y%m%d", "%Y%m"]
"""Those that are proposed, the first of which the most dates are."""
_ISO_MONTH = r"^\d{4}-(0[1-9]|1[0-2])$"
_ZONE = r"(Z|[+-]([01]\d|2[0-3]):?[0-5]\d)"
_ISO_DAY = rf"^\d{{4}}-\d\d-\d\d([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{{1,6}})?)?(?P<zone>{_ZONE})?)?$"


def read(values: Values, form: str | None) -> tuple[Values, np.ndarray]:
    """Timestamps of dates, and which cells are none.

    Parameters
    ----------
    values : pyarrow array of text, numbers, dates or timestamps, shape (n,)
        Null is no date and stays so; timestamps stay as they are.
    form : str, optional
        As in strptime, such as ``%d/%m/%Y``; without a day or month it is the first. By default text is in
        ISO's form, and whole numbers are years, months (202401) or days (20240131).

    Returns
    -------
    dates : pyarrow array of timestamp, shape (n,)
        Null where there is none; with the zone that text in ISO's form names, in UTC. Where some lack a zone
        that others name, the fewer are wrong.
    wrong : bool array, shape (n,)

    Examples
    --------
    >>> found, wrong = read(pa.array(["31/01/2024", "soon", None]), "%d/%m/%Y")
    >>> found.to_pylist()[0], wrong.tolist()
    (datetime.datetime(2024, 1, 31, 0, 0), [False, True, False])
    >>> read(pa.array([202402]), None)[0].to_pylist(), read(pa.array(["2024-02"]), None)[0].to_pylist()
    ([datetime.datetime(2024, 2, 1, 0, 0)], [datetime.datetime(2024, 2, 1, 0, 0)])
    """
    if pa.types.is_temporal(values.type):
        found = values if pa.types.is_timestamp(values.type) else values.cast(pa.timestamp("s"))
        return found, np.zeros(len(values), bool)
    text, number = _spelt(values)
    found = _iso(text) if form in (None, ISO) and not number else _by(text, form or _spelling(text))
    wrong = pc.and_(text.is_valid(), found.is_null())
    return found, np.asarray(wrong)


def parse(values: Values, form: str | None, where: str) -> Values:
    """The same of values that come from no file; the first that is none is an error.

    Parameters
    ----------
    values, form
        See `read`.
    where : str
        Of what, for errors.

    Raises
    ------
    ValueError
        A value is no date; the message names the first, its row from 1, and what to do.
    """
    found, wrong = read(values, form)
    if wrong.any():
        first = int(wrong.argmax())
        raise ValueError(
            f"{where}, row {first + 1}: {values[first].as_py()!r} is {no_date(values, form)}, as "
            f"{int(wrong.sum()):,} of {len(wrong):,} are not"
        )
    return found


def no_date(values: Values, form: str | None) -> str:
    """What is said of cells that are no dates, and the form that they may have.

    Parameters
    ----------
    values : pyarrow array, shape (n,)
    form : str, optional
        By which they are none.

    Examples
    --------
    >>> no_date(pa.array(["02/2024", "03/2024"]), None)
    'no date like 2024-01-31: say what dates look like, such as --date-format %m/%Y'
    >>> no_date(pa.array(["2024Q1"]), None)
    'no date like 2024-01-31: write dates so, or say what they look like with --date-format'
    """
    like = "2024-01-31" if form in (None, ISO) else form
    if proposed := likely(values, form):
        return f"no date like {like}: say what dates look like, such as --date-format {proposed}"
    return f"no date like {like}: write dates so, or say what they look like with --date-format"


def likely(values: Values, form: str | None = None) -> str:
    """The form, but for one, by which the most of the first dates are read; empty if it is not most of them.

    Parameters
    ----------
    values : pyarrow array, shape (n,)
    form : str, optional
        That which it is not.
    """
    text = _spelt(values)[0].drop_null()[:LOOKED_AT]
    counts = dict.fromkeys(FORMS, -1)
    for one in FORMS:
        seen = text.filter(pc.match_substring_regex(text, _pattern(one)))
        counts[one] = len(seen) - _by(seen, one).null_count if one != form else -1
    best = max(FORMS, key=lambda one: counts[one])
    return best if 2 * counts[best] > len(text) else ""


def _spelt(values: Values) -> tuple[Values, bool]:
    """As text, and whether they are numbers."""
    if pa.types.is_floating(values.type):
        whole = pc.and_(pc.equal(pc.floor(values), values), pc.less(pc.abs(values), 2.0**53))
        text = pc.if_else(
            whole, pc.if_else(whole, values, 0).cast(pa.int64()).cast(pa.string()), values.cast(pa.string())
        )
        return pc.if_else(pc.is_nan(values), None, text), True
    text = pc.utf8_trim_whitespace(values.cast(pa.string()))
    return pc.if_else(pc.equal(text, ""), None, text), pa.types.is_integer(values.type)


def _spelling(text: Values) -> str:
    """How numbers spell dates, by the commonest number of digits."""
    lengths = Counter(pc.utf8_length(text.drop_null()).to_pylist())
    return SPELT.get(lengths.most_common(1)[0][0] if lengths else 8, SPELT[8])


def _by(text: Values, form: str) -> Values:
    """Dates by a form; where it lacks a day or month, which strptime of some systems cannot, the first."""
    told = set(re.findall(r"%[-_0^#EO]?([a-zA-Z])", form))
    for lacking, names in (("%m", "mbBhDFjcxs"), ("%d", "dejDFcxs")):
        if not told & set(names):
            form, text = f"{form} {lacking}", pc.binary_join_element_wise(text, "01", " ")
    found = pc.strptime(text, format=form, unit="s", error_is_null=True)
    low = pc.min(found)
    if low.is_valid and low.as_py().year < 100:  # 24 is no year of four digits
        found = pc.if_else(pc.greater_equal(pc.year(found), 100), found, None)
    rolled = _rolled(text, found, form)
    return pc.if_else(rolled, None, found) if pc.any(rolled).as_py() else found


def _rolled(text: Values, found: Values, form: str) -> Values:
    """Whether a day that its month lacks, such as 30 February, was read as one of the next month."""
    first = pc.fill_null(pc.less_equal(pc.day(found), 3), False)
    if not pc.any(first).as_py():
        return first
    written = pc.struct_field(pc.extract_regex(pc.if_else(first, text, None), _pattern(form)), "day")
    written = pc.if_else(pc.equal(written, ""), None, written).cast(pa.int64())
    return pc.fill_null(pc.not_equal(written, pc.day(found)), False)


def _pattern(form: str) -> str:
    """What text looks like by a form, its day captured."""
    spelled = {"d": r"(?P<day>\d{1,2})", "e": r"(?P<day>\d{1,2})", "Y": r"\d{4}", "y": r"\d{2}"}
    names = {**dict.fromkeys("mHMSI", r"\d{1,2}"), **dict.fromkeys("bBhaA", r"\pL+\.?")}
    pattern = ""
    for sign, plain in re.findall(r"%[-_0^#EO]?([a-zA-Z])|(.)", form.replace("%F", ISO)):
        mark = r"\s+" if plain.isspace() else re.escape(plain)
        pattern += (spelled | names).get(sign, ".*?") if sign else mark
    return f"^{pattern}$" if "<day>" in pattern else f"^(?P<day>){pattern}$"


def _iso(text: Values) -> Values:
    """Days and times, by one cast where all are alike."""
    if pc.all(pc.match_substring_regex(text, _ISO_DAY)).as_py():
        zoned = pc.match_substring_regex(text, rf"\d\d:\d\d.*{_ZONE}$")
        if (alike := pc.all(zoned).as_py()) or not pc.any(zoned).as_py():
            with suppress(pa.ArrowInvalid):  # a day is not in its month
                return text.cast(pa.timestamp("us", "UTC" if alike else None))
    return _iso_of_several(text)


def _iso_of_several(text: Values) -> Values:
    month = pc.match_substring_regex(text, _ISO_MONTH)
    text = pc.if_else(month, pc.binary_join_element_wise(text, "01", "-"), text)
    spelled = pc.match_substring_regex(text, _ISO_DAY)
    good = pc.and_(spelled, _by(pc.utf8_slice_codeunits(text, 0, 10), ISO).is_valid())
    zoned = pc.and_(good, pc.match_substring_regex(text, rf"\d\d:\d\d.*{_ZONE}$"))
    with_zone = pc.sum(zoned).as_py() or 0
    if 2 * with_zone > (pc.sum(good).as_py() or 0):
        return pc.if_else(zoned, text, None).cast(pa.timestamp("us", "UTC"))
    return pc.if_else(pc.and_not(good, zoned), text, None).cast(pa.timestamp("us"))
