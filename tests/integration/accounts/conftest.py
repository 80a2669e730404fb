"""accounts at work on real engines, and clients of it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from aos.activity.v1 import run_service_pb2_grpc
from tests.integration.accounts.clients import Operator, Tenant
from tests.support.plane import Plane
from tests.support.waiting import until


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    await empty_plane.start("accounts")
    await until(lambda: empty_plane.accepts_runs("accounts"))
    yield empty_plane


@pytest.fixture
def operator(plane: Plane) -> Operator:
    return Operator(plane)


@pytest_asyncio.fixture(loop_scope="session")
async def tenant(operator: Operator) -> Tenant:
    """A tenant of the test's own."""
    return await operator.make_tenant()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def activity(plane: Plane) -> AsyncIterator[Any]:
    """Another service, which verifies the tokens of accounts offline."""
    service = await plane.start("activity")
    await until(lambda: plane.accepts_runs("activity"))
    yield run_service_pb2_grpc.RunServiceStub(service.channel)
