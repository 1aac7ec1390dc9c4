"""Reading ARFF, Weka's file format, strictly: whatever does not fit is an error that names the file and the line.

The format is described at https://waikato.github.io/weka-wiki/formats_and_processing/arff_stable/. Numeric, string
and nominal attributes, dates as text, quotes, escapes, comments and missing values are read; sparse rows and
relational attributes are refused. (scipy's reader knows no string attributes; liac-arff comes with an extra only.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from knowledge_base.errors import InvalidRecord

# Possessive quantifiers (`*+`) keep the time linear in the length of a line.
_QUOTED = r"""'(?P<single>(?:[^'\\]|\\.)*+)'|"(?P<double>(?:[^"\\]|\\.)*+)\""""
_VALUE = re.compile(rf"\s*+(?:{_QUOTED}|(?P<plain>[^,'\"]*+))\s*+(?P<end>,|\Z)")
_ATTRIBUTE = re.compile(rf"@attribute\s+(?:{_QUOTED}|(?P<plain>[^\s'\"]+))\s+(?P<type>\S.*)", re.IGNORECASE)
_RELATION = re.compile(rf"@relation\s+(?:{_QUOTED}|(?P<plain>[^'\"]+))\s*\Z", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf(?:inity)?|nan)", re.IGNORECASE)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}

Parser = Callable[[str], Any]


class Arff(NamedTuple):
    """What an ARFF file holds.

    Attributes
    ----------
    relation : str
    comments : tuple of str
        Those before the data.
    rows : DataFrame
        One column for each attribute: float64, or text with None where missing. The index is the number of the line.
    """

    relation: str
    comments: tuple[str, ...]
    rows: pd.DataFrame


def read(path: Path) -> Arff:
    r"""Read an ARFF file.

    Raises
    ------
    InvalidRecord
        The file cannot be read, or a line is not of the format.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "pets.arff"
    ...     text = "@relation pets\n@attribute name string\n@attribute legs real\n@data\n'Tom, the cat',4\nNemo,?"
    ...     _ = path.write_text(text)
    ...     read(path).rows.T
    line             5     6
    name  Tom, the cat  Nemo
    legs           4.0   NaN
    """
    lines = _lines(path)
    relation, comments, parsers = _header(path, lines)
    numbers, rows = [], []
    for number, line in lines:
        if line.startswith("%"):
            continue
        if line.startswith("{"):
            raise _malformed(path, number, "sparse rows are not supported")
        values = list(_values(path, number, line))
        if len(values) != len(parsers):
            raise _malformed(path, number, f"there are {len(values)} values for {len(parsers)} attributes")
        numbers.append(number)
        rows.append([_parsed(path, number, name, parser, value)
                     for (name, parser), value in zip(parsers.items(), values, strict=True)])
    index = pd.Index(numbers, name="line", dtype="int64")
    columns = {name: pd.Series([row[place] for row in rows], index, float if parser is _number else object)
               for place, (name, parser) in enumerate(parsers.items())}
    return Arff(relation, comments, pd.DataFrame(columns, index))


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRecord(f"{path} cannot be read: {error}.") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line.strip()


def _header(path: Path, lines: Iterator[tuple[int, str]]) -> tuple[str, tuple[str, ...], dict[str, Parser]]:
    """Read as far as @data; leave the data in `lines`."""
    relation, comments, parsers = "", [], dict[str, Parser]()
    for number, line in lines:
        keyword = line.split(maxsplit=1)[0].lower()
        if line.startswith("%"):
            comments.append(line[1:].strip())
        elif keyword == "@relation" and (match := _RELATION.match(line)):
            relation = _text(match)
        elif keyword == "@attribute" and (match := _ATTRIBUTE.match(line)):
            name = _text(match)
            if name in parsers:
                raise _malformed(path, number, f"attribute {name!r} comes twice")
            parsers[name] = _parser(path, number, match["type"])
        elif keyword == "@data" and parsers:
            return relation, tuple(comments), parsers
        else:
            raise _malformed(path, number, f"expected @relation, @attribute, @data or a comment, got {line!r:.60}")
    raise InvalidRecord(f"{path} has no @data section: it is no ARFF file, or was cut off.")


def _parser(path: Path, number: int, kind: str) -> Parser:
    word = kind.split(maxsplit=1)[0].lower()
    if kind.startswith("{") and kind.endswith("}"):
        levels = frozenset(_text(value) for value in _matches(path, number, kind[1:-1]))
        return lambda text: _level(text, levels)
    if word in ("numeric", "real", "integer"):
        return _number
    if word in ("string", "date"):
        return str
    raise _malformed(path, number, f"attributes of type {kind!r:.40} are not supported")


def _values(path: Path, number: int, line: str) -> Iterator[str | None]:
    for match in _matches(path, number, line):
        yield None if match["plain"] is not None and match["plain"].strip() == "?" else _text(match)


def _matches(path: Path, number: int, line: str) -> Iterator[re.Match[str]]:
    place, ended = 0, False
    while not ended:
        match = _VALUE.match(line, place)
        if match is None or (match["plain"] is not None and not match["plain"].strip()):
            raise _malformed(path, number, f"no value can be read at character {place + 1} ({line[place:]!r:.40})")
        yield match
        place, ended = match.end(), not match["end"]


def _text(match: re.Match[str]) -> str:
    if match["plain"] is not None:
        return match["plain"].strip()
    quoted = match["single"] if match["single"] is not None else match["double"]
    return re.sub(r"\\(.)", lambda escape: _ESCAPED.get(escape[1], escape[1]), quoted)


def _parsed(path: Path, number: int, name: str, parser: Parser, value: str | None) -> Any:
    try:
        return None if value is None else parser(value)
    except ValueError as error:
        raise _malformed(path, number, f"{name} {error}") from error


def _number(text: str) -> float:
    if _NUMBER.fullmatch(text) is None:
        raise ValueError(f"is {text!r:.40}, expected a number")
    return float(text)


def _level(text: str, levels: frozenset[str]) -> str:
    if text not in levels:
        raise ValueError(f"is {text!r:.40}, expected one of {', '.join(sorted(levels)):.80}")
    return text


def _malformed(path: Path, line: int, what: str) -> InvalidRecord:
    return InvalidRecord(f"{path}, line {line}: {what}.")
