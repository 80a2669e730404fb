"""The whole benchmark for a moment, on real engines: rows are looked at, figures never."""

import asyncio
import json
import math
import sys
from asyncio.subprocess import PIPE

from bench.registry import all_measurements
from bench.report import RESULTS

FIELDS = ["id", "what", "value", "unit", "baseline", "ratio", "goal", "holds"]


async def test_everything_runs_and_answers_with_well_formed_rows() -> None:
    before = RESULTS.stat().st_mtime_ns if RESULTS.exists() else None
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench", "--smoke", "--json"), stdout=PIPE, stderr=PIPE
    )
    answer, progress = await process.communicate()
    assert process.returncode == 0, progress.decode()
    rows = json.loads(answer)
    assert [row["id"] for row in rows] == [
        row_id for one in all_measurements() for row_id in one.ids
    ]
    for row in rows:
        assert list(row) == FIELDS
        assert row["what"]
        assert row["unit"]
        assert math.isfinite(row["value"])
        # A moment may be shorter than the tick in which processor time is counted.
        assert row["value"] > 0 or row["what"].startswith("of it "), row
        assert (row["goal"] is None) == (row["holds"] is None), row
        assert (row["baseline"] is None) == (row["ratio"] is None), row
    after = RESULTS.stat().st_mtime_ns if RESULTS.exists() else None
    assert after == before, "figures of a smoke run must not pass for measured ones"
