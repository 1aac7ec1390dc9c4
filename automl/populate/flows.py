"""What OpenML calls a flow and a setup: a composed learner as one long name, its hyperparameters as texts."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Path = tuple[str, ...]

_TOKEN = re.compile(r"\s*([\w.\-]+|[(),=])")
_VERSION = re.compile(r"\d+(\.\d+)*")
_FULL_NAME = re.compile(r"(.+)\([\d.]+\)_(\w+)", re.DOTALL)
_WORD = re.compile(r"[\w.+\-]+")
# As clients wrote values before they wrote JSON, and as files of exported results have them.
_PYTHON: Mapping[str, Json] = {"": None, "None": None, "True": True, "False": False}
_DEEPEST = 30  # of components within components; a name nested deeper was not written by a client


def _float(text: str) -> float | str:
    value = float(text)
    return value if math.isfinite(value) else text


_JSON = json.JSONDecoder(parse_constant=str, parse_float=_float)


@dataclass(frozen=True)
class Flow:
    """One learner or step of a pipeline, and what it is composed of.

    Parameters
    ----------
    name : str
        Import path of the class, such as ``"sklearn.ensemble.forest.RandomForestClassifier"``.
    components : mapping of str to Flow
        By the name of the step or of the parameter that holds them, in the order of the flow's name; by class where
        the flow's name gives no other.
    text : str
        The flow's name as full names of its parameters begin with, without versions and spaces.

    Examples
    --------
    >>> flow = parse_flow("sklearn.pipeline.Pipeline(pca=sklearn.decomposition.pca.PCA,svc=sklearn.svm.classes.SVC)(3)")
    >>> flow.class_name, [step.class_name for step in flow.components.values()]
    ('Pipeline', ['PCA', 'SVC'])
    """

    name: str
    components: Mapping[str, Flow]
    text: str

    @property
    def package(self) -> str:
        """The first part of the name, such as ``"sklearn"`` or ``"weka"``."""
        return self.name.split(".")[0]

    @property
    def class_name(self) -> str:
        """The last part of the name."""
        return self.name.split(".")[-1]

    @cached_property
    def places(self) -> Mapping[str, tuple[Path, ...]]:
        """Where in this flow each component stands, by its `text`; this flow itself is at ``()``."""
        places: dict[str, tuple[Path, ...]] = {}
        for path, flow in self.walk():
            places[flow.text] = (*places.get(flow.text, ()), path)
        return places

    def walk(self, path: Path = ()) -> Iterator[tuple[Path, Flow]]:
        """Go through this flow and all components with their places, parents first."""
        yield path, self
        for key, component in self.components.items():
            yield from component.walk((*path, key))

    def at(self, path: Path) -> Flow | None:
        """Give the component at a place, or None."""
        flow: Flow | None = self
        for key in path:
            flow = flow.components.get(key) if flow else None
        return flow


@lru_cache(maxsize=256)  # evaluations of one flow come by the thousand
def parse_flow(text: str) -> Flow:
    """Read the name of a flow.

    Raises
    ------
    ValueError
        If the text is not of the form ``module.Class(step=module.Class,...)(version)``.
    """
    tokens = _tokens(text)
    flow = _flow(tokens, text, 0)
    if tokens:
        raise ValueError(f"the flow name {_short(text)} goes on after its end with {_short(tokens[-1])}")
    return flow


def _tokens(text: str) -> list[str]:
    """Split into names and signs, the first one last."""
    tokens, at, end = [], 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"the flow name {_short(text)} has {text[at:].lstrip()[:1]!r} in it")
        tokens.append(match[1])
        at = match.end()
    return tokens[::-1]


def _flow(tokens: list[str], text: str, depth: int) -> Flow:
    name = tokens.pop() if tokens else ""
    if not re.search(r"\w", name):
        raise ValueError(f"the flow name {_short(text)} lacks the name of a class")
    if depth > _DEEPEST:
        raise ValueError(f"the flow name {_short(text)} is nested deeper than {_DEEPEST} components")
    components: dict[str, Flow] = {}
    own_text = name
    while tokens and tokens[-1] == "(":
        tokens.pop()
        if len(tokens) > 1 and _VERSION.fullmatch(tokens[-1]) and tokens[-2] == ")":
            del tokens[-2:]
            break
        texts = _read_components(tokens, text, depth, components)
        own_text += f"({','.join(texts)})"
    return Flow(name, components, own_text)


def _read_components(tokens: list[str], text: str, depth: int, components: dict[str, Flow]) -> list[str]:
    """Add what stands between parentheses to the components; give their texts."""
    texts = []
    sign = ","
    while sign == ",":
        key = ""
        if len(tokens) > 1 and tokens[-2] == "=":
            key = tokens.pop()
            tokens.pop()
        component = _flow(tokens, text, depth + 1)
        texts.append(f"{key}={component.text}" if key else component.text)
        key = key or component.class_name
        if key in components:
            raise ValueError(f"the flow name {_short(text)} has two components {_short(key)}")
        components[key] = component
        sign = tokens.pop() if tokens else ""
    if sign != ")":
        raise ValueError(f"the flow name {_short(text)} lacks a closing parenthesis")
    return texts


def decode(text: str) -> Json:
    """Read the value of a hyperparameter: a JSON text, Python's ``None``, ``True`` and ``False``, or a bare word.

    Nothing is evaluated. What JSON cannot say (NaN, infinity) stays a text.

    Raises
    ------
    ValueError
        If the text is none of these.

    Examples
    --------
    >>> [decode(text) for text in ('"entropy"', "null", "0.8", "True", "SAMME.R", "[100, 50]")]
    ['entropy', None, 0.8, True, 'SAMME.R', [100, 50]]
    """
    text = text.strip()
    try:
        value: Json = _JSON.decode(text)
    except (ValueError, RecursionError):
        if text in _PYTHON:
            return _PYTHON[text]
        if _WORD.fullmatch(text):
            return text
        raise ValueError(f"{_short(text)} is no JSON value and no word") from None
    return value


@dataclass(frozen=True)
class Setup:
    """A flow and the values of its hyperparameters, each at the component that it belongs to.

    Parameters
    ----------
    flow : Flow
    values : mapping of tuple of str to mapping
        Place of a component -> name of a parameter -> value.
    unplaced : tuple of str
        Names that belong to no one component of the flow.
    """

    flow: Flow
    values: Mapping[Path, Mapping[str, Json]]
    unplaced: tuple[str, ...] = ()

    def of(self, path: Path) -> Mapping[str, Json]:
        """Values of the component at a place, as far as they are known."""
        return self.values.get(path, {})


def read_setup(flow: Flow, parameters: Mapping[str, str]) -> Setup:
    """Find out which value belongs to which component.

    Parameters
    ----------
    flow : Flow
    parameters : mapping of str to str
        By full name, ``sklearn.svm.classes.SVC(7)_gamma``, or by the names of steps, ``svc__gamma``.

    Raises
    ------
    ValueError
        If a value cannot be read, or a parameter has two.

    Examples
    --------
    >>> flow = parse_flow("sklearn.pipeline.Pipeline(svc=sklearn.svm.classes.SVC)(2)")
    >>> read_setup(flow, {"sklearn.svm.classes.SVC(7)_gamma": "0.5", "svc__C": "2"}).of(("svc",))
    {'gamma': 0.5, 'C': 2}
    """
    values: dict[Path, dict[str, Json]] = {}
    unplaced = []
    for full_name, text in parameters.items():
        try:
            value = decode(text)
        except ValueError as error:
            raise ValueError(f"{_short(full_name)} cannot be read: {error}") from None
        places, name = _places(flow, full_name)
        if len(places) != 1:
            unplaced.append(full_name)
            continue
        known = values.setdefault(places[0], {})
        if known.get(name, value) != value:
            raise ValueError(f"{_short(full_name)} has two values")
        known[name] = value
    return Setup(flow, values, tuple(unplaced))


def _places(flow: Flow, full_name: str) -> tuple[tuple[Path, ...], str]:
    """Places of the components that a parameter belongs to, and its name there."""
    match = _FULL_NAME.fullmatch(full_name)
    if match is not None:
        return flow.places.get(re.sub(r"\s", "", match[1]), ()), match[2]
    *path, name = full_name.split("__")
    return ((tuple(path),) if flow.at(tuple(path)) is not None else ()), name


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}...")
