"""Which program listens where."""

from dataclasses import dataclass

from aosctl.ports import LOOPBACK, free_port
from aosctl.services import NATS_MONITORING_PORT, NATS_PORT, POSTGRES_PORT, SERVICES


@dataclass(frozen=True, slots=True, kw_only=True)
class PortPlan:
    """The ports of one installation; 0 lets an engine choose."""

    postgres: int
    nats: int
    nats_monitoring: int
    services: dict[str, int]

    def address(self, service: str) -> str:
        """Where one service listens."""
        return f"{LOOPBACK}:{self.services[service]}"

    @property
    def peers(self) -> str:
        """Where every service listens, in the form of AOS_PEERS."""
        return ",".join(f"{name}={self.address(name)}" for name in self.services)


def default_ports(*, offset: int = 0) -> PortPlan:
    """The ports by convention, all moved by the same distance."""
    return PortPlan(
        postgres=POSTGRES_PORT + offset,
        nats=NATS_PORT + offset,
        nats_monitoring=NATS_MONITORING_PORT + offset,
        services={service.name: service.port + offset for service in SERVICES},
    )


def free_ports() -> PortPlan:
    """Ports that nobody uses at this moment."""
    services = {service.name: free_port() for service in SERVICES}
    return PortPlan(postgres=0, nats=0, nats_monitoring=0, services=services)
