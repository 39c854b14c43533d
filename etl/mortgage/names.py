"""Seller names written one way. Works on the few distinct values, never on rows.

A bank appears as ``JPMORGAN CHASE BANK, NA``, ``JPMorgan Chase Bank, National Association`` and
``CHASE HOME FINANCE, LLC``. Case, punctuation and legal forms are dropped, then successors are named.
"""

import re

_LEGAL = re.compile(
    r"\b(NATIONAL ASSOCIATION|N A|NA|INC|INCORPORATED|LLC|LP|L P|CO|COMPANY|CORP|CORPORATION|FSB|F S B|SSB"
    r"|LTD|LIMITED|THE|USA)\b"
)

SUCCESSORS = {
    "CHASE HOME FINANCE": "JPMORGAN CHASE BANK",
    "JP MORGAN CHASE BANK": "JPMORGAN CHASE BANK",
    "JPMORGAN CHASE": "JPMORGAN CHASE BANK",
    "QUICKEN LOANS": "ROCKET MORTGAGE",
    "BISHOPS GATE RESIDENTIAL MORTGAGE TRUST": "PHH MORTGAGE",
    "CITIMORTGAGE ASSET MANAGEMENT": "CITIMORTGAGE",
    "WELLS FARGO HOME MORTGAGE": "WELLS FARGO BANK",
    "COUNTRYWIDE HOME LOANS": "BANK OF AMERICA",
    "GMAC MORTGAGE": "ALLY BANK",
    "WASHINGTON MUTUAL BANK": "JPMORGAN CHASE BANK",
    "SUNTRUST MORTGAGE": "TRUIST BANK",
    "BRANCH BANKING AND TRUST": "TRUIST BANK",
    "NATIONSTAR MORTGAGE": "MR COOPER",
}
"""Names of one business before and after a change of name or a merger."""


def normalise(names: list[str]) -> list[str]:
    """Write each seller's name in its normal form.

    Examples
    --------
    >>> normalise(["JPMORGAN CHASE BANK, NA", "Chase Home Finance, LLC", "Quicken Loans Inc."])
    ['JPMORGAN CHASE BANK', 'JPMORGAN CHASE BANK', 'ROCKET MORTGAGE']
    """
    return [_normal(name) for name in names]


def _normal(name: str) -> str:
    plain = re.sub(r"[^A-Z0-9&]+", " ", name.upper().replace("'", ""))
    short = " ".join(_LEGAL.sub(" ", plain).split()) or " ".join(plain.split())
    return SUCCESSORS.get(short, short)
