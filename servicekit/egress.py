"""Outgoing HTTP to addresses that others choose, so that it can reach nothing of ours.

A name is resolved once, every address that it has is looked at, and the connection goes to exactly
one of those: between looking and connecting nobody can change what the name means. The name stays
in the `Host` header and in the handshake, so certificates are checked as ever. Redirects are not
followed and proxies of the environment are not asked, since both would lead somewhere else.
"""

import asyncio
import ipaddress
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Any

import httpcore2
import httpx2

from servicekit.addresses import (
    Address,
    Network,
    is_allowed,
    is_within,
    may_be_reached,
    networks_of,
)
from servicekit.threads import Threads

# Spaces, controls and backslashes, which parsers read in different ways.
_AMBIGUOUS = re.compile(r"[\x00-\x20\x7f\\]")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+", re.IGNORECASE)
_AUTHORITY = re.compile(r"[^/]*//([^/?#]*).*", re.DOTALL)
_LAST_PORT = 65_535
_LOOK_UP_SECONDS, _LOOK_UPS = 5.0, 32

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]


class EgressRefused(Exception):
    """Nothing may be sent there; the text says why, in one sentence."""


class Names:
    """Looks names up beside the event loop; one that takes long holds up no others."""

    def __init__(self) -> None:
        self._threads = Threads(name="names", places=_LOOK_UPS)

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        """Return every address of a name, once each.

        Raises:
            OSError: it has none.
            TimeoutError: nobody could say in time.
        """

        def look_up() -> list[Address]:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            return [ipaddress.ip_address(entry[4][0]) for entry in found]

        return tuple(dict.fromkeys(await self._threads.run(look_up, seconds=_LOOK_UP_SECONDS)))


def target_of(text: str) -> httpx2.URL:
    """Read an address that somebody has given.

    Raises:
        EgressRefused: it is none, or one that could be read in more than one way.
    """
    try:
        url = httpx2.URL(text)
        host = url.raw_host.decode("ascii")
    except (httpx2.InvalidURL, UnicodeError, ValueError):
        raise EgressRefused("It is not the address of anything.") from None
    if url.scheme not in ("http", "https") or not host:
        raise EgressRefused("It must begin with https:// and name a host.")
    if "@" in _AUTHORITY.sub(r"\1", text) or url.fragment:
        raise EgressRefused("It must name neither a user nor a fragment.")
    if not 0 < _port(url) <= _LAST_PORT:
        raise EgressRefused("It names a port that there is not.")
    if _AMBIGUOUS.search(text) or "%" in host or host.endswith(".") or _is_odd_number(host):
        raise EgressRefused("Its host must be a plain name or a plain address.")
    return url


def _is_odd_number(host: str) -> bool:
    """Whether it is a number that machines take for an address, in a notation of old."""
    if ":" in host or not _NUMBER.fullmatch(host.rpartition(".")[2]):
        return False
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return True
    return False


class Egress:
    """Makes clients that reach what is public, and what somebody has allowed beside it.

    What may be allowed at all is up to whoever runs the installation: of the networks that somebody
    else allows only those count that are within the permitted ones.
    """

    def __init__(
        self, *, tls: ssl.SSLContext, resolve: Resolve, permitted: Sequence[Network] = ()
    ) -> None:
        self._tls = tls
        self._resolve = resolve
        self._permitted = tuple(permitted)

    def permits(self, network: str) -> bool:
        """Whether somebody may allow a network.

        Raises:
            ValueError: it is none.
        """
        return is_within(networks_of([network])[0], self._permitted)

    def _networks(self, allowed: Iterable[str]) -> tuple[Network, ...]:
        return networks_of(network for network in allowed if self.permits(network))

    async def inspect(self, text: str, *, allowed: Iterable[str]) -> None:
        """Look at an address before anything is sent there; a name without one may get it later.

        Raises:
            EgressRefused: nothing may be sent there.
        """
        url, networks = target_of(text), self._networks(allowed)
        try:
            addresses = await self._resolve(url.raw_host.decode("ascii"), _port(url))
        except (OSError, TimeoutError):
            addresses = ()
        _require(addresses, networks, is_plain=url.scheme == "http")

    def client(self, text: str, *, allowed: Iterable[str], **options: Any) -> httpx2.AsyncClient:
        """Make a client for one address.

        Raises:
            EgressRefused: it is not one that anything may be sent to.
        """
        network = _GuardedNetwork(
            resolve=self._resolve,
            allowed=self._networks(allowed),
            is_plain=target_of(text).scheme == "http",
        )
        return httpx2.AsyncClient(
            transport=_GuardedTransport(tls=self._tls, network=network),
            follow_redirects=False,
            trust_env=False,
            **options,
        )


def _port(url: httpx2.URL) -> int:
    return (443 if url.scheme == "https" else 80) if url.port is None else url.port


def _require(addresses: Sequence[Address], allowed: Sequence[Network], *, is_plain: bool) -> None:
    """One that is inside is enough to refuse: the others may be there to distract."""
    if any(not may_be_reached(address, allowed) for address in addresses):
        raise EgressRefused("It leads into a network that is neither public nor allowed.")
    if is_plain and not (addresses and all(is_allowed(each, allowed) for each in addresses)):
        raise EgressRefused("It must begin with https:// unless it leads into an allowed network.")


class _GuardedNetwork(httpcore2.AsyncNetworkBackend):
    """Connects to addresses that it has looked at, and to nothing else."""

    def __init__(self, *, resolve: Resolve, allowed: Sequence[Network], is_plain: bool) -> None:
        self._resolve = resolve
        self._allowed = allowed
        self._is_plain = is_plain
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's own signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._resolve(host, port)
                _require(addresses, self._allowed, is_plain=self._is_plain)
                return await self._first_of(addresses, port, timeout, local_address, socket_options)
        except TimeoutError:
            raise httpcore2.ConnectTimeout("It could not be reached in time.") from None
        except OSError as error:
            raise httpcore2.ConnectError("Its name has no address.") from error

    async def _first_of(
        self, addresses: Sequence[Address], port: int, patience: float | None, *more: Any
    ) -> httpcore2.AsyncNetworkStream:
        """Whichever answers first in their order; each has its share of the time."""
        share = None if patience is None else patience / max(1, len(addresses))
        trouble: Exception = httpcore2.ConnectError("Its name has no address.")
        for address in addresses:
            try:
                return await self._network.connect_tcp(str(address), port, share, *more)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                trouble = error
        raise trouble

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's own signature
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Refuse: a socket of this machine is inside.

        Raises:
            EgressRefused: always.
        """
        del path, timeout, socket_options
        raise EgressRefused("It leads into this machine.")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _GuardedTransport(httpx2.AsyncBaseTransport):
    """One connection, used once, over the guarded network."""

    def __init__(self, *, tls: ssl.SSLContext, network: _GuardedNetwork) -> None:
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=1,
            max_keepalive_connections=0,
            network_backend=network,
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        wanted = httpcore2.Request(
            method=request.method,
            url=httpcore2.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        try:
            answer = await self._pool.handle_async_request(wanted)
        except _TROUBLE as error:
            raise _translated(error) from error
        return httpx2.Response(
            status_code=answer.status, headers=answer.headers, stream=_Body(answer.stream)
        )

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Body(httpx2.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._stream:
                yield part
        except _TROUBLE as error:
            raise _translated(error) from error

    async def aclose(self) -> None:
        await self._stream.aclose()


_TROUBLE = (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError)


def _translated(error: Exception) -> httpx2.TransportError:
    if isinstance(error, httpcore2.TimeoutException):
        return httpx2.TimeoutException(str(error))
    if isinstance(error, httpcore2.NetworkError):
        return httpx2.NetworkError(str(error))
    return httpx2.ProtocolError(str(error))
