"""Made-up results of benchmarks, in the columns that real ones have."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

TASKS = {
    "binary": ("roc_auc", 0.5, 0.95),
    "multiclass": ("neg_log_loss", -1.6, -0.4),
    "regression": ("neg_root_mean_squared_error", -120.0, -35.0),
}


def a_run(**values: Any) -> dict[str, Any]:
    """One run that went well, but for what is given."""
    run: dict[str, Any] = {
        "suite": "shared", "table": "iris", "content_hash": "c0ffee", "task": "binary", "metric": "roc_auc",
        "n_rows": 150, "n_features": 4, "n_classes": 2, "fold": 0, "n_folds": 10, "seed": 0, "framework": "ours",
        "version": "1.0", "budget_s": 10.0, "max_trials": None, "n_cores": 2, "memory_limit_mb": None,
        "knowledge_base": None, "left_out": None, "status": "ok", "error": None, "score": 0.9, "constant_score": 0.5,
        "metrics": {}, "prepare_s": 1.5, "fit_s": 9.5, "predict_s": 0.02, "n_test": 15, "wall_s": 11.5,
        "overhead_s": 0.48, "peak_mb": 300.0, "started": "2025-05-01T10:00:00+00:00", "commit": "58fc021",
        "machine": "2 cores, Linux", "detail": {},
    }  # fmt: skip
    run |= values
    key = ("suite", "table", "content_hash", "fold", "seed", "framework", "budget_s", "max_trials", "n_cores")
    return {"run_id": "/".join(str(run[name]) for name in key)} | run


def some_runs(scores: dict[str, dict[str, float | None]], **values: Any) -> pd.DataFrame:
    """One run a table and framework from scores[table][framework]; None is a crash."""
    return pd.DataFrame(
        a_run(
            table=table, content_hash=f"hash of {table}", framework=framework, score=score,
            status="crash" if score is None else "ok", error="no luck" if score is None else None, **values,
        )
        for table, of_table in scores.items()
        for framework, score in of_table.items()
    )  # fmt: skip


def a_whole_benchmark(n_tables: int = 18, seed: int = 0) -> pd.DataFrame:
    """Nine frameworks, of which one takes no budget, at 10 and 60 s, two of them at 1 and 3 s too; with failures."""
    rng = np.random.default_rng(seed)
    skill = {
        "precedent": 0.93, "precedent-cold": 0.9, "precedent-random": 0.87, "lightgbm-defaults": 0.8, "flaml": 0.86,
        "flaml-ensemble": 0.88, "autogluon-medium": 0.91, "autogluon-best": 0.92, "h2o": 0.89,
    }  # fmt: skip
    runs = []
    for i in range(n_tables):
        task = list(TASKS)[i % 3]
        metric, constant, best = TASKS[task]
        n_rows, spread = int(10 ** rng.uniform(2.5, 4.9)), rng.uniform(0.5, 2.5)
        for framework, level in skill.items():
            quick = framework.startswith("precedent") and framework != "precedent-random"
            budgets = [None] if framework == "lightgbm-defaults" else [1.0, 3.0, 10.0, 60.0] if quick else [10.0, 60.0]
            for budget in budgets:
                growth = 0.0 if budget is None else 0.05 * np.log10(budget / 10.0)
                share = min(level + growth + spread * rng.normal(0.0, 0.02), 1.05)
                fit_s = 0.3 + n_rows / 4e4 if budget is None else budget * rng.uniform(0.93, 1.0)
                if framework.startswith("autogluon") and rng.random() < 0.35:
                    fit_s *= rng.uniform(1.05, 1.9)
                run = a_run(
                    table=f"table-{i:02d}", content_hash=f"h{i}", task=task, metric=metric, n_rows=n_rows,
                    n_features=int(rng.integers(4, 80)), n_classes={"binary": 2, "multiclass": 5}.get(task),
                    framework=framework, version={"precedent": "0.1.0"}.get(framework, "1.4.0"), budget_s=budget,
                    score=constant + (best - constant) * share, constant_score=constant, fit_s=fit_s,
                    prepare_s=rng.uniform(0.8, 4.0), predict_s=rng.uniform(0.01, 0.9), n_test=max(n_rows // 10, 1),
                    overhead_s=rng.uniform(0.2, 0.7), peak_mb=rng.uniform(250, 3500), wall_s=fit_s + 4.0,
                    knowledge_base="shipped, 2,576 studies" if framework == "precedent" else None,
                    left_out=[f"table-{i:02d}"] if framework == "precedent" else None,
                )  # fmt: skip
                if framework in ("h2o", "flaml-ensemble") and rng.random() < 0.12:
                    status = str(rng.choice(["crash", "memory", "timeout", "invalid"]))
                    run |= {"status": status, "score": None, "error": f"{status.title()}Error: it was too much for me"}
                    run |= {"fit_s": None, "wall_s": (budget or 1.0) * 2.5} if status == "timeout" else {}
                runs.append(run)
    return pd.DataFrame(runs)
