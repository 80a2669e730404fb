"""Write policies, read them, and lead them through their life."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from kernel.clock import Clock
from kernel.errors import FieldViolation, InvalidField
from kernel.identifiers import PolicyId, new_id
from kernel.pagination import Page, PageRequest
from kernel.principal import Principal
from kernel.revision import require_current
from services.policies.domain.body_rules import require_sound
from services.policies.domain.errors import PolicyNotFound, RolloutUnderWay
from services.policies.domain.events import (
    PolicyActivated,
    PolicyCreated,
    PolicyEvent,
    PolicyRetired,
    PolicySuspended,
    PolicyUpdated,
)
from services.policies.domain.policy import Policy, PolicyState
from services.policies.domain.policy_body import PolicyBody
from services.policies.usecases.ports import PolicyVersion, UnitOfWork


class PlaneDirectory(Protocol):
    """Knows which knowledge planes exist."""

    async def unknown(self, tenant_id: str, plane_ids: tuple[str, ...]) -> set[str]:
        """Which of these planes do not exist."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WritePolicy:
    """What somebody wants a policy to say."""

    principal: Principal
    body: PolicyBody
    policy_id: PolicyId | None = None
    etag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovePolicy:
    """Where somebody wants a policy to be in its life."""

    principal: Principal
    policy_id: PolicyId
    etag: str
    to: PolicyState
    reason: str = ""


async def require_writable(
    body: PolicyBody, *, principal: Principal, planes: PlaneDirectory
) -> None:
    """Refuse what a policy cannot say.

    Raises:
        InvalidField: with every field that is to blame.
    """
    require_sound(body, tenant_id=principal.tenant_id)
    named = body.monitors.allowed_plane_ids
    unknown = await planes.unknown(principal.tenant_id, named) if named else set()
    if unknown:
        raise InvalidField(
            f"body.monitors.allowed_plane_ids: there is no plane {min(unknown)}",
            violations=[
                FieldViolation(
                    field=f"body.monitors.allowed_plane_ids[{place}]",
                    description=f"there is no plane {name}",
                )
                for place, name in enumerate(named)
                if name in unknown
            ],
        )


def drafted(command: WritePolicy, clock: Clock) -> Policy:
    """The draft that a command asks for."""
    now = clock.now()
    return Policy(
        id=PolicyId(new_id("pol")),
        tenant_id=command.principal.tenant_id,
        body=command.body,
        created_by=command.principal.actor_id,
        created_at=now,
        updated_at=now,
    )


async def create_policy(command: WritePolicy, *, unit_of_work: UnitOfWork, clock: Clock) -> Policy:
    """Create a policy as a draft; what it says was looked at before."""
    policy = drafted(command, clock)
    await unit_of_work.policies.add(policy)
    unit_of_work.announce(PolicyCreated(policy=policy), actor=command.principal.actor)
    return policy


async def get_policy(
    policy_id: PolicyId, *, principal: Principal, unit_of_work: UnitOfWork
) -> Policy:
    """Return one policy.

    Raises:
        PolicyNotFound: there is none that the principal may know of.
    """
    policy = await unit_of_work.policies.find(principal.tenant_id, policy_id)
    if policy is None:
        raise PolicyNotFound.of(policy_id)
    return policy


async def list_policies(
    state: PolicyState | None,
    page: PageRequest,
    *,
    principal: Principal,
    unit_of_work: UnitOfWork,
) -> Page[Policy]:
    """Return policies, newest first."""
    return await unit_of_work.policies.list(principal.tenant_id, state, page)


async def list_versions(
    policy_id: PolicyId, page: PageRequest, *, principal: Principal, unit_of_work: UnitOfWork
) -> Page[PolicyVersion]:
    """Return what a policy has said since it first governed.

    Raises:
        PolicyNotFound: there is none that the principal may know of.
    """
    await get_policy(policy_id, principal=principal, unit_of_work=unit_of_work)
    return await unit_of_work.policies.versions(principal.tenant_id, policy_id, page)


async def rewritten(
    command: WritePolicy, *, unit_of_work: UnitOfWork, clock: Clock
) -> tuple[Policy, Policy]:
    """The policy as it is, held, and as it would be with other words.

    Raises:
        PolicyNotFound: there is none that the principal may know of.
        EtagMismatch: somebody changed it since it was read.
        IllegalPolicyStep: it is retired.
        RolloutUnderWay: another version of it is on trial.
    """
    assert command.policy_id is not None
    policy = await _held(command.policy_id, command.etag, command.principal, unit_of_work)
    on_trial = await unit_of_work.policies.rollout_under_way(policy.tenant_id, policy.id)
    if on_trial is not None:
        raise RolloutUnderWay.of(policy.id, on_trial)
    return policy, policy.saying(command.body, at=clock.now())


async def update_policy(command: WritePolicy, *, unit_of_work: UnitOfWork, clock: Clock) -> Policy:
    """Change what a policy says; an active one governs by its new version from now on."""
    policy, changed = await rewritten(command, unit_of_work=unit_of_work, clock=clock)
    await unit_of_work.policies.update(changed)
    if changed.version != policy.version:
        await unit_of_work.policies.keep_version(changed, by=command.principal.actor_id)
    if changed.state is PolicyState.ACTIVE:
        await unit_of_work.policies.put_in_force(changed)
    unit_of_work.announce(
        PolicyUpdated(policy=changed), actor=command.principal.actor, before=policy
    )
    return changed


async def move_policy(command: MovePolicy, *, unit_of_work: UnitOfWork, clock: Clock) -> Policy:
    """Lead a policy to its next state.

    Raises:
        PolicyNotFound: there is none that the principal may know of.
        EtagMismatch: somebody changed it since it was read.
        IllegalPolicyStep: its state does not lead there.
    """
    policy = await _held(command.policy_id, command.etag, command.principal, unit_of_work)
    moved = policy.moved(command.to, at=clock.now(), reason=command.reason)
    await unit_of_work.policies.update(moved)
    if moved.state is PolicyState.ACTIVE:
        await unit_of_work.policies.keep_version(moved, by=command.principal.actor_id)
    await _IN_FORCE[moved.state](unit_of_work, moved)
    unit_of_work.announce(
        _EVENTS[moved.state](policy=moved), actor=command.principal.actor, before=policy
    )
    return moved


async def _put_in_force(unit_of_work: UnitOfWork, policy: Policy) -> None:
    await unit_of_work.policies.put_in_force(policy)


async def _take_out_of_force(unit_of_work: UnitOfWork, policy: Policy) -> None:
    await unit_of_work.policies.take_out_of_force(policy)


_IN_FORCE: dict[PolicyState, Callable[[UnitOfWork, Policy], Awaitable[None]]] = {
    PolicyState.ACTIVE: _put_in_force,
    PolicyState.SUSPENDED: _take_out_of_force,
    PolicyState.RETIRED: _take_out_of_force,
}
_EVENTS: dict[PolicyState, Callable[..., PolicyEvent]] = {
    PolicyState.ACTIVE: PolicyActivated,
    PolicyState.SUSPENDED: PolicySuspended,
    PolicyState.RETIRED: PolicyRetired,
}


async def _held(
    policy_id: PolicyId, etag: str, principal: Principal, unit_of_work: UnitOfWork
) -> Policy:
    policy = await unit_of_work.policies.hold(principal.tenant_id, policy_id)
    if policy is None:
        raise PolicyNotFound.of(policy_id)
    require_current(etag, policy.revision)
    return policy
