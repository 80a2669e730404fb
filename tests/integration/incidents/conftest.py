"""A plane with incidents, and tenants in it."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.support.alerting import start_telling
from tests.support.mishaps import Scene, start_spine
from tests.support.plane import Plane
from tests.support.receivers import MailReceiver, WebReceiver


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    """Incidents beside real activity and policies."""
    await start_spine(empty_plane)
    yield empty_plane


@pytest_asyncio.fixture(loop_scope="session")
async def scene(plane: Plane) -> Scene:
    """A tenant in which nothing went wrong yet."""
    return Scene(plane)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def mail() -> AsyncIterator[MailReceiver]:
    """A mail server for the module."""
    server = await MailReceiver().start()
    yield server
    await server.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def receiver() -> AsyncIterator[WebReceiver]:
    """Somebody who receives webhooks."""
    listening = await WebReceiver().start()
    yield listening
    await listening.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def telling_plane(empty_plane: Plane, mail: MailReceiver) -> AsyncIterator[Plane]:
    """Incidents with a mail server, and little patience with those who do not answer."""
    await start_telling(
        empty_plane,
        AOS_SMTP_HOST="127.0.0.1",
        AOS_SMTP_PORT=str(mail.port),
        AOS_SMTP_SECURITY="none",
        AOS_SMTP_SENDER="aos@plane.example",
        AOS_DELIVERY_SECONDS="2",
        AOS_DELIVERY_CONNECT_SECONDS="2",
    )
    yield empty_plane
