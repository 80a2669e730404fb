"""Add up runs."""

from collections.abc import Sequence
from datetime import timedelta

from kernel.errors import InvalidField
from kernel.principal import Principal
from services.activity.usecases.ports import Grouping, MetricsQuery, RunFigures, UnitOfWork

# Two years and a quarter, read from roll-ups of thirty days but for its ends.
LONGEST_PERIOD = timedelta(days=800)
# By the hour there is a group for each, and more than these would not fit into an answer.
LONGEST_BY_HOUR = timedelta(days=92)


async def read_metrics(
    query: MetricsQuery, *, principal: Principal, unit_of_work: UnitOfWork
) -> Sequence[RunFigures]:
    """Return figures by group, groups in ascending order.

    Raises:
        InvalidField: the period is empty or too long.
    """
    period = query.created_before - query.created_from
    longest = LONGEST_BY_HOUR if query.grouping is Grouping.HOUR else LONGEST_PERIOD
    if not timedelta(0) < period <= longest:
        raise InvalidField.named(
            "before_time", f"must be after from_time by at most {longest.days} days"
        )
    return await unit_of_work.metrics.figures(query, principal.project_id)
