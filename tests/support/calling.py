"""Whoever calls a service with some credential: every method of every contract, by its name."""

import uuid
from importlib import import_module
from typing import Any

from tests.support.identities import Metadata
from tests.support.methods import CONTRACTS
from tests.support.plane import Plane

TIMEOUT = 15


class Caller:
    """Somebody who calls one service."""

    def __init__(self, plane: Plane, service: str, metadata: Metadata) -> None:
        self._channel = plane.services[service].channel
        self._contracts = CONTRACTS[service]
        self.metadata = metadata

    async def call(self, method: str, request_id: str | None = None, **fields: Any) -> Any:
        """Call a method of whichever contract has it."""
        messages = next(one for one in self._contracts if hasattr(one, f"{method}Request"))
        request = getattr(messages, f"{method}Request")(**fields)
        if "request_id" in request.DESCRIPTOR.fields_by_name:
            request.request_id = request_id or str(uuid.uuid4())
        (service,) = messages.DESCRIPTOR.services_by_name
        stubs = import_module(f"{messages.__name__}_grpc")
        stub = getattr(stubs, f"{service}Stub")(self._channel)
        return await getattr(stub, method)(request, timeout=TIMEOUT, metadata=self.metadata)

    async def every(self, method: str, field: str, *, size: int = 2, **fields: Any) -> list[Any]:
        """Everything that a list has, page by page."""
        found: list[Any] = []
        token = ""
        while True:
            page = await self.call(method, page_size=size, page_token=token, **fields)
            found += getattr(page, field)
            token = page.next_page_token
            if not token:
                return found
