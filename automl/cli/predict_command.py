"""`automl predict`: predict for the rows of a table."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from automl.cli.saved_models import add_model_arguments, open_model
from automl.cli.user_errors import UserError

if TYPE_CHECKING:
    import pandas as pd

NAME = "predict"
HELP = "predict for the rows of a table with a saved model"
EXAMPLES = """examples:
  automl predict model.automl new.csv > predictions.csv
  automl predict model.automl new.parquet --proba --output predictions.parquet
  tail -n +2 new.csv | cat header.csv - | automl predict model.automl -

The output has one row for each row of the table and one column `prediction`, or with --proba one column for each
class. Columns that the model does not use are ignored, the target among them.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `automl predict`."""
    add_model_arguments(parser)
    parser.add_argument("table", metavar="TABLE", help="CSV or Parquet file; - for CSV on the standard input")
    parser.add_argument("--proba", action="store_true", help="probabilities of the classes")
    parser.add_argument(
        "--output", "-o", metavar="FILE", help="CSV or Parquet file (default: CSV on the standard output)"
    )


def run(arguments: argparse.Namespace) -> None:
    """Load, predict, write."""
    from automl.cli.table_files import check_writable, read_table, write_table

    if arguments.output is not None:
        check_writable(arguments.output)
    model = open_model(arguments)
    X = used_columns(read_table(arguments.table), model, arguments.table)
    write_table(predictions(model, X, proba=arguments.proba), arguments.output)


def used_columns(table: pd.DataFrame, model: Any, source: str) -> pd.DataFrame:
    """Take the columns that the model was fitted on, in its order.

    Raises
    ------
    UserError
        If some are missing.
    """
    from automl.cli.table_files import missing_column

    wanted = list(model.feature_names_in_)
    missing = [name for name in wanted if name not in table.columns]
    if len(missing) == 1:
        raise missing_column(missing[0], table.columns, source)
    if missing:
        names = ", ".join(map(repr, missing))
        raise UserError(f"{source}: no columns {names}, on which the model was fitted")
    return table[wanted]


def predictions(model: Any, X: pd.DataFrame, *, proba: bool) -> pd.DataFrame:
    """Predict labels, values or probabilities, as a table.

    Raises
    ------
    UserError
        If probabilities are asked of a regression model.
    """
    import pandas as pd

    if not proba:
        return pd.DataFrame({"prediction": model.predict(X)})
    if not hasattr(model, "predict_proba"):
        raise UserError("--proba gives probabilities of classes, and this is a regression model; leave it out")
    return pd.DataFrame(model.predict_proba(X), columns=[str(label) for label in model.classes_])
