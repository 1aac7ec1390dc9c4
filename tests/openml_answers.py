"""What the stand-in for OpenML's server answers to which path, and with which of OpenML's error codes it refuses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import openml_evaluations as evaluations
import openml_tables as tables
from openml_listing import Listing, Refusal
from openml_tables import document, element, nested

T = TypeVar("T")

API = "/api/v1/xml/"
SUITE, SUITE_ALIAS, RUN_STUDY, PUBLISHED_SUITE, PUBLISHED_ALIAS = 9001, "small-tables", 9002, 14, "OpenML100"


@dataclass(frozen=True)
class Answer:
    """Status and body; `kind` names what was asked for: "task", "splits", "evaluations", ..."""

    kind: str
    status: int
    content_type: str
    body: bytes


class Answers:
    """Everything that the server knows.

    Parameters
    ----------
    site : str
        The server's address, for what lies elsewhere than under the API.
    published : bool
        Whether the published evaluations are served too.
    """

    def __init__(self, site: str, *, published: bool) -> None:
        self._site = site
        datasets = [*tables.datasets(), *(evaluations.published_datasets() if published else ())]
        self._datasets = {dataset.id: dataset for dataset in datasets}
        self._tasks = {dataset.task_id: dataset for dataset in datasets}
        own = [dataset.task_id for dataset in tables.datasets() if isinstance(dataset, tables.RealTable)]
        classification = [task_id for task_id in own if self._tasks[task_id].kind != "regression"]
        blocks = [*evaluations.made(classification), *(evaluations.published() if published else ())]
        self.listing = Listing(blocks, self._tasks)
        self.uploaded_flows: dict[int, bytes] = {}
        self._suites = {str(SUITE): (SUITE_ALIAS, own)}
        if published:
            self._suites[str(PUBLISHED_SUITE)] = (
                PUBLISHED_ALIAS,
                [dataset.task_id for dataset in evaluations.published_datasets()],
            )
        self._routes: list[tuple[str, str, Callable[..., bytes]]] = [
            ("data", r"data/(\d+)", lambda i: tables.description(self._dataset(i, 111), site)),
            ("features", r"data/features/(\d+)", lambda i: tables.features(self._dataset(i, 271))),
            ("qualities", r"data/qualities/(\d+)", lambda i: tables.qualities(self._dataset(i, 361))),
            ("task", r"task/(\d+)", lambda i: tables.task(_known(self._tasks, i, 151, "Unknown task"), site)),
            ("study", r"study/(?!list)([^/]+)", self._study),
            ("studies", r"study/list(/.*)?", self._studies),
            ("flow", r"flow/(\d+)", self._flow),
            ("setup", r"setup/(\d+)", self.listing.setup),
            ("run", r"run/(\d+)", self.listing.run),
            ("evaluations", r"evaluation/list/(.*)", partial(self.listing.page, "evaluations")),
            ("setups", r"setup/list/(.*)", partial(self.listing.page, "setups")),
            ("runs", r"run/list/(.*)", partial(self.listing.page, "runs")),
            ("users", r"user/list/user_id/([\d,]+)", _users),
        ]

    def __call__(self, path: str) -> Answer:
        """Answer a path."""
        if not path.startswith(API):
            return self._file(path)
        for kind, pattern, give in self._routes:
            if match := re.fullmatch(pattern, path.removeprefix(API).strip("/")):
                try:
                    return Answer(kind, 200, "text/xml; charset=utf-8", give(*match.groups()))
                except Refusal as refusal:
                    return Answer(kind, 412, "text/xml; charset=utf-8", refusal.body)
        refusal = Refusal(100, "Function not valid")
        return Answer("unknown", 412, "text/xml; charset=utf-8", refusal.body)

    def empty(self, kind: str) -> bytes:
        """Give a page of a listing with nothing on it."""
        return document(kind)

    def _file(self, path: str) -> Answer:
        for kind, pattern, known, give in (
            ("download", r"/data/download/(\d+)/.*", self._datasets, lambda dataset: dataset.file()),
            ("splits", r"/api_splits/get/(\d+)/.*", self._tasks, tables.splits),
        ):
            match = re.fullmatch(pattern, path)
            body = give(known[int(match[1])]) if match and int(match[1]) in known else None
            if body is not None:
                return Answer(kind, 200, "text/plain; charset=utf-8", body)
        return Answer("file", 404, "text/plain; charset=utf-8", b"no such file\n")

    def _dataset(self, dataset_id: str, code: int) -> tables.Dataset:
        return _known(self._datasets, dataset_id, code, "Unknown dataset")

    def _study(self, name: str) -> bytes:
        by_name = {**self._suites, **{alias: (alias, ids) for alias, ids in self._suites.values()}}
        if name == str(RUN_STUDY):
            return document("study", *_study_head(RUN_STUDY, "runs-on-small-tables", "run"), *self._of_runs())
        if name not in by_name:
            raise Refusal(601, "Study does not exist. ")
        alias, task_ids = by_name[name]
        number = next(number for number, suite in self._suites.items() if suite[0] == alias)
        dataset_ids = [self._tasks[task_id].id for task_id in task_ids]
        return document(
            "study",
            *_study_head(number, alias, "task"),
            _ids("data", "data_id", dataset_ids),
            _ids("tasks", "task_id", task_ids),
        )

    def _of_runs(self) -> list[str]:
        """Give the parts of a study of runs: the first ten that were made."""
        block = self.listing.blocks[0]
        task_ids, ids = sorted({*block.task_ids[:10].tolist()}), range(block.first_id, block.first_id + 10)
        return [
            _ids("data", "data_id", [self._tasks[task_id].id for task_id in task_ids]),
            _ids("tasks", "task_id", task_ids),
            _ids("flows", "flow_id", [block.flow_id]),
            _ids("setups", "setup_id", ids),
            _ids("runs", "run_id", ids),
        ]

    def _studies(self, _filters: str | None) -> bytes:
        return document(
            "study_list",
            *(nested("study", *_study_head(number, alias, "task")) for number, (alias, _) in self._suites.items()),
        )

    def knows_task(self, task_id: int) -> bool:
        """Tell whether there is a task of this id."""
        return task_id in self._tasks

    def _flow(self, flow_id: str) -> bytes:
        if int(flow_id) in self.uploaded_flows:
            return self.uploaded_flows[int(flow_id)]
        blocks = {block.flow_id: block for block in self.listing.blocks}
        return document("flow", *_known(blocks, flow_id, 181, "Unknown flow").flow())


def _users(ids: str) -> bytes:
    return document(
        "users",
        *(
            nested("user", element("id", number), element("username", f"uploader-{number}"))
            for number in ids.split(",")
        ),
    )


def _study_head(number: int | str, alias: str, entity_type: str) -> list[str]:
    return [
        element("id", number),
        element("alias", alias),
        element("main_entity_type", entity_type),
        element("name", alias),
        element("description", "A collection."),
        element("status", "active"),
        element("creation_date", "2018-03-01T12:00:00"),
        element("creator", 1),
    ]


def _ids(name: str, member: str, ids: Sequence[int] | range) -> str:
    return nested(name, *(element(member, number) for number in ids))


def _known(known: Mapping[int, T], number: str, code: int, message: str) -> T:
    if int(number) not in known:
        raise Refusal(code, message)
    return known[int(number)]
