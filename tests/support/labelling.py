"""A small text with names, and requests to its labelling page."""

import json
import re
import socket
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.support.waiting import LIMIT

NAMES = {"PER": ["Ada Byron", "Alan Turing", "Grace Hopper", "Noether"], "LOC": ["Rome", "New York", "Oslo"]}


def text(place: Path, sentences: int = 60) -> Path:
    """Sentences of a person, a place and a number, each of which is told once."""
    lines = [f"{NAMES['PER'][k % 4]} went to {NAMES['LOC'][k % 3]} on day {k} ." for k in range(sentences)]
    place.write_text("\n".join(lines), encoding="utf-8")
    return place


def truth(words: list[str]) -> list[list[Any]]:
    """Spans of a sentence of `text`."""
    found = []
    for kind, names in NAMES.items():
        for name in names:
            parts = name.split()
            found += [
                [k, k + len(parts), kind] for k in range(len(words)) if words[k : k + len(parts)] == parts
            ]
    return sorted(found)


def request(address: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, Any]]:
    """Status and reply; a body that is no bytes is posted as JSON."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    site, _, token = address.partition("?token=")
    own = {"Content-Type": "application/json", "Authorization": f"token {token}"}
    named = own | {k.replace("_", "-"): v for k, v in headers.items()}
    asked = urllib.request.Request(site.rstrip("/") + path, data, named)
    try:
        with urllib.request.urlopen(asked, timeout=LIMIT) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def raw(address: str, text: str) -> bytes:
    """The first line that comes back for these bytes."""
    port = int(re.search(r":(\d+)/", address)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as link:
        link.sendall(text.replace("\n", "\r\n").encode())
        with link.makefile("rb") as reply:
            return reply.readline()
