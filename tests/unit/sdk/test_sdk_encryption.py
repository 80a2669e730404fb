"""A plane behind TLS, reached by `grpcs://`."""

import ipaddress
from datetime import timedelta

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from aos_sdk import AsyncAOSClient, PlaneUnreachable
from aos_sdk.testing import FakePlane
from aos_sdk.testing._fake_services import FakeServices
from kernel.clock import SystemClock


def certificate() -> tuple[bytes, bytes]:
    """A key and a certificate for 127.0.0.1, good for an hour."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a plane")])
    now = SystemClock().now()
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private, signed.public_bytes(serialization.Encoding.PEM)


async def test_a_plane_behind_tls_is_reached_by_whoever_trusts_its_certificate(
    plane: FakePlane,
) -> None:
    private, public = certificate()
    server = grpc.aio.server()
    FakeServices(plane._world).register(server)
    credentials = grpc.ssl_server_credentials([(private, public)])
    port = server.add_secure_port("127.0.0.1:0", credentials)
    await server.start()
    url = f"grpcs://127.0.0.1:{port}"
    try:
        async with (
            AsyncAOSClient(plane.api_key, url, root_certificates=public) as client,
            client.run(goal="g", agent=plane.agent_id) as run,
            run.step("s"),
        ):
            pass
        assert len(plane.last_run.steps) == 1
        async with AsyncAOSClient(plane.api_key, url, timeout=0.3) as stranger:
            with pytest.raises(PlaneUnreachable):
                await stranger.get_capabilities()
    finally:
        await server.stop(grace=None)
