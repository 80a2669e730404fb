"""Runs over real gRPC, Postgres and NATS."""

import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import StatusCode

from aos.activity.v1 import run_pb2, run_service_pb2, run_service_pb2_grpc
from kernel.clock import utc_now
from kernel.identifiers import is_id, new_id
from kernel.principal import Principal
from tests.support.identities import somebody
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until

TIMEOUT = 5.0


class Client:
    """RunService as one principal sees it."""

    def __init__(self, plane: Plane, principal: Principal) -> None:
        self.principal = principal
        self._stub = run_service_pb2_grpc.RunServiceStub(plane.services["activity"].channel)
        self._metadata = plane.identities.metadata(principal)

    def create(self, **fields: object) -> object:
        request = {
            "request_id": str(uuid.uuid4()),
            "project_id": self.principal.project_id or PROJECT,
            "agent_id": AGENT,
            "goal": "summarise the minutes",
            "source": run_pb2.RUN_SOURCE_EXTERNAL,
            **fields,
        }
        return self._stub.CreateRun(
            run_service_pb2.CreateRunRequest(**request), timeout=TIMEOUT, metadata=self._metadata
        )

    def get(self, run_id: str) -> object:
        request = run_service_pb2.GetRunRequest(run_id=run_id)
        return self._stub.GetRun(request, timeout=TIMEOUT, metadata=self._metadata)

    def list(self, **fields: object) -> object:
        request = run_service_pb2.ListRunsRequest(**fields)
        return self._stub.ListRuns(request, timeout=TIMEOUT, metadata=self._metadata)


PROJECT, AGENT = new_id("prj"), new_id("agt")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    await empty_plane.start_accounts_stand_in()
    await empty_plane.start("activity")
    await until(lambda: empty_plane.accepts_runs("activity"))
    yield empty_plane


@pytest.fixture
def client(plane: Plane) -> Client:
    return Client(plane, somebody("developer"))


async def test_a_created_run_is_queued_and_can_be_read_back(client: Client) -> None:
    created = (await client.create(session_id="s-1")).run
    assert is_id(created.id, "run")
    assert (created.phase, created.status) == (run_pb2.RUN_PHASE_CREATED, run_pb2.RUN_STATUS_QUEUED)
    assert created.tenant_id == client.principal.tenant_id
    assert created.actor_id == client.principal.person_id
    assert not created.is_synthetic
    assert (await client.get(created.id)).run == created


async def test_a_run_of_a_scenario_is_marked_as_synthetic(client: Client) -> None:
    created = (await client.create(synthetic_scenario_id="budget-breach")).run
    assert created.is_synthetic


async def test_runs_are_listed_newest_first_page_by_page(client: Client) -> None:
    made = [(await client.create()).run.id for _ in range(5)]
    seen, token = [], ""
    while True:
        page = await client.list(page_size=2, page_token=token)
        seen += [run.id for run in page.runs]
        token = page.next_page_token
        if not token:
            break
    assert seen == sorted(made, reverse=True)


async def test_lists_are_filtered_by_status_agent_project_and_time(client: Client) -> None:
    other = new_id("agt")
    mine = (await client.create()).run.id
    theirs = (await client.create(agent_id=other)).run.id
    queued, running = run_pb2.RUN_STATUS_QUEUED, run_pb2.RUN_STATUS_RUNNING
    soon, past = Timestamp(), Timestamp()
    soon.FromDatetime(utc_now() + timedelta(minutes=1))
    past.FromDatetime(utc_now() - timedelta(minutes=1))

    async def ids(**conditions: object) -> set[str]:
        answer = await client.list(filter=run_pb2.RunFilter(**conditions))
        return {run.id for run in answer.runs}

    assert await ids(agent_id=other) == {theirs}
    assert await ids(statuses=[queued]) == {mine, theirs}
    assert await ids(statuses=[running]) == set()
    assert await ids(project_id=PROJECT) == {mine, theirs}
    assert await ids(project_id=new_id("prj")) == set()
    assert await ids(created_from=past, created_before=soon) == {mine, theirs}
    assert await ids(created_from=soon) == set()
    assert await ids(created_before=past) == set()


async def test_a_key_bound_to_a_project_knows_only_that_projects_runs(plane: Plane) -> None:
    wide = Client(plane, somebody("developer"))
    inside, outside = new_id("prj"), (await wide.create()).run.id
    narrow = Client(plane, somebody("developer", tenant=wide.principal.tenant_id, project=inside))
    own = (await narrow.create(project_id="")).run
    assert own.project_id == inside
    assert [run.id for run in (await narrow.list()).runs] == [own.id]
    assert (await refusal(narrow.get(outside))).reason == "RUN_NOT_FOUND"
    told = await refusal(narrow.create(project_id=PROJECT))
    assert told.reason == "INVALID_FIELD"
    assert "project_id" in told.fields
    asked = run_pb2.RunFilter(project_id=PROJECT)
    assert (await refusal(narrow.list(filter=asked))).reason == "PERMISSION_MISSING"


async def test_without_a_project_anywhere_the_field_is_named(client: Client) -> None:
    told = await refusal(client.create(project_id=""))
    assert (told.code, told.reason) == (StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    assert set(told.fields) == {"project_id"}


async def test_a_foreign_run_and_one_that_never_was_get_the_same_answer(plane: Plane) -> None:
    theirs = (await Client(plane, somebody()).create()).run.id
    never = new_id("run")
    me = Client(plane, somebody())
    foreign, unknown = await refusal(me.get(theirs)), await refusal(me.get(never))
    assert foreign.code is StatusCode.NOT_FOUND
    assert foreign.message.replace(theirs, "…") == unknown.message.replace(never, "…")
    assert (foreign.reason, foreign.code) == (unknown.reason, unknown.code)
    assert not (await me.list()).runs


async def test_the_run_and_its_event_leave_together(plane: Plane, client: Client) -> None:
    run = (await client.create()).run
    rows = await plane.database.fetch(
        "SELECT event_type, aggregate_sequence FROM activity.outbox WHERE aggregate_id = $1", run.id
    )
    assert [tuple(row) for row in rows] == [("run_created", 1)]
    await until(
        lambda: plane.database.value(
            "SELECT published_at IS NOT NULL FROM activity.outbox WHERE aggregate_id = $1", run.id
        )
    )
