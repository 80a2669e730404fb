import json
from pathlib import Path

import pytest

from bench import report
from bench.__main__ import judge
from bench.hot_budget import Inexact, require_exact
from bench.row import Row, at_most, times_at_least


def row(**fields: object) -> Row:
    return Row(**{"id": "P-4a", "what": "reservations", "value": 90.0, "unit": "1/s", **fields})  # type: ignore[arg-type]


def test_a_figure_without_a_peer_and_a_goal_has_neither_ratio_nor_verdict() -> None:
    assert row().as_json() == {
        "id": "P-4a",
        "what": "reservations",
        "value": 90.0,
        "unit": "1/s",
        "baseline": None,
        "ratio": None,
        "goal": None,
        "holds": None,
    }


@pytest.mark.parametrize(("baseline", "holds"), [(11.25, True), (11.26, False)])
def test_a_goal_for_a_ratio_is_held_from_its_limit_on(baseline: float, holds: bool) -> None:
    written = row(baseline=baseline, goal=times_at_least(8)).as_json()
    assert (written["goal"], written["holds"]) == ("≥ 8 ×", holds)


@pytest.mark.parametrize(("limit", "holds"), [(90, True), (89.9, False)])
def test_a_goal_for_a_figure_is_held_up_to_its_limit(limit: float, holds: bool) -> None:
    written = row(goal=at_most(limit)).as_json()
    assert (written["goal"], written["holds"]) == (f"≤ {limit:g} 1/s", holds)


def test_figures_are_written_with_four_digits() -> None:
    written = row(value=12345.678, baseline=3.14159265).as_json()
    assert (written["value"], written["baseline"], written["ratio"]) == (12350, 3.142, 3930)


def test_results_are_kept_as_a_list_of_rows(tmp_path: Path) -> None:
    path = tmp_path / "results" / "latest.json"
    rows = [row(), row(id="B-1")]
    report.keep(rows, path=path)
    assert json.loads(path.read_text()) == [one.as_json() for one in rows]


@pytest.mark.parametrize(("value", "status", "said"), [(79.9, 1, "Missed: P-4a."), (80, 0, "")])
def test_a_missed_goal_fails_the_run_and_is_named(
    *,
    value: float,
    status: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(report, "RESULTS", tmp_path / "latest.json")
    rows = [row(value=value, baseline=10.0, goal=times_at_least(8)), row(id="B-1")]
    assert judge(rows) == status
    assert capsys.readouterr().err.startswith(said)
    assert len(json.loads(report.RESULTS.read_text())) == 2


def test_the_table_shows_every_row_with_its_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    report.print_table([row(baseline=90.0, goal=times_at_least(8)), row(id="B-1")])
    lines = capsys.readouterr().out.splitlines()
    [missed] = [line for line in lines if "P-4a" in line]
    assert missed.replace("│", " ").split()[-6:] == ["1.00", "×", "≥", "8", "×", "no"]
    assert any("B-1" in line for line in lines)


@pytest.mark.parametrize(
    "counts",
    [
        {"most": 9, "used": 10, "recorded": 10, "granted": 10},
        {"most": 10, "used": 9, "recorded": 10, "granted": 10},
        {"most": 10, "used": 10, "recorded": 9, "granted": 10},
        {"most": 10, "used": 10, "recorded": 10, "granted": 9},
    ],
    ids=["overshot", "not counted", "not recorded", "not granted"],
)
def test_speed_that_is_not_exact_is_refused(counts: dict[str, int]) -> None:
    with pytest.raises(Inexact):
        require_exact(**counts)


def test_counts_that_agree_are_accepted() -> None:
    require_exact(most=10, used=10, recorded=10, granted=10)
