"""How figures are shown, and where they are kept."""

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.row import TIMES, Row

RESULTS = Path(__file__).parent / "results" / "latest.json"
TABLE_WIDTH = 116
VERDICTS = {True: "[green]yes[/]", False: "[bold red]no[/]", None: ""}


def print_table(rows: Sequence[Row]) -> None:
    """Show the rows to a person."""
    table = Table(title="Measured here, in one run; ratios are the promise", title_justify="left")
    for heading in ("id", "what", "value", "unit", "baseline", "ratio", "goal", "holds"):
        is_figure = heading in {"value", "baseline", "ratio"}
        table.add_column(
            heading,
            justify="right" if is_figure else "left",
            no_wrap=heading != "what",
        )
    for row in rows:
        table.add_row(*_cells(row))
    # A narrower table would break every sentence into words; a log file has room.
    Console(width=max(Console().width, TABLE_WIDTH)).print(table)


def as_json(rows: Sequence[Row]) -> str:
    """The rows for programs."""
    return json.dumps([row.as_json() for row in rows], indent=2, ensure_ascii=False)


def keep(rows: Sequence[Row], *, path: Path) -> None:
    """Write the rows where the next reader looks for the latest figures."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_json(rows) + "\n")


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.id,
        row.what,
        _figure(row.value),
        row.unit,
        _figure(row.baseline),
        "" if row.ratio is None else f"{row.ratio:.2f} {TIMES}",
        "" if row.goal is None else row.goal.describe(row.unit),
        VERDICTS[row.holds],
    )


def _figure(figure: float | None) -> str:
    if figure is None:
        return ""
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.3g}"
