"""What OpenML's larger answers say, as DataFrames and plain rows: pages of its listings, and the splits of a task."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from xml.parsers import expat

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from knowledge_base.openml_requests import NAMESPACE, PassingFault, not_openml

Rows = NDArray[np.int64]

_EMPTY = "Its database may be busy: try again later."
_IDS = {"run_id": "run_id", "task_id": "task_id", "setup_id": "setup_id", "flow_id": "flow_id",
        "dataset_id": "data_id"}


def evaluations_page(body: bytes) -> pd.DataFrame:
    """Read a page of evaluations.

    Returns
    -------
    DataFrame with columns run_id, task_id, setup_id, flow_id, dataset_id (int64), flow_name, dataset_name,
    value (float64, NaN where there is only one a fold), upload_time (datetime64, as the server's clock had it)

    Raises
    ------
    PassingFault
        It is not whole, or empty: a list that ends says so by an error.
    """
    rows: list[dict[str, str]] = [{}]

    def into(name: str) -> Callable[[str], None]:
        def put(text: str) -> None:
            rows[-1][name] = text
        return put

    _read(body, "evaluations", {"evaluation": lambda text: rows.append({})} | {
        name: into(name) for name in (*_IDS.values(), "flow_name", "data_name", "value", "upload_time")})
    rows.pop()
    if not rows:
        raise PassingFault("an empty page came in place of evaluations", _EMPTY)

    def texts(name: str) -> list[str | None]:
        return [row.get(name) for row in rows]

    return pd.DataFrame({
        **{name: _whole_numbers(texts(tag), tag) for name, tag in _IDS.items()},
        "flow_name": texts("flow_name"),
        "dataset_name": texts("data_name"),
        "value": pd.to_numeric(pd.Series(texts("value"), dtype="object"), errors="coerce").astype("float64"),
        "upload_time": pd.to_datetime(pd.Series(texts("upload_time"), dtype="object"), errors="coerce"),
    })


def setups_page(body: bytes) -> dict[int, dict[str, str]]:
    """Read a page of setups: the id of each, to the values of its hyperparameters by their full names.

    Raises
    ------
    PassingFault
        It is not whole, or empty.

    Examples
    --------
    >>> setups_page(b'''<oml:setups xmlns:oml="http://openml.org/openml"><oml:setup><oml:setup_id>100</oml:setup_id>
    ... <oml:parameter><oml:full_name>weka.J48(1)_C</oml:full_name><oml:value>0.9</oml:value></oml:parameter>
    ... </oml:setup></oml:setups>''')
    {100: {'weka.J48(1)_C': '0.9'}}
    """
    ids: list[str | None] = []
    settings: list[dict[str, str]] = []
    names: list[str] = []

    def begin(setup_id: str) -> None:
        ids.append(setup_id)
        settings.append({})

    def put(value: str) -> None:
        settings[-1][names[-1]] = value

    _read(body, "setups", {"setup_id": begin, "full_name": names.append, "value": put})
    if not ids:
        raise PassingFault("an empty page came in place of setups", _EMPTY)
    return dict(zip(_whole_numbers(ids, "setup_id").tolist(), settings, strict=True))


def _read(body: bytes, root: str, readers: Mapping[str, Callable[[str], object]]) -> None:
    """Hand the text of each element that has a reader to it, when the element ends.

    No tree is made: collecting its garbage takes as long as all the rest, and a page may have 100,000 elements.
    """
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    by_tag = {NAMESPACE.strip("{") + name: reader for name, reader in readers.items()}
    texts: list[str] = []

    def first(tag: str, attributes: object) -> None:
        if tag != NAMESPACE.strip("{") + root:
            raise not_openml(body, f"an element {tag}")
        parser.StartElementHandler = begin

    def begin(tag: str, attributes: object) -> None:
        texts.clear()

    def end(tag: str) -> None:
        if reader := by_tag.get(tag):
            reader("".join(texts))

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = first, end, texts.append
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, IndexError) as error:
        raise not_openml(body, str(error)) from error


def splits(body: bytes) -> list[tuple[Rows, Rows]]:
    """Read the splits of a task, an ARFF file of the columns type, rowid, repeat, fold.

    Returns
    -------
    list of (train rows, test rows)
        By repeat, then fold; row numbers from 0, int64, in the order of the file.

    Raises
    ------
    PassingFault
        It is not whole.

    Examples
    --------
    >>> [(train.tolist(), test.tolist()) for train, test in splits(b'''@attribute type {TRAIN,TEST}
    ... @attribute rowid numeric
    ... @attribute repeat numeric
    ... @attribute fold numeric
    ... @data
    ... TRAIN,1,0,0
    ... TEST,0,0,0
    ... ''')]
    [([1], [0])]
    """
    lines = io.BytesIO(body)
    names: list[str] = []
    for line in lines:
        words = line.decode("utf-8", "replace").split()
        if words and words[0].lower() == "@attribute":
            names.append(words[1].strip("'\"").lower())
        elif words and words[0].lower() == "@data":
            break
    try:
        frame = pd.read_csv(lines, header=None, names=names, comment="%", skipinitialspace=True,
                            dtype={"rowid": "int64", "repeat": "int64", "fold": "int64"})
        is_test = _is_test(frame["type"])
        rows = frame["rowid"].to_numpy()
        groups = frame.groupby(["repeat", "fold"], sort=True).indices
        if not groups:
            raise ValueError("no rows")
    except (KeyError, ValueError) as error:  # pandas' errors of reading are ValueErrors
        raise PassingFault(f"the splits cannot be read ({error})", "Leave the task out.") from error
    return [(rows[members[~is_test[members]]], rows[members[is_test[members]]]) for members in groups.values()]


def _is_test(types: pd.Series[str]) -> NDArray[np.bool_]:
    if unknown := set(types.unique()) - {"TRAIN", "TEST"}:
        raise ValueError(f"rows of type {', '.join(map(repr, unknown))}")
    return types.eq("TEST").to_numpy()


def _whole_numbers(texts: list[str | None], name: str) -> NDArray[np.int64]:
    try:
        return np.array(texts, dtype="int64")
    except (TypeError, ValueError) as error:
        raise PassingFault(f"an element {name} is missing or no number", "Leave out what was asked for.") from error
