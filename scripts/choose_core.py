"""Choose the core set of meta-features by evidence: which ones tell what will do well on a table.

    python scripts/collect.py --store results/collected.duckdb --configurations 36
    python scripts/choose_core.py gather --store results/collected.duckdb
    python scripts/choose_core.py choose [--write]

`gather` puts the losses of the collected configurations and the cheap meta-features of the same tables into
scripts/core_evidence.parquet. `choose` needs that file alone. It predicts the regret of each configuration on a table
from the other tables, the nearer the more they count, by the distance that the knowledge base uses; the error of that
prediction, over the error of the plain mean, is what a set of meta-features is judged by.

Thousands of sets of 20 meta-features drawn at random are judged so, and the effect of a meta-feature is the mean error
of the sets that it is in less that of the others: what it brings in company, which a search that adds one after the
other would overfit. Those that lower the error most make the core set. How many, and what the procedure is worth, is
told by tables that took no part: the choice is repeated without each tenth of the tables and judged on that tenth.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from bench_fit import TABLES, catalog, load_table
from collect import draw, pose
from numpy.typing import NDArray

import metafeatures
from knowledge_base import KnowledgeBase
from knowledge_base.neighbours import step_sizes
from metafeatures.core import CORE

EVIDENCE = Path(__file__).with_name("core_evidence.parquet")
CORE_FILE = Path(__file__).parents[1] / "metafeatures" / "core.py"
# Groups that fit into every fit: their cost is that of reading the data, or they look at 1,000 rows.
CHEAP_GROUPS = ("simple", "target", "statistical", "information", "landmarking_subsample")
SUMMARIES = ("mean", "sd", "min", "median", "max")
NEIGHBOURS = 8
N_SETS = 3_000
SET_SIZE = 20
SIZES = (5, 10, 20, 30, 40, 60)
N_CHOSEN = 20
OUTER_FOLDS = 10
FIRST = (1, 5, 10)

Floats = NDArray[np.float64]


class Evidence(NamedTuple):
    """Tables of one kind: how far apart each candidate puts them, and the regret of each configuration."""

    steps: Floats
    """Shape (n_candidates, n_tables, n_tables); of a table in the row from those in the columns."""
    known: Floats
    """Whether a table has a candidate, shape (n_candidates, n_tables)."""
    regret: Floats
    """Shape (n_tables, n_configurations), from 0 for the best to 1 for the median and worse."""

    def only(self, tables: NDArray[np.intp]) -> Evidence:
        """The evidence of some tables."""
        return Evidence(self.steps[:, tables][:, :, tables], self.known[:, tables], self.regret[tables])


def gather(store: Path, folder: Path, max_rows: int) -> pd.DataFrame:
    """Losses and values, one row each: table, kind, what ("loss" or "value"), name, number."""
    knowledge_base = KnowledgeBase(store)
    parts = []
    for entry in catalog(folder, None):
        question = pose(*draw(*load_table(folder, entry), max_rows), entry["task"])
        data, task = question.dataset, question.task
        trials = knowledge_base.trials_of(data.content_hash, metric=task.metric)
        found = metafeatures.extract(
            data.table.numeric, data.y, categorical=data.table.codes, task=task.problem, groups=CHEAP_GROUPS,
            summaries=SUMMARIES, random_state=0,
        )  # fmt: skip
        losses, values = trials.set_index("configuration_id")["loss"], found.to_series().dropna()
        for what, numbers in (("loss", losses), ("value", values)):
            part = numbers.rename("number").rename_axis("name").reset_index()
            parts.append(part.assign(table=entry["name"], kind=task.problem, what=what))
        print(f"{entry['name']}: {len(trials)} losses", flush=True)
    return pd.concat(parts, ignore_index=True)


def evidence_of(frame: pd.DataFrame, candidates: list[str]) -> Evidence:
    """Tables of one kind, those with losses."""
    losses, values = (
        frame[frame["what"] == what].pivot_table(index="table", columns="name", values="number", aggfunc="first")
        for what in ("loss", "value")
    )
    matrix = values.reindex(index=losses.index, columns=candidates).to_numpy()
    best, median = losses.min(axis=1), losses.median(axis=1)
    regret = losses.sub(best, axis=0).div((median - best).where(median > best), axis=0).clip(0.0, 1.0)
    steps = np.stack([step_sizes(row, matrix) for row in matrix], axis=1).transpose(2, 1, 0)
    known = np.isfinite(matrix.T).astype(np.float64)
    return Evidence(np.nan_to_num(steps) * known[:, :, None], known, regret.fillna(1.0).to_numpy())


def predicted(total: Floats, known: Floats, regret: Floats) -> Floats:
    """Regret of each configuration on each table, from the other tables.

    `total` (..., n_tables, n_tables) and `known` (..., n_tables) are summed over the candidates of a set. A table
    counts by a normal kernel whose width is the distance of the eighth neighbour.
    """
    distance = total / np.maximum(known, 1.0)[..., None]
    n = distance.shape[-1]
    distance[..., np.arange(n), np.arange(n)] = np.inf
    width = np.partition(distance, min(NEIGHBOURS, n - 1) - 1, axis=-1)[..., min(NEIGHBOURS, n - 1) - 1, None]
    weight = np.exp(-0.5 * np.square(distance / np.maximum(width, 1e-9)))
    return np.asarray((weight / weight.sum(axis=-1, keepdims=True)) @ regret)


def error(total: Floats, known: Floats, regret: Floats) -> Floats:
    """Squared error of the prediction over that of the mean of the other tables."""
    n = len(regret)
    mean = (regret.sum(axis=0) - regret) / (n - 1)
    return np.asarray(
        np.square(predicted(total, known, regret) - regret).sum(axis=(-2, -1)) / np.square(mean - regret).sum()
    )


def effects(evidence: list[Evidence], candidates: list[str], seed: int) -> pd.Series:
    """Mean error of random sets with each candidate less that of those without, the best first.

    A set has one summary at most of an array-valued meta-feature.
    """
    rng = np.random.default_rng(seed)
    features, feature = np.unique([name.partition(".")[0] for name in candidates], return_inverse=True)
    members = [np.flatnonzero(feature == f) for f in range(len(features))]
    drawn = np.zeros((N_SETS, len(candidates)))
    for row in drawn:
        row[[rng.choice(members[f]) for f in rng.choice(len(features), SET_SIZE, replace=False)]] = 1.0
    errors = np.zeros(N_SETS)
    for e in evidence:
        for rows in np.array_split(np.arange(N_SETS), N_SETS // 100):
            errors[rows] += error(np.tensordot(drawn[rows], e.steps, 1), drawn[rows] @ e.known, e.regret)
    errors /= len(evidence)
    with_it, without = drawn.T @ errors / drawn.sum(axis=0), (1.0 - drawn).T @ errors / (1.0 - drawn).sum(axis=0)
    return pd.Series(with_it - without, index=candidates).sort_values(kind="stable")


class Scores(NamedTuple):
    """Of one table: squared error over that of the mean, and the regret of the first few of the predicted order."""

    error: float
    first: tuple[float, ...]


def judge(e: Evidence, chosen: list[int], tables: NDArray[np.intp]) -> list[Scores]:
    """Scores of a set on some tables, each predicted from all others."""
    if chosen:
        guess = predicted(e.steps[chosen].sum(axis=0), e.known[chosen].sum(axis=0), e.regret)
    else:
        guess = (e.regret.sum(axis=0) - e.regret) / (len(e.regret) - 1)
    mean = (e.regret.sum(axis=0) - e.regret) / (len(e.regret) - 1)
    scores = []
    for i in tables:
        order = np.argsort(guess[i], kind="stable")
        first = tuple(float(e.regret[i][order[:n]].min()) for n in FIRST)
        plain = max(float(np.square(mean[i] - e.regret[i]).sum()), 1e-12)
        scores.append(Scores(float(np.square(guess[i] - e.regret[i]).sum()) / plain, first))
    return scores


def outer(evidence: list[Evidence], candidates: list[str]) -> pd.DataFrame:
    """Mean scores of fixed sets, and of sets chosen without the tables that they are judged on."""
    place = {name: i for i, name in enumerate(candidates)}
    fixed = {"no meta-features": [], "all candidates": list(place.values()), "the present core set": [
        place[name] for name in CORE if name in place]}  # fmt: skip
    rng = np.random.default_rng(1)
    folds = [np.array_split(rng.permutation(len(e.regret)), OUTER_FOLDS) for e in evidence]
    found: dict[str, list[Scores]] = {name: [] for name in (*fixed, *(f"best {n}" for n in SIZES))}
    for fold in range(OUTER_FOLDS):
        rest = [e.only(np.setdiff1d(np.arange(len(e.regret)), f[fold])) for e, f in zip(evidence, folds, strict=True)]
        order = [place[str(name)] for name in effects(rest, candidates, fold).index]
        sets = fixed | {f"best {n}": order[:n] for n in SIZES}
        for e, f in zip(evidence, folds, strict=True):
            for name, chosen in sets.items():
                found[name] += judge(e, chosen, f[fold])
    rows = {
        name: [np.mean([s.error for s in scores]), *np.mean([s.first for s in scores], axis=0)]
        for name, scores in found.items()
    }
    return pd.DataFrame(rows, index=["error over the mean's", *[f"regret of the first {n}" for n in FIRST]]).T


def write(names: list[str]) -> None:
    """Put the names into the module of the core set, in the order of the registry."""
    order = metafeatures.names(CHEAP_GROUPS, SUMMARIES)
    text = CORE_FILE.read_text(encoding="utf-8")
    head = text[: text.index("CORE: tuple")]
    lines = "".join(f'    "{name}",\n' for name in sorted(names, key=order.index))
    CORE_FILE.write_text(f"{head}CORE: tuple[str, ...] = (\n{lines})\n", encoding="utf-8")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    gathering = commands.add_parser("gather", help="write the evidence")
    gathering.add_argument("--store", type=Path, required=True)
    gathering.add_argument("--folder", type=Path, default=TABLES)
    gathering.add_argument("--max-rows", type=int, default=2000, help="as in the collection")
    choosing = commands.add_parser("choose", help="choose from the evidence")
    choosing.add_argument("--write", action="store_true", help="write metafeatures/core.py")
    args = parser.parse_args()
    if args.command == "gather":
        gather(args.store, args.folder, args.max_rows).to_parquet(EVIDENCE, index=False)
        return
    frame = pd.read_parquet(EVIDENCE)
    candidates = [n for n in metafeatures.names(CHEAP_GROUPS, SUMMARIES) if n in set(frame["name"])]
    evidence = [evidence_of(part, candidates) for _, part in frame.groupby("kind")]
    print(f"{len(candidates)} candidates, {sum(len(e.regret) for e in evidence)} tables", flush=True)
    effect = effects(evidence, candidates, 0)
    chosen = effect.head(N_CHOSEN)
    print(chosen.round(4).to_string())
    print(outer(evidence, candidates).round(3).to_string())
    if args.write:
        write([str(name) for name in chosen.index])


if __name__ == "__main__":
    main()
