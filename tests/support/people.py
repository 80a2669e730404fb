"""People of a tenant who decide: every method of what they can do, by its name."""

import uuid
from typing import Any

from aos.policies.v1 import (
    enforcement_service_pb2,
    enforcement_service_pb2_grpc,
    governance_service_pb2,
    governance_service_pb2_grpc,
    lesson_service_pb2,
    lesson_service_pb2_grpc,
    override_service_pb2,
    override_service_pb2_grpc,
    prevention_service_pb2,
    prevention_service_pb2_grpc,
    proposal_service_pb2,
    proposal_service_pb2_grpc,
)
from kernel.principal import Principal
from tests.support.governed import TIMEOUT
from tests.support.identities import Metadata
from tests.support.plane import Plane

_CONTRACTS: tuple[tuple[Any, Any], ...] = (
    (enforcement_service_pb2, enforcement_service_pb2_grpc),
    (governance_service_pb2, governance_service_pb2_grpc),
    (lesson_service_pb2, lesson_service_pb2_grpc),
    (override_service_pb2, override_service_pb2_grpc),
    (prevention_service_pb2, prevention_service_pb2_grpc),
    (proposal_service_pb2, proposal_service_pb2_grpc),
)


class Person:
    """Whoever calls with some credential."""

    def __init__(self, plane: Plane, metadata: Metadata) -> None:
        self._channel = plane.services["policies"].channel
        self._metadata = metadata

    async def call(self, method: str, request_id: str | None = None, **fields: Any) -> Any:
        """Call a method of whichever contract has it."""
        messages, stubs = next(
            contract for contract in _CONTRACTS if hasattr(contract[0], f"{method}Request")
        )
        request = getattr(messages, f"{method}Request")(**fields)
        if "request_id" in request.DESCRIPTOR.fields_by_name:
            request.request_id = request_id or str(uuid.uuid4())
        (service,) = messages.DESCRIPTOR.services_by_name
        stub = getattr(stubs, f"{service}Stub")(self._channel)
        return await getattr(stub, method)(request, timeout=TIMEOUT, metadata=self._metadata)

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


def person(plane: Plane, principal: Principal) -> Person:
    """Somebody with a token."""
    return Person(plane, plane.identities.metadata(principal))


def operator(plane: Plane, tenant: str = "") -> Person:
    """Whoever runs the plane, for a tenant or for none."""
    return Person(
        plane, plane.identities.service_metadata("operator", audience="policies", tenant=tenant)
    )
