"""Those who receive alerts: a server of HTTP and one of e-mail, as real as ours."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from typing import Any

from aiosmtpd.smtp import SMTP
from standardwebhooks import Webhook

Respond = Callable[["Received"], Awaitable[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A request as it came over the wire."""

    line: str
    headers: dict[str, str]
    body: bytes

    def verified(self, secret: str) -> dict[str, Any]:
        """Its message, as an implementation that is not ours believes it."""
        message: dict[str, Any] = Webhook(secret).verify(self.body, self.headers)
        return message


def answer(status: str = "200 OK", *headers: str, body: bytes = b"") -> bytes:
    """A response in full."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", "connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _accept(_request: Received) -> bytes:
    return answer()


@dataclass(slots=True)
class WebReceiver:
    """Listens on this machine, keeps what comes, and answers as it is told."""

    respond: Respond = _accept
    requests: list[Received] = field(default_factory=list)
    # Every connection, whether or not anything was said on it.
    connections: int = 0
    port: int = 0
    _servers: list[asyncio.Server] = field(default_factory=list)

    async def start(
        self, *hosts: str, tls: ssl.SSLContext | None = None, port: int = 0
    ) -> "WebReceiver":
        for host in hosts or ("127.0.0.1",):
            server = await asyncio.start_server(self._serve, host, port or self.port, ssl=tls)
            self.port = server.sockets[0].getsockname()[1]
            self._servers.append(server)
        return self

    async def stop(self) -> None:
        for server in self._servers:
            server.close()
            await server.wait_closed()
        self._servers.clear()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def of(self, alert_id: str) -> list[Received]:
        """What came about one alert."""
        return [one for one in self.requests if f'"id":"{alert_id}"'.encode() in one.body]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            pairs = [line.partition(": ") for line in head[1:] if line]
            headers = {name.lower(): value for name, _, value in pairs}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            request = Received(line=head[0], headers=headers, body=body)
            self.requests.append(request)
            writer.write(await self.respond(request))
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@dataclass(slots=True)
class MailReceiver:
    """A mail server that keeps every message, and answers as it is told."""

    messages: list[EmailMessage] = field(default_factory=list)
    # What it says to each, if it does not take it.
    refuses: dict[str, str] = field(default_factory=dict)
    data_answer: str = "250 OK"
    # Until it is set, nobody gets any further.
    open: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0
    _server: asyncio.Server | None = None

    async def start(self) -> "MailReceiver":
        self.open.set()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, enable_SMTPUTF8=True), "127.0.0.1", 0
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()

    def about(self, alert_id: str) -> list[EmailMessage]:
        """What came about one alert."""
        return [one for one in self.messages if alert_id in one.get_content()]

    async def handle_RCPT(  # noqa: N802 - the library's own name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        await self.open.wait()
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.data_answer.startswith("250"):
            message: Any = message_from_bytes(envelope.content, policy=modern)
            message["X-Envelope-To"] = ",".join(envelope.rcpt_tos)
            self.messages.append(message)
        return self.data_answer
