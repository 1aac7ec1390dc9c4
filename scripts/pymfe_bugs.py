"""Show where pymfe 0.4.4 differs from the definitions, on tables whose values can be worked out by hand.

    python scripts/pymfe_bugs.py --pymfe-python PATH

Each line has the value by definition, pymfe's and ours; the exit status is 1 if ours is not that of the definition.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from compare_metafeatures import run_pymfe

import metafeatures


class Case(NamedTuple):
    """One meta-feature of one table."""

    theirs: str
    ours: str
    X: np.ndarray
    y: np.ndarray
    expected: float
    why: str


def cases() -> list[Case]:
    """Tables worked out by hand."""
    line, halves = np.arange(64.0)[:, None], np.repeat([0, 1], 32)
    thirds = np.repeat([0, 1, 2], 20)
    column = thirds[:, None] + np.random.default_rng(0).normal(size=(60, 1))
    first, second = column[:40] * [1.0, 0.1], column[40:] * [3.0, 1.0]
    first, second = first + column[20:] * [0.0, 1.0], second + column[:20] * [0.0, 1.0]
    box = box_ratio(first, second)
    return [
        Case("attr_ent.nanmean", "column_entropy.mean", line, halves, 2.0,
             "64 different values fall into 4 bins, the cube root of 64, of one size: 2 bits; pymfe makes 3 bins"),
        Case("g_mean.nanmean", "column_geometric_mean.mean", np.full((4, 1), 1e-11), np.array([0, 0, 1, 1]), 1e-11,
             "the geometric mean of 1e-11 and itself; pymfe takes it for zero"),
        Case("nr_disc", "n_discriminants", np.hstack([column, column]), thirds, 1.0,
             "two equal columns have one direction; pymfe finds a second in the rounding errors"),
        Case("sd_ratio", "covariance_heterogeneity", np.vstack([first, second]), np.repeat([0, 1], [40, 20]), box,
             "by Box's M, class by class; pymfe gives a class the weight of another and turns the covariances over"),
        Case("density", "edge_sparsity", np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([0, 0, 1, 1]), 2 / 3,
             "each row is joined with its equal, 2 of 6 pairs; pymfe joins no rows at distance 0"),
        Case("conceptvar.nanmean", "concept_variation.mean", np.array([[0.0], [5e-16], [1e-15]]), np.array([0, 0, 1]),
             0.5, "rows scaled to 0, 0.5 and 1 see 0, half and all of the other class; pymfe leaves them unscaled"),
    ]  # fmt: skip


def box_ratio(first: np.ndarray, second: np.ndarray) -> float:
    """The ratio by the formulas of Michie et al. (1994), for two classes."""
    weights = np.array([len(first) - 1.0, len(second) - 1.0])
    covariances = np.array([np.cov(first.T), np.cov(second.T)])
    p, n, k = first.shape[1], len(first) + len(second), 2
    pooled = np.tensordot(weights, covariances, 1) / (n - k)
    gamma = 1 - (2 * p**2 + 3 * p - 1) / (6 * (p + 1) * (k - 1)) * ((1 / weights).sum() - 1 / (n - k))
    m = gamma * (weights @ [np.linalg.slogdet(np.linalg.solve(c, pooled))[1] for c in covariances])
    return math.exp(m / (p * (n - k)))


def main() -> int:
    """Print a line for each case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pymfe-python", required=True, help="Python of an environment with pymfe 0.4.4")
    python = parser.parse_args().pymfe_python
    wrong = 0
    for case in cases():
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "table.npz"
            np.savez(file, numeric=case.X, codes=np.empty((len(case.X), 0), dtype=np.int32), y=case.y)
            theirs = run_pymfe(python, file, 60.0)["values"].get(case.theirs, math.nan)
        found = metafeatures.extract(
            case.X, case.y, categorical=np.empty((len(case.X), 0), dtype=np.int32), task="binary", groups="all",
            summaries=["mean", "max"],
        )  # fmt: skip
        ours = found.values.get(case.ours, math.nan)
        equal = math.isclose(ours, case.expected, rel_tol=1e-9)
        wrong += not equal
        print(f"{case.theirs} = {theirs:.9g}, {case.ours} = {ours:.9g}, by definition {case.expected:.9g}", end="")
        print(f"{'' if equal else ' WRONG'}: {case.why}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
