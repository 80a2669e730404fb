"""What has to be there of a completed run, each once."""

import json
from collections.abc import Mapping
from typing import Any

from aos.activity.v1 import run_pb2 as activity_run_pb2
from tests.support.orchestrated import FAILED, SUCCEEDED, Household


async def differences(
    household: Household, wanted: Mapping[str, int]
) -> tuple[list[str], list[str]]:
    """Runs of which something is missing, and runs of which something is there twice."""
    lost, doubled = [], []
    for run_id, outcome in wanted.items():
        counts = await _counts(household, run_id, outcome)
        lost += [f"{run_id}: {name}" for name, count in counts.items() if count < 1]
        doubled += [f"{run_id}: {name}" for name, count in counts.items() if count > 1]
    return lost, doubled


async def _counts(household: Household, run_id: str, outcome: int) -> dict[str, int]:
    fetch = household.plane.database.value
    ended = (
        activity_run_pb2.RUN_STATUS_SUCCEEDED
        if outcome == SUCCEEDED
        else activity_run_pb2.RUN_STATUS_FAILED
    )
    view = (await household.asks("orchestrator").call("GetRun", run_id=run_id)).run
    entries = await household.asks("logs").every(
        "ListEntries", "entries", size=100, filter={"run_id": run_id}
    )
    completed = [one for one in entries if one.draft.event_type == "RUN_COMPLETED"]
    roots = {json.loads(one.draft.after_json)["trace_root"] for one in completed}
    counts: dict[str, Any] = {
        "terminal status": int(view.run.status == ended),
        "sealed trace": await fetch(
            "SELECT count(*) FROM activity.aos_traces WHERE run_id = $1 AND root_hash <> ''", run_id
        ),
        "ledger entry": len(completed),
        "root": len(roots),
        "case": await fetch("SELECT count(*) FROM incidents.cases WHERE run_id = $1", run_id),
        "incident or outcome": await fetch(
            "SELECT count(*) FROM incidents.incidents WHERE run_id = $1", run_id
        ),
        "saga": await fetch("SELECT count(*) FROM orchestrator.sagas WHERE run_id = $1", run_id),
        "complete evidence": int(
            view.run.evidence_health == activity_run_pb2.EVIDENCE_HEALTH_COMPLETE
            and view.run.integrity_status == activity_run_pb2.INTEGRITY_STATUS_VERIFIED
        ),
    }
    if outcome == FAILED:
        counts["counted incident"] = view.run.incident_count
    return counts
