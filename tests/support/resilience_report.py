"""A plugin of `make resilience`: which tests it runs, and the table that becomes of them.

It runs whatever injects faults or shows an invariant, wherever it lies, and every test that switches
a protection off. Such a mutant that names no invariant belongs to those that its file shows.
"""

import json
import os
from collections import defaultdict
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.figures import FIGURES, MUTANT, SEED, Figures, Outcome, documents, rows_of, table

RESULTS = Path(__file__).parents[1] / "resilience" / "results" / "latest.json"
OUTCOMES = pytest.StashKey[list[Outcome]]()
IDS = pytest.StashKey[tuple[str, ...]]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin with nothing."""
    config.stash[OUTCOMES] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep what shows one of the invariants that are asked for, or any without a question."""
    only = frozenset(filter(None, os.environ.get("AOS_ONLY", "").split(",")))
    shown = _shown_by_file(items)
    for item in items:
        item.stash[IDS] = _ids(item, shown[item.path])
    kept = [item for item in items if (only & {*item.stash[IDS]} if only else item.stash[IDS])]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember how each test went."""
    report = yield
    if report.when == "call" or report.outcome == "failed":
        outcome = Outcome(
            name=item.name,
            ids=item.stash[IDS],
            passed=report.passed,
            seconds=call.duration,
            seed=item.stash.get(SEED, 0),
            figures=item.stash.get(FIGURES, Figures()),
        )
        item.config.stash[OUTCOMES].append(outcome)
    return report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Write the rows, and print them with what the tests had to say."""
    outcomes = config.stash[OUTCOMES]
    if not outcomes:
        return
    rows = rows_of(outcomes)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(documents(rows), indent=2) + "\n")
    terminalreporter.section("resilience")
    for line in (*(said for one in outcomes for said in one.figures.said), *table(rows)):
        terminalreporter.line(line)
    terminalreporter.line(f"These rows are in {RESULTS}.")


def _shown_by_file(items: Sequence[pytest.Item]) -> dict[Path, set[str]]:
    shown: dict[Path, set[str]] = defaultdict(set)
    for item in items:
        shown[item.path].update(_named(item))
    return shown


def _ids(item: pytest.Item, of_file: set[str]) -> tuple[str, ...]:
    named = _named(item)
    if not named and item.name.startswith(MUTANT):
        named = of_file
    if named:
        return tuple(sorted(named))
    # What shows no invariant is a row of its own file.
    return (item.path.stem.removeprefix("test_"),) if item.get_closest_marker("resilience") else ()


def _named(item: pytest.Item) -> set[str]:
    return {str(mark.args[0]) for mark in item.iter_markers("invariant")}
