"""Policies, asked about what has not happened."""

from collections.abc import Sequence
from typing import Any

from aos.policies.v1 import (
    gate_service_pb2,
    gate_service_pb2_grpc,
    policy_pb2,
    policy_service_pb2,
    policy_service_pb2_grpc,
)
from kernel.identifiers import ProjectId
from kernel.principal import Principal
from services.orchestrator.clients.peer import Peer
from services.orchestrator.usecases.foresee_runs import PolicyInForce, Preview
from services.orchestrator.usecases.start_run import StartRun

POLICIES = [
    *gate_service_pb2.DESCRIPTOR.services_by_name.values(),
    *policy_service_pb2.DESCRIPTOR.services_by_name.values(),
]
_PAGE = 500


class PoliciesForesight:
    """Asks policies without changing anything there."""

    def __init__(self, policies: Peer) -> None:
        self._peer = policies
        self._gates: Any = gate_service_pb2_grpc.GateServiceStub(policies.channel)
        self._policies: Any = policy_service_pb2_grpc.PolicyServiceStub(policies.channel)

    async def preview(self, command: StartRun, project_id: ProjectId) -> Preview:
        """Say what would be decided at the start."""
        principal = command.principal
        request = gate_service_pb2.PreviewRunRequest(
            project_id=project_id,
            agent_id=command.agent_id,
            api_key_id=principal.api_key_id or "",
            human_actor_id=principal.person_id or "",
        )
        answer = await self._peer.ask(self._gates.PreviewRun, request, principal.tenant_id)
        return Preview(policy_ids=list(answer.policy_ids), decision=answer.decision)

    async def in_force(self, principal: Principal) -> Sequence[PolicyInForce]:
        """Return every policy in force."""
        found: list[PolicyInForce] = []
        token = ""
        while True:
            request = policy_service_pb2.ListPoliciesRequest(
                state=policy_pb2.POLICY_STATE_ACTIVE, page_size=_PAGE, page_token=token
            )
            page = await self._peer.ask(self._policies.ListPolicies, request, principal.tenant_id)
            found += [_in_force(policy) for policy in page.policies]
            token = page.next_page_token
            if not token:
                return found


def _in_force(policy: policy_pb2.Policy) -> PolicyInForce:
    scope = policy.body.scope
    return PolicyInForce(
        id=policy.id,
        scope=policy_pb2.ScopeType.Name(scope.type).removeprefix("SCOPE_TYPE_"),
        ids=frozenset(scope.ids),
    )
