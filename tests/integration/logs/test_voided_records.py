"""A record of a model call is never changed: another record says that it counts no more."""

from typing import Any

import asyncpg
import pytest
from grpc import StatusCode

from aos.logs.v1 import run_record_pb2
from kernel.identifiers import new_id
from kernel.principal import Principal
from services.logs.domain import run_records
from tests.integration.logs.clients import Client, writer
from tests.integration.logs.test_records import in_micros, run_record
from tests.support.plane import Plane
from tests.support.statuses import refusal

VOIDED = run_record_pb2.EXECUTION_STATUS_VOIDED


def voiding(tenant: str, run_id: str, voided: str, **fields: Any) -> Any:
    return run_record(tenant, run_id, status=VOIDED, voids_record_id=voided, **fields)


async def test_what_voids_a_record_is_kept_beside_it(
    plane: Plane, client: Client, auditor: Principal
) -> None:
    run_id = new_id("run")
    first = run_record(auditor.tenant_id, run_id)
    second = voiding(auditor.tenant_id, run_id, first.record_id)
    orchestrator = writer(plane, "orchestrator", tenant=auditor.tenant_id)
    await orchestrator.AppendRunRecords(records=[first])
    for _ in range(2):
        await orchestrator.AppendRunRecords(records=[second])
    found = list((await client.ListRunRecords(run_id=run_id)).records)
    for one in (first, second):
        in_micros(one).service = "orchestrator"
    assert found == sorted((first, second), key=lambda one: one.record_id)
    told = await refusal(
        orchestrator.AppendRunRecords(
            records=[voiding(auditor.tenant_id, run_id, new_id("llm"), record_id=second.record_id)]
        )
    )
    assert told.reason == "RECORD_CONFLICT"


def half_said(tenant: str, run_id: str) -> list[Any]:
    itself = new_id("llm")
    return [
        run_record(tenant, run_id, status=VOIDED),
        run_record(tenant, run_id, voids_record_id=new_id("llm")),
        voiding(tenant, run_id, itself, record_id=itself),
    ]


@pytest.mark.parametrize("place", [0, 1, 2])
async def test_only_one_of_both_is_refused_and_the_field_is_named(
    plane: Plane, client: Client, auditor: Principal, place: int
) -> None:
    run_id = new_id("run")
    records = [run_record(auditor.tenant_id, run_id), half_said(auditor.tenant_id, run_id)[place]]
    told = await refusal(writer(plane).AppendRunRecords(records=records))
    assert (told.code, set(told.fields)) == (StatusCode.INVALID_ARGUMENT, {"voids_record_id"})
    assert not (await client.ListRunRecords(run_id=run_id)).records


@pytest.mark.parametrize("place", [0, 1])
async def test_mutant_without_the_rule_the_database_still_refuses(
    plane: Plane,
    client: Client,
    auditor: Principal,
    place: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run_records.LlmRunRecord, "__post_init__", lambda _: None)
    run_id = new_id("run")
    told = await refusal(
        writer(plane).AppendRunRecords(records=[half_said(auditor.tenant_id, run_id)[place]])
    )
    assert told.code is StatusCode.INTERNAL
    assert not (await client.ListRunRecords(run_id=run_id)).records


@pytest.mark.invariant("I-28")
async def test_a_voided_record_cannot_be_changed(plane: Plane, auditor: Principal) -> None:
    run_id = new_id("run")
    await writer(plane).AppendRunRecords(records=[run_record(auditor.tenant_id, run_id)])
    with pytest.raises(asyncpg.PostgresError) as refused:
        await plane.database.fetch(
            "UPDATE logs.llm_run_records SET status = 'voided', voids_record_id = 'llm_x' "
            "WHERE run_id = $1",
            run_id,
        )
    assert refused.value.sqlstate == "AOS01"
