"""A fake plane, clients of it, and the rule that nothing invalid is ever said to it."""

from collections.abc import AsyncIterator, Iterator

import protovalidate
import pytest
import pytest_asyncio

from aos.orchestrator.v1 import session_service_pb2
from aos_sdk import AOSClient, AsyncAOSClient
from aos_sdk.testing import FakeClock, FakePlane


@pytest.fixture
def plane() -> Iterator[FakePlane]:
    """A plane; whatever the client has said to it must pass the rules of the contract."""
    with FakePlane(heartbeat_every=0.2) as made:
        yield made
    for message in made.received:
        data = message.SerializeToString()
        protovalidate.validate(session_service_pb2.SessionRequest.FromString(data))


@pytest.fixture
def client(plane: FakePlane) -> Iterator[AOSClient]:
    with plane.client() as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def async_client(plane: FakePlane) -> AsyncIterator[AsyncAOSClient]:
    async with plane.async_client() as made:
        yield made


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
