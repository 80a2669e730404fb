"""Every service, none of them a stand-in: from a tenant to a proof in the ledger."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from aos.accounts.v1 import (
    agent_service_pb2,
    agent_service_pb2_grpc,
    api_key_service_pb2,
    api_key_service_pb2_grpc,
    person_pb2,
    project_service_pb2,
    project_service_pb2_grpc,
    tenant_service_pb2,
    tenant_service_pb2_grpc,
    token_service_pb2,
    token_service_pb2_grpc,
)
from aos.activity.v1 import (
    run_pb2,
    run_service_pb2,
    run_service_pb2_grpc,
    trace_pb2,
    trace_service_pb2,
    trace_service_pb2_grpc,
)
from aos.logs.v1 import ledger_pb2, ledger_service_pb2, ledger_service_pb2_grpc
from kernel.merkle import leaf_hash, node_hash
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until

TIMEOUT = 15.0


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    await empty_plane.start_all("accounts", "logs", "activity")
    for name in ("accounts", "logs", "activity"):
        await until(lambda name=name: empty_plane.accepts_runs(name))
    yield empty_plane


class Newcomer:
    """Somebody who gets a tenant, a key and a token, and calls with it."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self.metadata: Any = ()
        self.project_id = self.agent_id = self.api_key_id = ""

    def _stub(self, kind: Any, service: str) -> Any:
        return kind(self._plane.services[service].channel)

    async def settle(self) -> "Newcomer":
        operator = self._plane.identities.service_metadata
        request = tenant_service_pb2.CreateTenantRequest(
            request_id=str(uuid.uuid4()),
            name=f"tenant {uuid.uuid4()}",
            owner_email="owner@example.com",
            owner_name="Owner",
        )
        tenants = self._stub(tenant_service_pb2_grpc.TenantServiceStub, "accounts")
        made = await tenants.CreateTenant(
            request, timeout=TIMEOUT, metadata=operator("operator", audience="accounts")
        )
        acting = operator("operator", audience="accounts", tenant=made.tenant.id)
        await self._equip(acting)
        return self

    async def _equip(self, acting: Any) -> None:
        projects = self._stub(project_service_pb2_grpc.ProjectServiceStub, "accounts")
        project = await projects.CreateProject(
            project_service_pb2.CreateProjectRequest(request_id=str(uuid.uuid4()), name="p"),
            timeout=TIMEOUT,
            metadata=acting,
        )
        agents = self._stub(agent_service_pb2_grpc.AgentServiceStub, "accounts")
        agent = await agents.CreateAgent(
            agent_service_pb2.CreateAgentRequest(
                request_id=str(uuid.uuid4()), project_id=project.project.id, name="a"
            ),
            timeout=TIMEOUT,
            metadata=acting,
        )
        keys = self._stub(api_key_service_pb2_grpc.ApiKeyServiceStub, "accounts")
        key = await keys.CreateApiKey(
            api_key_service_pb2.CreateApiKeyRequest(
                request_id=str(uuid.uuid4()), name="k", roles=[person_pb2.ROLE_OWNER]
            ),
            timeout=TIMEOUT,
            metadata=acting,
        )
        tokens = self._stub(token_service_pb2_grpc.TokenServiceStub, "accounts")
        token = await tokens.ExchangeKey(
            token_service_pb2.ExchangeKeyRequest(api_key=key.secret), timeout=TIMEOUT
        )
        self.metadata = (("authorization", f"Bearer {token.token}"),)
        self.project_id, self.agent_id = project.project.id, agent.agent.id
        self.api_key_id = key.api_key.id

    async def run_and_seal(self) -> tuple[str, str]:
        """Create a run, record a step, seal; return the run's and the trace's ids."""
        runs = self._stub(run_service_pb2_grpc.RunServiceStub, "activity")
        run = await runs.CreateRun(
            run_service_pb2.CreateRunRequest(
                request_id=str(uuid.uuid4()),
                project_id=self.project_id,
                agent_id=self.agent_id,
                goal="anything",
                source=run_pb2.RUN_SOURCE_EXTERNAL,
            ),
            timeout=TIMEOUT,
            metadata=self.metadata,
        )
        traces = self._stub(trace_service_pb2_grpc.TraceRecordingServiceStub, "activity")
        trace = await traces.BeginTrace(
            trace_service_pb2.BeginTraceRequest(request_id=str(uuid.uuid4()), run_id=run.run.id),
            timeout=TIMEOUT,
            metadata=self.metadata,
        )
        step = trace_pb2.Step(
            kind=trace_pb2.STEP_KIND_TOOL_CALL,
            skill_name="search",
            status=trace_pb2.STEP_STATUS_SUCCEEDED,
        )
        step.start_time.GetCurrentTime()
        await traces.RecordSteps(
            trace_service_pb2.RecordStepsRequest(trace_id=trace.trace.trace_id, steps=[step]),
            timeout=TIMEOUT,
            metadata=self.metadata,
        )
        await traces.SealTrace(
            trace_service_pb2.SealTraceRequest(
                request_id=str(uuid.uuid4()), trace_id=trace.trace.trace_id
            ),
            timeout=TIMEOUT,
            metadata=self.metadata,
        )
        return run.run.id, trace.trace.trace_id

    def ledger(self) -> Any:
        return self._stub(ledger_service_pb2_grpc.LedgerServiceStub, "logs")

    async def entries_of(self, run_id: str) -> list[ledger_pb2.LedgerEntry]:
        request = ledger_service_pb2.ListEntriesRequest(
            filter=ledger_service_pb2.LedgerFilter(run_id=run_id)
        )
        answer = await self.ledger().ListEntries(request, timeout=TIMEOUT, metadata=self.metadata)
        return list(answer.entries)


async def test_from_a_tenant_to_a_proof_in_the_ledger(plane: Plane) -> None:
    newcomer = await Newcomer(plane).settle()
    run_id, _ = await newcomer.run_and_seal()

    async def complete() -> list[ledger_pb2.LedgerEntry] | None:
        found = await newcomer.entries_of(run_id)
        return found if len(found) == 3 else None

    entries = await until(complete)
    kinds = [entry.draft.event_type for entry in entries]
    assert kinds == ["RUN_CREATED", "TRACE_BEGUN", "TRACE_SEALED"]
    assert all(entry.draft.actor_id == newcomer.api_key_id for entry in entries)
    entry = entries[0]
    assert leaf_hash(entry.leaf) == entry.leaf_hash
    proof = await newcomer.ledger().GetInclusionProof(
        ledger_service_pb2.GetInclusionProofRequest(sequence=entry.sequence),
        timeout=TIMEOUT,
        metadata=newcomer.metadata,
    )
    assert _root(entry.leaf_hash, entry.sequence, proof.tree_size, proof.hashes) == proof.root_hash


def _root(leaf: bytes, index: int, size: int, hashes: Any) -> bytes:
    """The root that an inclusion proof leads to (RFC 9162, 2.1.3.2), written here once more."""
    last, top = size - 1, leaf
    for sibling in hashes:
        if index & 1 or index == last:
            top = node_hash(sibling, top)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            top = node_hash(top, sibling)
        index, last = index >> 1, last >> 1
    return top


@pytest.mark.invariant("I-31")
async def test_the_ledger_of_one_tenant_is_not_the_ledger_of_another(plane: Plane) -> None:
    mine, theirs = await Newcomer(plane).settle(), await Newcomer(plane).settle()
    run_id, _ = await theirs.run_and_seal()
    assert await until(lambda: theirs.entries_of(run_id))
    assert await mine.entries_of(run_id) == []
    told = await refusal(
        mine.ledger().GetEntry(
            ledger_service_pb2.GetEntryRequest(sequence=10_000),
            timeout=TIMEOUT,
            metadata=mine.metadata,
        )
    )
    assert told.reason == "LEDGER_ENTRY_NOT_FOUND"
