"""Serves aos.logs.v1.LedgerService."""

from typing import Any

from aos.logs.v1 import ledger_service_pb2, ledger_service_pb2_grpc
from kernel.clock import Clock
from servicekit import calls
from servicekit.batching import Batcher
from servicekit.failpoints import failpoint
from servicekit.mutations import Mutations
from servicekit.paging import PageTokens
from servicekit.unit_of_work import UnitsOfWork
from services.logs.api import export_messages, ledger_messages
from services.logs.api.writers import writing_service
from services.logs.domain.notary import Notary
from services.logs.usecases import read_ledger
from services.logs.usecases.append_entries import Answer, Call
from services.logs.usecases.checkpoints import sign_now
from services.logs.usecases.exports import list_exports, record_export
from services.logs.usecases.ports import UnitOfWork


class LedgerService(ledger_service_pb2_grpc.LedgerServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[UnitOfWork],
        mutations: Mutations[UnitOfWork],
        appends: Batcher[Call, Answer],
        notary: Notary,
        page_tokens: PageTokens,
        clock: Clock,
    ) -> None:
        self._units_of_work = units_of_work
        self._mutations = mutations
        self._appends = appends
        self._notary = notary
        self._page_tokens = page_tokens
        self._clock = clock

    async def AppendEntries(self, request: Any, _context: Any) -> Any:
        """Append entries, together with those of other calls that wait."""
        service = writing_service(request.drafts)
        drafts = [ledger_messages.to_sealed(draft, service=service) for draft in request.drafts]
        positions = await self._appends.submit(drafts)
        failpoint("ledger.before_answer")
        return ledger_service_pb2.AppendEntriesResponse(
            positions=[ledger_messages.from_position(position) for position in positions]
        )

    async def GetEntry(self, request: Any, _context: Any) -> Any:
        """Return one entry."""
        principal = calls.principal()
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            entry = await read_ledger.get_entry(
                request.sequence, principal=principal, unit_of_work=unit_of_work
            )
        return ledger_service_pb2.GetEntryResponse(entry=ledger_messages.from_entry(entry))

    async def ListEntries(self, request: Any, _context: Any) -> Any:
        """List entries in their order."""
        principal = calls.principal()
        page = self._page_tokens.read(request, tenant=principal.tenant_id)
        query = ledger_messages.to_query(request.filter, principal.tenant_id)
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await read_ledger.list_entries(
                query, page, principal=principal, unit_of_work=unit_of_work
            )
        return ledger_service_pb2.ListEntriesResponse(
            entries=[ledger_messages.from_entry(entry) for entry in found.items],
            next_page_token=self._page_tokens.write(
                request, found.next_after, tenant=principal.tenant_id
            ),
        )

    async def CreateCheckpoint(self, _request: Any, _context: Any) -> Any:
        """Sign the log as it is now."""
        checkpoint = await sign_now(
            principal=calls.principal(),
            notary=self._notary,
            units_of_work=self._units_of_work,
            clock=self._clock,
        )
        return ledger_service_pb2.CreateCheckpointResponse(
            checkpoint=ledger_messages.from_checkpoint(checkpoint)
        )

    async def ListCheckpoints(self, request: Any, _context: Any) -> Any:
        """List checkpoints, largest first."""
        principal = calls.principal()
        page = self._page_tokens.read(request, tenant=principal.tenant_id)
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await read_ledger.list_checkpoints(
                page, principal=principal, unit_of_work=unit_of_work
            )
        return ledger_service_pb2.ListCheckpointsResponse(
            checkpoints=[ledger_messages.from_checkpoint(one) for one in found.items],
            next_page_token=self._page_tokens.write(
                request, found.next_after, tenant=principal.tenant_id
            ),
        )

    async def GetInclusionProof(self, request: Any, _context: Any) -> Any:
        """Prove that an entry is in the log of a size."""
        principal = calls.principal()
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            proof = await read_ledger.prove_inclusion(
                request.sequence, request.tree_size, principal=principal, unit_of_work=unit_of_work
            )
        return ledger_messages.from_inclusion(proof)

    async def GetConsistencyProof(self, request: Any, _context: Any) -> Any:
        """Prove that the log of one size is the beginning of another's."""
        principal = calls.principal()
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            proof = await read_ledger.prove_consistency(
                request.first_size,
                request.second_size,
                principal=principal,
                unit_of_work=unit_of_work,
            )
        return ledger_messages.from_consistency(proof)

    async def RecordExport(self, request: Any, _context: Any) -> Any:
        """Record what is being exported."""
        principal = calls.principal()

        async def work(unit_of_work: UnitOfWork) -> ledger_service_pb2.RecordExportResponse:
            export = await record_export(
                export_messages.to_record_export(request.export),
                principal=principal,
                unit_of_work=unit_of_work,
                clock=self._clock,
            )
            return ledger_service_pb2.RecordExportResponse(
                export=export_messages.from_export(export)
            )

        return await self._mutations.once(
            request, ledger_service_pb2.RecordExportResponse, work, tenant=principal.tenant_id
        )

    async def ListExports(self, request: Any, _context: Any) -> Any:
        """List exports, newest first."""
        principal = calls.principal()
        page = self._page_tokens.read(request, tenant=principal.tenant_id)
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await list_exports(page, principal=principal, unit_of_work=unit_of_work)
        return ledger_service_pb2.ListExportsResponse(
            exports=[export_messages.from_export(one) for one in found.items],
            next_page_token=self._page_tokens.write(
                request, found.next_after, tenant=principal.tenant_id
            ),
        )

    async def ListCheckpointKeys(self, _request: Any, _context: Any) -> Any:
        """Return the keys that checkpoints are verified with."""
        return ledger_service_pb2.ListCheckpointKeysResponse(
            keys=[ledger_messages.from_key(key) for key in self._notary.keys]
        )
