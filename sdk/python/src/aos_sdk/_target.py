"""Where the plane is, and how to speak to it."""

import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import grpc
from grpc import aio

from aos_sdk._errors import ConfigurationError, NotAvailableYet

DEFAULT = "127.0.0.1:7460"
_OPTIONS = [
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    # A plane that comes back is found within a second, not within two minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    # A channel of its own for each client, so that closing one leaves the others alone.
    ("grpc.use_local_subchannel_pool", 1),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Address, key and certificates of a plane; the key is shown nowhere."""

    address: str
    encrypted: bool
    api_key: str = field(repr=False)
    root_certificates: bytes | None = field(default=None, repr=False)

    def open_channel(self) -> aio.Channel:
        """Open a channel; nothing is sent before the first call."""
        if not self.encrypted:
            return aio.insecure_channel(self.address, options=_OPTIONS)
        credentials = grpc.ssl_channel_credentials(self.root_certificates)
        return aio.secure_channel(self.address, credentials, options=_OPTIONS)


def find_target(
    *, api_key: str | None, base_url: str | None, root_certificates: bytes | None
) -> Target:
    """Complete what was given with what the environment says.

    Raises:
        ConfigurationError: There is no key, or the address is none.
        NotAvailableYet: The address is one of HTTP.
    """
    key = api_key or os.environ.get("AOS_API_KEY", "")
    if not key:
        raise ConfigurationError("There is no API key: give api_key, or set AOS_API_KEY.")
    address, encrypted = parse_address(base_url or os.environ.get("AOS_BASE_URL") or DEFAULT)
    return Target(
        address=address, encrypted=encrypted, api_key=key, root_certificates=root_certificates
    )


def parse_address(text: str) -> tuple[str, bool]:
    """Read `host:port`, `grpc://host:port` or `grpcs://host:port`."""
    parts = urlsplit(text if "://" in text else f"grpc://{text}")
    if parts.scheme in {"http", "https"}:
        raise NotAvailableYet(
            "AOS is not reached by HTTP yet: that comes with the gateway. Until then give the"
            " address of the orchestrator as host:port, grpc://host:port or grpcs://host:port."
        )
    extra = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    if parts.scheme not in {"grpc", "grpcs"} or extra or not parts.hostname or not _port(parts):
        raise ConfigurationError(
            "base_url must be host:port, grpc://host:port or grpcs://host:port"
            " (encrypted with TLS)."
        )
    return parts.netloc, parts.scheme == "grpcs"


def _port(parts: object) -> int | None:
    try:
        port: int | None = getattr(parts, "port", None)
    except ValueError:
        return None
    return port
