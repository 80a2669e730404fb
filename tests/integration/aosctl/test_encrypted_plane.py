"""The `aos` command calls a plane behind TLS, and believes nobody who merely answers."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
import pytest_asyncio
from grpc import aio

from aos.accounts.v1 import token_service_pb2, token_service_pb2_grpc
from aosctl.errors import OperatorError
from aosctl.plane_channel import AUTHORITIES_VARIABLE
from aosctl.tenant_session import KEY_VARIABLE, session_with
from tests.support.certificates import Authority

OURS = Authority("ours")


class Doorkeeper(token_service_pb2_grpc.TokenServiceServicer):
    async def ExchangeKey(self, request: Any, _context: Any) -> Any:  # noqa: N802
        return token_service_pb2.ExchangeKeyResponse(token=f"token for {request.api_key}")


@pytest_asyncio.fixture(loop_scope="session")
async def address() -> AsyncIterator[str]:
    issued = OURS.issue("localhost")
    server = aio.server()
    token_service_pb2_grpc.add_TokenServiceServicer_to_server(Doorkeeper(), server)
    credentials = grpc.ssl_server_credentials([(issued.key, issued.certificate)])
    port = server.add_secure_port("localhost:0", credentials)
    await server.start()
    yield f"localhost:{port}"
    await server.stop(0)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    for variable in ("AOS_ACCOUNTS", "AOS_LOGS"):
        monkeypatch.setenv(variable, f"grpcs://{address}")
    monkeypatch.setenv(KEY_VARIABLE, "key")


async def test_a_plane_behind_tls_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ca.crt").write_bytes(OURS.certificate)
    monkeypatch.setenv(AUTHORITIES_VARIABLE, str(tmp_path / "ca.crt"))
    async with session_with("logs", tmp_path) as session:
        assert session.token == "token for key"
        assert await session.channel.channel_ready() is None


async def test_a_key_is_not_given_to_one_whom_nobody_vouches_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ca.crt").write_bytes(Authority("foreign").certificate)
    monkeypatch.setenv(AUTHORITIES_VARIABLE, str(tmp_path / "ca.crt"))
    with pytest.raises(OperatorError, match="CERTIFICATE_VERIFY_FAILED"):
        async with session_with("logs", tmp_path):
            pass


async def test_a_file_that_is_not_there_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(AUTHORITIES_VARIABLE, str(tmp_path / "none"))
    with pytest.raises(OperatorError, match="which cannot be read"):
        async with session_with("logs", tmp_path):
            pass


async def test_a_key_is_not_sent_in_plain_text_to_a_port_with_tls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("AOS_ACCOUNTS", address)
    with pytest.raises(OperatorError):
        async with session_with("logs", tmp_path):
            pass
