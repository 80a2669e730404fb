"""The stages that every call passes, as one list.

1. telemetry      first, so that refusals are counted too
2. access log     one line a call, with the outcome
3. error mapping  everything below raises; here it becomes a status
4. deadline       before anything that costs
5. authentication before anything that asks who it is
6. callers        before permissions: a stranger learns nothing about roles
7. permission     before validation: who may not call gets no help with the request
8. spine          before validation: a broken spine is the same for every request
9. validation     last, it is the dearest and needs the message

They are no interceptors of gRPC, which are asked anew at every call; here a method is wrapped once
(``handlers``).
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from typing import Any

import grpc
from grpc import aio

from aos.options.v1 import access_pb2
from kernel.errors import InternalError, ServiceError
from servicekit import calls
from servicekit.calls import Call
from servicekit.interceptors import errors
from servicekit.interceptors.checks import Check
from servicekit.interceptors.observation import Observation
from servicekit.interceptors.validation import decoded, decoder, validated
from servicekit.telemetry.logging import get_logger

_log = get_logger("rpc")


class Chain:
    """Applies the stages to every method that has an access rule.

    Methods without one are those of gRPC's own health and reflection services, which must answer
    whatever state we are in; the server builder has made sure that there are no others.
    """

    def __init__(
        self,
        *,
        rules: Mapping[str, access_pb2.Access],
        checks: Sequence[Check],
        maximum_message_bytes: int,
        larger: Mapping[str, int] | None = None,
        foreign: Collection[str] = (),
    ) -> None:
        self._rules = rules
        self._checks = tuple(checks)
        self._maximum_message_bytes = maximum_message_bytes
        self._larger = dict(larger or {})
        # Methods whose messages no rule of ours describes: they are decoded and no more.
        self._foreign = frozenset(foreign)

    def wrapped(self, method: str, handler: Any) -> Any:
        """The handler of a method behind all stages."""
        return self._wrap(method, handler) if method in self._rules else handler

    def _wrap(self, method: str, handler: Any) -> Any:
        maximum = self._larger.get(method, self._maximum_message_bytes)
        codec = {
            "request_deserializer": decoder(handler.request_deserializer, maximum),
            "response_serializer": _encoder(handler.response_serializer),
        }
        streaming = handler.request_streaming
        messages: Callable[[Any], Any] = _validated_messages if streaming else validated
        if method in self._foreign:
            messages = decoded
        if handler.response_streaming:
            behaviour = handler.stream_stream or handler.unary_stream
            serve = self._serve_stream(method, behaviour, messages)
            make = (
                grpc.stream_stream_rpc_method_handler
                if handler.request_streaming
                else (grpc.unary_stream_rpc_method_handler)
            )
            return make(serve, **codec)
        behaviour = handler.stream_unary or handler.unary_unary
        serve_one = self._serve_one(method, behaviour, messages)
        make = (
            grpc.stream_unary_rpc_method_handler
            if handler.request_streaming
            else (grpc.unary_unary_rpc_method_handler)
        )
        return make(serve_one, **codec)

    def _serve_one(self, method: str, behaviour: Any, messages: Callable[[Any], Any]) -> Any:
        async def serve(request: Any, context: Any) -> Any:
            call = self._open(method, context)
            with Observation(call) as observation:
                try:
                    self._admit(call)
                    return await behaviour(messages(request), context)
                except Exception as error:  # noqa: BLE001 - every error becomes a status
                    await _abort(context, observation, error)

        return serve

    def _serve_stream(self, method: str, behaviour: Any, messages: Callable[[Any], Any]) -> Any:
        async def serve(request: Any, context: Any) -> AsyncIterator[Any]:
            call = self._open(method, context)
            with Observation(call) as observation:
                try:
                    self._admit(call)
                    async for response in behaviour(messages(request), context):
                        yield response
                except Exception as error:  # noqa: BLE001 - every error becomes a status
                    await _abort(context, observation, error)

        return serve

    def _open(self, method: str, context: Any) -> Call:
        remaining = context.time_remaining()
        call = Call(
            method=method,
            access=self._rules[method],
            metadata={
                key: value for key, value in context.invocation_metadata() if isinstance(value, str)
            },
            deadline=None if remaining is None else time.monotonic() + remaining,
            connection=context.auth_context,
        )
        calls.enter(call)
        return call

    def _admit(self, call: Call) -> None:
        for check in self._checks:
            check(call)


def _encoder(write: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    """Let pass what a handler has put together byte by byte already."""

    def encode(answer: Any) -> bytes:
        return answer if type(answer) is bytes else write(answer)

    return encode


async def _validated_messages(requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
    async for request in requests:
        yield validated(request)


async def _abort(context: Any, observation: Observation, error: Exception) -> None:
    if isinstance(error, aio.AbortError):
        raise error
    if isinstance(error, asyncio.TimeoutError):
        known: ServiceError = InternalError("The work took too long. Retry later.")
    elif isinstance(error, ServiceError):
        known = error
    else:
        known = InternalError("Something went wrong on our side. It is in our log.")
    if isinstance(known, InternalError):
        _log.error("unexpected error", exc_info=error)
    status = errors.status_of(known)
    observation.failed(known)
    trailer = ((errors.DETAILS_KEY, status.SerializeToString()),)
    await context.abort(errors.code_of(known), known.message, trailer)
