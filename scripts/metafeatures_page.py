"""Write docs/metafeatures.md from the registry; with --check, say by the exit status whether it is current."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import metafeatures
from metafeatures import registry
from metafeatures.core import CORE
from metafeatures.counterparts import OPENML, PYMFE, PYMFE_SUMMARIES, Counterpart
from metafeatures.sampling import RowLimits
from metafeatures.summaries import DEFAULT_SUMMARIES, SUMMARIES

PAGE = Path(__file__).parents[1] / "docs" / "metafeatures.md"
MEASURED = PAGE.with_name("metafeatures-measured.md")


def table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def group_section(group: str) -> str:
    """One group: what it is, and its meta-features."""
    features = registry.GROUPS[group]
    module = sys.modules[f"metafeatures.groups.{group}"]
    rows = [(f"`{f.name}`", f.formula, f.per, f.cost, ", ".join(f.needs), f.source, str(f.version)) for f in features]
    header = ("name", "formula", "one value per", "cost", "needs", "source", "version")
    return f"### {group}\n\n{(module.__doc__ or '').strip()}\n\n{table(header, rows)}\n"


def names_section(title: str, counterparts: dict[str, Counterpart]) -> str:
    """Foreign names, ours, and where the values differ."""
    rows = []
    for theirs, ours in counterparts.items():
        difference = f"with {ours.only_with}: {ours.difference}" if ours.only_with else ours.difference
        rows.append((f"`{theirs}`", f"`{ours.name}`", difference))
    return f"### {title}\n\n{table((title, 'here', 'difference'), rows)}\n"


def page() -> str:
    """The whole page."""
    limits = RowLimits()
    n_features = sum(map(len, registry.GROUPS.values()))
    summaries = ", ".join(f"`{name}`" for name in SUMMARIES)
    defaults = ", ".join(f"`{name}`" for name in DEFAULT_SUMMARIES)
    core = "\n".join(f"- `{name}`" for name in CORE)
    intro = f"""# Meta-features

<!-- Made by scripts/{Path(__file__).name}; change the registry, not this page. -->

{n_features} meta-features in {len(registry.GROUPS)} groups, version {metafeatures.VERSION} of the definitions. An
array-valued one appears once per summary, as `name.summary`.

Summaries: {summaries}. Default: {defaults}. Elements without a value are left out first.

Sizes, missing shares and class counts come from all rows. Statistics of columns look at most at {limits.columns:,}
rows, and at fewer where that were more than {limits.cells:,} cells, models at {limits.models:,}, pairs of rows at
{limits.pairs:,}, the cheap landmarkers at {limits.subsample:,}; `RowLimits` changes that. Samples are stratified by
the target. What that costs in accuracy stands in [{MEASURED.name}]({MEASURED.name}).

Missing values are left out column by column, pair by pair; models see the median, or no level. Infinite values
count as missing.

## The core set

What every fit computes:

{core}

## Groups, in the order in which they are computed
"""
    return "\n".join(
        [
            intro,
            *[group_section(group) for group in registry.GROUPS],
            "## The same in other tools\n",
            names_section("pymfe 0.4.4", PYMFE),
            table(("pymfe summary", "here"), [(f"`{a}`", f"`{b}`") for a, b in PYMFE_SUMMARIES.items()]),
            "",
            names_section("OpenML", OPENML),
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    text = page()
    if parser.parse_args().check:
        return int(not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
