"""Services know each other by certificate and token, both of them, and renew without a pause."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import grpc
import pytest
import pytest_asyncio
from grpc import StatusCode, aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from aos.accounts.v1 import token_service_pb2, token_service_pb2_grpc
from aos.system.v1 import status_service_pb2, status_service_pb2_grpc
from aosctl.ports import free_port
from kernel.clock import SystemClock, utc_now
from servicekit.auth.service_tokens import ServiceTokenSigner
from servicekit.auth.tokens import TokenSigner
from servicekit.channel import open_channel
from servicekit.interceptors.checks import Authenticate
from servicekit.tls import certificates
from servicekit.tls.certificates import CertificateFiles, CertificateWatch
from tests.support.certificates import Authority, CertificateFolder, Issued
from tests.support.identities import Metadata, somebody
from tests.support.plane import Plane
from tests.support.waiting import until

TIMEOUT = 10.0
SERVICES = ("accounts", "logs")


@pytest.fixture(autouse=True)
def look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "LOOK_SECONDS", 0.05)


@pytest.fixture(scope="module")
def ours() -> Authority:
    return Authority("ours")


class Encrypted:
    """A plane whose services speak TLS, and the folders that their certificates are in."""

    def __init__(self, plane: Plane) -> None:
        self.plane = plane
        names = (*SERVICES, "orchestrator")
        self.folders = {name: CertificateFolder(plane.folder / f"tls-{name}") for name in names}

    def issue(self, by: Authority, *believed: Authority, lifetime: timedelta | None = None) -> None:
        """Give everybody a new certificate, one after the other, while they work."""
        for name, folder in self.folders.items():
            issued = by.issue(name, lifetime=lifetime or timedelta(days=1))
            folder.write(issued, *(one.certificate for one in believed))

    async def start(self) -> None:
        self.plane.peers.update({name: f"127.0.0.1:{free_port()}" for name in SERVICES})
        for name in SERVICES:
            await self.plane.start(
                name,
                listen=self.plane.peers[name],
                AOS_EDGE_LISTEN="127.0.0.1:0",
                AOS_HEALTH_LISTEN="127.0.0.1:0",
                **self.folders[name].environment(),
            )

    def watch(self, name: str) -> CertificateWatch:
        folder = self.folders[name]
        files = CertificateFiles(
            certificate=folder.certificate, key=folder.key, authorities=folder.authorities
        )
        return CertificateWatch(files=files, service=name, clock=SystemClock())

    def channel(self, caller: str, watch: CertificateWatch) -> aio.Channel:
        """A channel to accounts as a service opens it."""
        key = self.plane.identities.keys[caller]
        return open_channel(
            self.plane.peers["accounts"],
            audience="accounts",
            signer=ServiceTokenSigner(service=caller, key=key, clock=SystemClock()),
            # No contract, so nothing is retried: a failure is seen as one.
            services=[],
            certificates=watch,
        )

    def port(self, kind: str) -> str:
        return f"127.0.0.1:{getattr(self.plane.services['accounts'].host.server, kind)}"

    def token_of(self, name: str) -> Metadata:
        return self.plane.identities.service_metadata(name, audience="accounts")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane, ours: Authority) -> AsyncIterator[Encrypted]:
    made = Encrypted(empty_plane)
    made.issue(ours, ours)
    await made.start()
    yield made


@pytest.fixture(autouse=True)
def issued_by_ours(plane: Encrypted, ours: Authority) -> None:
    """Every test begins with good certificates, whatever the one before left."""
    plane.issue(ours, ours)


async def status(address: str, credentials: Any, metadata: Metadata = ()) -> Any:
    """Ask accounts how it is, over a connection of one's own."""
    options = [("grpc.ssl_target_name_override", "accounts")]
    async with aio.secure_channel(address, credentials, options=options) as channel:
        stub: Any = status_service_pb2_grpc.StatusServiceStub(channel)
        request = status_service_pb2.GetStatusRequest()
        return await stub.GetStatus(request, timeout=TIMEOUT, metadata=metadata)


def shown(issued: Issued, *believed: Authority) -> grpc.ChannelCredentials:
    roots = b"".join(one.certificate for one in believed)
    return grpc.ssl_channel_credentials(roots, issued.key, issued.certificate)


async def refusal(call: Any) -> aio.AioRpcError:
    with pytest.raises(aio.AioRpcError) as refused:
        await call
    return refused.value


async def test_services_find_each_other_and_accept_runs(plane: Encrypted) -> None:
    for name in SERVICES:
        await until(lambda name=name: plane.plane.accepts_runs(name))
    # accounts tells logs of its start, over a channel that it opened itself.
    assert await until(
        lambda: plane.plane.database.value("SELECT count(*) FROM logs.system_records")
    )


async def test_the_right_peer_is_answered(plane: Encrypted, ours: Authority) -> None:
    credentials = shown(ours.issue("orchestrator"), ours)
    answer = await status(plane.port("port"), credentials, plane.token_of("orchestrator"))
    assert answer.status.service == "accounts"


async def test_a_certificate_may_hold_more_names(plane: Encrypted, ours: Authority) -> None:
    credentials = shown(ours.issue("aos.example.com", "orchestrator"), ours)
    assert await status(plane.port("port"), credentials, plane.token_of("orchestrator"))


WRONG_NAMES: Sequence[Sequence[str]] = (
    ["logs"],
    ["orchestrator.example.com"],
    ["*.orchestrator"],
    ["Xorchestrator"],
    [],
)


@pytest.mark.parametrize("names", WRONG_NAMES, ids=str)
async def test_a_token_over_somebody_elses_certificate_is_refused(
    names: Sequence[str], plane: Encrypted, ours: Authority
) -> None:
    credentials = shown(ours.issue(*names), ours)
    error = await refusal(status(plane.port("port"), credentials, plane.token_of("orchestrator")))
    assert error.code() is StatusCode.UNAUTHENTICATED
    assert "The service token is of orchestrator" in str(error.details())


async def test_mutant_without_the_comparison_an_impostor_is_answered(
    plane: Encrypted, ours: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Authenticate, "_require_certified", lambda *_: None)
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        await test_a_token_over_somebody_elses_certificate_is_refused(["logs"], plane, ours)
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        await test_a_service_token_is_worth_nothing_at_the_edge(plane, ours)


async def test_no_certificate_no_connection(plane: Encrypted, ours: Authority) -> None:
    credentials = grpc.ssl_channel_credentials(ours.certificate)
    error = await refusal(status(plane.port("port"), credentials, plane.token_of("orchestrator")))
    assert error.code() is StatusCode.UNAVAILABLE


async def test_a_certificate_of_a_foreign_authority_does_not_connect(
    plane: Encrypted, ours: Authority
) -> None:
    credentials = shown(Authority("foreign").issue("orchestrator"), ours)
    error = await refusal(status(plane.port("port"), credentials, plane.token_of("orchestrator")))
    assert error.code() is StatusCode.UNAVAILABLE


async def test_an_expired_certificate_does_not_connect(plane: Encrypted, ours: Authority) -> None:
    credentials = shown(ours.issue("orchestrator", lifetime=-timedelta(minutes=1)), ours)
    error = await refusal(status(plane.port("port"), credentials, plane.token_of("orchestrator")))
    assert error.code() is StatusCode.UNAVAILABLE


async def test_plain_text_does_not_connect(plane: Encrypted) -> None:
    async with aio.insecure_channel(plane.port("port")) as channel:
        stub: Any = status_service_pb2_grpc.StatusServiceStub(channel)
        call = stub.GetStatus(status_service_pb2.GetStatusRequest(), timeout=TIMEOUT)
        assert (await refusal(call)).code() is StatusCode.UNAVAILABLE


async def test_a_service_that_is_not_listed_is_refused_whatever_it_shows(
    plane: Encrypted, ours: Authority
) -> None:
    credentials = shown(ours.issue("policies"), ours)
    error = await refusal(status(plane.port("port"), credentials, plane.token_of("policies")))
    assert error.code() is StatusCode.PERMISSION_DENIED
    assert "policies may not call" in str(error.details())


async def test_a_server_that_is_somebody_else_is_not_called(
    plane: Encrypted, ours: Authority
) -> None:
    """Who answers at the address of accounts must be accounts."""
    folder = plane.folders["orchestrator"].write(ours.issue("orchestrator"), ours.certificate)
    assert folder.certificate.is_file()
    address = plane.plane.peers["accounts"]
    plane.plane.peers["accounts"] = plane.plane.peers["logs"]
    try:
        channel = plane.channel("orchestrator", plane.watch("orchestrator"))
    finally:
        plane.plane.peers["accounts"] = address
    stub: Any = status_service_pb2_grpc.StatusServiceStub(channel)
    error = await refusal(stub.GetStatus(status_service_pb2.GetStatusRequest(), timeout=TIMEOUT))
    assert error.code() is StatusCode.UNAVAILABLE
    assert "Hostname Verification" in str(error.details())
    await channel.close()


async def test_a_service_token_is_worth_nothing_at_the_edge(
    plane: Encrypted, ours: Authority
) -> None:
    credentials = shown(ours.issue("orchestrator"), ours)
    error = await refusal(
        status(plane.port("edge_port"), credentials, plane.token_of("orchestrator"))
    )
    assert error.code() is StatusCode.UNAUTHENTICATED
    assert "names nobody" in str(error.details())


async def test_people_and_agents_are_answered_at_the_edge_without_certificates(
    plane: Encrypted, ours: Authority
) -> None:
    credentials = grpc.ssl_channel_credentials(ours.certificate)
    options = [("grpc.ssl_target_name_override", "accounts")]
    async with aio.secure_channel(plane.port("edge_port"), credentials, options=options) as channel:
        stub: Any = token_service_pb2_grpc.TokenServiceStub(channel)
        keys = await stub.ListVerificationKeys(
            token_service_pb2.ListVerificationKeysRequest(), timeout=TIMEOUT
        )
        signer = TokenSigner(
            key=plane.plane.identities.signing_key, key_id=keys.keys[0].id, clock=SystemClock()
        )
        person = somebody()
        token = signer.sign(person, not_after=None)[0]
        answer = await stub.GetIdentity(
            token_service_pb2.GetIdentityRequest(),
            timeout=TIMEOUT,
            metadata=(("authorization", f"Bearer {token}"),),
        )
        assert answer.tenant_id == person.tenant_id


async def test_the_health_port_answers_in_plain_text_and_nothing_else(plane: Encrypted) -> None:
    await until(lambda: plane.plane.accepts_runs("accounts"))
    async with aio.insecure_channel(plane.port("health_port")) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        for name in ("", "aos.accounts.v1.TokenService", "runs"):
            answer = await health.Check(
                health_pb2.HealthCheckRequest(service=name), timeout=TIMEOUT
            )
            assert answer.status == health_pb2.HealthCheckResponse.SERVING, name
        for method in (
            "/aos.system.v1.StatusService/GetStatus",
            "/aos.accounts.v1.TokenService/ListVerificationKeys",
            "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        ):
            error = await refusal(channel.unary_unary(method)(b"", timeout=TIMEOUT))
            assert error.code() is StatusCode.UNIMPLEMENTED, method


class Load:
    """Calls that go on without a pause, and what became of them."""

    def __init__(self, channel: aio.Channel) -> None:
        self._stub: Any = status_service_pb2_grpc.StatusServiceStub(channel)
        self._over = False
        self.answered = 0
        self.failures: list[Exception] = []

    async def _call(self) -> None:
        while not self._over:
            try:
                await self._stub.GetStatus(status_service_pb2.GetStatusRequest(), timeout=TIMEOUT)
                self.answered += 1
            except aio.AioRpcError as error:
                self.failures.append(error)

    async def go_on(self, count: int = 50) -> None:
        """Wait for this many more answers."""
        target = self.answered + count
        await until(lambda: self.answered >= target or self.failures)

    async def __aenter__(self) -> Self:
        self._workers = [asyncio.create_task(self._call()) for _ in range(4)]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._over = True
        await asyncio.gather(*self._workers)


async def served_certificate(plane: Encrypted, by: Issued, believed: Authority) -> bytes:
    """What accounts shows at a new connection."""
    context = ssl.create_default_context(cadata=believed.certificate.decode())
    context.set_alpn_protocols(["h2"])
    folder = plane.plane.folder / "looking"
    files = CertificateFolder(folder).write(by, believed.certificate)
    context.load_cert_chain(files.certificate, files.key)
    host, _, port = plane.port("port").partition(":")
    _, writer = await asyncio.open_connection(
        host, int(port), ssl=context, server_hostname="accounts"
    )
    found: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return found


async def all_have(plane: Encrypted, *watches: CertificateWatch) -> None:
    """Wait until everybody uses what was issued last."""
    services = {name: plane.plane.services[name].foundation.certificates for name in SERVICES}
    for name, watch in [*services.items(), *(("orchestrator", one) for one in watches)]:
        wanted = plane.folders[name]
        assert watch is not None
        await until(
            lambda watch=watch, wanted=wanted: (
                watch.current().certificate == wanted.certificate.read_bytes()
                and watch.current().authorities == wanted.authorities.read_bytes()
            )
        )


async def test_certificates_and_authorities_are_replaced_under_load_without_a_failure(
    plane: Encrypted, ours: Authority
) -> None:
    new, short = Authority("new"), timedelta(seconds=10)
    plane.issue(ours, ours, lifetime=short)
    watch = plane.watch("orchestrator")
    ends = utc_now() + short
    channel = plane.channel("orchestrator", watch)
    async with Load(channel) as load:
        await all_have(plane, watch)
        await load.go_on()
        # Both are believed before anybody shows the new, and until nobody shows the old.
        plane.issue(ours, ours, new, lifetime=short)
        await all_have(plane, watch)
        await load.go_on()
        plane.issue(new, ours, new)
        await all_have(plane, watch)
        await load.go_on()
        plane.issue(new, new)
        await all_have(plane, watch)
        await load.go_on()
        await until(lambda: utc_now() > ends)
        await load.go_on()
    assert load.failures == []
    await channel.close()
    found = await served_certificate(plane, new.issue("orchestrator"), new)
    assert found == ssl.PEM_cert_to_DER_cert(plane.folders["accounts"].certificate.read_text())
    old = shown(ours.issue("orchestrator"), new)
    error = await refusal(status(plane.port("port"), old, plane.token_of("orchestrator")))
    assert error.code() is StatusCode.UNAVAILABLE
    fresh = plane.channel("orchestrator", plane.watch("orchestrator"))
    async with Load(fresh) as load:
        await load.go_on(5)
    assert load.failures == []
    await fresh.close()


async def test_mutant_channels_that_keep_their_certificate_fail_when_it_is_not_believed(
    plane: Encrypted, ours: Authority, tmp_path: Path
) -> None:
    """What the renewal is for: the same replacement with a channel that does not follow."""
    watch, new = plane.watch("orchestrator"), Authority("new")
    kept = watch.current()
    watch.current = lambda: kept  # type: ignore[method-assign]
    channel = plane.channel("orchestrator", watch)
    plane.issue(new, new)
    await all_have(plane)
    stub: Any = status_service_pb2_grpc.StatusServiceStub(channel)
    error = await refusal(stub.GetStatus(status_service_pb2.GetStatusRequest(), timeout=TIMEOUT))
    assert error.code() is StatusCode.UNAVAILABLE
    await channel.close()
