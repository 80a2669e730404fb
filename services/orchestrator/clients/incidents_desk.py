"""Incidents, as completions ask it."""

from collections.abc import Sequence
from typing import Any

from aos.incidents.v1 import (
    incident_pb2,
    incident_service_pb2,
    incident_service_pb2_grpc,
    run_outcome_service_pb2,
    run_outcome_service_pb2_grpc,
)
from kernel.identifiers import IncidentId, TenantId
from services.orchestrator.clients.gathering import Gathered
from services.orchestrator.clients.peer import Peer, refused, request_id
from services.orchestrator.domain.proposal_draft import Inflection
from services.orchestrator.usecases.desks import ConcludedCase, RunEnd, Subject

CONTRACTS = [
    *incident_service_pb2.DESCRIPTOR.services_by_name.values(),
    *run_outcome_service_pb2.DESCRIPTOR.services_by_name.values(),
]


class IncidentsConclusions:
    """Lets incidents say what runs came to."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._incidents: Any = incident_service_pb2_grpc.IncidentServiceStub(peer.channel)
        self._outcomes: Any = run_outcome_service_pb2_grpc.RunOutcomeServiceStub(peer.channel)
        self._conclude: Gathered[Any, Any] = Gathered(
            self._conclude_all, name="incidents_conclude_runs"
        )

    async def _conclude_all(self, tenant_id: TenantId, items: Sequence[Any]) -> list[Any]:
        request = run_outcome_service_pb2.ConcludeRunsRequest(runs=items)
        answer = await self._peer.ask(self._outcomes.ConcludeRuns, request, tenant_id)
        return [
            refused(one.refusal) if one.WhichOneof("result") == "refusal" else one.concluded
            for one in answer.results
        ]

    async def conclude(self, subject: Subject, end: RunEnd) -> Sequence[ConcludedCase]:
        """Conclude every case of a run that is over."""
        item = run_outcome_service_pb2.RunOutcome(
            request_id=request_id(subject.key),
            run_id=subject.run_id,
            status=end.ending.status,
            termination_reason=end.ending.reason,
            policy_id=end.ending.policy_id,
            stopped_at_step=end.stopped_at_step,
            synthetic_scenario_id=end.synthetic_scenario_id,
        )
        item.complete_time.FromDatetime(end.completed_at)
        concluded = await self._conclude(subject.tenant_id, item)
        return [_case(one) for one in concluded.cases]

    async def inflection(self, tenant_id: TenantId, incident_id: IncidentId) -> Inflection:
        """Return where the run of an incident turned."""
        request = incident_service_pb2.GetIncidentRequest(incident_id=incident_id)
        incident = (await self._peer.ask(self._incidents.GetIncident, request, tenant_id)).incident
        turned = incident.inflection
        return Inflection(
            title=incident.title,
            agent_id=incident.agent_id,
            step_index=turned.step_index if turned.HasField("step_index") else None,
            value=turned.value,
            threshold=turned.threshold,
            unit=turned.unit,
        )

    async def report(
        self,
        subject: Subject,
        *,
        trigger: str,
        category: str,
        detail: str,
        scenario: str,
        about: str = "",
    ) -> str:
        """Report something that went wrong in the run; return the incident, if it came to one."""
        kind: Any = incident_pb2.TriggerType.Value(f"TRIGGER_TYPE_{trigger}")
        named: Any = incident_pb2.Category.Value(f"CATEGORY_{category}")
        request = incident_service_pb2.CreateIncidentRequest(
            request_id=request_id(subject.key),
            run_id="" if about else subject.run_id,
            subject=about,
            trigger_type=kind,
            category=named,
            detail=detail[:500],
            synthetic_scenario_id=scenario,
        )
        answer = await self._peer.ask(self._incidents.CreateIncident, request, subject.tenant_id)
        incident_id: str = answer.incident.id
        return incident_id


def _case(case: run_outcome_service_pb2.CaseConclusion) -> ConcludedCase:
    severity = incident_pb2.Severity.Name(case.severity).removeprefix("SEVERITY_")
    return ConcludedCase(
        policy_id=case.policy_id,
        conclusion=incident_pb2.Conclusion.Name(case.conclusion).removeprefix("CONCLUSION_"),
        incident_id=case.incident_id,
        prevention_id=case.prevention_id,
        category=incident_pb2.Category.Name(case.category).removeprefix("CATEGORY_"),
        severity="" if severity == "UNSPECIFIED" else severity,
        signature=case.signature,
    )
