"""Look at every service again and again; a part that stays broken is an incident of the plane."""

from collections.abc import Sequence
from datetime import datetime

from kernel.clock import Clock
from kernel.identifiers import PLANE_TENANT
from kernel.principal import Actor, ActorType
from services.incidents.domain.broken_part import BrokenPart, broken_part_violation
from services.incidents.usecases.ports import LookAtServices, OpenUnitOfWork, SeenService
from services.incidents.usecases.record_violation import record_violation

_ITSELF = Actor(type=ActorType.SERVICE, id="service:incidents")


class WatchServices:
    """Remembers since when something is broken; what is broken at two looks running is told of.

    One look may meet a service that just starts or stops. Two replicas that watch tell of the same
    outage twice at worst, and then of the same subject: that is one incident.
    """

    def __init__(
        self, *, look: LookAtServices, units_of_work: OpenUnitOfWork, clock: Clock
    ) -> None:
        self._look = look
        self._units_of_work = units_of_work
        self._clock = clock
        self._since: dict[tuple[str, str], datetime] = {}
        self._told: set[tuple[str, str]] = set()

    async def __call__(self) -> int:
        """Look once; return how many parts are newly told of."""
        at = self._clock.now()
        broken = _broken(await self._look())
        self._since = {key: self._since.get(key, at) for key in broken}
        self._told &= broken.keys()
        new = [key for key in broken if self._since[key] < at and key not in self._told]
        for service, check in new:
            await self._tell(
                BrokenPart(
                    service=service,
                    check=check,
                    problem=broken[service, check],
                    since=self._since[service, check],
                ),
                at,
            )
            self._told.add((service, check))
        return len(new)

    async def _tell(self, part: BrokenPart, at: datetime) -> None:
        violation = broken_part_violation(part, tenant_id=PLANE_TENANT, at=at)
        async with self._units_of_work(PLANE_TENANT) as unit_of_work:
            await record_violation(violation, actor=_ITSELF, unit_of_work=unit_of_work)
            await unit_of_work.commit()


def _broken(services: Sequence[SeenService]) -> dict[tuple[str, str], str]:
    return {
        (service.name, check): problem
        for service in services
        for check, problem in service.problems.items()
    }
