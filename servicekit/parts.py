"""What a domain's wiring hands over to be run."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from servicekit.guard.boot_guard import GuardCheck
from servicekit.inbox.consumer import Handler
from servicekit.jobs import Job
from servicekit.server import Registration
from servicekit.unit_of_work import UnitsOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceParts:
    """Everything of a service that the kit must know to run it."""

    units_of_work: UnitsOfWork[Any]
    registrations: Sequence[Registration]
    # Handlers by the name of the declared consumer that they serve.
    handlers: dict[str, Handler[Any]]
    jobs: Sequence[Job] = ()
    checks: Sequence[GuardCheck] = ()
    # Further loops of the service, by name.
    loops: Mapping[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    on_stop: Callable[[], Awaitable[None]] | None = None
