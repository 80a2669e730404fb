"""Calls of this command to the ledger of a running plane, with somebody's API key."""

import hashlib
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import grpc

from aos.logs.v1 import export_pb2, ledger_pb2, ledger_service_pb2, ledger_service_pb2_grpc
from aosctl.tenant_session import TIMEOUT_SECONDS, TenantSession, session_with

_PAGE = 500


class LedgerClient:
    """The ledger of the tenant whose key it is."""

    def __init__(self, *, channel: grpc.aio.Channel, token: str) -> None:
        self._ledger = ledger_service_pb2_grpc.LedgerServiceStub(channel)
        self._options = TenantSession(channel=channel, token=token).options

    async def sign(self) -> ledger_pb2.Checkpoint:
        """Have the log signed as it is now."""
        request = ledger_service_pb2.CreateCheckpointRequest()
        return (await self._ledger.CreateCheckpoint(request, **self._options)).checkpoint

    async def record_export(self, text: str, *, tree_size: int, run_id: str | None) -> None:
        """Have it recorded that a file with this text is taken away."""
        content = text.encode()
        run = export_pb2.EXPORT_KIND_RUN_LEDGER
        export = export_pb2.Export(
            kind=run if run_id else export_pb2.EXPORT_KIND_LEDGER,
            subject=run_id or "",
            tree_size=tree_size,
            content_sha256=hashlib.sha256(content).digest(),
            size_bytes=len(content),
        )
        request = ledger_service_pb2.RecordExportRequest(
            request_id=str(uuid.uuid4()), export=export
        )
        await self._ledger.RecordExport(request, **self._options)

    async def exports(self) -> Sequence[export_pb2.Export]:
        """The last exports, newest first."""
        request = ledger_service_pb2.ListExportsRequest()
        return (await self._ledger.ListExports(request, **self._options)).exports

    async def checkpoints(self, count: int) -> Sequence[ledger_pb2.Checkpoint]:
        """The last checkpoints, largest first."""
        request = ledger_service_pb2.ListCheckpointsRequest(page_size=count)
        return (await self._ledger.ListCheckpoints(request, **self._options)).checkpoints

    async def keys(self) -> list[str]:
        """The verifier keys of the plane."""
        request = ledger_service_pb2.ListCheckpointKeysRequest()
        answer = await self._ledger.ListCheckpointKeys(request, timeout=TIMEOUT_SECONDS)
        return [key.verifier_key for key in answer.keys]

    async def entry(self, sequence: int) -> ledger_pb2.LedgerEntry:
        """One entry."""
        request = ledger_service_pb2.GetEntryRequest(sequence=sequence)
        return (await self._ledger.GetEntry(request, **self._options)).entry

    async def entries(self, run_id: str | None) -> AsyncIterator[ledger_pb2.LedgerEntry]:
        """The entries of a run, or of the whole log, in their order."""
        filter_ = ledger_service_pb2.LedgerFilter(run_id=run_id or "")
        request = ledger_service_pb2.ListEntriesRequest(filter=filter_, page_size=_PAGE)
        while True:
            answer = await self._ledger.ListEntries(request, **self._options)
            for entry in answer.entries:
                yield entry
            if not answer.next_page_token:
                return
            request.page_token = answer.next_page_token

    async def inclusion(self, sequence: int, size: int) -> list[bytes]:
        """The proof that an entry is in the log of a size."""
        request = ledger_service_pb2.GetInclusionProofRequest(sequence=sequence, tree_size=size)
        return list((await self._ledger.GetInclusionProof(request, **self._options)).hashes)

    async def consistency(
        self, first: int, second: int
    ) -> ledger_service_pb2.GetConsistencyProofResponse:
        """The proof that the log of one size is the beginning of another's."""
        request = ledger_service_pb2.GetConsistencyProofRequest(
            first_size=first, second_size=second
        )
        return await self._ledger.GetConsistencyProof(request, **self._options)

    async def consistency_hashes(self, first: int, second: int) -> list[bytes]:
        """The hashes of that proof alone."""
        return list((await self.consistency(first, second)).hashes)


@asynccontextmanager
async def connected(data_dir: Path) -> AsyncIterator[LedgerClient]:
    """Connect with the key of AOS_API_KEY; whatever is refused is told in a sentence."""
    async with session_with("logs", data_dir) as session:
        yield LedgerClient(channel=session.channel, token=session.token)
