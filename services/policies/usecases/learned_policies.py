"""Make drafts of what was learned."""

from dataclasses import dataclass

from kernel.identifiers import PolicyId, new_id
from kernel.principal import Principal
from services.policies.domain.events import PolicyCreated
from services.policies.domain.policy import Policy, PolicySource
from services.policies.domain.policy_body import PolicyBody
from services.policies.domain.suppression import LearnedSignature
from services.policies.usecases.people_ports import PeopleUnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What is to become a draft, and the incident that it was learned from."""

    # The proposal or lesson.
    origin_id: str
    body: PolicyBody
    incident_id: str
    # Empty when nobody knows the fingerprint; such a policy covers no incident.
    signature: str
    pattern_id: str


async def draft_learned(
    learned: Learned, *, principal: Principal, unit_of_work: PeopleUnitOfWork
) -> Policy:
    """Make a draft that covers incidents like the one it was learned from, once it is active."""
    now = await unit_of_work.now()
    policy = Policy(
        id=PolicyId(new_id("pol")),
        tenant_id=principal.tenant_id,
        body=learned.body,
        created_by=principal.actor_id,
        created_at=now,
        updated_at=now,
        source=PolicySource.LEARNED,
        origin_id=learned.origin_id,
    )
    await unit_of_work.policies.add(policy)
    if learned.signature:
        await unit_of_work.preventions.learn(
            LearnedSignature(
                tenant_id=policy.tenant_id,
                policy_id=policy.id,
                signature=learned.signature,
                pattern_id=learned.pattern_id,
                incident_id=learned.incident_id,
                created_at=now,
            )
        )
    unit_of_work.announce(PolicyCreated(policy=policy), actor=principal.actor)
    return policy
