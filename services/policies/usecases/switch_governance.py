"""Move the governance switch, let it come back in time, and see where it has stood."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta

from kernel.errors import Conflict
from kernel.identifiers import PLANE_TENANT, TenantId
from kernel.pagination import Page, PageRequest
from kernel.principal import Actor, ActorType, Principal
from services.policies.domain.events import GovernanceChanged
from services.policies.domain.governance import (
    USUAL_TIME_OFF,
    GovernanceChange,
    GovernanceState,
    GovernanceSwitch,
)
from services.policies.usecases.people_ports import (
    OverdueSwitches,
    PeopleUnitOfWork,
    StandingSwitch,
    SystemNotice,
)

# Who turns enforcement on again when nobody does.
TIMER = Actor(type=ActorType.SERVICE, id="service:policies")
_TIME_OVER = "Its time is over."


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveSwitch:
    """Where somebody wants a switch, and why."""

    tenant_id: TenantId
    actor: Actor
    to: GovernanceState
    reason: str
    # Who asks for a tenant; nobody for the plane, or when the time of a switch is over.
    principal: Principal | None = None
    off_for: timedelta = USUAL_TIME_OFF


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchView:
    """A switch, and what counts together with the plane's."""

    own: StandingSwitch
    plane: GovernanceState
    in_force: GovernanceState


async def move_switch(command: MoveSwitch, *, unit_of_work: PeopleUnitOfWork) -> GovernanceSwitch:
    """Move a switch; it counts for every decision that is made after the commit.

    Raises:
        PermissionMissing: the principal is bound to a project.
        Conflict: somebody else touched it for the first time at the same moment.
    """
    if command.principal is not None:
        command.principal.require_whole_tenant()
    standing = await unit_of_work.governance.hold(command.tenant_id)
    if standing.switch.leads_nowhere(command.to, standing.now):
        unit_of_work.leave_unchanged()
        return standing.switch
    return await _move(command, standing, unit_of_work)


async def view_switch(tenant_id: TenantId, *, unit_of_work: PeopleUnitOfWork) -> SwitchView:
    """Return a switch, and what counts."""
    return SwitchView(
        own=await unit_of_work.governance.find(tenant_id),
        plane=(await unit_of_work.governance.find(PLANE_TENANT)).state,
        in_force=await unit_of_work.governance.in_force(tenant_id),
    )


async def list_changes(
    tenant_id: TenantId, page: PageRequest, *, unit_of_work: PeopleUnitOfWork
) -> Page[GovernanceChange]:
    """Return every move of a switch, newest first."""
    return await unit_of_work.governance.changes(tenant_id, page)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreGovernance:
    """The job that notes when a switch has come back by itself.

    Decisions do not wait for it: whoever reads a switch looks at its time limit as well.
    """

    overdue: OverdueSwitches
    units_of_work: Callable[..., AbstractAsyncContextManager[PeopleUnitOfWork]]

    async def __call__(self) -> int:
        """Turn on what is overdue; return how many switches that were."""
        restored = 0
        for tenant_id in await self.overdue():
            async with self.units_of_work(tenant_id) as unit_of_work:
                restored += await self._restore(tenant_id, unit_of_work)
                await unit_of_work.commit()
        return restored

    async def _restore(self, tenant_id: TenantId, unit_of_work: PeopleUnitOfWork) -> bool:
        standing = await unit_of_work.governance.hold(tenant_id)
        if standing.state is standing.switch.state:
            # Somebody has moved it meanwhile.
            return False
        command = MoveSwitch(
            tenant_id=tenant_id, actor=TIMER, to=GovernanceState.ACTIVE, reason=_TIME_OVER
        )
        await _move(command, standing, unit_of_work)
        return True


async def _move(
    command: MoveSwitch, standing: StandingSwitch, unit_of_work: PeopleUnitOfWork
) -> GovernanceSwitch:
    before = standing.switch
    after = before.moved(
        command.to,
        reason=command.reason,
        by=command.actor.id,
        at=standing.now,
        off_for=command.off_for,
    )
    if not await unit_of_work.governance.move(GovernanceChange(before=before.state, after=after)):
        raise Conflict("Somebody else moved the switch at the same time. Retry.")
    event = GovernanceChanged(governance=after)
    unit_of_work.announce(event, actor=command.actor, before=before)
    unit_of_work.notify(
        SystemNotice(
            tenant_id=after.tenant_id,
            event_type=event.LEDGER_TYPE,
            summary=_sentence(before, after),
            by_person=command.actor.type is not ActorType.SERVICE,
        )
    )
    return after


def _sentence(before: GovernanceSwitch, after: GovernanceSwitch) -> str:
    whose = "the plane" if after.tenant_id == PLANE_TENANT else after.tenant_id
    until = f" until {after.expires_at:%Y-%m-%d %H:%M:%S} UTC" if after.expires_at else ""
    return (
        f"{after.changed_by} moved governance of {whose} from {before.state.name} to "
        f"{after.state.name}{until}: {after.reason}"
    )
