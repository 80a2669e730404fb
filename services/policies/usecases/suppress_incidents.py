"""Decide once whether what went wrong is an incident, and read what was enforced and prevented."""

from kernel.errors import InternalError
from kernel.pagination import Page, PageRequest
from kernel.principal import Principal
from services.policies.domain.enforcement import Enforcement
from services.policies.domain.events import SuppressionDecided
from services.policies.domain.program import RunContext
from services.policies.domain.suppression import (
    LearnedSignature,
    Mishap,
    PreventionRecord,
    Suppression,
    decided,
)
from services.policies.usecases.people_ports import PeopleUnitOfWork, RecordFilter


async def decide_suppression(
    mishap: Mishap, *, principal: Principal, unit_of_work: PeopleUnitOfWork
) -> Suppression:
    """Say whether an incident is to be made, or what covers it already; the same for ever."""
    known = await unit_of_work.preventions.find(mishap)
    if known is None:
        made = decided(mishap, await _covering(mishap, unit_of_work), at=await unit_of_work.now())
        if await unit_of_work.preventions.keep(made):
            unit_of_work.announce(SuppressionDecided(suppression=made), actor=principal.actor)
            return made
        # Somebody else was first, and has committed: what they decided is what counts.
        known = await unit_of_work.preventions.find(mishap)
    if known is None:
        raise InternalError(f"What was decided about {mishap.incident_id} is gone.")
    unit_of_work.leave_unchanged()
    return known


async def _covering(mishap: Mishap, unit_of_work: PeopleUnitOfWork) -> LearnedSignature | None:
    """The lowest active learned policy that covers the signature and applies to the run."""
    candidates = await unit_of_work.preventions.covering(mishap.tenant_id, mishap.signature)
    if not candidates:
        return None
    gate = await unit_of_work.gates.find(mishap.tenant_id, mishap.run_id)
    # Of a run that was only observed nothing is known, so only what is for all runs applies.
    nowhere = RunContext(tenant_id=mishap.tenant_id, run_id=mishap.run_id, project_id="")
    applying = {
        policy.policy_id
        for policy in await unit_of_work.policies.applying_to(gate.context if gate else nowhere)
    }
    return next((one for one in candidates if one.policy_id in applying), None)


async def list_preventions(
    wanted: RecordFilter,
    page: PageRequest,
    *,
    principal: Principal,
    unit_of_work: PeopleUnitOfWork,
) -> Page[PreventionRecord]:
    """Return prevention records, newest first."""
    return await unit_of_work.preventions.list(principal.tenant_id, wanted, page)


async def list_enforcements(
    wanted: RecordFilter,
    page: PageRequest,
    *,
    principal: Principal,
    unit_of_work: PeopleUnitOfWork,
) -> Page[Enforcement]:
    """Return what was enforced, newest first."""
    return await unit_of_work.enforcements.list(principal.tenant_id, wanted, page)
