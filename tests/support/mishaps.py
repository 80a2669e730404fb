"""Runs in which something goes wrong, those who report it, and those who look after it."""

from datetime import timedelta
from typing import Any

from aos.activity.v1 import run_pb2, trace_pb2
from aos.incidents.v1 import incident_pb2
from kernel.clock import utc_now
from kernel.identifiers import new_id
from kernel.principal import Principal
from tests.support.calling import Caller
from tests.support.identities import somebody
from tests.support.plane import Plane
from tests.support.waiting import until

OUTCOME = {
    "trigger_type": incident_pb2.TRIGGER_TYPE_RUN_OUTCOME,
    "category": incident_pb2.CATEGORY_EXECUTION_SUCCESS,
}
FAILURE = {
    "trigger_type": incident_pb2.TRIGGER_TYPE_RUN_OUTCOME,
    "category": incident_pb2.CATEGORY_EXECUTION_FAILURE,
    "detail": "tool timed out",
}
BUDGET = {
    "trigger_type": incident_pb2.TRIGGER_TYPE_POLICY_VIOLATION,
    "category": incident_pb2.CATEGORY_BUDGET_EXCEEDED,
    "limit_name": "COST/day",
    "value": 120,
    "threshold": 100,
    "unit": "micro_usd",
    "action": "STOP",
    "blocking": True,
}


async def start_spine(plane: Plane) -> None:
    """Incidents beside what it asks; accounts and logs are stand-ins."""
    await plane.start_accounts_stand_in()
    await plane.start("activity")
    await plane.start("policies", AOS_MID_EXECUTION_POLICY_CHECK_ENABLED="false")
    await plane.start("incidents", AOS_WATCH_SECONDS="0.2")
    await until(lambda: plane.accepts_runs("incidents"))


class Scene:
    """A tenant of its own, with whoever reports and whoever responds."""

    def __init__(self, plane: Plane, tenant: str | None = None) -> None:
        self.plane = plane
        self.owner: Principal = somebody(tenant=tenant)
        self.tenant = self.owner.tenant_id
        self.responder = self.person("responder")
        self.reporter = Caller(
            plane,
            "incidents",
            plane.identities.service_metadata(
                "orchestrator", audience="incidents", tenant=self.tenant
            ),
        )
        self._activity = Caller(plane, "activity", plane.identities.metadata(self.owner))

    def person(self, *roles: str, project: str | None = None) -> Caller:
        """Somebody of the tenant."""
        who = somebody(*roles, tenant=self.tenant, project=project)
        return Caller(self.plane, "incidents", self.plane.identities.metadata(who))

    async def run(
        self, *, steps: int = 0, project: str = "", agent: str = "", cost_micro_usd: int = 0
    ) -> Any:
        """A run at activity, with so many steps, one second apart, each at this cost."""
        created = await self._activity.call(
            "CreateRun",
            project_id=project or new_id("prj"),
            agent_id=agent or new_id("agt"),
            goal="anything",
            source=run_pb2.RUN_SOURCE_EXTERNAL,
        )
        if steps:
            await self._record(created.run.id, steps, cost_micro_usd)
        return created.run

    async def _record(self, run_id: str, count: int, cost_micro_usd: int) -> None:
        trace = await self._activity.call("BeginTrace", run_id=run_id)
        first = utc_now() - timedelta(minutes=5)
        steps = []
        for index in range(count):
            step = trace_pb2.Step(
                index=index,
                kind=trace_pb2.STEP_KIND_TOOL_CALL,
                skill_name=f"skill {index}",
                status=trace_pb2.STEP_STATUS_SUCCEEDED,
                duration_ms=10,
                cost_micro_usd=cost_micro_usd,
            )
            step.start_time.FromDatetime(first + timedelta(seconds=index))
            steps.append(step)
        await self._activity.call("RecordSteps", trace_id=trace.trace.trace_id, steps=steps)

    async def end(self, run: Any, status: int, reason: int, **more: Any) -> None:
        """Let a run end, as the orchestrator would."""
        orchestrator = Caller(
            self.plane,
            "activity",
            self.plane.identities.service_metadata(
                "orchestrator", audience="activity", tenant=self.tenant
            ),
        )
        scope = run_pb2.RunScope()
        await orchestrator.call(
            "AuthorizeRun", run_id=run.id, scope=scope, policy_snapshot_id="snap_1"
        )
        for step in ("StartRun", "FinalizeRun"):
            await orchestrator.call(step, run_id=run.id)
        await orchestrator.call(
            "CompleteRun", run_id=run.id, status=status, termination_reason=reason, **more
        )

    async def made(self, run_id: str, **wanted: Any) -> list[incident_pb2.Incident]:
        """The incidents of a run."""
        found: list[incident_pb2.Incident] = await self.responder.every(
            "ListIncidents", "incidents", run_id=run_id, **wanted
        )
        return found

    async def report(self, *, request_id: str | None = None, **fields: Any) -> Any:
        """Report what went wrong, and hear what became of it."""
        return await self.reporter.call("CreateIncident", request_id, **{**BUDGET, **fields})

    async def incident(self, **fields: Any) -> incident_pb2.Incident:
        """An incident of a run of its own."""
        run_id = fields.pop("run_id", "") or (await self.run()).id
        made: incident_pb2.Incident = (await self.report(run_id=run_id, **fields)).incident
        return made

    async def take(self, verb: str, incident: incident_pb2.Incident, **fields: Any) -> Any:
        """Do something about an incident as the responder."""
        if verb != "Comment":
            fields.setdefault("etag", incident.etag)
        answer = await self.responder.call(f"{verb}Incident", incident_id=incident.id, **fields)
        return answer.incident

    async def timeline(self, incident_id: str) -> list[str]:
        """What happened to an incident, in words."""
        events = await self.responder.every("ListTimeline", "events", incident_id=incident_id)
        return [event.type for event in events]
