"""What the flow starts from: items, votes and known labels, from files, a demonstration or an earlier run."""

from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from etl.crowd import items as known_items
from etl.crowd import read as votes_of
from etl.crowd.exports.read import texts as texts_of
from etl.crowd.votes import COLUMNS, Votes, encode, together
from etl.engine import Engine
from etl.engine.types import Frame, Index, Series
from etl.handoff import from_arrow, to_list
from etl.ids import places, spell
from etl.pieces import Pieces
from etl.tables.joins import compare
from etl.tables.values import alike
from pipelines.run import Run
from pipelines.topics.data import text_cuts
from pipelines.trinity.config import Config
from pipelines.trinity.demo import demonstration
from pipelines.trinity.items import Form, Items, both, read
from pipelines.trinity.state import State, load_state


@dataclass(frozen=True)
class Loaded:
    """What was read.

    Attributes
    ----------
    index : Index, shape (n,)
        Ids of the items, in the type of the votes'.
    votes : Votes
        On items that there are.
    items : Items, optional
        None where a run is continued, and once there are features of them.
    gold : Series by task, optional
    state : State, optional
        Of the run that is continued.
    begins : pyarrow array of str, optional
        How each item's text begins, where the texts are let go.
    """

    index: Index
    votes: Votes
    items: Items | None = None
    gold: Any = None
    state: State | None = field(default=None, repr=False)

    begins: Any = field(default=None, repr=False)

    @property
    def previews(self) -> pa.Array:
        """How each item's text begins; of a run that is continued, as it kept them."""
        if self.state is not None:
            return self.state.previews
        return self.begins if self.items is None else self.items.previews()

    def shaped(self) -> "Loaded":
        """The same without the items, of which there are features, but with how their texts begin."""
        return self if self.items is None else replace(self, items=None, begins=self.previews)


def load(config: Config, run: Run) -> Loaded:
    """Read items, votes and known labels, and compare both sides.

    Raises
    ------
    FileNotFoundError, ValueError
        A file is not there or not of its kind, or items and votes name different things.
    """
    if config.run is not None:
        return _continued(config, run)
    if config.data is None and config.votes is None:
        return _made(config, run)
    if config.data is None:
        return _matched(config, run, _exported(config, run), _votes(config, run))
    form = Form(config.text, config.id, config.told("data"))
    items = read(config.data, form, run)
    if config.unlabelled is not None:
        more = Form(config.text, config.id, config.told("unlabelled"))
        items = both(items, read(config.unlabelled, more, run), run.engine)
    votes = _votes(config, run)
    return _matched(config, run, items, votes)


def _made(config: Config, run: Run) -> Loaded:
    run.say("items: none were given, so texts of known classes are made, and simulated workers vote on some")
    made = demonstration(run.engine, config.seed)
    table = from_arrow(pa.Table.from_pandas(made.votes, preserve_index=False), run.engine)
    truth = from_arrow(pa.Table.from_pandas(made.truth, preserve_index=False), run.engine)
    return Loaded(made.items.index(run.engine), encode(table), made.items, truth.set_index("task")["label"])


def _exported(config: Config, run: Run) -> Items:
    """The texts that an export of a labelling tool holds beside the votes."""
    assert config.votes is not None
    table = texts_of(config.votes, columns=config.columns, told=config.told("votes"))
    if table is None or not len(table):
        raise ValueError(f"{config.votes} holds no texts of items; name a table of them with --data")
    run.say(f"items: the {len(table):,} texts of {config.votes}")
    frame = from_arrow(table.select(["text"]), run.engine)
    pieces = Pieces([frame.iloc[begin:end] for begin, end in text_cuts(len(frame))], executor=run.executor)
    return Items(table["task"].combine_chunks(), pieces, bytes=table.nbytes)


def _votes(config: Config, run: Run) -> Votes:
    assert config.votes is not None
    pieces = votes_of.pieces(
        config.votes,
        run.engine,
        run.scratch,
        config.columns,
        executor=run.executor,
        told=config.told("votes"),
    )
    return together(list(pieces))


def _matched(config: Config, run: Run, items: Items, votes: Votes) -> Loaded:
    """Ids of items in the type of the votes' tasks, votes on items that are there, and known labels."""
    ids = alike(items.ids, _whole(votes.tasks))
    if ids.null_count == len(ids):
        raise ValueError(
            f"no item's id, such as {items.ids[0].as_py()!r}, is like the votes' tasks, such as "
            f"{votes.tasks[0]!r}; name items alike, or the column of ids with --id"
        )
    index = Items(ids).index(run.engine)
    there = compare(votes.tasks, "tasks with votes", index, "items", "name items alike, or give --id")
    if bool((there < 0).any()):
        votes = encode(_frame(votes.on(index)))  # without workers and labels that only others have
    gold = _gold(config, run, index, votes) if config.truth else None
    return Loaded(index, votes, items, gold)


def _whole(ids: Index) -> bool:
    return getattr(ids.dtype, "kind", "O") in "iu"


def _gold(config: Config, run: Run, index: Index, votes: Votes) -> Series:
    assert config.truth is not None
    known = known_items.truth(config.truth, run.engine, (index, votes.labels), config.told("truth"))
    compare(known.index, "tasks of the truth", index, "items", "name tasks alike in both")
    known = known[places(index, known.index) >= 0]
    written = run.engine.df.Index(known)
    there = compare(
        written, "labels of the truth", votes.labels, "labels voted for", "write labels alike in both"
    )
    return known[there >= 0]


def _continued(config: Config, run: Run) -> Loaded:
    """Votes of an earlier run and new ones, on the items and features that it had."""
    assert config.run is not None
    state = load_state(config.run, run.engine)
    new = votes_table(_votes(config, run))
    merged = merge(state.votes, new)
    run.say(
        f"continued: {config.run} had {len(state.votes):,} votes; {len(merged) - len(state.votes):,} of "
        f"{len(new):,} are new; items and their features are as they were"
    )
    votes = encode(from_arrow(merged, run.engine))
    return _matched_again(config, run, state, votes)


def _matched_again(config: Config, run: Run, state: State, votes: Votes) -> Loaded:
    found = _matched(config, run, Items(state.ids), votes)
    _tell_new_labels(run, state.votes, found.votes)
    gold = found.gold if config.truth else _old_gold(state, run.engine, found)
    return Loaded(found.index, found.votes, None, gold, state)


def _tell_new_labels(run: Run, old: pa.Table, votes: Votes) -> None:
    before = set(map(str, pc.unique(old["label"]).to_pylist()))
    if new := [label for label in to_list(votes.labels) if str(label) not in before]:
        run.say(
            f"labels: {', '.join(map(spell, new[:5]))}{', ...' * (len(new) > 5)} were not voted for before "
            f"({len(new):,} new, {len(votes.labels):,} in all)"
        )


def _old_gold(state: State, engine: Engine, found: Loaded) -> Any:
    """Known labels of the earlier run, in the types that tasks and labels have with the new votes."""
    if state.truth is None:
        return None
    types = {"task": _whole(found.index), "label": _whole(found.votes.labels)}
    held = {name: alike(state.truth[name].combine_chunks(), whole) for name, whole in types.items()}
    return from_arrow(pa.table(held), engine).set_index("task")["label"]


def votes_table(votes: Votes) -> pa.Table:
    """Votes as a table of task, worker and label, on the host."""
    from etl.handoff import to_arrow

    return to_arrow(_frame(votes)).select(list(COLUMNS))


def _frame(votes: Votes) -> Frame:
    return votes.engine.df.DataFrame(
        {
            "task": votes.tasks.take(votes.task),
            "worker": votes.workers.take(votes.worker),
            "label": votes.labels.take(votes.label),
        }
    )


def merge(old: pa.Table, new: pa.Table) -> pa.Table:
    """All votes; where a worker voted on a task before, the earlier vote counts.

    Examples
    --------
    >>> one = pa.table({"task": [1, 2], "worker": ["a", "a"], "label": ["x", "y"]})
    >>> two = pa.table({"task": [2, 3], "worker": ["a", "b"], "label": ["x", "y"]})
    >>> merge(one, two)["label"].to_pylist()
    ['x', 'y', 'y']
    """
    for place, name in enumerate(COLUMNS):
        if old[name].type != new[name].type:
            old, new = (table.set_column(place, name, table[name].cast(pa.string())) for table in (old, new))
    frame = pd.concat([old.to_pandas(), new.to_pandas()]).drop_duplicates(["task", "worker"])
    return pa.Table.from_pandas(frame, preserve_index=False)
