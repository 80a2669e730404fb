"""Calls of this command to the ledger of a running plane, with somebody's API key."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc

from aos.accounts.v1 import token_service_pb2, token_service_pb2_grpc
from aos.logs.v1 import ledger_pb2, ledger_service_pb2, ledger_service_pb2_grpc
from aosctl.board import read_snapshot
from aosctl.datafolder import DataFolder
from aosctl.errors import OperatorError

KEY_VARIABLE = "AOS_API_KEY"
_TIMEOUT_SECONDS = 30
_PAGE = 500


class LedgerClient:
    """The ledger of the tenant whose key it is."""

    def __init__(self, *, channel: grpc.aio.Channel, token: str) -> None:
        self._ledger = ledger_service_pb2_grpc.LedgerServiceStub(channel)
        self._options: dict[str, Any] = {
            "timeout": _TIMEOUT_SECONDS,
            "metadata": (("authorization", f"Bearer {token}"),),
        }

    async def sign(self) -> ledger_pb2.Checkpoint:
        """Have the log signed as it is now."""
        request = ledger_service_pb2.CreateCheckpointRequest()
        return (await self._ledger.CreateCheckpoint(request, **self._options)).checkpoint

    async def checkpoints(self, count: int) -> Sequence[ledger_pb2.Checkpoint]:
        """The last checkpoints, largest first."""
        request = ledger_service_pb2.ListCheckpointsRequest(page_size=count)
        return (await self._ledger.ListCheckpoints(request, **self._options)).checkpoints

    async def keys(self) -> list[str]:
        """The verifier keys of the plane."""
        request = ledger_service_pb2.ListCheckpointKeysRequest()
        answer = await self._ledger.ListCheckpointKeys(request, timeout=_TIMEOUT_SECONDS)
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
    api_key = os.environ.get(KEY_VARIABLE)
    if not api_key:
        raise OperatorError(f"Set {KEY_VARIABLE} to an API key of the tenant: `aos up` prints one.")
    accounts, logs = (_address(name, data_dir) for name in ("accounts", "logs"))
    try:
        token = await _token(accounts, api_key)
        async with grpc.aio.insecure_channel(logs) as channel:
            yield LedgerClient(channel=channel, token=token)
    except grpc.aio.AioRpcError as error:
        raise OperatorError(f"The plane refused: {error.details()}") from error


async def _token(address: str, api_key: str) -> str:
    async with grpc.aio.insecure_channel(address) as channel:
        tokens = token_service_pb2_grpc.TokenServiceStub(channel)
        request = token_service_pb2.ExchangeKeyRequest(api_key=api_key)
        return (await tokens.ExchangeKey(request, timeout=_TIMEOUT_SECONDS)).token


def _address(service: str, data_dir: Path) -> str:
    """Where a service listens: as the environment says, or as `aos up` wrote down."""
    variable = f"AOS_{service.upper()}"
    told = os.environ.get(variable)
    if told:
        return told
    components = read_snapshot(DataFolder(data_dir).state_file).components
    known = [one.address for one in components if one.name == service]
    if not known:
        raise OperatorError(
            f"Where {service} listens is not known: start AOS with `aos up`, or set {variable}."
        )
    return known[0]
