"""Audits of runs that are over, one round at a time, and what they have found."""

from typing import Any

from aos.activity.v1 import run_pb2 as activity_run_pb2
from aos.incidents.v1 import incident_pb2
from tests.support.calling import Caller
from tests.support.orchestrated import SERVICES, Household
from tests.support.plane import Plane
from tests.support.waiting import until

# Rounds are made by the tests alone; what is over may be looked at without delay.
BY_HAND = {"AOS_AUDIT_SECONDS": "86400", "AOS_AUDIT_AFTER_SECONDS": "0.001"}
MISSING = incident_pb2.TRIGGER_TYPE_MISSING_ACKNOWLEDGEMENT
DANGLING = incident_pb2.TRIGGER_TYPE_DANGLING_REFERENCE
COMPLETE = activity_run_pb2.EVIDENCE_HEALTH_COMPLETE
INCOMPLETE = activity_run_pb2.EVIDENCE_HEALTH_INCOMPLETE


async def start_audited(plane: Plane, **settings: str) -> None:
    """Every service; audits happen when a test wants them to."""
    await plane.start_all(*(name for name in SERVICES if name != "orchestrator"))
    await plane.start("orchestrator", **{**BY_HAND, **settings})
    for name in SERVICES:
        await until(lambda name=name: plane.accepts_runs(name))


async def audit(plane: Plane, name: str) -> None:
    """One round of an audit, with every run due; raises if somebody could not be asked."""
    await plane.database.fetch(
        "UPDATE orchestrator.run_contracts SET audit_due_at = clock_timestamp()"
    )
    (job,) = [one for one in plane.services["orchestrator"].host._parts.jobs if one.name == name]
    await job.work()


async def state_of(plane: Plane, run_id: str) -> str:
    """How far the audit of a run is."""
    statement = "SELECT audit_state FROM orchestrator.run_contracts WHERE run_id = $1"
    return str(await plane.database.value(statement, run_id))


async def found(household: Household, trigger: int, run_id: str = "") -> list[Any]:
    """What audits have reported, of a run or of the whole tenant."""
    violations = await household.asks("incidents").every(
        "ListViolations", "violations", size=100, run_id=run_id
    )
    return [one for one in violations if one.trigger_type == trigger]


async def evidence_of(household: Household, run_id: str) -> int:
    """Whether everything of a run is on disk, as its owner is told."""
    view = (await household.asks("orchestrator").call("GetRun", run_id=run_id)).run
    return int(view.run.evidence_health)


async def end_past_us(household: Household, run_id: str) -> None:
    """Let somebody with the rights of an operator end a run at activity, and nowhere else."""
    operator = Caller(
        household.plane,
        "activity",
        household.plane.identities.service_metadata(
            "operator", audience="activity", tenant=household.tenant
        ),
    )
    await operator.call("FinalizeRun", run_id=run_id)
    await operator.call(
        "CompleteRun",
        run_id=run_id,
        status=activity_run_pb2.RUN_STATUS_SUCCEEDED,
        termination_reason=activity_run_pb2.TERMINATION_REASON_COMPLETED,
    )
