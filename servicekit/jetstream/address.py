"""Where the event bus is, from one setting that may name many servers, and how it is spoken to."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from servicekit.config import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class BusAddress:
    """The servers of one bus, who we are there, and whom we believe that it is the bus."""

    servers: tuple[str, ...]
    user: str | None
    password: str | None = field(repr=False)
    authorities_file: Path | None = None

    @classmethod
    def parse(cls, text: str, *, authorities_file: Path | None = None) -> "BusAddress":
        """Read ``nats://user:password@host:port``, or several of them with commas between.

        Raises:
            ConfigError: there is no address in it, or one that is none.
        """
        servers = tuple(part.strip() for part in text.split(",") if part.strip())
        parts = [urlsplit(server if "://" in server else f"nats://{server}") for server in servers]
        if not servers or not all(part.hostname for part in parts):
            # The text holds a password, so it is not repeated.
            raise ConfigError("AOS_NATS_URL is not a list of nats://user:password@host:port.")
        named = next((part for part in parts if part.username and part.password), None)
        return cls(
            servers=servers,
            user=unquote(named.username or "") if named else None,
            password=unquote(named.password or "") if named else None,
            authorities_file=authorities_file,
        )

    def options(self) -> dict[str, Any]:
        """What the client has to be told.

        The credentials are told apart from the servers, since the servers of a cluster name each
        other without them.
        """
        options: dict[str, Any] = {"servers": list(self.servers)}
        if self.user is not None:
            options |= {"user": self.user, "password": self.password}
        if self.authorities_file is not None:
            # Otherwise the server says in plain text whether it wants encryption, and whoever
            # stands between could say that it does not.
            options["tls_handshake_first"] = True
            options["tls"] = ssl.create_default_context(cafile=str(self.authorities_file))
        return options
