"""Open overrides, end them, read them, and let them expire."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime

from kernel.identifiers import OverrideId, PolicyId, new_id
from kernel.pagination import Page, PageRequest
from kernel.principal import Principal
from services.policies.domain.errors import OverrideNotFound
from services.policies.domain.events import OverrideEnded, OverrideExpired, OverrideOpened
from services.policies.domain.override import Override, require_anothers, require_sound
from services.policies.domain.policy_body import ScopeType
from services.policies.usecases.author_policies import get_policy
from services.policies.usecases.people_ports import (
    DueOverrides,
    OverrideFilter,
    PeopleUnitOfWork,
)
from services.policies.usecases.switch_governance import TIMER

_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOverride:
    """What somebody wants to set aside, for whom, how long, and why."""

    principal: Principal
    policy_id: PolicyId
    scope_type: ScopeType
    scope_id: str
    reason: str
    # From now on, if no start is named.
    starts_at: datetime | None
    ends_at: datetime


async def open_override(command: OpenOverride, *, unit_of_work: PeopleUnitOfWork) -> Override:
    """Open an override.

    Raises:
        PolicyNotFound: there is none that the principal may know of.
        OverrideOfOneself: it is for the runs of whoever opens it.
        InvalidField: it names nobody, or lasts for ever.
    """
    principal = command.principal
    principal.require_whole_tenant()
    now = await unit_of_work.now()
    override = Override(
        id=OverrideId(new_id("ovr")),
        tenant_id=principal.tenant_id,
        policy_id=command.policy_id,
        scope_type=command.scope_type,
        scope_id=command.scope_id,
        reason=command.reason,
        opened_by=principal.actor_id,
        opened_with=principal.api_key_id or "",
        created_at=now,
        # Nobody opens one for the past.
        starts_at=max(command.starts_at or now, now),
        ends_at=command.ends_at,
    )
    require_sound(override)
    require_anothers(override, person_id=principal.person_id, api_key_id=principal.api_key_id)
    await get_policy(command.policy_id, principal=principal, unit_of_work=unit_of_work)
    await unit_of_work.overrides.add(override)
    unit_of_work.announce(OverrideOpened(override=override), actor=principal.actor)
    return override


async def end_override(
    override_id: OverrideId, *, principal: Principal, unit_of_work: PeopleUnitOfWork
) -> Override:
    """End an override before its time; one that is over stays as it is.

    Raises:
        OverrideNotFound: there is none that the principal may know of.
    """
    principal.require_whole_tenant()
    override = await unit_of_work.overrides.hold(principal.tenant_id, override_id)
    if override is None:
        raise OverrideNotFound.of(override_id)
    if override.is_over:
        unit_of_work.leave_unchanged()
        return override
    ended = override.ended(by=principal.actor_id)
    await unit_of_work.overrides.update(ended)
    unit_of_work.announce(OverrideEnded(override=ended), actor=principal.actor, before=override)
    return ended


async def get_override(
    override_id: OverrideId, *, principal: Principal, unit_of_work: PeopleUnitOfWork
) -> Override:
    """Return one override.

    Raises:
        OverrideNotFound: there is none that the principal may know of.
    """
    override = await unit_of_work.overrides.find(principal.tenant_id, override_id)
    if override is None:
        raise OverrideNotFound.of(override_id)
    return override


async def list_overrides(
    wanted: OverrideFilter,
    page: PageRequest,
    *,
    principal: Principal,
    unit_of_work: PeopleUnitOfWork,
) -> Page[Override]:
    """Return overrides, newest first."""
    return await unit_of_work.overrides.list(principal.tenant_id, wanted, page)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireOverrides:
    """The job that notes when the time of overrides is over; decisions look at it themselves."""

    due: DueOverrides
    units_of_work: Callable[..., AbstractAsyncContextManager[PeopleUnitOfWork]]

    async def __call__(self) -> int:
        """Note what is over; return how many overrides that were."""
        expired = 0
        for tenant_id, override_id in await self.due(_BATCH):
            async with self.units_of_work(tenant_id) as unit_of_work:
                override = await unit_of_work.overrides.hold(tenant_id, override_id)
                if override is None or override.is_over:
                    continue
                over = override.expired()
                await unit_of_work.overrides.update(over)
                event = OverrideExpired(override=over)
                unit_of_work.announce(event, actor=TIMER, before=override)
                await unit_of_work.commit()
                expired += 1
        return expired
