"""All domains, as audits look for what runs refer to."""

from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime
from typing import Any

from aos.accounts.v1 import agent_service_pb2, agent_service_pb2_grpc
from aos.activity.v1 import run_pb2, run_service_pb2, run_service_pb2_grpc
from aos.incidents.v1 import incident_service_pb2, incident_service_pb2_grpc
from aos.logs.v1 import (
    ledger_service_pb2,
    ledger_service_pb2_grpc,
    run_record_service_pb2,
    run_record_service_pb2_grpc,
)
from aos.policies.v1 import decision_log_service_pb2, decision_log_service_pb2_grpc
from kernel.errors import InvalidRequest, NotFound
from kernel.identifiers import RunId, TenantId, TraceId
from services.orchestrator.clients.evidence_desk import DomainEvidence
from services.orchestrator.clients.evidence_reading import Listing, pages
from services.orchestrator.clients.peer import Peer
from services.orchestrator.domain.call_records import is_model_call, record_id
from services.orchestrator.domain.run_contract import RunContract
from services.orchestrator.domain.run_links import RunReferences, Surroundings
from services.orchestrator.domain.saga import Saga
from services.orchestrator.usecases.audit_ports import IncidentPage, SeenIncident
from services.orchestrator.usecases.desks import ActivityDesk
from services.orchestrator.usecases.together import together

ACCOUNTS = [*agent_service_pb2.DESCRIPTOR.services_by_name.values()]
_PAGE = 200
_COMPLETED = "RUN_COMPLETED"


class RunAudits:
    """Reads what audits compare, in our name."""

    def __init__(
        self, *, peers: dict[str, Peer], evidence: DomainEvidence, activity: ActivityDesk
    ) -> None:
        self._peers = peers
        self._evidence = evidence
        self._activity = activity
        self._agents: Any = agent_service_pb2_grpc.AgentServiceStub(peers["accounts"].channel)
        self._runs: Any = run_service_pb2_grpc.RunServiceStub(peers["activity"].channel)
        self._log: Any = decision_log_service_pb2_grpc.DecisionLogServiceStub(
            peers["policies"].channel
        )
        self._incidents: Any = incident_service_pb2_grpc.IncidentServiceStub(
            peers["incidents"].channel
        )
        self._records: Any = run_record_service_pb2_grpc.RunRecordServiceStub(peers["logs"].channel)
        self._ledger: Any = ledger_service_pb2_grpc.LedgerServiceStub(peers["logs"].channel)

    async def ended_at(self, tenant_id: TenantId, run_id: RunId) -> datetime | None:
        """Return when a run ended; None while it has not, and for one that nobody knows."""
        run = await self._run(tenant_id, run_id)
        if run is None or not run.HasField("complete_time"):
            return None
        return run.complete_time.ToDatetime(tzinfo=UTC)

    async def references(self, tenant_id: TenantId, run_id: RunId) -> RunReferences | None:
        """Return what a run refers to; None if activity knows no such run."""
        run = await self._run(tenant_id, run_id)
        if run is None:
            return None
        trace = await self._evidence.trace(tenant_id, run_id)
        return RunReferences(
            project_id=run.project_id,
            agent_id=run.agent_id,
            snapshot_id=run.policy_snapshot_id,
            trace_id=TraceId(trace.trace_id if trace else ""),
            trace_incident_id=trace.incident_id if trace else "",
            incident_count=run.incident_count,
        )

    async def surroundings(
        self, contract: RunContract, run: RunReferences, saga: Saga
    ) -> Surroundings:
        """Return what the other domains have of a run."""
        tenant_id = contract.tenant_id
        found = await together(
            agent_project_id=self._project_of(tenant_id, run.agent_id),
            has_snapshot=self._has_snapshot(tenant_id, run.snapshot_id),
            incident_ids=self._incidents_of(tenant_id, contract.run_id),
            expected_records=self._expected_records(tenant_id, run, saga),
            records=self._records_of(tenant_id, contract.run_id),
            has_entry=self._has_entry(tenant_id, contract.run_id),
        )
        return Surroundings(**found)

    async def incidents(self, tenant_id: TenantId, page_token: str) -> IncidentPage:
        """Return a page of the tenant's incidents."""
        request = incident_service_pb2.ListIncidentsRequest(page_size=_PAGE, page_token=page_token)
        method = self._incidents.ListIncidents
        answer = await self._peers["incidents"].ask(method, request, tenant_id)
        seen = [
            SeenIncident(
                incident_id=one.id,
                run_id=RunId(one.run_id),
                created_at=one.create_time.ToDatetime(tzinfo=UTC),
            )
            for one in answer.incidents
        ]
        return IncidentPage(incidents=seen, next_token=answer.next_page_token)

    async def _run(self, tenant_id: TenantId, run_id: RunId) -> run_pb2.Run | None:
        request = run_service_pb2.GetRunRequest(run_id=run_id)
        asked = self._peers["activity"].ask(self._runs.GetRun, request, tenant_id)
        answer = await _known(asked)
        run: run_pb2.Run | None = answer.run if answer else None
        return run

    async def _project_of(self, tenant_id: TenantId, agent_id: str) -> str | None:
        request = agent_service_pb2.GetAgentRequest(agent_id=agent_id)
        asked = self._peers["accounts"].ask(self._agents.GetAgent, request, tenant_id)
        answer = await _known(asked)
        return answer.agent.project_id if answer else None

    async def _has_snapshot(self, tenant_id: TenantId, snapshot_id: str) -> bool:
        if not snapshot_id:
            return False
        request = decision_log_service_pb2.GetSnapshotRequest(snapshot_id=snapshot_id)
        asked = self._peers["policies"].ask(self._log.GetSnapshot, request, tenant_id)
        return await _known(asked) is not None

    async def _incidents_of(self, tenant_id: TenantId, run_id: RunId) -> frozenset[str]:
        listing = Listing(
            peer=self._peers["incidents"],
            method=self._incidents.ListIncidents,
            request_type=incident_service_pb2.ListIncidentsRequest,
            field="incidents",
        )
        found = await _every(listing, tenant_id, run_id=run_id)
        return frozenset(incident.id for incident in found)

    async def _expected_records(
        self, tenant_id: TenantId, run: RunReferences, saga: Saga
    ) -> tuple[str, ...]:
        """The records that its model calls must have; late ones came after they were written."""
        if not run.trace_id:
            return ()
        steps = await self._activity.steps(tenant_id, run.trace_id)
        calls = [step for step in steps if is_model_call(step) and not step.late]
        return tuple(record_id(saga, step, "call") for step in calls)

    async def _records_of(self, tenant_id: TenantId, run_id: RunId) -> frozenset[str]:
        listing = Listing(
            peer=self._peers["logs"],
            method=self._records.ListRunRecords,
            request_type=run_record_service_pb2.ListRunRecordsRequest,
            field="records",
        )
        found = await _every(listing, tenant_id, run_id=run_id)
        return frozenset(record.record_id for record in found)

    async def _has_entry(self, tenant_id: TenantId, run_id: RunId) -> bool:
        wanted = ledger_service_pb2.LedgerFilter(run_id=run_id, event_type=_COMPLETED)
        request = ledger_service_pb2.ListEntriesRequest(filter=wanted, page_size=1)
        answer = await self._peers["logs"].ask(self._ledger.ListEntries, request, tenant_id)
        return bool(answer.entries)


async def _known(asked: Awaitable[Any]) -> Any | None:
    """What was answered; None if there is no such thing, or what was named has not its shape."""
    try:
        return await asked
    except (NotFound, InvalidRequest):
        return None


async def _every(listing: Listing, tenant_id: TenantId, **fields: Any) -> Sequence[Any]:
    found: list[Any] = []
    async for items, _ in pages(listing, tenant_id, size=_PAGE, **fields):
        found += items
    return found
