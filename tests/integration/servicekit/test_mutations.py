"""The same request id gives the same answer; the same id with another body is refused."""

import asyncio
import uuid
from typing import Any

import pytest

from aos.accounts.v1 import api_key_service_pb2, project_service_pb2
from kernel.errors import AlreadyExists, FailedPrecondition, RequestIdReused
from kernel.identifiers import new_id
from servicekit.audit.gate import AuditGate
from servicekit.mutations import Mutations, without_secrets
from servicekit.unit_of_work import UnitOfWork, UnitsOfWork
from tests.support import specimen
from tests.support.databases import TestDatabase

pytestmark = pytest.mark.invariant("I-05")

Request = project_service_pb2.CreateProjectRequest
Response = project_service_pb2.CreateProjectResponse


@pytest.fixture
def mutations(units: UnitsOfWork[UnitOfWork]) -> Mutations[UnitOfWork]:
    gate = AuditGate()
    gate.observe(0.0)
    return Mutations(units_of_work=units, gate=gate)


def request(name: str = "one", request_id: str | None = None) -> Request:
    return Request(request_id=request_id or str(uuid.uuid4()), name=name)


async def perform(mutations: Mutations[UnitOfWork], asked: Request, tenant: str) -> Response:
    async def work(unit_of_work: UnitOfWork) -> Response:
        made = await specimen.make_thing(unit_of_work, tenant)
        # The specimen keeps no ledger; that changes must leave a record is tested with activity.
        unit_of_work.leave_unchanged()
        response = Response()
        response.project.id = made
        return response

    return await mutations.once(asked, Response, work, tenant=tenant)


async def things_of(database: TestDatabase, tenant: str) -> int:
    return int(await specimen.count(database, "things", f"tenant_id = '{tenant}'"))


async def test_a_repeated_request_returns_identical_bytes_and_does_nothing(
    mutations: Mutations[UnitOfWork], specimen_database: TestDatabase
) -> None:
    tenant, asked = new_id("ten"), request()
    answers = [await perform(mutations, asked, tenant) for _ in range(5)]
    assert len({answer.SerializeToString() for answer in answers}) == 1
    assert await things_of(specimen_database, tenant) == 1


async def _at_once(mutations: Mutations[UnitOfWork], tenant: str) -> set[bytes]:
    asked = request()
    answers = await asyncio.gather(*(perform(mutations, asked, tenant) for _ in range(5)))
    return {answer.SerializeToString() for answer in answers}


async def test_five_at_once_make_one_thing_and_get_one_answer(
    mutations: Mutations[UnitOfWork], specimen_database: TestDatabase
) -> None:
    tenant = new_id("ten")
    for _ in range(10):
        assert len(await _at_once(mutations, tenant)) == 1
    assert await things_of(specimen_database, tenant) == 10


async def test_mutant_without_the_stored_answer_every_repetition_makes_another(
    mutations: Mutations[UnitOfWork],
    specimen_database: TestDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def forget(*_: Any) -> None:
        return

    monkeypatch.setattr(Mutations, "_remember", forget)
    tenant = new_id("ten")
    assert len(await _at_once(mutations, tenant)) > 1
    assert await things_of(specimen_database, tenant) > 1


async def test_the_same_id_with_another_body_is_refused_and_changes_nothing(
    mutations: Mutations[UnitOfWork], specimen_database: TestDatabase
) -> None:
    tenant, asked = new_id("ten"), request("one")
    await perform(mutations, asked, tenant)
    with pytest.raises(RequestIdReused):
        await perform(mutations, request("two", asked.request_id), tenant)
    assert await things_of(specimen_database, tenant) == 1


async def test_the_same_id_of_another_tenant_is_another_request(
    mutations: Mutations[UnitOfWork],
) -> None:
    asked = request()
    first = await perform(mutations, asked, new_id("ten"))
    second = await perform(mutations, asked, new_id("ten"))
    assert first.project.id != second.project.id


async def test_a_twin_that_fails_because_the_other_won_gets_the_others_answer(
    mutations: Mutations[UnitOfWork],
) -> None:
    tenant, asked, thing = new_id("ten"), request(), new_id("run")

    async def work(unit_of_work: UnitOfWork) -> Response:
        try:
            await specimen.make_thing(unit_of_work, tenant, thing=thing)
        except Exception as error:
            raise AlreadyExists("taken") from error
        unit_of_work.leave_unchanged()
        return Response()

    answers = await asyncio.gather(
        *(mutations.once(asked, Response, work, tenant=tenant) for _ in range(4))
    )
    assert len(answers) == 4


async def test_a_refused_change_leaves_neither_answer_nor_event(
    mutations: Mutations[UnitOfWork], specimen_database: TestDatabase
) -> None:
    tenant, asked = new_id("ten"), request()

    async def refuse(unit_of_work: UnitOfWork) -> Response:
        await specimen.make_thing(unit_of_work, tenant)
        await unit_of_work.flush()
        raise FailedPrecondition("not now")

    with pytest.raises(FailedPrecondition):
        await mutations.once(asked, Response, refuse, tenant=tenant)
    for table in ("things", "outbox", "answers"):
        assert await specimen.count(specimen_database, table, f"tenant_id = '{tenant}'") == 0
    assert (await perform(mutations, asked, tenant)).project.id


def test_what_is_kept_of_an_answer_holds_no_secret() -> None:
    answer = api_key_service_pb2.CreateApiKeyResponse(secret="aos_dev_x")
    answer.api_key.name = "mine"
    kept = without_secrets(answer)
    assert (kept.secret, kept.api_key.name) == ("", "mine")
    assert answer.secret == "aos_dev_x"
