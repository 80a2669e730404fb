"""What every service is built on, constructed in one place and handed to its wiring."""

from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.protobuf.descriptor import ServiceDescriptor
from grpc import aio

from kernel.clock import Clock, SystemClock
from servicekit.audit.gate import AuditGate
from servicekit.auth.keys import read_private_key
from servicekit.auth.service_tokens import ServiceTokenSigner
from servicekit.auth.tokens import TrustStore
from servicekit.channel import open_channel
from servicekit.config import ConfigError
from servicekit.database import Database
from servicekit.guard.boot_guard import BootGuard
from servicekit.jetstream.connection import Bus
from servicekit.jetstream.topology import Topology
from servicekit.paging import PageTokens
from servicekit.settings import ServiceSettings
from servicekit.tls.certificates import CertificateWatch
from servicekit.tls.requirement import certificate_watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    """The kit's parts that a service's own parts are built from."""

    settings: ServiceSettings
    clock: Clock
    database: Database
    bus: Bus
    trust: TrustStore
    signer: ServiceTokenSigner
    guard: BootGuard
    page_tokens: PageTokens
    audit: AuditGate
    # None where services speak plain text to each other.
    certificates: CertificateWatch | None = None

    def channel(self, service: str, contracts: Iterable[ServiceDescriptor]) -> aio.Channel:
        """Open a channel to another service of ours."""
        address = self.settings.peers.get(service)
        if not address:
            raise ConfigError(f"AOS_PEERS does not say where {service} is.")
        return open_channel(
            address,
            audience=service,
            signer=self.signer,
            services=contracts,
            certificates=self.certificates,
        )


def lay(settings: ServiceSettings) -> Foundation:
    """Construct the foundation; nothing connects yet."""
    key = read_private_key(settings.identity_key_file)
    clock = SystemClock()
    topology = Topology.read(settings.topology_file, replicas=settings.nats_replicas)
    return Foundation(
        settings=settings,
        clock=clock,
        database=Database(
            url=settings.database_url.value,
            service=settings.service,
            pool_size=settings.database_pool,
        ),
        bus=Bus(
            url=settings.nats_url.value,
            service=settings.service,
            topology=topology,
            authorities_file=settings.nats_authorities_file,
        ),
        trust=TrustStore(),
        signer=ServiceTokenSigner(service=settings.service, key=key, clock=clock),
        guard=BootGuard(),
        page_tokens=PageTokens(secret=_page_secret(key)),
        audit=AuditGate(),
        certificates=certificate_watch(settings, clock=clock),
    )


def _page_secret(key: Ed25519PrivateKey) -> bytes:
    # Signing a fixed text gives every replica of the service the same secret and nobody else.
    return key.sign(b"aos page token secret")
