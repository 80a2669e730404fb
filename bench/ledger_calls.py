"""What services bring to the ledger, as their couriers bring it."""

from pathlib import Path
from typing import Any

from grpc import aio

from aos.logs.v1 import ledger_pb2, ledger_service_pb2, ledger_service_pb2_grpc
from bench.run_calls import DEADLINE_SECONDS
from kernel.clock import SystemClock
from kernel.identifiers import new_id
from servicekit.auth.keys import read_private_key
from servicekit.auth.service_tokens import METADATA_KEY, ServiceTokenSigner

# Under whose name the entries are brought: a service that has a courier.
SERVICE = "activity"
_BEFORE = '{"id":"run_01k9zj3v6q8m2x4t5w7y9abcde","revision":3,"status":"running"}'
_AFTER = (
    '{"agent_id":"agt_01k9zj3v6q8m2x4t5w7y9abcde","goal":"Decide what to do on Monday.",'
    '"id":"run_01k9zj3v6q8m2x4t5w7y9abcde","revision":4,"status":"succeeded"}'
)


class LedgerCalls:
    """One courier: each call brings entries that nobody has seen, and waits until they are kept."""

    def __init__(self, *, channel: aio.Channel, keys: Path, tenant: str, entries: int) -> None:
        self._stub: Any = ledger_service_pb2_grpc.LedgerServiceStub(channel)
        self._signer = ServiceTokenSigner(
            service=SERVICE,
            key=read_private_key(keys / "identities" / f"{SERVICE}.key"),
            clock=SystemClock(),
        )
        drafts = [_draft(tenant) for _ in range(entries)]
        self._request = ledger_service_pb2.AppendEntriesRequest(drafts=drafts)

    async def append(self) -> None:
        """Append a batch, durably."""
        for draft in self._request.drafts:
            draft.entry_id = new_id("led")
        metadata = ((METADATA_KEY, self._signer.token(audience="logs")),)
        await self._stub.AppendEntries(self._request, timeout=DEADLINE_SECONDS, metadata=metadata)


def _draft(tenant: str) -> ledger_pb2.LedgerDraft:
    draft = ledger_pb2.LedgerDraft(
        tenant_id=tenant,
        event_type="RUN_SUCCEEDED",
        entity_type="run",
        entity_id=new_id("run"),
        actor_type=ledger_pb2.ACTOR_TYPE_API_KEY,
        actor_id=new_id("key"),
        before_json=_BEFORE,
        after_json=_AFTER,
    )
    draft.run_id = draft.entity_id
    draft.occur_time.GetCurrentTime()
    return draft
