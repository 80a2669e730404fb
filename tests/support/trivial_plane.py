"""The `aos` command with trivial services in place of the real ones; engines and all are real."""

import os
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from aosctl import main, service_keeper, services, supervisor
from aosctl.provision import provision

SUPPORT = str(Path(__file__).resolve().parent)


async def only_provision(admin_url: str, passwords: Mapping[str, str]) -> AsyncIterator[None]:
    """Make roles and schemas; trivial services have no tables."""
    await provision(admin_url, passwords)
    yield None


class PlaneKeeper(service_keeper.ServiceKeeper):
    """Tells its service to serve."""

    def __init__(self, *, environment: Mapping[str, str], **others: object) -> None:
        wanted = {**environment, "TRIVIAL_MODE": "serve"}
        super().__init__(environment=wanted, **others)  # type: ignore[arg-type]


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = SUPPORT
    services.Service.module = property(lambda _: "trivial_service")  # type: ignore[assignment]
    supervisor.prepare_database = only_provision  # type: ignore[assignment]
    supervisor.ServiceKeeper = PlaneKeeper  # type: ignore[misc]
    main.main()
