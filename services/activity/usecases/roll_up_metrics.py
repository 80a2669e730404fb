"""Add runs that are settled to the figures of their hour, their day and their thirty days."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from kernel.errors import ServiceError
from kernel.identifiers import TenantId
from services.activity.usecases.ports import UnitOfWork

# The purpose under which settled runs are looked for in all tenants.
ROLLING_UP = "rolling_up"
# What one transaction adds, a fraction of a second of work.
RUNS_AT_ONCE = 1000
# What one tenant gets done in a turn: a tenant with millions to catch up on keeps no other waiting,
# nor the database busy. What is left is added up on reading until then.
_TRANSACTIONS_A_TURN = 10

OpenUnitOfWork = Callable[..., AbstractAsyncContextManager[UnitOfWork]]


async def roll_up_metrics(*, units_of_work: OpenUnitOfWork) -> int:
    """Add up what is settled, tenant by tenant; return how many runs.

    Raises:
        ServiceError: of a tenant whose runs could not be added up, after the others had their turn.
    """
    async with units_of_work(purpose=ROLLING_UP) as unit_of_work:
        tenants = await unit_of_work.metrics.tenants_to_roll_up()
    added, problem = 0, None
    for tenant_id in tenants:
        try:
            added += await _roll_up(tenant_id, units_of_work)
        except ServiceError as error:
            problem = error
    if problem is not None:
        raise problem
    return added


async def _roll_up(tenant_id: TenantId, units_of_work: OpenUnitOfWork) -> int:
    added = 0
    for _ in range(_TRANSACTIONS_A_TURN):
        async with units_of_work(tenant_id) as unit_of_work:
            count = await unit_of_work.metrics.roll_up(tenant_id, RUNS_AT_ONCE)
            await unit_of_work.commit()
        added += count
        if count < RUNS_AT_ONCE:
            break
    return added
