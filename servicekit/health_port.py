"""A port in plain text that answers health checks and nothing else.

Whoever probes from outside (a kubelet, a load balancer) has no certificate, and should need none to
ask whether we are well.
"""

from collections.abc import Callable

from grpc import aio
from grpc_health.v1 import health, health_pb2_grpc

from servicekit.config import ConfigError

_OPTIONS = [("grpc.max_receive_message_length", 4096), ("grpc.so_reuseport", 0)]
_CONCURRENT_CALLS = 64


class HealthPort:
    """Serves what the health servicer says; does nothing without an address."""

    def __init__(self, *, listen: str, health: health.aio.HealthServicer) -> None:
        self._listen = listen
        self._health = health
        self._server: aio.Server | None = None
        self.port = 0

    async def start(self) -> None:
        """Listen, if there is an address.

        Raises:
            ConfigError: the address is taken or not ours.
        """
        if not self._listen:
            return
        server = aio.server(options=_OPTIONS, maximum_concurrent_rpcs=_CONCURRENT_CALLS)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        self.port = bound(
            lambda: server.add_insecure_port(self._listen),
            address=self._listen,
            variable="AOS_HEALTH_LISTEN",
        )
        self._server = server
        await server.start()

    async def stop(self) -> None:
        """Stop answering."""
        if self._server is not None:
            await self._server.stop(None)


def bound(listen: Callable[[], int], *, address: str, variable: str) -> int:
    """The port that was listened on.

    Raises:
        ConfigError: the address is taken or not ours.
    """
    try:
        port = listen()
    except RuntimeError:
        port = 0
    if not port:
        raise ConfigError(
            f"{address} cannot be listened on; another process may have the port. "
            f"Set {variable} to another address."
        )
    return port
