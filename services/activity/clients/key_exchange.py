"""API keys as credentials, for callers who can send nothing but a fixed header.

A key is exchanged at accounts for a token, which is then believed like any other: its signature,
end and revocation are looked at on every call. The token is kept by the hash of its key until
shortly before it ends, so that accounts is asked once in minutes and not once a call.
"""

import asyncio
import hashlib
from contextvars import Context
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from grpc import aio

from aos.accounts.v1 import token_service_pb2, token_service_pb2_grpc
from kernel.clock import Clock
from kernel.errors import CredentialInvalid, Unauthenticated
from kernel.principal import Principal
from servicekit.auth.tokens import TokenVerifier
from servicekit.channel import error_from

_RENEW_BEFORE_END = timedelta(seconds=30)
# An exporter with a wrong key tries again and again; accounts need not hear each time.
_REMEMBER_REFUSAL = timedelta(seconds=5)
_LONGEST_KEY = 200
_REMEMBERED_KEYS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    """What accounts said of a key, and until when that counts."""

    token: str
    until: datetime


class KeyExchange:
    """Knows who holds an API key."""

    def __init__(self, *, channel: aio.Channel, tokens: TokenVerifier, clock: Clock) -> None:
        self._stub: Any = token_service_pb2_grpc.TokenServiceStub(channel)
        self._tokens = tokens
        self._clock = clock
        self._verdicts: dict[bytes, _Verdict] = {}
        self._asking: dict[bytes, asyncio.Task[_Verdict]] = {}

    async def principal_of(self, key: str) -> Principal:
        """Return who holds the key.

        Raises:
            CredentialInvalid: the key opens nothing.
            Unavailable: accounts cannot be asked at the moment.
        """
        name = hashlib.sha256(key.encode()).digest()
        verdict = self._verdicts.get(name)
        if verdict is None or verdict.until <= self._clock.now():
            verdict = await self._ask_once(name, key)
        if not verdict.token:
            raise CredentialInvalid("The API key is not valid. Use another one.")
        return self._tokens.verify(verdict.token)

    async def _ask_once(self, name: bytes, key: str) -> _Verdict:
        """Ask accounts, or wait for the answer to the same question."""
        asking = self._asking.get(name)
        if asking is None:
            # Others may wait for it too, so it ends neither with this call nor by its deadline.
            asking = asyncio.create_task(self._ask_and_remember(name, key), context=Context())
            self._asking[name] = asking
        return await asyncio.shield(asking)

    async def _ask_and_remember(self, name: bytes, key: str) -> _Verdict:
        """Ask; the answer is there for everybody before the question is forgotten."""
        try:
            verdict = await self._ask(key)
            if len(self._verdicts) >= _REMEMBERED_KEYS:
                self._verdicts.clear()
            self._verdicts[name] = verdict
            return verdict
        finally:
            del self._asking[name]

    async def _ask(self, key: str) -> _Verdict:
        refused = _Verdict(token="", until=self._clock.now() + _REMEMBER_REFUSAL)
        if len(key) > _LONGEST_KEY:
            return refused
        try:
            answer = await self._stub.ExchangeKey(token_service_pb2.ExchangeKeyRequest(api_key=key))
        except aio.AioRpcError as error:
            known = error_from(error)
            if isinstance(known, Unauthenticated):
                return refused
            raise known from None
        return _Verdict(
            token=answer.token,
            until=answer.expire_time.ToDatetime(tzinfo=UTC) - _RENEW_BEFORE_END,
        )
