"""What a study and an outcome are as plain JSON, checked on the way in and again on the way out of an inbox."""

from __future__ import annotations

import hashlib
import json
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from knowledge_base.errors import InvalidRecord

Record = dict[str, Any]

TASK_TYPES = ("binary", "multiclass", "regression")
STATUSES = ("ok", "timeout", "memory", "crash", "invalid")
_LARGEST = 2**63 - 1


def key_of(*parts: str) -> int:
    """Hash texts to a key of 63 bits that every store agrees on.

    Examples
    --------
    >>> key_of("a", "bc") == key_of("ab", "c")
    False
    """
    digest = hashlib.blake2b(digest_size=8)
    for part in parts:
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(8, "little"))
        digest.update(encoded)
    return int.from_bytes(digest.digest(), "little") >> 1


def canonical_json(value: object, what: str) -> str:
    """Write a value as JSON that does not depend on the order of its keys.

    Raises
    ------
    InvalidRecord
        Something in it is no JSON value (NaN and infinity are none), or no valid text.
    """
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False,
                          default=_plain)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidRecord(f"{what} cannot be written as JSON: {error}") from error
    return text


def study_record(task: Mapping[str, object], metafeatures: Mapping[str, float | None], *,
                 metafeatures_version: str | None, space_version: str | None,
                 provenance: Mapping[str, object]) -> Record:
    """Check a task and what belongs to it; return the record that heads an inbox file."""
    record = _checked(task, _TASK_FIELDS, _TASK_NEEDS, "task")
    if record["task_type"] not in TASK_TYPES:
        raise InvalidRecord(f"task_type is {record['task_type']!r}, expected one of {', '.join(TASK_TYPES)}.")
    if metafeatures and metafeatures_version is None:
        raise InvalidRecord("metafeatures need a metafeatures_version.")
    values = {_needed_text(name, "name of a meta-feature"): _number(value, f"meta-feature {name!r}")
              for name, value in metafeatures.items()}
    return record | {
        "metafeatures": {name: value for name, value in values.items() if value is not None},
        "metafeatures_version": _text(metafeatures_version, "metafeatures_version"),
        "space_version": _text(space_version, "space_version"),
        "provenance": canonical_json(provenance, "provenance"),
    }


def outcome_record(outcome: Mapping[str, object], metric: str) -> Record:
    """Check one outcome of a study that minimises `metric`; return it as JSON values of the right types.

    Raises
    ------
    InvalidRecord
        A field is missing, unknown, of another type, or contradicts another field.
    """
    record = _checked(outcome, _OUTCOME_FIELDS, _OUTCOME_NEEDS, "outcome")
    if record["status"] not in STATUSES:
        raise InvalidRecord(f"status is {record['status']!r}, expected one of {', '.join(STATUSES)}.")
    if (record["loss"] is None) == (record["status"] == "ok"):
        raise InvalidRecord(f"an outcome has a finite loss if and only if its status is 'ok'; "
                            f"got status {record['status']!r} and loss {outcome.get('loss')!r}.")
    if record.pop("metric") not in (None, metric):
        raise InvalidRecord(f"the study's metric is {metric!r}, the outcome's {outcome['metric']!r}.")
    return record


def _checked(given: Mapping[str, object], fields: Mapping[str, Callable[[object, str], Any]], needs: frozenset[str],
             what: str) -> Record:
    unknown = sorted(map(str, given.keys() - fields.keys()))
    if unknown:
        raise InvalidRecord(f"unknown field of an {what}: {', '.join(unknown)}.")
    missing = sorted(name for name in needs if given.get(name) is None)
    if missing:
        raise InvalidRecord(f"missing field of an {what}: {', '.join(missing)}.")
    return {name: check(given.get(name), name) for name, check in fields.items()}


def _plain(value: object) -> object:
    if not isinstance(value, np.generic):
        raise TypeError(f"{type(value).__name__} is no JSON value")
    return value.item()


def _text(value: object, name: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise InvalidRecord(f"{name} is {type(value).__name__}, expected text.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidRecord(f"{name} holds half of a surrogate pair, which is no text: {error.reason}.") from error
    return str(value)


def _needed_text(value: object, name: str) -> str:
    text = _text(value, name)
    if not text:
        raise InvalidRecord(f"{name} is empty.")
    return text


def _number(value: object, name: str) -> float | None:
    """Return a finite float, or None for what is missing, NaN or infinite."""
    if value is None:
        return None
    try:
        if isinstance(value, str | bytes):
            raise TypeError
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidRecord(f"{name} is {value!r:.80}, expected a number.") from error
    return number if math.isfinite(number) else None


def _amount(value: object, name: str) -> float | None:
    number = _number(value, name)
    if number is not None and number < 0:
        raise InvalidRecord(f"{name} is {number}, expected no less than 0.")
    return number


def _whole(value: object, name: str) -> int | None:
    if value is None:
        return None
    try:
        whole = operator.index(value)  # type: ignore[arg-type]
    except TypeError as error:
        raise InvalidRecord(f"{name} is {value!r:.80}, expected a whole number.") from error
    if not -_LARGEST <= whole <= _LARGEST:
        raise InvalidRecord(f"{name} is {whole}, which does not fit into 64 bits.")
    return whole


def _flag(value: object, name: str) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise InvalidRecord(f"{name} is {value!r:.80}, expected True or False.")
    return bool(value)


def _numbers(value: object, name: str) -> list[float | None]:
    if value is None:
        return []
    try:
        return [_number(item, name) for item in value]  # type: ignore[attr-defined]
    except TypeError as error:
        raise InvalidRecord(f"{name} is {type(value).__name__}, expected a list of numbers.") from error


def _named_numbers(value: object, name: str) -> dict[str, float | None]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidRecord(f"{name} is {type(value).__name__}, expected a mapping of names to numbers.")
    return {_needed_text(key, name): _number(item, name) for key, item in value.items()}


def _fidelity(value: object, name: str) -> Record:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidRecord(f"{name} is {type(value).__name__}, expected a mapping.")
    return _checked(value, _FIDELITY_FIELDS, frozenset(), name)


def _settings(value: object, name: str) -> str:
    if isinstance(value, str):  # as an inbox holds it
        try:
            value = json.loads(value)
        except ValueError as error:
            raise InvalidRecord(f"{name} is no JSON: {error}.") from error
    if not isinstance(value, Mapping):
        raise InvalidRecord(f"{name} is {type(value).__name__}, expected a mapping.")
    return canonical_json(value, name)


_TASK_NEEDS = frozenset({"content_hash", "task_type", "metric"})
_TASK_FIELDS: dict[str, Callable[[object, str], Any]] = {
    "content_hash": _needed_text, "task_type": _needed_text, "name": _text, "n_rows": _whole, "n_features": _whole,
    "n_classes": _whole, "source": _text, "metric": _needed_text, "split": _text, "seed": _whole,
}
_FIDELITY_FIELDS: dict[str, Callable[[object, str], Any]] = {
    "folds": _whole, "iterations_fraction": _amount, "rows_fraction": _amount,
}
_OUTCOME_NEEDS = frozenset({"configuration_id", "algorithm", "configuration", "status", "is_full_fidelity"})
_OUTCOME_FIELDS: dict[str, Callable[[object, str], Any]] = {
    "configuration_id": _needed_text, "algorithm": _needed_text, "configuration": _settings, "status": _needed_text,
    "loss": _number, "metric": _text, "fold_losses": _numbers, "metrics": _named_numbers, "fidelity": _fidelity,
    "is_full_fidelity": _flag, "seconds": _amount, "fit_seconds": _amount, "predict_seconds": _amount,
    "peak_mb": _amount, "seed": _whole, "error": _text, "trial_number": _whole,
}
