"""Items of any form: texts in pieces, columns, or vectors, in one order with one id each."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.engine import Engine
from etl.engine.types import Array, Index
from etl.handoff import from_arrow
from etl.ids import places, spell
from etl.pieces import Pieces
from etl.records import Choice, record
from etl.tables import infer
from etl.tables.form import Told
from etl.tables.read import names as names_of
from etl.tables.values import ids as as_ids
from pipelines.clusters.data import matrix_of
from pipelines.topics.config import Columns
from pipelines.topics.config import Config as TextConfig
from pipelines.topics.data import Desk
from pipelines.topics.data import load as read_texts

TASK = "task"
ARRAYS = (".npy", ".npz")


@dataclass(frozen=True)
class Items:
    """What there is of each item.

    Attributes
    ----------
    ids : pyarrow array of int64 or str, shape (n,)
    texts : Pieces of DataFrames with a column text, optional
    whole : bool
        They are in memory.
    bytes : int
        Of the texts and the work on them, about.
    columns : DataFrame, shape (n, columns), optional
    vectors : array or CSR matrix, shape (n, d), optional
    """

    ids: pa.Array
    texts: Pieces | None = None
    whole: bool = True
    bytes: int = 0
    columns: Any = field(default=None, repr=False)
    vectors: Any = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.ids)

    def index(self, engine: Engine) -> Index:
        """The ids where the engine holds them."""
        return engine.df.Index(from_arrow(pa.table({"id": self.ids}), engine)["id"], name=TASK)

    def previews(self, characters: int = 120) -> pa.Array:
        """How the text of each item begins, in one line; blank where there is none."""
        if self.texts is None:
            return pa.repeat("", len(self.ids))
        from pipelines.trinity.previews import begins

        return begins(self.texts, characters)


@dataclass(frozen=True)
class Form:
    """How files of items are written.

    Attributes
    ----------
    text : tuple of str
    id : str, optional
    told : Told
    """

    text: tuple[str, ...]
    id: str | None
    told: Told


def read(path: Path, form: Form, desk: Desk) -> Items:
    """Items of a file or folder.

    Parameters
    ----------
    path : Path
    form : Form
    desk : Desk
        Where to hold them.

    Raises
    ------
    FileNotFoundError, ValueError
        There is no such file or column, an id is there twice, or items are nothing but ids.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; name the items with --data")
    if path.suffix in ARRAYS:
        if form.text or form.id:
            raise ValueError(
                f"{path} is an array, whose columns have no names such as {(form.id or form.text[0])!r}; "
                "leave --text and --id out, or give a table"
            )
        vectors = matrix_of(path, desk.engine, flat=False)
        return Items(pa.array(np.arange(vectors.shape[0])), vectors=vectors)
    if path.suffix == ".txt":
        return _texts(path, replace(form, text=("text",)), None, desk)
    held = names_of(path, "items", form.told)
    id_column = _id(form, held, path)
    apart = {*form.text, *([id_column] if id_column else [])}
    if lacking := [name for name in apart if name not in held]:
        raise ValueError(
            f"{path} has no column {', '.join(lacking)}; it has {', '.join(held)}: name one of them"
        )
    rest = [name for name in held if name not in apart]
    found = _texts(path, form, id_column, desk) if form.text else None
    if rest:
        columns = _columns(path, form, id_column, rest, desk.engine)
        found = _joined(found, columns, desk.engine) if found else columns
    if found is None:
        raise ValueError(f"{path} has no column beside {id_column}; add some, or name texts with --text")
    return found


def _id(form: Form, held: Sequence[str], path: Path) -> str | None:
    if form.id is not None or TASK not in held:
        if form.id is None:
            record(
                Choice(reason=f"items: {path} has no column task, so they are called by their number, from 0")
            )
        return form.id
    return TASK


def _texts(path: Path, form: Form, id_column: str | None, desk: Desk) -> Items:
    told = form.told
    columns = Columns(text=form.text, id=id_column)
    config = TextConfig(data=str(path), columns=columns, encoding=told.encoding, bad_share=told.bad_share)
    loaded = read_texts(config, desk)
    if loaded.frames is None or loaded.about is None or loaded.source is None:
        raise ValueError(f"{path} holds counts of words and no texts; give texts")
    ids = _unique(loaded.about["id"].combine_chunks(), path)
    return Items(ids, loaded.frames, loaded.whole, loaded.source.memory)


def _unique(ids: pa.Array, path: Path) -> pa.Array:
    found = as_ids(ids, f"{path}, the column of ids")
    if pc.count_distinct(found).as_py() < len(found):
        counts = found.value_counts()
        twice = counts.filter(pc.greater(counts.field("counts"), 1))[0].as_py()
        raise ValueError(
            f"{path}: id {spell(twice['values'])} names {twice['counts']:,} items; give each its own, or "
            "name another column with --id"
        )
    return found


def _columns(path: Path, form: Form, id_column: str | None, rest: Sequence[str], engine: Engine) -> Items:
    table, number = infer.read(path, "items", form.told, [id_column] if id_column else [], mixed=True)
    ids = table[id_column].combine_chunks() if id_column else pa.array(number)
    kept = ids.is_valid()
    if lost := len(ids) - pc.sum(kept).as_py():
        record(Choice(reason=f"items: {lost:,} rows of {path} have no id, and are left out"))
        table, ids = table.filter(kept), ids.filter(kept)
    held = [_numbers(column) for column in table.select(rest).columns]
    return Items(_unique(ids, path), columns=from_arrow(pa.table(held, names=list(rest)), engine))


def _numbers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Yes and no with holes as 1 and 0, which pandas would hold as objects and cuDF as numbers."""
    if pa.types.is_boolean(column.type) and column.null_count:
        return column.cast(pa.int8()).cast(pa.float64())
    return column


def _joined(texts: Items, columns: Items, engine: Engine) -> Items:
    """Columns in the order of the texts; rows of which one side was set aside have missing values."""
    found = places(columns.index(engine), texts.index(engine))
    frame = columns.columns.reset_index(drop=True)
    frame = frame.reindex(engine.df.Index(found)).reset_index(drop=True)
    return replace(texts, columns=frame)


def both(one: Items, other: Items, engine: Engine) -> Items:
    """Items of two files, one after the other; those that are numbered go on counting.

    Raises
    ------
    ValueError
        They are of different form, or an id is in both.
    """
    if {one.texts is None, other.texts is None} == {True, False} or (one.vectors is None) != (
        other.vectors is None
    ):
        raise ValueError(
            "--unlabelled holds items of another form than --data; give the same columns in both"
        )
    ids = other.ids
    if pa.types.is_integer(ids.type) and ids.equals(pa.array(np.arange(len(ids)))):
        ids = pa.array(np.arange(len(ids)) + len(one))
        record(Choice(reason=f"items: those of --unlabelled are numbered on, from {len(one):,}"))
    if ids.type != one.ids.type:
        ids, first = ids.cast(pa.string()), one.ids.cast(pa.string())
    else:
        first = one.ids
    every = pa.concat_arrays([first, ids])
    columns = one.columns
    if one.columns is not None and other.columns is not None:
        columns = engine.df.concat([one.columns, other.columns], ignore_index=True)
    texts = one.texts
    if one.texts is not None and other.texts is not None:
        texts = replace(one.texts, items=[*one.texts.items, *other.texts.items])
    vectors = one.vectors if one.vectors is None else _stacked(one.vectors, other.vectors, engine)
    size = one.bytes + other.bytes
    return Items(
        _unique(every, Path("--unlabelled")), texts, one.whole and other.whole, size, columns, vectors
    )


def _stacked(one: Array, other: Array, engine: Engine) -> Array:
    if one.shape[1] != other.shape[1]:
        raise ValueError(
            f"--unlabelled has {other.shape[1]} columns, and --data {one.shape[1]}; give as many"
        )
    if hasattr(one, "tocsr"):
        return engine.sparse.vstack([one, other]).tocsr()
    return engine.xp.concatenate([one, other])
