"""Which tag may follow which, in the schemes BIOES and BIO."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from etl.engine.types import Tensor

AFTER = {
    "BIOES": {"B": "IE", "I": "IE", "O": "BOS", "E": "BOS", "S": "BOS"},
    "BIO": {"B": "BIO", "I": "BIO", "O": "BO"},
}
"""Prefixes that may follow a prefix; I and E go on with the same type."""
ENDS = {"BIOES": "OES", "BIO": "BIO"}


@dataclass(frozen=True)
class Legal:
    """Bool tensors: tags that may come first (K,), pairs [tag, next] (K, K), tags that may come last (K,)."""

    first: Tensor
    pairs: Tensor
    last: Tensor


def legal(tags: Sequence[str], scheme: str = "BIOES") -> Legal:
    """Legal transitions between named tags.

    Parameters
    ----------
    tags : sequence of str
        ``O``, or a prefix, a hyphen and a type.
    scheme : {"BIOES", "BIO"}

    Raises
    ------
    ValueError
        The scheme is unknown, a tag is none of it, or a tag cannot be followed by a last one.

    Examples
    --------
    >>> legal(["O", "B-X", "E-X"]).pairs.int().tolist()
    [[1, 1, 0], [0, 0, 1], [1, 1, 0]]
    """
    if scheme not in AFTER:
        raise ValueError(f"scheme is {scheme!r}; it must be one of {', '.join(AFTER)}")
    parts = [tag.partition("-") for tag in tags]
    wrong = [tag for tag, (prefix, _, _) in zip(tags, parts, strict=True) if prefix not in AFTER[scheme]]
    if wrong:
        raise ValueError(f"tag {wrong[0]!r} is none of the scheme {scheme}; convert the tags, or name theirs")
    pairs = [[_follows(tag, following, AFTER[scheme]) for following in parts] for tag in parts]
    outside = AFTER[scheme]["O"]
    found = Legal(
        torch.tensor([prefix in outside for prefix, _, _ in parts]),
        torch.tensor(pairs),
        torch.tensor([prefix in ENDS[scheme] for prefix, _, _ in parts]),
    )
    _check(found, tags)
    return found


def _follows(tag: tuple[str, str, str], following: tuple[str, str, str], after: dict[str, str]) -> bool:
    same = following[0] not in "IE" or tag[2] == following[2]
    return following[0] in after[tag[0]] and same


def _check(found: Legal, tags: Sequence[str]) -> None:
    """A tag after which no sentence can end at once would leave a decoder without a last tag."""
    for k, tag in enumerate(tags):
        if not bool((found.pairs[k] & found.last).any()):
            raise ValueError(
                f"no last tag may follow {tag!r}; add its mates of the scheme, and 'O', to the tags"
            )
    if not bool((found.first & found.last).any()):
        raise ValueError("no tag can stand alone in a sentence of one word; add 'O' to the tags")


def broken(tags: Tensor, starts: Tensor, rule: Legal) -> int:
    """First token whose tag breaks the rule, or -1.

    Parameters
    ----------
    tags : int64 tensor, shape (tokens,)
        Codes.
    starts : int64 tensor, shape (sentences + 1,)
        First token of each sentence, and their number.
    rule : Legal
    """
    first, pairs, last = (part.to(tags.device) for part in (rule.first, rule.pairs, rule.last))
    fine = torch.ones(len(tags), dtype=torch.bool, device=tags.device)
    fine[1:] = pairs[tags[:-1], tags[1:]]
    fine[starts[:-1]] = first[tags[starts[:-1]]]
    fine[starts[1:] - 1] &= last[tags[starts[1:] - 1]]
    return -1 if bool(fine.all()) else int((~fine).int().argmax())
