"""Serves aos.orchestrator.v1.EntryService."""

from collections.abc import Awaitable, Callable
from typing import Any

from aos.orchestrator.v1 import entry_service_pb2, entry_service_pb2_grpc


class EntryService(entry_service_pb2_grpc.EntryServiceServicer):
    """Hands keys on to accounts, and tokens back; neither is kept or logged."""

    def __init__(self, *, exchange: Callable[[str], Awaitable[tuple[str, Any]]]) -> None:
        self._exchange = exchange

    async def Enter(self, request: Any, _context: Any) -> Any:
        """Exchange an API key for a token."""
        token, expire_time = await self._exchange(request.api_key)
        return entry_service_pb2.EnterResponse(token=token, expire_time=expire_time)
