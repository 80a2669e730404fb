"""Incidents that lead to proposals, and proposals that become policies."""

from typing import Any

from aos.policies.v1 import policy_pb2, proposal_pb2
from kernel.identifiers import new_id
from tests.support.governed import Tenant, body, limit
from tests.support.identities import somebody
from tests.support.people import Person, operator, person
from tests.support.plane import Plane


class Learning:
    """Who proposes and who decides in a tenant."""

    def __init__(self, plane: Plane, tenant: Tenant) -> None:
        self.tenant = tenant
        self.machine = operator(plane, tenant.id)
        self.reviewer: Person = person(plane, somebody("governance", tenant=tenant.id))

    async def propose(self, **other: Any) -> proposal_pb2.Proposal:
        """A proposal because of some incident."""
        wanted = {
            "incident_id": new_id("inc"),
            "run_id": new_id("run"),
            "signature": f"signature of {new_id('inc')}",
            "pattern_id": "BUDGET_EXCEEDED",
            "body": body(limit("STEPS", 5)),
            "rationale": "It would have helped.",
            **other,
        }
        made: proposal_pb2.Proposal = (await self.machine.call("CreateProposal", **wanted)).proposal
        return made

    async def approve(self, proposal: proposal_pb2.Proposal, **other: Any) -> Any:
        """Let the reviewer make a draft of it."""
        return await self.reviewer.call(
            "ApproveProposal", proposal_id=proposal.id, etag=proposal.etag, **other
        )

    async def learn(self, signature: str, **other: Any) -> policy_pb2.Policy:
        """A policy in force that was learned from an incident with this signature."""
        approved = await self.approve(await self.propose(signature=signature, **other))
        return await self.tenant.activate(approved.policy)
