"""One stream to the plane, from its opening to its end."""

import asyncio
from collections.abc import AsyncIterator, Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from grpc import aio

from aos_sdk._errors import PlaneUnreachable
from aos_sdk._letters import SessionRequest, SessionResponse
from aos_sdk._refusals import from_call


class Stream:
    """What is said goes into `outgoing`; what is heard is handed to the listener."""

    def __init__(
        self,
        open_session: Callable[[AsyncIterator[SessionRequest], aio.Metadata], Any],
        metadata: aio.Metadata,
    ) -> None:
        self.outgoing: asyncio.Queue[SessionRequest | None] = asyncio.Queue()
        self.client = _client_name()
        self._call = open_session(self._say(), metadata)

    async def listen(self, hear: Callable[[SessionResponse], None]) -> None:
        """Listen until the stream ends.

        Raises:
            RequestRefused: The plane ended it for a reason.
            PlaneUnreachable: It ended without one.
        """
        try:
            async for response in self._call:
                hear(response)
        except aio.AioRpcError as error:
            raise from_call(error) from None
        raise PlaneUnreachable("The plane ended the session's stream.")

    def cancel(self) -> None:
        """End it from our side, and with it the task that gRPC reads `outgoing` in."""
        self._call.cancel()
        self.outgoing.put_nowait(None)

    async def _say(self) -> AsyncIterator[SessionRequest]:
        while (message := await self.outgoing.get()) is not None:
            yield message


def _client_name() -> str:
    try:
        return f"aos-sdk-python/{version('aos-sdk')}"
    except PackageNotFoundError:
        return "aos-sdk-python"
