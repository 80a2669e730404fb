"""Let a new tenant begin with guardrails."""

from kernel.identifiers import PolicyId, TenantId, new_id
from services.policies.domain.events import PolicyActivated, PolicyCreated
from services.policies.domain.guardrail import Guardrail
from services.policies.domain.policy import Policy, PolicySource, PolicyState
from services.policies.usecases.people_ports import PeopleUnitOfWork
from services.policies.usecases.switch_governance import TIMER


async def guard_new_tenant(tenant_id: TenantId, *, unit_of_work: PeopleUnitOfWork) -> int:
    """Put the default pack in force for a tenant, each guardrail once; return how many were new."""
    known = await unit_of_work.guardrails.given_to(tenant_id)
    missing = [one for one in await unit_of_work.guardrails.pack() if one.name not in known]
    for guardrail in missing:
        await _put_in_force(guardrail, tenant_id, unit_of_work)
    return len(missing)


async def _put_in_force(
    guardrail: Guardrail, tenant_id: TenantId, unit_of_work: PeopleUnitOfWork
) -> None:
    now = await unit_of_work.now()
    draft = Policy(
        id=PolicyId(new_id("pol")),
        tenant_id=tenant_id,
        body=guardrail.body,
        created_by=TIMER.id,
        created_at=now,
        updated_at=now,
        source=PolicySource.DEFAULT,
        origin_id=guardrail.origin_id,
    )
    active = draft.moved(PolicyState.ACTIVE, at=now)
    await unit_of_work.policies.add(active)
    await unit_of_work.policies.keep_version(active, by=TIMER.id)
    await unit_of_work.policies.put_in_force(active)
    unit_of_work.announce(PolicyCreated(policy=draft), actor=TIMER)
    unit_of_work.announce(PolicyActivated(policy=active), actor=TIMER, before=draft)
