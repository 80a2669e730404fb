"""Add up runs."""

from collections.abc import Sequence
from datetime import timedelta

from kernel.errors import InvalidField
from kernel.principal import Principal
from services.activity.usecases.ports import MetricsQuery, RunFigures, UnitOfWork

# A longer period would have the database add up more than a panel can show.
LONGEST_PERIOD = timedelta(days=92)


async def read_metrics(
    query: MetricsQuery, *, principal: Principal, unit_of_work: UnitOfWork
) -> Sequence[RunFigures]:
    """Return figures by group, groups in ascending order.

    Raises:
        InvalidField: the period is empty or too long.
    """
    period = query.created_before - query.created_from
    if not timedelta(0) < period <= LONGEST_PERIOD:
        raise InvalidField.named(
            "before_time", f"must be after from_time by at most {LONGEST_PERIOD.days} days"
        )
    return await unit_of_work.metrics.figures(query, principal.project_id)
