"""Capacity follows from costs alone: what it says can be computed by hand."""

import json
from pathlib import Path

import pytest

from bench import capacity
from bench.measurements.costs import PARTS

# A step costs each part a millisecond and a run ten; PostgreSQL twice as much.
COSTS = {
    f"{row}{letter}": cost * (2 if part == "postgres" else 1)
    for row, cost in (("K-1", 1_000.0), ("K-2", 10_000.0))
    for letter, part in zip("abcdefgh", PARTS, strict=True)
}


def test_a_run_costs_its_steps_and_itself() -> None:
    found = capacity.capacity(COSTS, steps=20)
    assert found.seconds_a_run["policies"] == pytest.approx(0.03)
    assert found.seconds_a_run["postgres"] == pytest.approx(0.06)


def test_postgresql_bounds_the_runs_and_the_others_follow() -> None:
    found = capacity.capacity(COSTS, steps=20)
    most = found.runs_a_second("postgres", 12)
    assert most == pytest.approx(12 * 0.7 / 0.06)
    assert found.processors("policies", most) == pytest.approx(6)


def test_what_was_never_measured_is_said_to_be_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "latest.json"
    monkeypatch.setattr(capacity, "RESULTS", results)
    assert capacity.main([]) == 2
    assert "make bench ONLY=K-1,K-2" in capsys.readouterr().err
    results.write_text(json.dumps([{"id": name, "value": value} for name, value in COSTS.items()]))
    assert capacity.main(["--steps", "20", "--processors", "12"]) == 0
    assert "140.0 runs/s, 2,800 steps/s" in capsys.readouterr().out
