"""Notice by oneself what deserves attention: runs that went silent, agents that keep failing."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

from kernel.clock import Clock
from kernel.identifiers import RunId, TenantId
from kernel.principal import Actor, ActorType
from services.activity.domain.run import RunPhase
from services.activity.domain.signal import SignalKind
from services.activity.usecases.ports import UnitOfWork
from services.activity.usecases.signals import Notice, raise_for

# The purpose under which runs of all tenants are looked at; no request of a caller sets it.
LOOKOUT = "lookout"
# Six heartbeats of the usual ten seconds: a single lost one, or a restart, is nobody's business.
STALE_AFTER = timedelta(seconds=60)
# Fewer could be chance; more would be late.
FAILURES_IN_A_ROW = 3
_AT_MOST = 200
_ACTOR = Actor(type=ActorType.SERVICE, id="service:activity")

OpenUnitOfWork = Callable[..., AbstractAsyncContextManager[UnitOfWork]]


async def look_out(*, units_of_work: OpenUnitOfWork, clock: Clock) -> int:
    """Raise a signal for every cause that shows itself; return how many were looked at."""
    async with units_of_work(purpose=LOOKOUT) as unit_of_work:
        silent = await unit_of_work.runs.silent(clock.now() - STALE_AFTER, _AT_MOST)
        failing = await unit_of_work.runs.failing(FAILURES_IN_A_ROW, _AT_MOST)
    for tenant_id, run_id in silent:
        await _note_silence(tenant_id, run_id, units_of_work, clock)
    for tenant_id, run_id in failing:
        notice = Notice(
            kind=SignalKind.FAILING_AGENT,
            detail=f"The last {FAILURES_IN_A_ROW} runs of the agent have all failed.",
        )
        await _raise(tenant_id, run_id, notice, units_of_work, clock)
    return len(silent) + len(failing)


async def _note_silence(
    tenant_id: TenantId, run_id: RunId, units_of_work: OpenUnitOfWork, clock: Clock
) -> None:
    seconds = int(STALE_AFTER.total_seconds())
    notice = Notice(
        kind=SignalKind.STALE_RUN,
        detail=f"The run has given no sign of life for more than {seconds} seconds.",
    )
    await _raise(tenant_id, run_id, notice, units_of_work, clock)


async def _raise(
    tenant_id: TenantId,
    run_id: RunId,
    notice: Notice,
    units_of_work: OpenUnitOfWork,
    clock: Clock,
) -> None:
    async with units_of_work(tenant_id) as unit_of_work:
        run = await unit_of_work.runs.hold(tenant_id, run_id)
        is_stale = notice.kind is SignalKind.STALE_RUN
        if run is None or (is_stale and run.phase is not RunPhase.EXECUTING):
            # It ended between the look and now.
            return
        await raise_for(run, notice, actor=_ACTOR, unit_of_work=unit_of_work, clock=clock)
        await unit_of_work.commit()
