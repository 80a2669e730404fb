"""One channel to the plane: the key exchanged for tokens, deadlines, repetition, typed errors."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC
from math import inf
from typing import Any, TypeVar

from google.protobuf.message import Message
from grpc import aio

from aos_sdk._clock import Backoff, Clock
from aos_sdk._contract import (
    ENTRY_SERVICE,
    SESSION_SERVICE,
    entry_service_pb2,
    session_service_pb2,
)
from aos_sdk._errors import AOSError, ClientUnusable, PlaneUnreachable, Unauthenticated
from aos_sdk._fork import GrpcUse
from aos_sdk._refusals import from_call
from aos_sdk._target import Target
from aos_sdk._token import Token

ResponseT = TypeVar("ResponseT", bound=Message)
_log = logging.getLogger("aos_sdk")
_MOST_REFUSALS = 5
# These last until a person has done something; to repeat at once only hides them.
_NOT_BY_WAITING = frozenset({"SPINE_BROKEN", "GOVERNANCE_DEGRADED"})


def passes_by_waiting(error: AOSError) -> bool:
    """Whether the same request may go through in a moment without anybody's doing."""
    return error.retryable and error.reason not in _NOT_BY_WAITING


class _Tries:
    """Whether and when one call is made again."""

    def __init__(self) -> None:
        self._backoff = Backoff(most=2.0)
        self._refused = 0
        self._unauthenticated = False

    def wait_after(self, error: AOSError) -> float:
        """Seconds to wait; endless when the same would only fail again.

        Silence is borne for as long as the caller does, since a plane may be restarting. A token
        that is refused is replaced once.
        """
        if isinstance(error, PlaneUnreachable):
            return self._backoff.next()
        if isinstance(error, Unauthenticated) and not self._unauthenticated:
            self._unauthenticated = True
            return 0.0
        self._refused += 1
        if self._refused == _MOST_REFUSALS or not passes_by_waiting(error):
            return inf
        return self._backoff.next()


class Connection:
    """Calls of one client; made in the event loop that uses it."""

    def __init__(self, *, target: Target, clock: Clock, timeout: float) -> None:
        GrpcUse.begin()
        self.clock = clock
        self.timeout = timeout
        self._target = target
        self._loop = asyncio.get_running_loop()
        self._channel = target.open_channel()
        self._token: Token | None = None
        self._exchanging = asyncio.Lock()

    def check_loop(self) -> None:
        """Refuse to be used from an event loop that the channel does not live in."""
        if asyncio.get_running_loop() is not self._loop:
            raise ClientUnusable(
                "This client was first used in another event loop: make one in each loop."
            )

    async def close(self) -> None:
        """Close the channel; calls under way end."""
        await self._channel.close()

    async def call(self, method: str, request: Message, response: type[ResponseT]) -> ResponseT:
        """Make one call, again where that is safe: all methods that the SDK calls may be repeated.

        Raises:
            RequestRefused: The plane said no.
            PlaneUnreachable: Nobody answered in time.
        """
        self.check_loop()
        give_up = self.clock.monotonic() + self.timeout
        tries = _Tries()
        while True:
            try:
                metadata = await self.credentials()
                return await self._unary(
                    method, request, response, until=give_up, metadata=metadata
                )
            except AOSError as error:
                again = self.clock.monotonic() + tries.wait_after(error)
                if again >= give_up:
                    raise
                if isinstance(error, Unauthenticated):
                    self.forget_token()
            await self.clock.sleep_until(again)

    async def _unary(
        self,
        method: str,
        request: Message,
        response: type[ResponseT],
        *,
        until: float,
        metadata: aio.Metadata | None = None,
    ) -> ResponseT:
        call = self._channel.unary_unary(
            f"/{method}",
            request_serializer=_serialize,
            response_deserializer=response.FromString,
        )
        left = max(0.001, until - self.clock.monotonic())
        try:
            answer: ResponseT = await call(request, timeout=left, metadata=metadata)
        except aio.AioRpcError as error:
            raise from_call(error) from None
        return answer

    def open_session(
        self,
        messages: AsyncIterator[session_service_pb2.SessionRequest],
        metadata: aio.Metadata,
    ) -> Any:
        """Open the stream of a session, on which `messages` are sent."""
        open_stream = self._channel.stream_stream(
            f"/{SESSION_SERVICE}/Session",
            request_serializer=_serialize,
            response_deserializer=session_service_pb2.SessionResponse.FromString,
        )
        return open_stream(messages, metadata=metadata)

    async def credentials(self) -> aio.Metadata:
        """The token to send, exchanged anew before it expires."""
        async with self._exchanging:
            if self._token is None or self._token.is_stale(self.clock.monotonic()):
                self._token = await self._enter()
            return aio.Metadata(("authorization", f"Bearer {self._token.text}"))

    def forget_token(self) -> bool:
        """Exchange the key again before the next call; False when there is no token to blame."""
        forgotten, self._token = self._token, None
        return forgotten is not None

    async def _enter(self) -> Token:
        asked = self.clock.monotonic()
        request = entry_service_pb2.EnterRequest(api_key=self._target.api_key)
        response = await self._unary(
            f"{ENTRY_SERVICE}/Enter",
            request,
            entry_service_pb2.EnterResponse,
            until=asked + self.timeout,
        )
        _log.debug("The API key was exchanged for a token.")
        expires = response.expire_time.ToDatetime(tzinfo=UTC)
        return Token.received(response.token, expires=expires, asked=asked)


def _serialize(message: Message) -> bytes:
    return message.SerializeToString()
