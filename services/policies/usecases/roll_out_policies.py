"""Put a new version of an active policy on trial, let it count for a share of runs, then for all.

Policies are held before rollouts, always, so that two changes of one policy never wait for each
other. A version keeps its number for good: what was tried and given up is followed by a version
that says again what was in force before.
"""

from dataclasses import dataclass, replace

from kernel.clock import Clock
from kernel.errors import InvalidField
from kernel.identifiers import PolicyId, RolloutId, new_id
from kernel.pagination import Page, PageRequest
from kernel.principal import Principal
from kernel.revision import require_current
from services.policies.domain.errors import (
    IllegalRolloutStep,
    PolicyNotFound,
    RolloutNotFound,
    RolloutUnderWay,
)
from services.policies.domain.events import PolicyUpdated, RolloutChanged
from services.policies.domain.policy import Policy, PolicyState
from services.policies.domain.policy_body import PolicyBody
from services.policies.domain.rollout import Divergence, Rollout, RolloutState, Totals
from services.policies.usecases.rollout_ports import RolloutFilter, RolloutUnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRollout:
    """What somebody wants to try."""

    principal: Principal
    policy_id: PolicyId
    body: PolicyBody


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRollout:
    """How far somebody wants a rollout to be."""

    principal: Principal
    rollout_id: RolloutId
    etag: str


async def start_rollout(
    command: StartRollout, *, unit_of_work: RolloutUnitOfWork, clock: Clock
) -> Rollout:
    """Put a version on trial; what it says was looked at before.

    Raises:
        PolicyNotFound: there is none that the principal may know of.
        IllegalRolloutStep: the policy is not active.
        RolloutUnderWay: another version of it is on trial.
        InvalidField: it is for other runs than the version in force.
    """
    principal = command.principal
    policy = await unit_of_work.policies.hold(principal.tenant_id, command.policy_id)
    if policy is None:
        raise PolicyNotFound.of(command.policy_id)
    _require_active(policy)
    other = await unit_of_work.policies.rollout_under_way(policy.tenant_id, policy.id)
    if other is not None:
        raise RolloutUnderWay.of(policy.id, other)
    if command.body.scope != policy.body.scope:
        raise InvalidField.named(
            "body.scope", "must be that of the version in force; write another policy instead"
        )
    now = clock.now()
    candidate = policy.saying(command.body, at=now)
    rollout = Rollout(
        id=RolloutId(new_id("rol")),
        tenant_id=policy.tenant_id,
        policy_id=policy.id,
        base_version=policy.version,
        candidate_version=candidate.version,
        body=command.body,
        started_by=principal.actor_id,
        created_at=now,
        updated_at=now,
    )
    await unit_of_work.policies.keep_version(candidate, by=principal.actor_id)
    await unit_of_work.rollouts.add(rollout)
    await unit_of_work.policies.count_change(policy.tenant_id)
    event = RolloutChanged(rollout=rollout, step="STARTED")
    unit_of_work.announce(event, actor=principal.actor)
    return rollout


async def promote_rollout(
    command: MoveRollout, share_percent: int, *, unit_of_work: RolloutUnitOfWork, clock: Clock
) -> Rollout:
    """Enforce the version for a share of runs.

    Raises:
        RolloutNotFound: there is none that the principal may know of.
        EtagMismatch: somebody changed it since it was read.
        IllegalRolloutStep: it is over, or its policy does not govern.
    """
    policy, rollout = await _held(command, unit_of_work)
    _require_active(policy)
    promoted = rollout.promoted(share_percent, at=clock.now())
    return await _kept(promoted, "PROMOTED", command, before=rollout, unit_of_work=unit_of_work)


async def complete_rollout(
    command: MoveRollout, *, unit_of_work: RolloutUnitOfWork, clock: Clock
) -> Rollout:
    """Let the version govern all runs from now on.

    Raises:
        RolloutNotFound: there is none that the principal may know of.
        EtagMismatch: somebody changed it since it was read.
        IllegalRolloutStep: it is over or was never enforced, or its policy does not govern.
    """
    policy, rollout = await _held(command, unit_of_work)
    _require_active(policy)
    now = clock.now()
    completed = rollout.completed(at=now)
    changed = policy.saying(rollout.body, at=now)
    await _put_in_force(policy, changed, command, unit_of_work)
    return await _kept(completed, "COMPLETED", command, before=rollout, unit_of_work=unit_of_work)


async def abort_rollout(
    command: MoveRollout, reason: str, *, unit_of_work: RolloutUnitOfWork, clock: Clock
) -> Rollout:
    """Give the version up; the one in force goes on, under the number after it.

    Raises:
        RolloutNotFound: there is none that the principal may know of.
        EtagMismatch: somebody changed it since it was read.
        IllegalRolloutStep: it is over.
    """
    policy, rollout = await _held(command, unit_of_work)
    now = clock.now()
    aborted = rollout.aborted(reason, at=now)
    if policy.state is not PolicyState.RETIRED:
        tried = replace(policy, version=rollout.candidate_version)
        await _put_in_force(policy, tried.saying(policy.body, at=now), command, unit_of_work)
    return await _kept(aborted, "ABORTED", command, before=rollout, unit_of_work=unit_of_work)


async def get_rollout(
    rollout_id: RolloutId, *, principal: Principal, unit_of_work: RolloutUnitOfWork
) -> Rollout:
    """Return one rollout.

    Raises:
        RolloutNotFound: there is none that the principal may know of.
    """
    rollout = await unit_of_work.rollouts.find(principal.tenant_id, rollout_id)
    if rollout is None:
        raise RolloutNotFound.of(rollout_id)
    return rollout


async def list_rollouts(
    wanted: RolloutFilter,
    page: PageRequest,
    *,
    principal: Principal,
    unit_of_work: RolloutUnitOfWork,
) -> Page[Rollout]:
    """Return rollouts, newest first."""
    return await unit_of_work.rollouts.list(principal.tenant_id, wanted, page)


async def report_divergence(
    rollout_id: RolloutId,
    page: PageRequest,
    *,
    principal: Principal,
    unit_of_work: RolloutUnitOfWork,
) -> tuple[Totals, Page[Divergence]]:
    """Return where the two versions disagreed, and what that adds up to.

    Raises:
        RolloutNotFound: there is none that the principal may know of.
    """
    rollout = await get_rollout(rollout_id, principal=principal, unit_of_work=unit_of_work)
    totals = await unit_of_work.rollouts.totals(rollout)
    return totals, await unit_of_work.rollouts.divergences(rollout, page)


async def _held(command: MoveRollout, unit_of_work: RolloutUnitOfWork) -> tuple[Policy, Rollout]:
    tenant_id = command.principal.tenant_id
    known = await get_rollout(
        command.rollout_id, principal=command.principal, unit_of_work=unit_of_work
    )
    policy = await unit_of_work.policies.hold(tenant_id, known.policy_id)
    rollout = await unit_of_work.rollouts.hold(tenant_id, command.rollout_id)
    assert policy is not None
    assert rollout is not None
    require_current(command.etag, rollout.revision)
    return policy, rollout


async def _put_in_force(
    before: Policy, changed: Policy, command: MoveRollout, unit_of_work: RolloutUnitOfWork
) -> None:
    actor = command.principal.actor
    await unit_of_work.policies.update(changed)
    await unit_of_work.policies.keep_version(changed, by=command.principal.actor_id)
    if changed.state is PolicyState.ACTIVE:
        await unit_of_work.policies.put_in_force(changed)
    unit_of_work.announce(PolicyUpdated(policy=changed), actor=actor, before=before)


async def _kept(
    rollout: Rollout,
    step: str,
    command: MoveRollout,
    *,
    before: Rollout,
    unit_of_work: RolloutUnitOfWork,
) -> Rollout:
    await unit_of_work.rollouts.update(rollout)
    await unit_of_work.policies.count_change(rollout.tenant_id)
    event = RolloutChanged(rollout=rollout, step=step)
    unit_of_work.announce(event, actor=command.principal.actor, before=before)
    return rollout


def _require_active(policy: Policy) -> None:
    if policy.state is not PolicyState.ACTIVE:
        raise IllegalRolloutStep(
            f"Only a version of an active policy can be tried; {policy.id} is {policy.state}.",
            metadata={"policy_id": policy.id, "from": policy.state, "to": RolloutState.SHADOW},
        )
