"""Asking a service over gRPC how it is."""

from collections.abc import Callable
from enum import Enum, auto

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from aos.system.v1 import status_service_pb2, status_service_pb2_grpc

TIMEOUT_SECONDS = 2.0
# A service that has just started must be noticed at once, not after gRPC's usual second.
CHANNEL_OPTIONS = [
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
]


class Reading(Enum):
    """What a service said of itself."""

    SILENT = auto()
    NOT_SERVING = auto()
    SERVING = auto()


class Probe:
    """Asks one service, over one channel; `credential` is what proves that we may."""

    def __init__(self, address: str, *, credential: Callable[[], tuple[str, str]]) -> None:
        self._channel = grpc.aio.insecure_channel(address, options=CHANNEL_OPTIONS)
        self._health = health_pb2_grpc.HealthStub(self._channel)
        self._status = status_service_pb2_grpc.StatusServiceStub(self._channel)
        self._credential = credential

    async def ask(self) -> Reading:
        """Whether it serves, by the standard health protocol."""
        request = health_pb2.HealthCheckRequest()
        try:
            answer = await self._health.Check(request, timeout=TIMEOUT_SECONDS)
        except grpc.aio.AioRpcError:
            return Reading.SILENT
        serving = answer.status == health_pb2.HealthCheckResponse.SERVING
        return Reading.SERVING if serving else Reading.NOT_SERVING

    async def problem(self) -> str:
        """What does not hold, in the words of the service; empty when it does not say."""
        request = status_service_pb2.GetStatusRequest()
        try:
            answer = await self._status.GetStatus(
                request, timeout=TIMEOUT_SECONDS, metadata=(self._credential(),)
            )
        except grpc.aio.AioRpcError:
            return ""
        broken = [check for check in answer.status.checks if not check.holds]
        return "; ".join(f"{check.name}: {check.problem}" for check in broken)

    async def close(self) -> None:
        """Let go of the channel."""
        await self._channel.close()
