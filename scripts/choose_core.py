"""Choose the core set of meta-features by evidence: which ones tell what will do well on a table.

    python scripts/collect.py --store results/collected.duckdb --configurations 36
    python scripts/choose_core.py gather --store results/collected.duckdb
    python scripts/choose_core.py choose [--write]

`gather` puts the losses of the collected configurations and the cheap meta-features of the same tables into
scripts/core_evidence.parquet. `choose` needs that file alone. It predicts the regret of each configuration on a table
from the other tables, the nearer the more they count, by the distance that the knowledge base uses; the error of that
prediction, over the error of the plain mean, is what a set of meta-features is judged by.

A set grows by the meta-feature that lowers the error most. Because a single search over hundreds of candidates fits
chance, too, it is repeated on random halves of the tables, and those that many halves choose make the core set
(stability selection: Meinshausen and Bühlmann, JRSS B 2010). What the procedure is worth is told by tables that took no
part in it: the choice is repeated without each tenth of the tables and judged on that tenth.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from bench_fit import TABLES, catalog
from collect import pose
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
HALVES = 50
STEPS = 12
CHOSEN_SHARE = 0.25
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
        question = pose(folder, entry, max_rows)
        data, task = question.dataset, question.task
        trials = knowledge_base.trials_of(data.content_hash, metric=task.metric)
        found = metafeatures.extract(
            data.table.numeric, data.y, categorical=data.table.codes, task=task.problem, groups=CHEAP_GROUPS,
            summaries=SUMMARIES, random_state=0,
        )  # fmt: skip
        losses = dict(zip(trials["configuration_id"], trials["loss"], strict=True))
        for what, numbers in (("loss", losses), ("value", dict(found.items()))):
            part = pd.DataFrame({"name": list(numbers), "number": list(numbers.values())})  # noqa: PD011
            parts.append(part.assign(table=entry["name"], kind=task.problem, what=what))
        print(f"{entry['name']}: {len(trials)} losses", flush=True)
    return pd.concat(parts, ignore_index=True)


def evidence_of(frame: pd.DataFrame, candidates: list[str]) -> Evidence:
    """Tables of one kind, those with losses."""
    by_table = frame.set_index(["table", "name"])["number"]
    losses, values = (by_table[(frame["what"] == what).to_numpy()].unstack("name") for what in ("loss", "value"))
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


def grow(evidence: list[Evidence], n_steps: int) -> list[int]:
    """Candidates in the order in which they lower the mean error of all kinds most, until none does."""
    chosen: list[int] = []
    least = 1.0
    totals = [np.zeros(e.steps.shape[1:]) for e in evidence]
    knowns = [np.zeros(e.known.shape[1:]) for e in evidence]
    for _ in range(n_steps):
        errors = np.mean(
            [error(t + e.steps, k + e.known, e.regret) for e, t, k in zip(evidence, totals, knowns, strict=True)],
            axis=0,
        )
        errors[chosen] = np.inf
        best = int(errors.argmin())
        if errors[best] >= least:
            break
        least = errors[best]
        chosen.append(best)
        totals = [t + e.steps[best] for e, t in zip(evidence, totals, strict=True)]
        knowns = [k + e.known[best] for e, k in zip(evidence, knowns, strict=True)]
    return chosen


def choose(evidence: list[Evidence], seed: int) -> Counter[int]:
    """How many random halves of the tables choose each candidate."""
    rng = np.random.default_rng(seed)
    counts: Counter[int] = Counter()
    for _ in range(HALVES):
        halves = [e.only(np.sort(rng.permutation(len(e.regret))[: len(e.regret) // 2])) for e in evidence]
        counts.update(grow(halves, STEPS))
    return counts


def often(counts: Counter[int]) -> list[int]:
    """Candidates that enough halves choose, most often first."""
    return [candidate for candidate, n in counts.most_common() if n >= CHOSEN_SHARE * HALVES]


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


def outer(evidence: list[Evidence], sets: dict[str, list[int]]) -> pd.DataFrame:
    """Mean scores of fixed sets and of sets chosen without the tables that they are judged on."""
    rng = np.random.default_rng(1)
    folds = [np.array_split(rng.permutation(len(e.regret)), OUTER_FOLDS) for e in evidence]
    found: dict[str, list[Scores]] = {name: [] for name in (*sets, "chosen without the table")}
    for fold in range(OUTER_FOLDS):
        rest = [e.only(np.setdiff1d(np.arange(len(e.regret)), f[fold])) for e, f in zip(evidence, folds, strict=True)]
        chosen = often(choose(rest, fold))
        for e, f in zip(evidence, folds, strict=True):
            found["chosen without the table"] += judge(e, chosen, f[fold])
            for name, fixed in sets.items():
                found[name] += judge(e, fixed, f[fold])
        print(f"outer fold {fold + 1} of {OUTER_FOLDS}: {len(chosen)} chosen", flush=True)
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
    choosing.add_argument("--no-outer", action="store_true", help="leave out what judges the procedure (minutes)")
    args = parser.parse_args()
    if args.command == "gather":
        gather(args.store, args.folder, args.max_rows).to_parquet(EVIDENCE, index=False)
        return
    frame = pd.read_parquet(EVIDENCE)
    candidates = [n for n in metafeatures.names(CHEAP_GROUPS, SUMMARIES) if n in set(frame["name"])]
    evidence = [evidence_of(part, candidates) for _, part in frame.groupby("kind")]
    print(f"{len(candidates)} candidates, tables {[len(e.regret) for e in evidence]}", flush=True)
    counts = choose(evidence, 0)
    chosen = often(counts)
    for candidate in chosen:
        print(f"{counts[candidate] / HALVES:5.0%}  {candidates[candidate]}")
    sets = {"no meta-features": [], "all": list(range(len(candidates))), "the present core set": [
        candidates.index(name) for name in CORE if name in candidates], "chosen": chosen}  # fmt: skip
    if not args.no_outer:
        print(outer(evidence, sets).round(3).to_string())
    if args.write:
        write([candidates[c] for c in chosen])


if __name__ == "__main__":
    main()
