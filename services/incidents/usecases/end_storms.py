"""Tell of storms that are over, each in one digest."""

from services.incidents.usecases.alert_ports import OpenAlertUnitOfWork, OverdueStorms
from services.incidents.usecases.raise_alert import end_storm


class EndStorms:
    """A job: one replica at a time, and the storm's own row decides who tells of it."""

    def __init__(self, *, units_of_work: OpenAlertUnitOfWork, overdue: OverdueStorms) -> None:
        self._units_of_work = units_of_work
        self._overdue = overdue

    async def __call__(self) -> int:
        """Tell of what is over; return of how many storms."""
        told = 0
        for tenant_id in await self._overdue():
            async with self._units_of_work(tenant_id) as unit_of_work:
                told += await end_storm(tenant_id, unit_of_work=unit_of_work)
                await unit_of_work.commit()
        return told
