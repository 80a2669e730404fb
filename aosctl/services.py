"""The services that exist: whatever starts, provisions or asks services reads this table."""

from collections.abc import Iterator
from dataclasses import dataclass

POSTGRES_PORT = 7401
NATS_PORT = 7402
NATS_MONITORING_PORT = 7403
DATABASE = "aos"
# Creates the services' tables and owns them; the services themselves own nothing.
MIGRATOR_ROLE = "aos_migrator"
# The identity with which this command calls services.
OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service: a package under `services`, a schema, a role, a port."""

    name: str
    port: int

    @property
    def module(self) -> str:
        """The module whose `main()` runs the service."""
        return f"services.{self.name}.__main__"

    @property
    def role(self) -> str:
        """The database role the service connects as."""
        return f"aos_{self.name}"


SERVICES = (
    Service(name="accounts", port=7410),
    Service(name="activity", port=7420),
    Service(name="policies", port=7430),
    Service(name="incidents", port=7440),
    Service(name="logs", port=7450),
    Service(name="orchestrator", port=7460),
)


def role_names() -> Iterator[str]:
    """Every database role that provisioning makes."""
    yield MIGRATOR_ROLE
    yield from (service.role for service in SERVICES)
