"""Tables from and to CSV and Parquet files; `-` stands for CSV on the standard input."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from automl.cli.user_errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

STANDARD_STREAM = "-"
PARQUET_ENDINGS = (".parquet", ".pq")


def read_table(source: str) -> pd.DataFrame:
    """Read a table; by its ending a Parquet file, else CSV, compressed or not.

    Parameters
    ----------
    source : str
        A path, or ``"-"`` for CSV on the standard input.

    Raises
    ------
    UserError
        If there is no such file or if it is no table.
    """
    import pandas as pd

    if source != STANDARD_STREAM and not Path(source).is_file():
        raise UserError(f"{source}: no such file")
    try:
        if source.lower().endswith(PARQUET_ENDINGS):
            table = _read_parquet(source)
        else:
            stream = sys.stdin.buffer if source == STANDARD_STREAM else source
            table = pd.read_csv(stream, low_memory=False)
    except pd.errors.EmptyDataError as error:
        raise UserError(f"{source}: the file is empty") from error
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        reason = str(error).strip()
        raise UserError(f"{source}: not a CSV table ({reason}); the ending .parquet marks Parquet") from error
    if table.empty:
        raise UserError(f"{source}: the table has no rows")
    return table


def write_table(table: pd.DataFrame, target: str | None) -> None:
    """Write a table as Parquet or CSV by the ending of `target`; as CSV on the standard output if that is None."""
    if target is None or target == STANDARD_STREAM:
        table.to_csv(sys.stdout, index=False, lineterminator="\n")
    elif target.lower().endswith(PARQUET_ENDINGS):
        import duckdb

        with duckdb.connect() as connection:
            connection.from_df(table).write_parquet(target)
    else:
        table.to_csv(target, index=False, lineterminator="\n")


def check_writable(target: str) -> None:
    """Find out before the work is done whether a file can be written there.

    Raises
    ------
    UserError
        If the folder is missing or a folder is in the way.
    """
    path = Path(target)
    if path.is_dir():
        raise UserError(f"{target}: is a folder; name a file")
    if not path.absolute().parent.is_dir():
        raise UserError(f"{target}: the folder {path.parent} does not exist")


def missing_column(column: str, columns: Iterable[str], source: str) -> UserError:
    """Build the error for a column that is not there, with the names that come nearest.

    Examples
    --------
    >>> missing_column("prize", ["price", "rooms"], "t.csv")
    UserError("t.csv: no column 'prize'; did you mean 'price'?")
    """
    names = {str(name).casefold(): str(name) for name in columns}
    near = [names[name] for name in get_close_matches(column.casefold(), names, n=3)]
    hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"it has {_shortened([*names.values()])}"
    return UserError(f"{source}: no column {column!r}; {hint}")


def _shortened(names: list[str], limit: int = 12) -> str:
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def _read_parquet(path: str) -> pd.DataFrame:
    import duckdb

    try:
        with duckdb.connect() as connection:
            table: pd.DataFrame = connection.read_parquet(path).df()
    except duckdb.Error as error:
        raise UserError(f"{path}: not a Parquet table ({error})") from error
    return table
