"""Votes as labelling tools export them."""

import csv
import json
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

Vote = tuple[Any, Any, Any]
"""Task, worker, label."""


def choices(*labels: str, name: str = "mood", **value: Any) -> dict[str, Any]:
    """A result of Label Studio."""
    return {
        "type": "choices",
        "from_name": name,
        "to_name": "text",
        "value": {"choices": list(labels), **value},
    }


def annotation(by: Any, *results: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An annotation of Label Studio."""
    return {"completed_by": by, "result": list(results), "was_cancelled": False, "ground_truth": False} | more


def label_studio(votes: Sequence[Vote]) -> str:
    """Its JSON."""
    tasks = dict.fromkeys(task for task, _, _ in votes)
    return json.dumps(
        [
            {
                "id": task,
                "data": {"text": f"text {task}"},
                "annotations": [annotation(by, choices(label)) for one, by, label in votes if one == task],
                "predictions": [],
            }
            for task in tasks
        ],
        indent=2,
    )


def _flat(votes: Iterable[Vote]) -> list[dict[str, Any]]:
    return [
        {
            "text": f"text {task}",
            "id": task,
            "mood": label,
            "annotator": by,
            "annotation_id": number,
            "created_at": "2026-01-02T03:04:05Z",
            "lead_time": 2.5,
        }
        for number, (task, by, label) in enumerate(votes)
    ]


def json_min(votes: Sequence[Vote]) -> str:
    """Label Studio's JSON-MIN."""
    return json.dumps(_flat(votes))


def flat_csv(votes: Sequence[Vote]) -> str:
    """Label Studio's CSV, whose columns are sorted."""
    rows = _flat(votes)
    file = StringIO()
    writer = csv.DictWriter(file, sorted(rows[0]), quoting=csv.QUOTE_NONNUMERIC)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def prodigy_line(task: Any, by: Any, **more: Any) -> dict[str, Any]:
    """A line of Prodigy."""
    hashes = {"_input_hash": task, "_task_hash": 5, "_annotator_id": by, "_session_id": by}
    return {"text": f"text {task}", **hashes, "answer": "accept"} | more


def lines(records: Iterable[Any]) -> str:
    """JSON lines."""
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records)


def prodigy(votes: Sequence[Vote]) -> str:
    """Its JSON lines, of chosen options."""
    return lines(prodigy_line(task, by, accept=[label], _view_id="choice") for task, by, label in votes)


def doccano(votes: Sequence[Vote], folder: Path) -> Path:
    """Its files, one an annotator."""
    folder.mkdir()
    for by in dict.fromkeys(by for _, by, _ in votes):
        own = [
            {"id": task, "text": f"text {task}", "label": [label], "Comments": []}
            for task, who, label in votes
            if who == by
        ]
        (folder / f"{by}.jsonl").write_text(lines(own))
    return folder


def old_doccano(votes: Sequence[Vote]) -> str:
    """Its JSON lines before 1.0."""
    return lines(
        {
            "id": task,
            "text": f"text {task}",
            "annotations": [{"label": label, "user": by} for one, by, label in votes if one == task],
            "annotation_approver": None,
        }
        for task in dict.fromkeys(task for task, _, _ in votes)
    )
