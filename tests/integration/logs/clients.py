"""logs as its callers see it."""

from collections.abc import Sequence
from typing import Any

from grpc import aio

from aos.logs.v1 import (
    ledger_pb2,
    ledger_service_pb2,
    ledger_service_pb2_grpc,
    retrieval_evidence_service_pb2,
    retrieval_evidence_service_pb2_grpc,
    run_log_service_pb2,
    run_log_service_pb2_grpc,
    run_record_service_pb2,
    run_record_service_pb2_grpc,
    system_record_service_pb2,
    system_record_service_pb2_grpc,
)
from kernel.clock import utc_now
from kernel.identifiers import new_id
from kernel.principal import Principal
from tests.support.identities import Metadata
from tests.support.plane import Plane

TIMEOUT = 20.0
_CONTRACTS: tuple[tuple[Any, Any], ...] = (
    (ledger_service_pb2, ledger_service_pb2_grpc),
    (system_record_service_pb2, system_record_service_pb2_grpc),
    (run_record_service_pb2, run_record_service_pb2_grpc),
    (run_log_service_pb2, run_log_service_pb2_grpc),
    (retrieval_evidence_service_pb2, retrieval_evidence_service_pb2_grpc),
)


class Client:
    """Every method of logs, called with one credential: ``client.ListEntries(…)``."""

    def __init__(self, channel: aio.Channel, metadata: Metadata) -> None:
        self._metadata = metadata
        self._methods: dict[str, tuple[Any, Any]] = {}
        for messages, stubs in _CONTRACTS:
            (contract,) = messages.DESCRIPTOR.services_by_name.values()
            stub = getattr(stubs, f"{contract.name}Stub")(channel)
            for method in contract.methods:
                request_type = getattr(messages, f"{method.name}Request")
                self._methods[method.name] = (getattr(stub, method.name), request_type)

    def __getattr__(self, name: str) -> Any:
        method, request_type = self._methods[name]
        return lambda **fields: method(
            request_type(**fields), timeout=TIMEOUT, metadata=self._metadata
        )


def writer(plane: Plane, service: str = "activity", tenant: str = "") -> Client:
    """A service of ours, acting for nobody in particular or for one tenant."""
    metadata = plane.identities.service_metadata(service, audience="logs", tenant=tenant)
    return Client(plane.services["logs"].channel, metadata)


def reader(plane: Plane, principal: Principal) -> Client:
    """Somebody with a token."""
    return Client(plane.services["logs"].channel, plane.identities.metadata(principal))


def draft(tenant: str, **fields: object) -> ledger_pb2.LedgerDraft:
    """An entry that is new each time."""
    values = {
        "entry_id": new_id("led"),
        "tenant_id": tenant,
        "event_type": "POLICY_ACTIVATED",
        "entity_type": "policy",
        "entity_id": new_id("pol"),
        "actor_type": ledger_pb2.ACTOR_TYPE_PERSON,
        "actor_id": "per_somebody",
        "before_json": '{"state":"draft"}',
        "after_json": '{"limit":1.5,"state":"active"}',
        **fields,
    }
    made = ledger_pb2.LedgerDraft(**values)
    if not made.HasField("occur_time"):
        made.occur_time.FromDatetime(utc_now())
    return made


async def append(plane: Plane, *drafts: ledger_pb2.LedgerDraft) -> Sequence[Any]:
    """Append in one call; returns the positions."""
    return (await writer(plane).AppendEntries(drafts=drafts)).positions


async def grow(plane: Plane, tenant: str, count: int, **fields: object) -> None:
    """Append so many entries."""
    for start in range(0, count, 200):
        size = min(200, count - start)
        await append(plane, *(draft(tenant, **fields) for _ in range(size)))


async def all_entries(client: Client, **filter_: object) -> list[Any]:
    """All entries of a filter, page by page."""
    found: list[Any] = []
    token = ""
    while True:
        page = await client.ListEntries(filter=filter_, page_size=50, page_token=token)
        found += page.entries
        token = page.next_page_token
        if not token:
            return found
