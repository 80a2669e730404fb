"""Asking a service over gRPC how it is."""

from collections.abc import Callable
from enum import Enum, auto

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from aos.system.v1 import status_service_pb2, status_service_pb2_grpc

# The name under which a service tells whether its boot guard lets new runs begin. It is repeated
# here because loading the service runtime would make every command slower by half a second.
RUNS = "runs"
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
        """Whether it serves and accepts runs, by the standard health protocol."""
        try:
            good = [await self._check(name) for name in ("", RUNS)]
        except grpc.aio.AioRpcError:
            return Reading.SILENT
        return Reading.SERVING if all(good) else Reading.NOT_SERVING

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

    async def _check(self, name: str) -> bool:
        request = health_pb2.HealthCheckRequest(service=name)
        try:
            answer = await self._health.Check(request, timeout=TIMEOUT_SECONDS)
        except grpc.aio.AioRpcError as error:
            # A program without runs of its own does not know the name.
            if error.code() is grpc.StatusCode.NOT_FOUND:
                return True
            raise
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

    async def close(self) -> None:
        """Let go of the channel."""
        await self._channel.close()
