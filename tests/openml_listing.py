"""Evaluations of several flows behind each other: the pages of OpenML's listings, and its setups and runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import openml_evaluations as evaluations
import openml_tables as tables
from openml_tables import document, element, nested

LARGEST_PAGE = {"evaluations": 10_000, "setups": 1_000, "runs": 10_000}
# OpenML's codes: no results; a limit or a result that is too large; an offset without a limit.
_NO_RESULTS = {"evaluations": 542, "setups": 674, "runs": 512}
_TOO_MANY = {"evaluations": (546, 543), "setups": (676, 673), "runs": (516, 513)}
_OFFSET_ALONE = {"evaluations": 545, "setups": 675, "runs": 515}


class Refusal(Exception):
    """An error of OpenML's own; sent with status 412."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.body = document("error", element("code", code), element("message", message))


class Listing:
    """What was evaluated.

    Parameters
    ----------
    blocks : sequence of Evaluations
        In the order of the listings.
    tasks : dict of int to Dataset
        Task to the data set that it is on.
    """

    def __init__(self, blocks: Sequence[evaluations.Evaluations], tasks: Mapping[int, tables.Dataset]) -> None:
        self.blocks = blocks
        self._tasks = tasks
        sizes = [len(block.task_ids) for block in blocks]
        self._block = np.repeat(np.arange(len(blocks)), sizes)
        self._row = np.concatenate([np.arange(size) for size in sizes])
        self._columns = {
            "flow": np.repeat([block.flow_id for block in blocks], sizes),
            "task": np.concatenate([block.task_ids for block in blocks]),
            "run": np.repeat([block.first_id for block in blocks], sizes) + self._row,
        }
        self._columns["setup"] = self._columns["run"]

    def page(self, kind: str, path: str) -> bytes:
        """Answer evaluation/list, setup/list or run/list with the filters that follow it."""
        parts = path.split("/")
        filters = dict(zip(parts[::2], parts[1::2], strict=True))
        limit, offset = (int(filters.pop(name)) if name in filters else None for name in ("limit", "offset"))
        rows = self._matching(filters)
        if offset and limit is None:
            raise Refusal(_OFFSET_ALONE[kind], "Can not specify offset without limit")
        if limit is not None and limit > LARGEST_PAGE[kind]:
            raise Refusal(_TOO_MANY[kind][0], "Requested result limit too high. ")
        rows = rows[offset or 0 :][:limit]
        if len(rows) > LARGEST_PAGE[kind]:
            raise Refusal(_TOO_MANY[kind][1], "Too many results")
        if not len(rows):
            raise Refusal(_NO_RESULTS[kind], "No results")
        render = {"evaluations": self._evaluation_rows, "setups": self._setup_rows, "runs": self._run_rows}[kind]
        return document(
            kind,
            *(
                part
                for number in np.unique(self._block[rows])
                for part in render(self.blocks[number], rows[self._block[rows] == number])
            ),
        )

    def setup(self, setup_id: str) -> bytes:
        """Answer setup/{id}."""
        rows = self._matching({"setup": setup_id})
        if not len(rows):
            raise Refusal(281, "Unknown setup")
        part = self._setup_rows(self.blocks[self._block[rows[0]]], rows)[0]
        return document("setup_parameters", part.removeprefix("<oml:setup>\n").removesuffix("</oml:setup>\n"))

    def run(self, run_id: str) -> bytes:
        """Answer run/{id}."""
        rows = self._matching({"run": run_id})
        if not len(rows):
            raise Refusal(236, "Run not found")
        block, row = self.blocks[self._block[rows[0]]], self._row[rows[0]]
        dataset = self._tasks[int(block.task_ids[row])]
        files = (
            nested(
                "file",
                element("did", -1),
                element("file_id", 2 * int(run_id) + number),
                element("name", name),
                element("url", f"http://localhost/{name}"),
            )
            for number, name in enumerate(("description", "predictions"))
        )
        return document(
            "run",
            element("run_id", run_id),
            element("uploader", 1),
            element("uploader_name", "uploader-1"),
            element("task_id", dataset.task_id),
            element("task_type", "Supervised Classification"),
            element("flow_id", block.flow_id),
            element("flow_name", block.full_name),
            element("setup_id", run_id),
            element("setup_string", ""),
            nested(
                "input_data",
                nested("dataset", element("did", dataset.id), element("name", dataset.name), element("url", "")),
            ),
            nested(
                "output_data",
                *files,
                nested("evaluation", element("name", evaluations.METRIC), element("value", block.accuracies[row])),
            ),
        )

    def _matching(self, filters: Mapping[str, str]) -> np.ndarray:
        chosen = np.ones(len(self._row), dtype=bool)
        for name, value in filters.items():
            if name in self._columns:
                chosen &= np.isin(self._columns[name], [int(part) for part in value.split(",")])
            elif name == "function":
                chosen &= value == evaluations.METRIC
            elif name == "uploader":
                chosen &= "1" in value.split(",")
            else:
                raise Refusal(544, f"Illegal filter specified: {name}")
        return np.flatnonzero(chosen)

    def _evaluation_rows(self, block: evaluations.Evaluations, rows: np.ndarray) -> list[str]:
        template, own = block.row_template(), self._row[rows]
        task_ids = block.task_ids[own].tolist()
        datasets = [self._tasks[task_id] for task_id in task_ids]
        ids = (block.first_id + own).tolist()
        return [
            template % row
            for row in zip(
                ids,
                task_ids,
                ids,
                [dataset.id for dataset in datasets],
                [dataset.name for dataset in datasets],
                _times(own),
                [block.accuracies[row] for row in own.tolist()],
                strict=True,
            )
        ]

    def _setup_rows(self, block: evaluations.Evaluations, rows: np.ndarray) -> list[str]:
        template, own = nested("setup", block.setup_template()), self._row[rows].tolist()
        columns = [[column[row] for row in own] for column in block.settings.values()]
        return [template % row for row in zip([block.first_id + row for row in own], *columns, strict=True)]

    def _run_rows(self, block: evaluations.Evaluations, rows: np.ndarray) -> list[str]:
        own = self._row[rows]
        return [
            nested(
                "run",
                element("run_id", run_id),
                element("task_id", task_id),
                element("setup_id", run_id),
                element("flow_id", block.flow_id),
                element("uploader", 1),
                element("task_type_id", 1),
                element("upload_time", time),
                element("error_message", ""),
                element("run_details", ""),
            )
            for run_id, task_id, time in zip(
                (block.first_id + own).tolist(), block.task_ids[own].tolist(), _times(own), strict=True
            )
        ]


def _times(rows: np.ndarray) -> list[str]:
    """One minute between two runs."""
    times = np.datetime64("2018-03-01T12:00:00") + 60 * rows
    return [text.replace("T", " ") for text in times.astype(str).tolist()]
