"""`automl portfolio show`: show a portfolio's configurations in their order."""

from __future__ import annotations

import argparse
from pathlib import Path

from automl.cli.kb.wording import seconds, shown

NAME = "show"
HELP = "show a portfolio's configurations in their order"
EXAMPLES = """examples:
  automl portfolio show portfolios/binary-roc_auc-60s.json

The regret is the mean over the tasks of what is lost to the best known configuration when the list is tried down to
this line: 0 is the best, 1 the median. The seconds are those of a fold, the median over the tasks.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `automl portfolio show`."""
    parser.add_argument("path", metavar="FILE", type=Path, help="what `automl portfolio build` wrote")


def run(arguments: argparse.Namespace) -> None:
    """Print one line a configuration."""
    from automl.cli.boards import configuration_text
    from portfolios import load

    portfolio = load(arguments.path)
    provenance = portfolio.provenance
    tasks, budget = provenance.get("tasks", []), provenance.get("time_budget_s")
    n_tasks = len(tasks) if isinstance(tasks, list) else tasks
    limit = "" if budget is None else f", for {budget:g} s"
    built = shown(str(provenance.get("built", "at an unknown time")))
    print(f"{shown(portfolio.task_type)}, {shown(portfolio.metric)}{limit}; built {built} from {n_tasks} tasks")
    regrets, times = provenance.get("mean_regret", []), provenance.get("median_seconds_per_fold", [])
    print(f"{'':>3}  {'regret':>6}  {'seconds':>7}  configuration")
    for number, configuration in enumerate(portfolio.configurations, start=1):
        regret = f"{regrets[number - 1]:.3f}" if len(regrets) >= number else "-"
        taken = seconds(times[number - 1] if len(times) >= number else None)
        what = shown(f"{configuration['algorithm']} {configuration_text(configuration['values'])}", most=400)
        print(f"{number:>3}  {regret:>6}  {taken:>7}  {what}")
