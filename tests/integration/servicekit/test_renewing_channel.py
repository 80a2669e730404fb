"""A channel takes up a new certificate while calls of every kind go on."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from grpc import ChannelConnectivity, aio

from kernel.clock import SystemClock
from servicekit.auth.service_tokens import METADATA_KEY, ServiceTokenSigner
from servicekit.channel import open_channel
from servicekit.tls import certificates, renewing_channel
from servicekit.tls.certificates import CertificateFiles, CertificateWatch
from servicekit.tls.credentials import server_credentials
from servicekit.tls.renewing_channel import RenewingChannel
from tests.support.certificates import Authority, CertificateFolder
from tests.support.waiting import until

OURS = Authority("ours")
KINDS = ("unary_unary", "unary_stream", "stream_unary", "stream_stream")


@pytest.fixture(autouse=True)
def look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "LOOK_SECONDS", 0.0)


class Peer:
    """Somebody with certificates that can be replaced."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.folder = CertificateFolder(folder / name)
        self.renew()
        files = CertificateFiles(
            certificate=self.folder.certificate,
            key=self.folder.key,
            authorities=self.folder.authorities,
        )
        self.watch = CertificateWatch(files=files, service=name, clock=SystemClock())

    def renew(self) -> None:
        self.folder.write(OURS.issue(self.name), OURS.certificate)


class Patient:
    """Answers every kind of call when it is told to, and notes over what it came."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.waiting = 0
        self.metadata: list[dict[str, Any]] = []
        self.shown: list[bytes] = []

    async def _wait(self, context: Any) -> None:
        self.metadata.append(dict(context.invocation_metadata()))
        self.shown.append(context.auth_context()["x509_pem_cert"][0])
        self.waiting += 1
        await self.go.wait()

    async def unary_unary(self, request: bytes, context: Any) -> bytes:
        await self._wait(context)
        return request

    async def unary_stream(self, request: bytes, context: Any) -> AsyncIterator[bytes]:
        await self._wait(context)
        yield request

    async def stream_unary(self, requests: AsyncIterator[bytes], context: Any) -> bytes:
        await self._wait(context)
        return b"".join([request async for request in requests])

    async def stream_stream(
        self, requests: AsyncIterator[bytes], context: Any
    ) -> AsyncIterator[bytes]:
        await self._wait(context)
        async for request in requests:
            yield request

    def handlers(self) -> grpc.GenericRpcHandler:
        made = {
            kind: getattr(grpc, f"{kind}_rpc_method_handler")(getattr(self, kind)) for kind in KINDS
        }
        return grpc.method_handlers_generic_handler("test.Patient", made)


async def _texts(*texts: bytes) -> AsyncIterator[bytes]:
    for one in texts:
        yield one


async def ask(channel: aio.Channel, kind: str) -> bytes:
    """Make one call of a kind; the answer, whatever its form."""
    method: Any = getattr(channel, kind)(f"/test.Patient/{kind}")
    call = method(_texts(b"a", b"b") if kind.startswith("stream") else b"ab", timeout=30)
    if kind.endswith("unary"):
        answer: bytes = await call
        return answer
    return b"".join([part async for part in call])


@asynccontextmanager
async def connected(
    folder: Path,
) -> AsyncIterator[tuple[Patient, Peer, RenewingChannel]]:
    server, caller, patient = Peer(folder, "policies"), Peer(folder, "activity"), Patient()
    grpc_server = aio.server(handlers=[patient.handlers()])
    port = grpc_server.add_secure_port(
        "127.0.0.1:0", server_credentials(server.watch, of_both_sides=True)
    )
    await grpc_server.start()
    signer = ServiceTokenSigner(
        service="activity", key=Ed25519PrivateKey.generate(), clock=SystemClock()
    )
    channel: Any = open_channel(
        f"127.0.0.1:{port}",
        audience="policies",
        signer=signer,
        services=[],
        certificates=caller.watch,
    )
    try:
        yield patient, caller, channel
    finally:
        patient.go.set()
        await channel.close()
        await grpc_server.stop(0)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_call_under_way_ends_on_the_old_line_and_the_next_takes_the_new(
    kind: str, tmp_path: Path
) -> None:
    async with connected(tmp_path) as (patient, caller, channel):
        old_line = channel.line()
        first = asyncio.ensure_future(ask(channel, kind))
        await until(lambda: patient.waiting == 1)
        caller.renew()
        await until(lambda: channel.line() is not old_line)
        second = asyncio.ensure_future(ask(channel, kind))
        await until(lambda: patient.waiting == 2)
        assert patient.shown[0] != patient.shown[1] == caller.folder.certificate.read_bytes()
        assert not first.done()
        patient.go.set()
        assert await asyncio.gather(first, second) == [b"ab", b"ab"]
        await until(lambda: _is_closed(old_line))


def _is_closed(line: Any) -> bool:
    try:
        return bool(line.channel.get_state() is ChannelConnectivity.SHUTDOWN)
    except aio.UsageError:
        return True


async def test_interceptors_go_with_every_line(tmp_path: Path) -> None:
    async with connected(tmp_path) as (patient, caller, channel):
        patient.go.set()
        await ask(channel, "unary_unary")
        old_line = channel.line()
        caller.renew()
        await until(lambda: channel.line() is not old_line)
        await ask(channel, "unary_unary")
        assert all(METADATA_KEY in sent for sent in patient.metadata)


async def test_a_method_made_before_the_renewal_follows_it(tmp_path: Path) -> None:
    async with connected(tmp_path) as (patient, caller, channel):
        patient.go.set()
        method: Any = channel.unary_unary("/test.Patient/unary_unary")
        await method(b"x", timeout=30)
        old_line = channel.line()
        caller.renew()
        await until(lambda: channel.line() is not old_line)
        await method(b"x", timeout=30)
        assert patient.shown[-1] == caller.folder.certificate.read_bytes()


async def test_what_has_to_connect_anyway_connects_with_the_new_certificate(
    tmp_path: Path,
) -> None:
    async with connected(tmp_path) as (patient, caller, channel):
        patient.go.set()
        caller.renew()
        await ask(channel, "unary_unary")
        assert patient.shown == [caller.folder.certificate.read_bytes()]


async def test_a_new_certificate_that_connects_nowhere_leaves_calls_where_they_are(
    tmp_path: Path,
) -> None:
    async with connected(tmp_path) as (patient, caller, channel):
        patient.go.set()
        await ask(channel, "unary_unary")
        old_line = channel.line()
        stranger = Authority("stranger")
        caller.folder.write(stranger.issue("activity"), OURS.certificate)
        await until(lambda: caller.watch.current().certificate != patient.shown[0])
        for _ in range(20):
            assert await ask(channel, "unary_unary") == b"ab"
        assert channel.line() is old_line
        # A good one that follows takes the place of both.
        caller.renew()
        await until(lambda: channel.line() is not old_line)
        assert await ask(channel, "unary_unary") == b"ab"


async def test_closing_closes_every_line(tmp_path: Path) -> None:
    async with connected(tmp_path) as (patient, caller, channel):
        old_line = channel.line()
        held = asyncio.ensure_future(ask(channel, "unary_unary"))
        await until(lambda: patient.waiting == 1)
        caller.renew()
        await until(lambda: channel.line() is not old_line)
        new_line = channel.line()
        await channel.close()
        with pytest.raises((aio.AioRpcError, asyncio.CancelledError)):
            await held
        assert _is_closed(old_line)
        assert _is_closed(new_line)


async def test_mutant_a_line_that_is_closed_at_once_cuts_calls_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def close_at_once(line: Any) -> None:
        await line.channel.close()

    monkeypatch.setattr(renewing_channel._Line, "retire", close_at_once)
    check: Callable[..., Any] = (
        test_a_call_under_way_ends_on_the_old_line_and_the_next_takes_the_new
    )
    with pytest.raises((AssertionError, aio.AioRpcError, asyncio.CancelledError)):
        await check("unary_unary", tmp_path)
