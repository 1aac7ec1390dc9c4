"""Meta-features by pymfe of tables saved by compare_metafeatures.py; runs in pymfe's own environment.

Each argument is an .npz file with numeric, codes and y; beside it comes a .json file with values and the seconds of
processor time of one extraction of everything.
Statistics of columns are of the numeric ones alone; all else takes an indicator of each level, too.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from pymfe.mfe import MFE

GROUPS = (
    "general",
    "statistical",
    "info-theory",
    "landmarking",
    "relative",
    "model-based",
    "clustering",
    "concept",
    "complexity",
    "itemset",
)
OF_ALL = ("can_cor", "gravity", "lh_trace", "nr_disc", "p_trace", "roy_root", "sd_ratio", "sparsity", "w_lambda")
SUMMARIES = (
    "nanmean",
    "nansd",
    "nanmin",
    "nanmax",
    "nanmedian",
    "nanrange",
    "naniq_range",
    "nanskewness",
    "nankurtosis",
    "nansum",
)


def extract(numeric: np.ndarray, codes: np.ndarray, y: np.ndarray) -> tuple[dict[str, float], float]:
    """Values by name, NaN where pymfe has none, and the seconds of the reading that takes all groups."""
    X = numeric
    if codes.size:
        levels = np.char.zfill(codes.astype(str), 6)  # pymfe sorts levels as text
        X = np.hstack([numeric.astype(object), levels.astype(object)])
    categorical = list(range(numeric.shape[1], X.shape[1])) or None
    of_numeric = set(MFE.valid_metafeatures(["statistical"])) - set(OF_ALL)
    values: dict[str, float] = {}
    seconds = 0.0
    for transform in ("one-hot-full", None) if categorical and numeric.size else ("one-hot-full",):
        begun = time.process_time()
        model = MFE(groups=GROUPS if transform else "statistical", summary=SUMMARIES, random_state=0)
        model.fit(X, y, cat_cols=categorical, transform_cat=transform, suppress_warnings=True)
        found = model.extract(suppress_warnings=True)
        seconds = seconds or time.process_time() - begun
        for name, value in zip(*found, strict=True):
            wanted = (name.split(".")[0] in of_numeric) == (transform is None) or not categorical
            if wanted and np.ndim(value) == 0:
                values[name] = float(value)
    return values, seconds


def main() -> None:
    warnings.filterwarnings("ignore")
    for argument in sys.argv[1:]:
        path = Path(argument)
        table = np.load(path)
        try:
            values, seconds = extract(table["numeric"], table["codes"], table["y"])
        except Exception as error:  # a crash of pymfe is a result
            values, seconds = {}, float("nan")
            print(f"{path.stem}: {error!r}", file=sys.stderr)
        result = {"seconds": seconds, "values": values}
        path.with_suffix(".json").write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()
