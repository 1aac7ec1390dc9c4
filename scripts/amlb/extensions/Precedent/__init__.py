"""Precedent as a framework of AMLB: this part runs in AMLB's own process and Python."""

from __future__ import annotations

from typing import Any


def setup(*args: Any, **options: Any) -> None:
    """Make the environment that `exec.py` runs in."""
    from amlb.utils import call_script_in_same_dir

    call_script_in_same_dir(__file__, "setup.sh", *args, **options)


def run(dataset: Any, config: Any) -> Any:
    """Hand one fold to `exec.py`. The truth of the test rows stays here, where AMLB scores what comes back."""
    from frameworks.shared.caller import run_in_venv

    classes = dataset.target.values
    data = {
        "train": {"X": dataset.train.X, "y": dataset.train.y},
        "test": {"X": dataset.test.X},
        "classes": None if classes is None else [str(value) for value in classes],
    }
    if config.measure_inference_time:
        data["inference_subsample_files"] = dataset.inference_subsample_files(fmt="parquet")
    return run_in_venv(__file__, "exec.py", input_data=data, dataset=dataset, config=config)
