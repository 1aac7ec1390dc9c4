"""The small real tables as OpenML's server tells them: data sets, features, qualities, files, tasks and splits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from html import escape

import numpy as np
import pandas as pd
import real_tables

import metafeatures
from metafeatures.counterparts import to_openml

NAMESPACE = "http://openml.org/openml"
FIRST_DATASET, FIRST_TASK = 40_001, 50_001
SPARSE_DATASET, SPARSE_TASK = 40_090, 50_090
_SPARSE_ARFF = "@RELATION baskets\n@ATTRIBUTE milk NUMERIC\n@ATTRIBUTE bread NUMERIC\n@ATTRIBUTE paid {no,yes}\n@DATA\n"
_N_FOLDS = 10
_MEASURES = {"binary": "predictive_accuracy", "multiclass": "predictive_accuracy", "autompg": "root_mean_squared_error"}


def document(root: str, *parts: str) -> bytes:
    """Join parts under a root element of OpenML's namespace."""
    return f'<oml:{root} xmlns:oml="{NAMESPACE}">\n{"".join(parts)}</oml:{root}>\n'.encode()


def element(name: str, value: object, attributes: str = "") -> str:
    return f"<oml:{name}{attributes}>{escape(str(value))}</oml:{name}>\n"


def nested(name: str, *parts: str, attributes: str = "") -> str:
    return f"<oml:{name}{attributes}>\n{''.join(parts)}</oml:{name}>\n"


@dataclass(frozen=True)
class Feature:
    """A column of a data set; `levels` is None for a numeric one."""

    name: str
    levels: Sequence[str] | None
    n_missing: int = 0


class Dataset:
    """A data set and the one task on it.

    Parameters
    ----------
    dataset_id, task_id : int
    name : str
    kind : str
        "binary", "multiclass" or "regression".
    target : str
    measure : str or None
        What the task is evaluated by; a task need not say.
    """

    row_id: str | None = None
    format = "ARFF"

    def __init__(self, dataset_id: int, task_id: int, name: str, kind: str, target: str, measure: str | None) -> None:
        self.id, self.task_id, self.name, self.kind = dataset_id, task_id, name, kind
        self.target, self.measure = target, measure

    def features(self) -> list[Feature]:
        raise NotImplementedError

    def qualities(self) -> Mapping[str, float]:
        """Tell the qualities; NaN and absent are both without a value."""
        raise NotImplementedError

    def file(self) -> bytes | None:
        """Give the ARFF file, or None where only what others found out is known."""
        return None

    def folds(self) -> np.ndarray | None:
        """Give the fold in which each row is tested."""
        return None


class RealTable(Dataset):
    """A table of `tests/data`. Cholesterol comes with a column that only numbers its rows."""

    def __init__(self, number: int, name: str) -> None:
        entry = real_tables.CATALOG.loc[name]
        measure = _MEASURES.get(entry["task"], _MEASURES.get(name))
        super().__init__(FIRST_DATASET + number, FIRST_TASK + number, name, entry["task"], entry["target"], measure)
        self.row_id = "row_number" if name == "cholesterol" else None

    def columns(self) -> pd.DataFrame:
        """Give all columns, the target last; categories as text."""
        X, y = real_tables.load_table(self.name)
        table = X.assign(**{self.target: y})
        for column in table.select_dtypes("category"):
            table[column] = table[column].cat.rename_categories([str(level) for level in table[column].cat.categories])
        if self.row_id:
            table.insert(0, self.row_id, np.arange(1.0, len(table) + 1))
        return table

    def features(self) -> list[Feature]:
        columns = self.columns().items()
        return [Feature(str(name), _levels(column), int(column.isna().sum())) for name, column in columns]

    def qualities(self) -> Mapping[str, float]:
        X, y = real_tables.load_table(self.name)
        found = to_openml(
            metafeatures.extract(X, y, task=self.kind, groups=["simple", "statistical", "information"]).values
        )
        return {**found, "NumberOfClasses": 0.0 if self.kind == "regression" else float(y.nunique())}

    def file(self) -> bytes:
        return self._arff

    @cached_property
    def _arff(self) -> bytes:
        import arff  # comes with the openml client

        table = self.columns()
        rows = table.astype(object).where(table.notna(), None).to_numpy().tolist()
        attributes = [(str(name), _levels(column) or "NUMERIC") for name, column in table.items()]
        return arff.dumps({"relation": self.name, "attributes": attributes, "data": rows}).encode()

    def folds(self) -> np.ndarray:
        y = real_tables.load_table(self.name)[1]
        codes = np.zeros(len(y)) if self.kind == "regression" else y.cat.codes
        order = np.lexsort((np.random.default_rng(self.id).random(len(y)), codes))
        folds = np.empty(len(y), dtype=np.int64)
        folds[order] = np.arange(len(y)) % _N_FOLDS
        return folds


class SparseTable(Dataset):
    """A table in OpenML's sparse format."""

    format = "Sparse_ARFF"

    def __init__(self) -> None:
        super().__init__(SPARSE_DATASET, SPARSE_TASK, "baskets", "binary", "paid", "predictive_accuracy")

    def features(self) -> list[Feature]:
        return [Feature("milk", None), Feature("bread", None), Feature("paid", ("no", "yes"))]

    def qualities(self) -> Mapping[str, float]:
        return {"NumberOfInstances": 20.0, "NumberOfFeatures": 3.0, "NumberOfClasses": 2.0}

    def file(self) -> bytes:
        return (_SPARSE_ARFF + "{0 1}\n{1 2, 2 yes}\n" * 10).encode()

    def folds(self) -> np.ndarray:
        return np.arange(20) % _N_FOLDS


@cache
def datasets() -> tuple[Dataset, ...]:
    """All six real tables, and a sparse one."""
    return (*(RealTable(number, name) for number, name in enumerate(real_tables.NAMES)), SparseTable())


def _levels(column: pd.Series) -> list[str] | None:
    return list(column.cat.categories) if isinstance(column.dtype, pd.CategoricalDtype) else None


# What the server answers about one


def description(dataset: Dataset, site: str) -> bytes:
    """Answer data/{id}; `site` is where its file lies."""
    body = dataset.file()
    checksum = hashlib.md5(body).hexdigest() if body is not None else ""
    return document(
        "data_set_description",
        element("id", dataset.id),
        element("name", dataset.name),
        element("version", 1),
        element("description", f"The table {dataset.name}."),
        element("format", dataset.format),
        element("upload_date", "2014-04-06T23:19:24"),
        element("licence", "CC BY 4.0"),
        element("url", f"{site}/data/download/{dataset.id}/{dataset.name}.arff"),
        element("file_id", dataset.id),
        element("default_target_attribute", dataset.target),
        element("row_id_attribute", dataset.row_id) if dataset.row_id else "",
        element("visibility", "public"),
        element("status", "active"),
        element("md5_checksum", checksum),
    )


def features(dataset: Dataset) -> bytes:
    """Answer data/features/{id}."""
    return document(
        "data_features",
        *(
            nested(
                "feature",
                element("index", index),
                element("name", feature.name),
                element("data_type", "numeric" if feature.levels is None else "nominal"),
                *(element("nominal_value", level) for level in feature.levels or ()),
                element("is_target", _flag(feature.name == dataset.target)),
                element("is_ignore", "false"),
                element("is_row_identifier", _flag(feature.name == dataset.row_id)),
                element("number_of_missing_values", feature.n_missing),
            )
            for index, feature in enumerate(dataset.features())
        ),
    )


def qualities(dataset: Dataset) -> bytes:
    """Answer data/qualities/{id}."""
    return document(
        "data_qualities",
        *(
            nested("quality", element("name", name), element("value", "" if np.isnan(value) else value))
            for name, value in sorted(dataset.qualities().items())
        ),
    )


def task(dataset: Dataset, site: str) -> bytes:
    """Answer task/{id}."""
    regression = dataset.kind == "regression"
    parameters = {
        "number_repeats": 1,
        "number_folds": _N_FOLDS,
        "percentage": "",
        "stratified_sampling": "" if regression else "true",
    }
    measures = nested("evaluation_measures", element("evaluation_measure", dataset.measure or ""))
    return document(
        "task",
        element("task_id", dataset.task_id),
        element("task_type_id", 2 if regression else 1),
        element("task_type", "Supervised Regression" if regression else "Supervised Classification"),
        _input(
            "source_data",
            nested("data_set", element("data_set_id", dataset.id), element("target_feature", dataset.target)),
        ),
        _input(
            "estimation_procedure",
            nested(
                "estimation_procedure",
                element("id", 7 if regression else 1),
                element("type", "crossvalidation"),
                element(
                    "data_splits_url", f"{site}/api_splits/get/{dataset.task_id}/Task_{dataset.task_id}_splits.arff"
                ),
                *(element("parameter", value, f' name="{name}"') for name, value in parameters.items()),
            ),
        ),
        "" if regression else _input("cost_matrix", element("cost_matrix", "")),
        _input("evaluation_measures", measures) if dataset.measure else "",
        nested("output", nested("predictions", element("format", "ARFF")), attributes=' name="predictions"'),
    )


def splits(dataset: Dataset) -> bytes | None:
    """Answer the address of a task's splits."""
    folds = dataset.folds()
    return None if folds is None else "".join(_split_lines(dataset.name, folds)).encode()


def _split_lines(name: str, folds: np.ndarray) -> Iterator[str]:
    yield f"@relation {name}_splits\n\n@attribute type {{TRAIN,TEST}}\n@attribute rowid numeric\n"
    yield "@attribute repeat numeric\n@attribute fold numeric\n\n@data\n"
    for fold in range(_N_FOLDS):
        yield from (f"TRAIN,{row},0,{fold}\n" for row in np.flatnonzero(folds != fold))
        yield from (f"TEST,{row},0,{fold}\n" for row in np.flatnonzero(folds == fold))


def _input(name: str, part: str) -> str:
    return nested("input", part, attributes=f' name="{name}"')


def _flag(value: bool) -> str:
    return str(value).lower()
