"""Policies of a running plane, compared with and changed to what files say."""

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import grpc

from aos.policies.v1 import policy_pb2, policy_service_pb2, policy_service_pb2_grpc
from aosctl.errors import OperatorError
from aosctl.policy_documents import PolicyDocument
from aosctl.refusals import refused
from aosctl.tenant_session import TenantSession, session_with
from services.policies.api.policy_messages import from_body, to_body
from services.policies.domain.policy_body import PolicyBody

_PAGE = 500


class Change(StrEnum):
    """What has to happen so that the plane says what a file says."""

    CREATE = "create"
    UPDATE = "update"
    NOTHING = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedChange:
    """A policy of a file beside the policy of the plane that has its name."""

    wanted: PolicyBody
    known: policy_pb2.Policy | None

    @property
    def change(self) -> Change:
        """What has to happen."""
        if self.known is None:
            return Change.CREATE
        return Change.NOTHING if to_body(self.known.body) == self.wanted else Change.UPDATE


class PolicyClient:
    """The policies of the tenant whose key it is."""

    def __init__(self, session: TenantSession) -> None:
        self._policies = policy_service_pb2_grpc.PolicyServiceStub(session.channel)
        self._options = session.options

    async def plan(self, documents: Sequence[PolicyDocument]) -> list[PlannedChange]:
        """Compare files with the plane; a policy is known by its name."""
        by_name: dict[str, list[policy_pb2.Policy]] = {}
        async for policy in self._all():
            if policy.state != policy_pb2.POLICY_STATE_RETIRED:
                by_name.setdefault(policy.body.name, []).append(policy)
        for document in documents:
            known = by_name.get(document.name, [])
            if len(known) > 1:
                ids = ", ".join(policy.id for policy in known)
                raise OperatorError(
                    f"{len(known)} policies are called {document.name!r} ({ids}): retire or rename "
                    "all but one, since policies in files are known by their names."
                )
        return [
            PlannedChange(
                wanted=document.body, known=next(iter(by_name.get(document.name, [])), None)
            )
            for document in documents
        ]

    async def apply(self, planned: PlannedChange, *, activate: bool) -> policy_pb2.Policy:
        """Bring the plane to what a file says; what is so already is left alone."""
        policy = await self._written(planned)
        if activate and policy.state != policy_pb2.POLICY_STATE_ACTIVE:
            activation = policy_service_pb2.ActivatePolicyRequest(
                request_id=str(uuid.uuid4()), policy_id=policy.id, etag=policy.etag
            )
            policy = (await self._policies.ActivatePolicy(activation, **self._options)).policy
        return policy

    async def _written(self, planned: PlannedChange) -> policy_pb2.Policy:
        body = from_body(planned.wanted)
        if planned.known is None:
            creation = policy_service_pb2.CreatePolicyRequest(
                request_id=str(uuid.uuid4()), body=body
            )
            return (await self._policies.CreatePolicy(creation, **self._options)).policy
        if planned.change is Change.NOTHING:
            return planned.known
        update = policy_service_pb2.UpdatePolicyRequest(
            request_id=str(uuid.uuid4()),
            policy_id=planned.known.id,
            etag=planned.known.etag,
            body=body,
        )
        return (await self._policies.UpdatePolicy(update, **self._options)).policy

    async def _all(self) -> AsyncIterator[policy_pb2.Policy]:
        request = policy_service_pb2.ListPoliciesRequest(page_size=_PAGE)
        while True:
            answer = await self._policies.ListPolicies(request, **self._options)
            for policy in answer.policies:
                yield policy
            if not answer.next_page_token:
                return
            request.page_token = answer.next_page_token


@asynccontextmanager
async def connected(data_dir: Path) -> AsyncIterator[PolicyClient]:
    """Connect with the key of AOS_API_KEY; whatever is refused is told with its fields."""
    async with session_with("policies", data_dir) as session:
        try:
            yield PolicyClient(session)
        except grpc.aio.AioRpcError as error:
            raise OperatorError("\n  ".join(_said(error))) from error


def _said(error: grpc.aio.AioRpcError) -> list[str]:
    """What the plane said, and which fields are to blame."""
    told = refused(error)
    named = [f"{name}: {description}" for name, description in told.fields.items()]
    return [f"The plane refused: {told.message}", *named]
