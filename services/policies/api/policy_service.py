"""Serves aos.policies.v1.PolicyService."""

from typing import Any

from aos.policies.v1 import policy_service_pb2 as messages
from aos.policies.v1 import policy_service_pb2_grpc
from kernel.clock import Clock
from kernel.identifiers import PolicyId
from servicekit import calls
from servicekit.mutations import Mutations
from servicekit.paging import PageTokens
from servicekit.unit_of_work import UnitsOfWork
from services.policies.api.policy_messages import from_policy, from_version, to_body, to_state
from services.policies.domain.policy import PolicyState
from services.policies.usecases import author_policies
from services.policies.usecases.author_policies import MovePolicy, PlaneDirectory, WritePolicy
from services.policies.usecases.ports import UnitOfWork


class PolicyService(policy_service_pb2_grpc.PolicyServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[UnitOfWork],
        mutations: Mutations[UnitOfWork],
        page_tokens: PageTokens,
        planes: PlaneDirectory,
        clock: Clock,
    ) -> None:
        self._units_of_work = units_of_work
        self._mutations = mutations
        self._page_tokens = page_tokens
        self._planes = planes
        self._clock = clock

    async def CreatePolicy(self, request: Any, _context: Any) -> Any:
        """Create a policy, or look only whether it could be."""
        principal = calls.principal()
        command = WritePolicy(principal=principal, body=to_body(request.body))
        await author_policies.require_writable(
            command.body, principal=principal, planes=self._planes
        )
        if request.validate_only:
            draft = from_policy(author_policies.drafted(command, self._clock))
            draft.ClearField("id")
            return messages.CreatePolicyResponse(policy=draft)

        async def work(unit_of_work: UnitOfWork) -> messages.CreatePolicyResponse:
            policy = await author_policies.create_policy(
                command, unit_of_work=unit_of_work, clock=self._clock
            )
            return messages.CreatePolicyResponse(policy=from_policy(policy))

        return await self._mutations.once(
            request, messages.CreatePolicyResponse, work, tenant=principal.tenant_id
        )

    async def GetPolicy(self, request: Any, _context: Any) -> Any:
        """Return one policy."""
        principal = calls.principal()
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            policy = await author_policies.get_policy(
                PolicyId(request.policy_id), principal=principal, unit_of_work=unit_of_work
            )
        return messages.GetPolicyResponse(policy=from_policy(policy))

    async def ListPolicies(self, request: Any, _context: Any) -> Any:
        """List policies, newest first."""
        principal = calls.principal()
        page = self._page_tokens.read(request, tenant=principal.tenant_id)
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await author_policies.list_policies(
                to_state(request.state), page, principal=principal, unit_of_work=unit_of_work
            )
        return messages.ListPoliciesResponse(
            policies=[from_policy(policy) for policy in found.items],
            next_page_token=self._page_tokens.write(
                request, found.next_after, tenant=principal.tenant_id
            ),
        )

    async def UpdatePolicy(self, request: Any, _context: Any) -> Any:
        """Change what a policy says, or look only whether it could be."""
        principal = calls.principal()
        command = WritePolicy(
            principal=principal,
            body=to_body(request.body),
            policy_id=PolicyId(request.policy_id),
            etag=request.etag,
        )
        await author_policies.require_writable(
            command.body, principal=principal, planes=self._planes
        )
        if request.validate_only:
            async with self._units_of_work(principal.tenant_id) as unit_of_work:
                _, changed = await author_policies.rewritten(
                    command, unit_of_work=unit_of_work, clock=self._clock
                )
            return messages.UpdatePolicyResponse(policy=from_policy(changed))

        async def work(unit_of_work: UnitOfWork) -> messages.UpdatePolicyResponse:
            policy = await author_policies.update_policy(
                command, unit_of_work=unit_of_work, clock=self._clock
            )
            return messages.UpdatePolicyResponse(policy=from_policy(policy))

        return await self._mutations.once(
            request, messages.UpdatePolicyResponse, work, tenant=principal.tenant_id
        )

    async def ActivatePolicy(self, request: Any, _context: Any) -> Any:
        """Let a policy govern."""
        return await self._move(request, PolicyState.ACTIVE, messages.ActivatePolicyResponse)

    async def SuspendPolicy(self, request: Any, _context: Any) -> Any:
        """Let a policy govern nothing for a while."""
        return await self._move(request, PolicyState.SUSPENDED, messages.SuspendPolicyResponse)

    async def RetirePolicy(self, request: Any, _context: Any) -> Any:
        """End a policy for good."""
        return await self._move(
            request, PolicyState.RETIRED, messages.RetirePolicyResponse, reason=request.reason
        )

    async def ListPolicyVersions(self, request: Any, _context: Any) -> Any:
        """List what a policy has said."""
        principal = calls.principal()
        page = self._page_tokens.read(request, tenant=principal.tenant_id)
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await author_policies.list_versions(
                PolicyId(request.policy_id), page, principal=principal, unit_of_work=unit_of_work
            )
        return messages.ListPolicyVersionsResponse(
            versions=[from_version(version) for version in found.items],
            next_page_token=self._page_tokens.write(
                request, found.next_after, tenant=principal.tenant_id
            ),
        )

    async def _move(
        self, request: Any, to: PolicyState, response_type: Any, *, reason: str = ""
    ) -> Any:
        principal = calls.principal()
        command = MovePolicy(
            principal=principal,
            policy_id=PolicyId(request.policy_id),
            etag=request.etag,
            to=to,
            reason=reason,
        )

        async def work(unit_of_work: UnitOfWork) -> Any:
            policy = await author_policies.move_policy(
                command, unit_of_work=unit_of_work, clock=self._clock
            )
            return response_type(policy=from_policy(policy))

        return await self._mutations.once(request, response_type, work, tenant=principal.tenant_id)
