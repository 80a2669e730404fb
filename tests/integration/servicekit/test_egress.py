"""Outgoing HTTP reaches nothing of ours, however its target is written (C-1)."""

import asyncio
import contextlib
import datetime as dt
import ipaddress
import ssl
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kernel.clock import utc_now
from servicekit import egress
from servicekit.addresses import Address, networks_of
from servicekit.egress import Egress, EgressRefused, Names
from tests.support.receivers import Received, WebReceiver, answer

pytestmark = pytest.mark.invariant("C-1")
THIS_MACHINE = ("127.0.0.0/8",)

# `{port}` is where a canary listens, on every address of this machine.
HOSTILE = (
    "http://127.0.0.1:{port}/",
    "https://127.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://127.0.0.2:{port}/",
    "http://127.255.255.254:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.0x0.0x0.0x1:{port}/",
    "http://0X7F.1:{port}/",
    "http://017700000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://0177.0000.0000.0001:{port}/",
    "http://00000177.1:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://127.0.0.01:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://0x0:{port}/",
    "http://[::]:{port}/",
    "http://[::1]:{port}/",
    "https://[::1]:{port}/",
    "http://[0:0:0:0:0:0:0:1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::127.0.0.1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[::1%25lo]:{port}/",
    "http://[::1%lo]:{port}/",
    "http://localhost:{port}/",
    "https://localhost:{port}/",
    "http://LOCALHOST:{port}/",
    "http://localhost.:{port}/",
    "http://ip6-localhost:{port}/",
    "http://ｌｏｃａｌｈｏｓｔ:{port}/",
    "http://127。0。0。1:{port}/",
    "http://１２７.0.0.1:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/",
    "http://example.org@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}@127.0.0.1:{port}/",
    "http://example.org:80@localhost:{port}/",
    "http://@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@example.org/",
    "http://127.0.0.1:{port}\\@example.org/",
    "http:\\\\127.0.0.1:{port}/",
    "http://127.0.0.1%00.example.org:{port}/",
    "http://127.0.0.1\t:{port}/",
    "http://127.0.0.1\r\nHost: example.org:{port}/",
    " http://127.0.0.1:{port}/",
    "http:///127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "HTTP://127.0.0.1:{port}/",
    "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_GET",
    "file:///etc/passwd",
    "unix:/var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
    "http://inside.test:{port}/",
    "https://inside.test:{port}/",
    "https://one-of-two.test:{port}/",
    "https://one-of-two-the-other-way.test:{port}/",
    "https://wrapped.test:{port}/",
    "https://any.test:{port}/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
)
# What names mean here; all others are looked up as ever.
MEANINGS = {
    "inside.test": ("127.0.0.1",),
    "one-of-two.test": ("93.184.216.34", "127.0.0.1"),
    "one-of-two-the-other-way.test": ("127.0.0.1", "93.184.216.34"),
    "wrapped.test": ("::ffff:127.0.0.1",),
    "any.test": ("0.0.0.0",),
}


async def resolve(host: str, port: int) -> Sequence[Address]:
    if host in MEANINGS:
        return [ipaddress.ip_address(text) for text in MEANINGS[host]]
    return await Names()(host, port)


TLS = ssl.create_default_context()


def make(*, tls: ssl.SSLContext | None = None, resolve: egress.Resolve = resolve) -> Egress:
    permitted = networks_of(["127.0.0.0/8", "::1/128"])
    return Egress(tls=tls or TLS, resolve=resolve, permitted=permitted)


@pytest_asyncio.fixture(loop_scope="session")
async def canary() -> AsyncIterator[WebReceiver]:
    """Listens wherever this machine can be reached."""
    receiver = await WebReceiver().start("0.0.0.0")
    with contextlib.suppress(OSError):
        await receiver.start("::1")
    yield receiver
    await receiver.stop()


async def post(guarded: Egress, url: str, *, allowed: tuple[str, ...] = ()) -> httpx2.Response:
    async with guarded.client(url, allowed=allowed, timeout=2.0) as client:
        return await client.post(url, content=b"{}")


@pytest.mark.parametrize("target", HOSTILE)
async def test_a_hostile_target_is_refused_and_no_connection_is_made(
    canary: WebReceiver, target: str
) -> None:
    url, guarded = target.format(port=canary.port), make()
    with pytest.raises(EgressRefused):
        await guarded.inspect(url, allowed=())
    # Somebody may have put it into the database past the inspection.
    with pytest.raises((EgressRefused, httpx2.TransportError)):
        await post(guarded, url)
    assert canary.connections == 0


async def test_mutant_without_the_look_at_addresses_the_canary_is_reached(
    canary: WebReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(egress, "_require", lambda *_args, **_options: None)

    async def reach_for(target: str) -> None:
        with contextlib.suppress(EgressRefused, httpx2.HTTPError, OSError):
            await post(make(), target.format(port=canary.port))

    await asyncio.gather(*(reach_for(target) for target in HOSTILE))
    assert canary.connections >= 12


async def test_what_a_name_means_is_asked_once_and_that_is_where_it_goes(
    canary: WebReceiver,
) -> None:
    """A name that is public when it is looked at and private when it is used does not exist."""
    asked: list[str] = []

    async def changing(host: str, _port: int) -> Sequence[Address]:
        asked.append(host)
        first = len(asked) == 1
        return [ipaddress.ip_address("127.0.0.1" if first else "127.0.0.2")]

    answered = await post(
        make(resolve=changing), f"http://turncoat.test:{canary.port}/", allowed=THIS_MACHINE
    )
    assert answered.status_code == 200
    assert asked == ["turncoat.test"]
    assert canary.requests[0].headers["host"] == f"turncoat.test:{canary.port}"


async def test_a_name_that_changes_after_it_was_inspected_is_refused(canary: WebReceiver) -> None:
    meanings = iter([["93.184.216.34"], ["127.0.0.1"]])

    async def changing(_host: str, _port: int) -> Sequence[Address]:
        return [ipaddress.ip_address(text) for text in next(meanings)]

    guarded, url = make(resolve=changing), f"https://turncoat.test:{canary.port}/"
    await guarded.inspect(url, allowed=())
    with pytest.raises(EgressRefused):
        await post(guarded, url)
    assert canary.connections == 0


async def test_a_network_that_is_allowed_is_reached_and_one_that_is_not_permitted_is_not(
    canary: WebReceiver,
) -> None:
    url = f"http://127.0.0.1:{canary.port}/"
    await make().inspect(url, allowed=THIS_MACHINE)
    assert (await post(make(), url, allowed=THIS_MACHINE)).status_code == 200
    strict = Egress(tls=TLS, resolve=resolve, permitted=())
    assert not strict.permits("127.0.0.0/8")
    with pytest.raises(EgressRefused):
        await post(strict, url, allowed=THIS_MACHINE)
    assert canary.connections == 1


async def test_without_encryption_only_allowed_networks_are_spoken_to() -> None:
    async def public(_host: str, _port: int) -> Sequence[Address]:
        return [ipaddress.ip_address("93.184.216.34")]

    with pytest.raises(EgressRefused, match="https"):
        await make(resolve=public).inspect("http://example.org/", allowed=THIS_MACHINE)
    await make(resolve=public).inspect("https://example.org/", allowed=())


async def test_redirects_are_not_followed(canary: WebReceiver) -> None:
    async def elsewhere(_request: Received) -> bytes:
        return answer("302 Found", f"location: http://127.0.0.2:{canary.port}/")

    canary.respond = elsewhere
    answered = await post(make(), f"http://127.0.0.1:{canary.port}/", allowed=THIS_MACHINE)
    assert (answered.status_code, canary.connections) == (302, 1)


async def test_a_proxy_of_the_environment_is_not_asked(
    canary: WebReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = await WebReceiver().start()
    try:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        url = f"http://127.0.0.1:{canary.port}/"
        assert (await post(make(), url, allowed=THIS_MACHINE)).status_code == 200
        assert (proxy.connections, canary.connections) == (0, 1)
    finally:
        await proxy.stop()


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server of this name shows, and what believes it."""
    key, subject = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]),
    )
    day = dt.timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(utc_now() - day)
        .not_valid_after(utc_now() + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, *plain)
        + made.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cafile=str(file))


async def test_the_name_stays_in_the_handshake_and_is_what_the_certificate_is_checked_by(
    tmp_path: Path,
) -> None:
    server, client = certificate(tmp_path, "receiver.test")
    names: list[str] = []
    server.sni_callback = lambda _socket, name, _context: names.append(name or "")
    receiver = await WebReceiver().start(tls=server)

    async def here(_host: str, _port: int) -> Sequence[Address]:
        return [ipaddress.ip_address("127.0.0.1")]

    guarded = make(tls=client, resolve=here)
    try:
        url = f"https://receiver.test:{receiver.port}/hook"
        assert (await post(guarded, url, allowed=THIS_MACHINE)).status_code == 200
        assert names == ["receiver.test"]
        assert receiver.requests[0].headers["host"] == f"receiver.test:{receiver.port}"
        with pytest.raises(httpx2.NetworkError):
            await post(guarded, f"https://other.test:{receiver.port}/", allowed=THIS_MACHINE)
        assert len(receiver.requests) == 1
    finally:
        await receiver.stop()


async def test_an_address_that_does_not_answer_does_not_keep_the_others_from_being_tried(
    canary: WebReceiver,
) -> None:
    async def two(_host: str, _port: int) -> Sequence[Address]:
        return [ipaddress.ip_address("::1"), ipaddress.ip_address("127.0.0.1")]

    only_one = await WebReceiver().start("127.0.0.1")
    try:
        url = f"http://two.test:{only_one.port}/"
        networks = (*THIS_MACHINE, "::1/128")
        assert (await post(make(resolve=two), url, allowed=networks)).status_code == 200
    finally:
        await only_one.stop()
