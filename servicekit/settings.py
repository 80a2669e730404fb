"""Settings that every service has."""

from dataclasses import dataclass
from pathlib import Path

from servicekit.config import Secret, setting

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """What every service needs to know of the world around it."""

    service: str = setting("AOS_SERVICE", "name of the service")
    listen: str = setting("AOS_LISTEN", "address to serve gRPC on, host:port; port 0 picks one")
    database_url: Secret = setting(
        "AOS_DATABASE_URL", "the service's own database role, postgresql+asyncpg://…"
    )
    nats_url: Secret = setting(
        "AOS_NATS_URL", "event bus, nats://user:password@host:port; several with commas between"
    )
    nats_authorities_file: Path | None = setting(
        "AOS_NATS_AUTHORITIES_FILE",
        "authorities that vouch for the event bus; TLS from the first byte; read at start",
        default=None,
    )
    nats_replicas: int = setting(
        "AOS_NATS_REPLICAS", "servers of the event bus that hold each event", default=1
    )
    identity_key_file: Path = setting("AOS_IDENTITY_KEY_FILE", "private key of the service")
    identities_file: Path = setting("AOS_IDENTITIES_FILE", "public keys of all services, JSON")
    tls_certificate_file: Path | None = setting(
        "AOS_TLS_CERTIFICATE_FILE",
        "certificate of the service, its name among the DNS names; read again when it changes",
        default=None,
    )
    tls_key_file: Path | None = setting(
        "AOS_TLS_KEY_FILE", "private key of the certificate", default=None
    )
    tls_authorities_file: Path | None = setting(
        "AOS_TLS_AUTHORITIES_FILE", "authorities whose certificates are believed", default=None
    )
    edge_listen: str = setting(
        "AOS_EDGE_LISTEN",
        "second address, with TLS, for people and agents, who have no certificates",
        default="",
    )
    health_listen: str = setting(
        "AOS_HEALTH_LISTEN",
        "third address, in plain text, that answers health checks and nothing else",
        default="",
    )
    peers: dict = setting(  # type: ignore[type-arg]
        "AOS_PEERS",
        "addresses of the services called, accounts=host:port,…; replicas as ip:port+ip:port",
        default={},
    )
    environment: str = setting(
        "AOS_ENVIRONMENT", "development or production; production is stricter", default="production"
    )
    callers_file: Path = setting(
        "AOS_CALLERS_FILE", "who may call whom", default=ROOT / "deploy" / "callers.yaml"
    )
    topology_file: Path = setting(
        "AOS_TOPOLOGY_FILE",
        "streams and consumers",
        default=ROOT / "deploy" / "nats" / "topology.yaml",
    )
    database_pool: int = setting("AOS_DATABASE_POOL", "connections to the database", default=8)
    notice_seconds: float = setting(
        "AOS_NOTICE_SECONDS",
        "how long calls are still taken after health checks say NOT_SERVING",
        default=0.5,
    )
    drain_seconds: float = setting(
        "AOS_DRAIN_SECONDS", "how long calls under way may finish at shutdown", default=8.0
    )
    log_format: str = setting("AOS_LOG_FORMAT", "json or text", default="json")
    log_level: str = setting("AOS_LOG_LEVEL", "debug, info, warning or error", default="info")

    @property
    def is_production(self) -> bool:
        """Whether development conveniences (reflection, plain text) must stay off."""
        return self.environment == "production"
