"""Policies, as completions ask it."""

from collections.abc import Sequence
from typing import Any

from aos.policies.v1 import (
    gate_pb2,
    gate_service_pb2,
    gate_service_pb2_grpc,
    policy_pb2,
    proposal_service_pb2,
    proposal_service_pb2_grpc,
)
from kernel.errors import ServiceError
from kernel.identifiers import TenantId
from services.orchestrator.clients.gathering import Gathered
from services.orchestrator.clients.peer import Peer, refused, request_id
from services.orchestrator.domain.ending import ClosedGate
from services.orchestrator.domain.proposal_draft import ProposalDraft
from services.orchestrator.usecases.desks import Subject

CONTRACTS = [
    *gate_service_pb2.DESCRIPTOR.services_by_name.values(),
    *proposal_service_pb2.DESCRIPTOR.services_by_name.values(),
]
_NEVER_OPENED = "GATE_NOT_FOUND"
# What a limit counts, and what has to be watched for it.
_MONITORS = {
    "COST_MICRO_USD": "COST",
    "BURN_RATE_MICRO_USD_PER_MINUTE": "BURN_RATE",
    "TOTAL_TOKENS": "TOKENS",
    "CALLS": "RATE",
    "STEPS": "STEPS",
    "DURATION_MS": "DURATION",
    "RAG_ACCESS": "RAG_ACCESS",
    "DATABASE_QUERIES": "DATABASE_QUERIES",
}
_WATCHED = {"PII": "PII", "SECRETS": "CONTENT", "SAFETY": "SAFETY"}


class PoliciesGates:
    """Closes gates and proposes rules at policies."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._gates: Any = gate_service_pb2_grpc.GateServiceStub(peer.channel)
        self._proposals: Any = proposal_service_pb2_grpc.ProposalServiceStub(peer.channel)
        self._close: Gathered[Any, Any] = Gathered(self._close_all, name="policies_close_runs")

    async def _close_all(self, tenant_id: TenantId, items: Sequence[Any]) -> list[Any]:
        request = gate_service_pb2.CloseRunsRequest(runs=items)
        answer = await self._peer.ask(self._gates.CloseRuns, request, tenant_id)
        return [_closing(one) for one in answer.results]

    async def close(self, subject: Subject) -> ClosedGate | None:
        """Close the gate for good; None if it was never opened."""
        try:
            closed = await self._close(subject.tenant_id, _item(subject))
        except ServiceError as error:
            if error.reason == _NEVER_OPENED:
                return None
            raise
        winner = closed.ended_by.winner if closed.HasField("ended_by") else None
        limit = policy_pb2.LimitType.Name(winner.limit_type) if winner else ""
        return ClosedGate(
            state=gate_pb2.GateState.Name(closed.gate.state).removeprefix("GATE_STATE_"),
            decisions_root=closed.gate.decisions_root,
            ended_by_policy=winner.policy_id if winner else "",
            ended_by_limit=limit.removeprefix("LIMIT_TYPE_"),
            ended_at_step=closed.ended_by.step_id if winner else "",
            highest_proximity_percent=closed.highest_proximity_percent,
        )

    async def reopen(self, subject: Subject) -> None:
        """Open a gate again that was closed for a completion that did not go through."""
        request = gate_service_pb2.ReopenRunsRequest(runs=[_item(subject)])
        answer = await self._peer.ask(self._gates.ReopenRuns, request, subject.tenant_id)
        (result,) = answer.results
        if result.WhichOneof("result") == "refusal" and result.refusal.reason != _NEVER_OPENED:
            raise refused(result.refusal)

    async def propose(
        self, subject: Subject, incident_id: str, draft: ProposalDraft, *, scenario: str
    ) -> str:
        """Propose a rule; return the proposal's identifier."""
        request = proposal_service_pb2.CreateProposalRequest(
            request_id=request_id(subject.key),
            incident_id=incident_id,
            run_id=subject.run_id,
            signature=draft.signature,
            pattern_id=draft.pattern_id,
            body=_body(draft),
            rationale=draft.rationale,
            synthetic_scenario_id=scenario,
        )
        answer = await self._peer.ask(self._proposals.CreateProposal, request, subject.tenant_id)
        proposal_id: str = answer.proposal.id
        return proposal_id


def _item(subject: Subject) -> gate_service_pb2.GateClosing:
    return gate_service_pb2.GateClosing(request_id=request_id(subject.key), run_id=subject.run_id)


def _closing(result: Any) -> Any:
    if result.WhichOneof("result") == "refusal":
        return refused(result.refusal)
    return result.closed


def _body(draft: ProposalDraft) -> policy_pb2.PolicyBody:
    words: dict[str, Any] = {
        "scope": policy_pb2.Scope(type=policy_pb2.SCOPE_TYPE_AGENT, ids=[draft.agent_id]),
        # A person is asked; nothing is stopped by a rule that nobody has looked at yet.
        "on_breach": policy_pb2.BreachAction(action=policy_pb2.ACTION_PAUSE, requires_ack=True),
    }
    if draft.detector:
        watched: Any = policy_pb2.Monitor.Value(f"MONITOR_{_WATCHED[draft.detector]}")
        detector: Any = policy_pb2.Detector.Value(f"DETECTOR_{draft.detector}")
        rule = policy_pb2.ContentRule(name="learned", detector=detector)
        words["content_rules"] = [rule]
    else:
        watched = policy_pb2.Monitor.Value(f"MONITOR_{_MONITORS[draft.limit_type]}")
        kind: Any = policy_pb2.LimitType.Value(f"LIMIT_TYPE_{draft.limit_type}")
        limit = policy_pb2.Limit(
            name="learned",
            type=kind,
            maximum=draft.maximum,
            window=policy_pb2.LIMIT_WINDOW_PER_RUN,
        )
        words["limits"] = [limit]
    monitors = policy_pb2.MonitorConfig(watched=[watched])
    return policy_pb2.PolicyBody(name=draft.name, monitors=monitors, **words)
