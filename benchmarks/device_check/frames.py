"""Idioms of frames that the project uses, on cuDF and on pandas: values and kinds are the same."""

import io

import numpy as np
import pandas as pd

from benchmarks.device_check.checks import Items, Setting
from benchmarks.device_check.compare import expressions
from etl.engine import Engine
from etl.engine.types import Frame, Series

_DRAWN = np.random.default_rng(0)
VOTES = pd.DataFrame(
    {
        "task": _DRAWN.integers(0, 30, 200),
        "worker": _DRAWN.integers(0, 7, 200),
        "label": _DRAWN.choice(["cat", "dog", "emu"], 200),
        "weight": np.where(_DRAWN.random(200) < 0.1, np.nan, _DRAWN.random(200).round(3)),
    }
)
TEXT = b"1|0.5|x\n2||NA\n3|4.375|\n"


def _frame(engine: Engine) -> Frame:
    return engine.df.DataFrame({name: VOTES[name].to_list() for name in VOTES})


def _words(engine: Engine) -> Series:
    return engine.df.Series(["One", "two  three", None, "", "Ärger", "four, five"])


def _kinds(engine: Engine) -> Series:
    return engine.df.Series(["b", "a", None, "b"], dtype="category")


def _read(engine: Engine) -> Frame:
    """As loan files are read on a device: all as text, of which one word only is missing."""
    return engine.df.read_csv(
        io.BytesIO(TEXT), sep="|", header=None, names=list("abc"), dtype=dict.fromkeys("abc", "str"),
        na_values=[""], keep_default_na=False, quoting=3,
    )  # fmt: skip


def _written(engine: Engine) -> str:
    file = io.StringIO()
    engine.df.DataFrame({"a": [1, 2], "b": ["x", "y,z"], "c": [0.5, None]}).to_csv(file, index=False)
    return file.getvalue()


DATA = {
    "f": _frame,
    "words": _words,
    "kinds": _kinds,
    "read": _read,
    "written": _written,
}
TEXTS = (
    "f[['task', 'worker']].sort_values(['task', 'worker']).reset_index(drop=True)",
    "f['label'].factorize(sort=True)[0]",
    "f.merge(f[['task']].drop_duplicates(), on='task').sort_values(['task', 'worker'])['worker'].values",
    "f['weight'].isna()",
    "f['weight'].fillna(0.0)",
    "f['weight'].fillna(0.0).values",
    "f['task'].values",
    "f['task'].isin([1, 2, 3])",
    "f['task'].ne(f['task'].shift(1)).fillna(True)",
    "f['weight'].astype('float32')",
    "f[f['weight'] > 0.5]['task'].reset_index(drop=True)",
    "f.loc[[3, 1, 2], 'task'].values",
    "f.drop_duplicates(['task', 'worker']).sort_values(['task', 'worker'])['worker'].values",
    "f['label'].astype('category').cat.codes.astype('int32')",
    "kinds.cat.codes.fillna(-1).astype('int32')",
    "kinds.isna()",
    "words.str.lower()",
    "words.fillna('').str.match('[a-z]+')",
    "words.fillna('').str.strip()",
    "words.fillna('') + '!'",
    "df.concat([f['task'], f['worker']], ignore_index=True)",
    "df.DataFrame({'a': [1, 2]}).assign(b=[0.5, 1.5])",
    "df.Series([1, 2, 3]).where(df.Series([True, False, True]), 0)",
    "df.Index(['a', 'b', 'c']).get_indexer(['c', 'x'])",
    "f['task'].min()",
    "f['weight'].mean()",
    "read",
    "read['b'].isna()",
    "written",
)


def items(setting: Setting) -> Items:
    """Each of `TEXTS`; whole numbers may be of another width."""
    return expressions(setting, TEXTS, DATA, 1e-6, exact=False)
