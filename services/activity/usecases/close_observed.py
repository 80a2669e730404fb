"""Close what telemetry has told to its end: runs without a root, and traces after their grace."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from kernel.clock import Clock
from kernel.identifiers import TenantId
from kernel.principal import Principal
from services.activity.domain import otel_run
from services.activity.domain.run import Run
from services.activity.usecases.end_observed import end_observed
from services.activity.usecases.observed_ports import CLOSING, OtelKey
from services.activity.usecases.ports import UnitOfWork
from services.activity.usecases.traces import seal_trace

OpenUnitOfWork = Callable[..., AbstractAsyncContextManager[UnitOfWork]]


async def find_due(*, units_of_work: OpenUnitOfWork, limit: int) -> list[OtelKey]:
    """Return traces, of all tenants, that are to be closed or looked at again."""
    async with units_of_work(purpose=CLOSING) as unit_of_work:
        return await unit_of_work.observed.due(limit)


async def close_observed(
    key: OtelKey, *, units_of_work: OpenUnitOfWork, clock: Clock, grace_seconds: float
) -> None:
    """Seal the trace of a run that is over; end a run whose topmost agent has long ended."""
    principal = Principal(tenant_id=TenantId(key[0]), roles=frozenset(), service="activity")
    async with units_of_work(principal.tenant_id) as unit_of_work:
        # The head is locked, so no span can slip in between the decision and its effect.
        head = (await unit_of_work.observed.hold([key]))[key]
        run = await unit_of_work.runs.hold(principal.tenant_id, head.run_id)
        assert run is not None, "the head of a trace has a run"
        if run.is_over:
            await seal_trace(
                head.trace_id, principal=principal, unit_of_work=unit_of_work, clock=clock
            )
            await unit_of_work.observed.settle(key)
        elif await _end(key, run, principal, unit_of_work, clock):
            await unit_of_work.observed.look_again([key], seconds=grace_seconds)
        else:
            await unit_of_work.observed.settle(key)
        await unit_of_work.commit()


async def _end(
    key: OtelKey, run: Run, principal: Principal, unit_of_work: UnitOfWork, clock: Clock
) -> bool:
    """End the run by the agent that nothing is above, if there is one and nobody else does."""
    top = await unit_of_work.observed.top_agent(key)
    if top is None:
        return False
    states = otel_run.endings(
        otel_run.named_after_agent(run, top.name),
        failed=top.failed,
        ended_at=top.ended_at,
        at=clock.now(),
    )
    await end_observed(run, states, unit_of_work, actor=principal.actor)
    return bool(states)
