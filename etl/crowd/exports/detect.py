"""Whether a path holds exports of a labelling tool, and of which, by their content."""

from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from etl.crowd.exports import doccano, json_min, label_studio, prodigy
from etl.crowd.exports.documents import Document, document, records
from etl.crowd.exports.form import Asked, Record, Tool
from etl.records import Choice, collect, record
from etl.tables.form import Told
from etl.tables.losses import Losses
from etl.tables.parts import ROWS, Part, listed, refuse_twins
from etl.tables.read import ENDINGS

JSON = (".json", ".jsonl", ".ndjson", ".json1")
"""Endings of files that may be exports; delimited text may be one too."""
TOOLS = (label_studio.TOOL, json_min.TOOL, prodigy.TOOL, doccano.TOOL)
LOOKED_AT = 20
"""Records by which a tool is recognised."""


@dataclass(frozen=True)
class Found:
    """Files of one tool.

    Attributes
    ----------
    tool : Tool
    documents : list of Document
    asked : Asked
    """

    tool: Tool
    documents: list[Document]
    asked: Asked


@dataclass(frozen=True)
class Kind:
    """What one file is.

    Attributes
    ----------
    part : Part
        A `Document`, where its form is known.
    tool : Tool, optional
        Whose export it is.
    is_table : bool
        Whether it would be read as a table, if it is no export.
    """

    part: Part
    tool: Tool | None = None
    is_table: bool = False


def detect(path: Path, columns: tuple[str, ...], told: Told | None = None) -> Found | None:
    """The exports of a path; None where it holds tables, which are read by their columns.

    Parameters
    ----------
    path : Path
        A file, a folder or a zip file.
    columns : tuple of str
        Columns of task, worker and label; a file of JSON lines that has them all is a table.
    told : Told, optional

    Raises
    ------
    ValueError
        Exports of two tools, or an export and a table, stand side by side; or two are the same.
    """
    told = told or Told()
    if told.wide or told.names or all(name.isdecimal() for name in columns):
        return None
    kinds = [_kind(part, columns, told, part.path == path) for part in _parts(path)]
    tools = {one.tool.name: one for one in kinds if one.tool}
    if not tools:
        return None
    tool = _one_tool(kinds, tools)
    documents = [one.part for one in kinds if one.tool and isinstance(one.part, Document)]
    if not tool.by_file:  # two annotators may well agree in everything
        refuse_twins(documents)
    _tell(path, tool, documents, [one.part for one in kinds if not one.tool])
    return Found(tool, documents, Asked.of(columns))


def _parts(path: Path) -> list[Part]:
    """Files that may be exports; what is wrong with them is said by who reads them."""
    if not path.is_dir() and Part(path).kind in ROWS:
        return []
    with collect(), suppress(OSError, ValueError):
        return listed(path, tuple(dict.fromkeys((*JSON, *ENDINGS))), "votes", once=False)
    return []


def _kind(part: Part, columns: tuple[str, ...], told: Told, is_alone: bool) -> Kind:
    if part.kind in ROWS:
        return Kind(part, is_table=True)
    found: Document | None = None
    with collect(), suppress(OSError, ValueError):
        found = document(part, told)
    if found is None or found.form == "other":
        return Kind(part, is_table=found is not None)
    for one in _first(found, told, is_alone):
        if tool := _tool(one, found, columns):
            return Kind(found, tool)
    return Kind(found, is_table=found.form == "lines" and part.kind in ENDINGS)


def _first(found: Document, told: Told, is_alone: bool) -> list[Record]:
    """Records up to the first that is broken; an array alone, which nobody else reads, must be whole."""
    first: list[Record] = []
    passed_over = (OSError,) if is_alone and found.form == "array" else (OSError, ValueError)
    with collect(), suppress(*passed_over):
        for _, one in islice(records(found, told, Losses(found, 1.0)), LOOKED_AT):
            first.append(one)
    return first


def _tool(one: Record, found: Document, columns: tuple[str, ...]) -> Tool | None:
    if json_min.TOOL.fits(one):
        return json_min.TOOL
    is_table = found.form == "table" or (found.form == "lines" and set(columns) <= set(one))
    return None if is_table else next((tool for tool in TOOLS if tool.fits(one)), None)


def _one_tool(kinds: list[Kind], tools: dict[str, Kind]) -> Tool:
    first, *others = tools.values()
    assert first.tool
    if others:
        raise ValueError(
            f"{first.part} is an export of {first.tool.name}, and {others[0].part} one of {list(tools)[1]}; "
            "tools number tasks in their own ways, so give those of one"
        )
    for one in kinds:
        if one.is_table and not one.tool:
            raise ValueError(
                f"{first.part} is an export of {first.tool.name}, and {one.part} is none; give the exports "
                "alone, or the tables"
            )
    return first.tool


def _tell(path: Path, tool: Tool, documents: list[Document], others: list[Part]) -> None:
    files = str(documents[0]) if len(documents) == 1 else f"{path} ({len(documents)} files)"
    by = "; annotators are named by the files" if tool.by_file else ""
    record(Choice(reason=f"votes: {files} is an export of {tool.name}, as {tool.why}{by}"))
    if others:
        names = ", ".join(part.name for part in others[:3])
        record(Choice(reason=f"votes: {names} passed over, as no export of {tool.name}"))
