"""Runs that retrieve and say things, and whose traces are sealed."""

import json
from datetime import timedelta
from typing import Any

from aos.activity.v1 import run_pb2, trace_pb2
from aos.incidents.v1 import finding_pb2, incident_pb2
from kernel.clock import utc_now
from kernel.identifiers import new_id
from tests.support.calling import Caller
from tests.support.mishaps import Scene
from tests.support.waiting import until

LLM, RETRIEVAL, TOOL, OTHER = (
    trace_pb2.STEP_KIND_LLM_CALL,
    trace_pb2.STEP_KIND_RETRIEVAL,
    trace_pb2.STEP_KIND_TOOL_CALL,
    trace_pb2.STEP_KIND_OTHER,
)
REPORT = [{"id": "doc-1", "title": "Report", "text": "In 2024 revenue rose to 48 million dollars."}]
INVENTED = {
    "choices": [
        {"message": {"role": "assistant", "content": "Revenue rose to 91 million dollars in 2024."}}
    ]
}
KEPT = run_pb2.InspectionConstraints(
    allow_response_logging=True, allow_pii_capture=True, allow_secret_access=True
)


class SpokenRuns:
    """A tenant whose runs say things."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._agent = scene._activity
        self._orchestrator = Caller(
            scene.plane,
            "activity",
            scene.plane.identities.service_metadata(
                "orchestrator", audience="activity", tenant=scene.tenant
            ),
        )

    async def run(
        self,
        *told: tuple[int, Any],
        inspection: run_pb2.InspectionConstraints = KEPT,
        policies: tuple[str, ...] = (),
        **more: Any,
    ) -> run_pb2.Run:
        """A run with these steps, whose trace is sealed."""
        created = await self._agent.call(
            "CreateRun",
            project_id=new_id("prj"),
            agent_id=new_id("agt"),
            goal="Say how revenue was.",
            source=run_pb2.RUN_SOURCE_EXTERNAL,
            inspection=inspection,
            **more,
        )
        run: run_pb2.Run = created.run
        if policies:
            scope = run_pb2.RunScope(policy_ids=policies)
            await self._orchestrator.call(
                "AuthorizeRun", run_id=run.id, scope=scope, policy_snapshot_id="snap_1"
            )
        await self._seal(run.id, told)
        return run

    async def _seal(self, run_id: str, told: tuple[tuple[int, Any], ...]) -> None:
        begun = await self._agent.call("BeginTrace", run_id=run_id)
        trace_id = begun.trace.trace_id
        steps = [_step(index, kind, outcome) for index, (kind, outcome) in enumerate(told)]
        for at in range(0, len(steps), 10):
            await self._agent.call("RecordSteps", trace_id=trace_id, steps=steps[at : at + 10])
        await self._agent.call("SealTrace", trace_id=trace_id)

    async def examination(self, run_id: str, *states: str) -> Any:
        """What became of a run's trace, as soon as it is one of these."""
        wanted = states or ("EXAMINED", "NOTHING_KEPT", "GIVEN_UP")

        async def found() -> Any:
            rows = await self.scene.plane.database.fetch(
                "SELECT * FROM incidents.trace_examinations WHERE run_id = $1", run_id
            )
            return next((row for row in rows if row["state"] in wanted), None)

        return await until(found)

    async def findings(self, run_id: str) -> list[finding_pb2.Finding]:
        """What was found in what a run said."""
        return await self.scene.responder.every("ListFindings", "findings", run_id=run_id)

    async def incident(self, run_id: str) -> incident_pb2.Incident:
        """The one incident of a run."""
        (made,) = await until(lambda: self.scene.made(run_id))
        return made

    async def violations(self, run_id: str) -> list[Any]:
        """The facts about a run."""
        return await self.scene.responder.every("ListViolations", "violations", run_id=run_id)

    async def recorded_by(self, run_id: str) -> list[str]:
        """Who brought the facts about a run."""
        query = "SELECT recorded_by FROM incidents.violation_facts WHERE run_id = $1 ORDER BY id"
        return [row["recorded_by"] for row in await self.scene.plane.database.fetch(query, run_id)]


def _step(index: int, kind: int, outcome: Any) -> trace_pb2.Step:
    step = trace_pb2.Step(
        index=index,
        kind=kind,
        skill_name=f"skill {index}",
        status=trace_pb2.STEP_STATUS_SUCCEEDED,
        duration_ms=10,
        outcome_json=json.dumps(outcome),
    )
    step.start_time.FromDatetime(utc_now() - timedelta(minutes=5) + timedelta(seconds=index))
    return step
