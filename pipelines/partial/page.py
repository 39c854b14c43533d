"""A page of example dialogues: an item, the questions it got, the answers, and what they left."""

import base64
import html
import io
import math
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from etl.handoff import to_host
from models.partial.outcome import Outcome
from models.partial.questions import Questions
from pipelines import report
from pipelines.partial.data import Items
from pipelines.partial.figures import title

EACH = 3
"""Items of each kind of story."""
SHOWN = 600
"""Characters of a text that are shown."""
NAMED = 4
"""Candidates that are named; more are only counted."""
SIDE = 96
"""Pixels of a side at which images are shown."""
STYLE = """
main{display:grid;grid-template-columns:repeat(auto-fill,minmax(26rem,1fr));gap:1rem;
align-items:start}
@media(max-width:30rem){main{grid-template-columns:1fr}}body{max-width:84rem}
article{border:1px solid var(--line);border-radius:8px;padding:1rem;overflow-x:auto}
article img{image-rendering:pixelated;float:right;margin:0 0 .5rem 1rem}
blockquote{margin:.5rem 0;color:var(--dim);white-space:pre-wrap;overflow-wrap:anywhere;font-size:.85rem}
h2{font-size:1rem;margin:0 0 .3rem}p{margin:.3rem 0}.dim{color:var(--dim);font-size:.85rem}
table{clear:both;width:100%;font-size:.85rem;table-layout:fixed}td:first-child{width:1.6rem}
td:nth-child(3){width:2.4rem}td:last-child{width:40%}td{vertical-align:top}.bar{display:block;height:.35rem;
background:#0072B2;border-radius:2px;min-width:2px}.yes{color:#009E73;font-weight:600}
.no{color:#D55E00;font-weight:600}
"""


def chosen(outcome: Outcome, truth: np.ndarray) -> dict[int, str]:
    """Items that tell a story, and which: wrong at first, shortest, median and longest dialogues."""
    sizes = outcome.lengths
    order = np.argsort(sizes, kind="stable")
    middle = max(0, len(order) // 2 - EACH // 2)
    guess, sure = outcome.first_guess()
    wrong = np.flatnonzero((guess >= 0) & (guess != truth))
    parts = (
        ("The model was sure, and wrong", wrong[np.argsort(-sure[wrong], kind="stable")]),
        ("A short dialogue", order),
        ("A dialogue of median length", order[middle:]),
        ("A long dialogue", order[::-1]),
    )
    found: dict[int, str] = {}
    for story, places in parts:
        new = [int(place) for place in places[: 5 * EACH] if int(place) not in found]
        found |= dict.fromkeys(new[:EACH], story)
    return found


def write(items: Items, asked: Questions, outcome: Outcome, name: str, path: Path) -> None:
    """Write the page; it needs no other file."""
    truth = to_host(items.y)
    picked = chosen(outcome, truth)
    matrix = np.array(to_host(asked.matrix))
    cards = [_card(items, asked.names, matrix, outcome, item, story) for item, story in picked.items()]
    head = f"Dialogues of {title(name)}"
    intro = (
        f"{len(cards)} of {len(items.y):,} items, each with its questions until one of "
        f"{len(asked.classes)} classes is left. A round begins with the model's own guess, answers "
        "aside. Bars show candidates, on a logarithmic scale."
    )
    body = f"<h1>{head}</h1><p>{html.escape(intro)}</p><main>{''.join(cards)}</main>"
    page = report.PAGE.substitute(title=head, style=report.STYLE + STYLE, body=body)
    path.write_text(page, encoding="utf-8", errors="replace")


def _card(
    items: Items, names: tuple[str, ...], matrix: np.ndarray, outcome: Outcome, item: int, story: str
) -> str:
    classes = [plain(items.hierarchy.title(name)) for name in items.hierarchy.classes]
    places = np.flatnonzero(outcome.item == item)
    left, rows, last = np.ones(len(classes), dtype=bool), [], -1
    for number, place in enumerate(places, 1):
        question, yes, turn = outcome.question[place], bool(outcome.yes[place]), int(outcome.round[place])
        left &= matrix[question] == yes
        thought = _thought(outcome, item, turn, classes) if turn != last else ""
        rows.append(_row(number, ask(names[question], items.kind), yes, left, classes, thought))
        last = turn
    result = f"{story}: {len(places)} question{'s' * (len(places) != 1)}"
    found = classes[int(outcome.code[item])] if outcome.left[item] == 1 else "not known yet"
    heading = f"<h2>{html.escape(result)}</h2><p>Item {html.escape(str(items.names[item]))}: "
    heading += f"<b>{html.escape(found)}</b></p>"
    shown = [heading, _picture(items, item)]
    if items.kind == "image":  # beside which the text flows
        shown.reverse()
    return f"<article>{''.join(shown)}<table>{''.join(rows)}</table></article>"


def _row(number: int, words: str, yes: bool, left: np.ndarray, classes: list[str], thought: str) -> str:
    count = int(left.sum())
    names = [classes[place] for place in np.flatnonzero(left)[:NAMED]]
    rest = html.escape(", ".join(names)) if count <= NAMED else f"{count} classes left"
    width = 100 * math.log(count) / math.log(len(classes)) if count else 0
    aside = f'<div class="dim">{html.escape(thought)}</div>' if thought else ""
    answer = '<td class="yes">yes</td>' if yes else '<td class="no">no</td>'
    bar = f'<span class="bar" style="width:{width:.0f}%"></span>'
    return f"<tr><td>{number}</td><td>{aside}{html.escape(words)}</td>{answer}<td>{rest}{bar}</td></tr>"


def _thought(outcome: Outcome, item: int, turn: int, classes: list[str]) -> str:
    """What the model thought when the round began."""
    if not 0 < turn <= len(outcome.seen):
        return f"Round {turn}, no model yet" if turn == 0 else f"Round {turn}"
    items, likeliest, probability = outcome.seen[turn - 1]
    place = int(np.searchsorted(items, item))
    return f"Round {turn}, the model: {classes[int(likeliest[place])]}, {probability[place]:.0%}"


def plain(name: str) -> str:
    """A node's name as words: of a path, the last part.

    Examples
    --------
    >>> plain("animals/guinea_pig")
    'guinea pig'
    """
    return name.rpartition("/")[2].replace("_", " ")


def ask(name: str, kind: str) -> str:
    """A question in words.

    Examples
    --------
    >>> ask("canine", "image"), ask("8", "image"), ask("comp.sys", "text")
    ('Is it a canine?', 'Is it an 8?', 'Is it about comp.sys?')
    """
    words = plain(name)
    if kind == "text":
        return f"Is it about {words}?"
    return f"Is it {'an' if words[:1].lower() in tuple('aeiou8') else 'a'} {words}?"


def _picture(items: Items, item: int) -> str:
    """An image, the beginning of a text, or nothing."""
    if items.kind == "text":
        text = items.texts[item].strip()
        return f"<blockquote>{html.escape(text[:SHOWN] + '…' * (len(text) > SHOWN))}</blockquote>"
    values: Any = to_host(items.X[item])
    if items.kind != "image" or values.ndim != 3 or len(values) not in (1, 3):
        return ""
    pixels = np.moveaxis(np.rint(values.clip(0, 1) * 255).astype("uint8"), 0, -1)
    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    data = base64.b64encode(stream.getvalue()).decode()
    return f'<img alt="item {item}" width="{SIDE}" height="{SIDE}" src="data:image/png;base64,{data}">'
